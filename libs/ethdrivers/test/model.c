/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "model.h"
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Written down from the data sheets a second time, not shared with the driver. */
#define R(m, offset) ((m)->reg[(offset) / 4])
enum { CTRL = 0, STATUS = 8, EECD = 0x10, MDIC = 0x20, ICR = 0xc0, ICS = 0xc8, IMS = 0xd0 };
enum { IMC = 0xd8, RCTL = 0x100, TCTL = 0x400, RFCTL = 0x5008, RAL = 0x5400, RAL16 = 0x54e0 };
enum { EEMNGCTL = 0x1010, MDICNFG = 0xe04, SRRCTL = 0xc00c, RLPML = 0x5004 };

static bool is_82574(const struct model *m)
{
    return m->kind == NIC_82574;
}

static uint32_t rx(const struct model *m, uint32_t offset)
{
    return (is_82574(m) ? 0x2800 : 0xc000) + offset;
}

static uint32_t tx(const struct model *m, uint32_t offset)
{
    return (is_82574(m) ? 0x3800 : 0xe000) + offset;
}

/* An address of the bus; outside of what the driver was given the test fails. */
static void *bus(struct model *m, uint64_t address, size_t size)
{
    assert_true(address >= m->address && size <= m->memory_size &&
                address - m->address <= m->memory_size - size);
    return m->memory + (address - m->address);
}

static void raise(struct model *m, uint32_t causes)
{
    if ((R(m, ICR) & R(m, IMS)) == 0 && (causes & R(m, IMS)) != 0)
        m->interrupts++;
    R(m, ICR) |= causes;
}

bool model_interrupt(const struct model *m)
{
    return (R(m, ICR) & R(m, IMS)) != 0;
}

void model_reset(struct model *m)
{
    memset(m->reg, 0, sizeof(m->reg));
    m->resets++;
    R(m, CTRL) = m->dead ? 1u << 26 : 0;
    R(m, STATUS) = m->link_down ? 0x81 : 0x83; /* link up, 1000 Mbit/s, full duplex */
    R(m, EECD) = 1u << 9;
    memcpy(&R(m, RAL), m->nvm_mac, 6);
    R(m, RAL + 4) |= 1u << 31;
    if (m->kind == NIC_82580) {
        R(m, STATUS) |= 1u << 20 | 1u << 21 | 1u << 2; /* reset done; port 1 */
        R(m, EEMNGCTL) = 1u << 19;
        R(m, MDICNFG) = 1u << 21;
    } else {
        R(m, EEMNGCTL) = 1u << 18;
    }
}

/* ---- transmission --------------------------------------------------------------------------- */

uint32_t model_sum(const uint8_t *data, size_t size, uint32_t sum)
{
    for (size_t i = 0; i < size; i++)
        sum += i & 1 ? data[i] : (uint32_t)data[i] << 8;
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void emit(struct model *m, const uint8_t *data, size_t size)
{
    assert_true(m->num_sent < MODEL_FRAMES && size <= MODEL_FRAME_MAX);
    memcpy(m->sent[m->num_sent].data, data, size);
    m->sent[m->num_sent++].size = size;
    R(m, 0x4080)++; /* good packets transmitted */
    R(m, 0x4090) += (uint32_t)size + 4;
}

/* What a context descriptor asks for, in one form for both formats. */
struct request {
    bool checksum, segment, ip_checksum;
    unsigned ip, start, field, mss, header, payload;
};

static void insert_checksum(uint8_t *frame, size_t size, const struct request *r)
{
    uint32_t sum = ~model_sum(frame + r->start, size - r->start, 0) & 0xffff;
    put16(frame + r->field, sum ? sum : 0xffff);
}

static void segment(struct model *m, const uint8_t *frame, size_t size, const struct request *r)
{
    static uint8_t out[MODEL_FRAME_MAX];
    assert_int_equal(size, r->header + r->payload);
    bool v6 = frame[r->ip] >> 4 == 6;
    assert_int_equal(frame[r->ip + (v6 ? 4 : 2)] | frame[r->ip + (v6 ? 5 : 3)], 0);
    uint32_t sequence = (uint32_t)frame[r->start + 4] << 24 | (uint32_t)frame[r->start + 5] << 16 |
                        (uint32_t)frame[r->start + 6] << 8 | frame[r->start + 7];
    unsigned id = (unsigned)frame[r->ip + 4] << 8 | frame[r->ip + 5];
    for (unsigned done = 0; done < r->payload;) {
        unsigned part = r->payload - done < r->mss ? r->payload - done : r->mss;
        size_t length = r->header + part;
        memcpy(out, frame, r->header);
        memcpy(out + r->header, frame + r->header + done, part);
        put16(out + r->start + 4, sequence >> 16);
        put16(out + r->start + 6, sequence);
        if (done + part < r->payload)
            out[r->start + 13] &= (uint8_t)~0x09u; /* FIN and PSH on the last one only */
        if (v6) {
            put16(out + r->ip + 4, (uint32_t)(length - r->ip - 40));
        } else {
            put16(out + r->ip + 2, (uint32_t)(length - r->ip));
            put16(out + r->ip + 4, id++);
            put16(out + r->ip + 10, ~model_sum(out + r->ip, r->start - r->ip, 0) & 0xffff);
        }
        /* the field has the addresses' sum; the length is added here */
        uint32_t seed = (uint32_t)out[r->field] << 8 | out[r->field + 1];
        seed += (uint32_t)(length - r->start);
        put16(out + r->field, (seed & 0xffff) + (seed >> 16));
        insert_checksum(out, length, r);
        emit(m, out, length);
        sequence += part;
        done += part;
    }
}

static struct request request_82574(const struct model *m, const uint32_t *d)
{
    const uint32_t *c = m->context;
    struct request r = {.checksum = d[3] >> 8 & 2,
                        .ip_checksum = d[3] >> 8 & 1,
                        .segment = d[2] >> 26 & 1,
                        .ip = c[0] & 0xff,
                        .start = c[1] & 0xff,
                        .field = c[1] >> 8 & 0xff,
                        .mss = c[3] >> 16,
                        .header = c[3] >> 8 & 0xff,
                        .payload = c[2] & 0xfffff};
    if (r.segment) {
        assert_int_equal(c[2] >> 24 & 5, 5); /* TSE and TCP */
        bool v4 = c[2] >> 25 & 1;
        assert_int_equal(r.ip_checksum, v4);
        if (v4) {
            assert_int_equal(c[0] >> 8 & 0xff, r.ip + 10);
            assert_int_equal(c[0] >> 16, r.start - 1);
        }
    }
    return r;
}

static struct request request_advanced(const struct model *m, const uint32_t *d)
{
    const uint32_t *c = m->context;
    bool tcp = c[2] >> 11 & 1;
    unsigned mac = c[0] >> 9 & 0x7f;
    struct request r = {.checksum = d[3] >> 8 & 2,
                        .ip_checksum = d[3] >> 8 & 1,
                        .segment = d[2] >> 31,
                        .ip = mac,
                        .start = mac + (c[0] & 0x1ff),
                        .mss = c[3] >> 16,
                        .payload = d[3] >> 14};
    r.field = r.start + (tcp ? 16 : 6);
    r.header = r.start + (c[3] >> 8 & 0xff);
    if (r.segment) {
        assert_true(tcp);
        assert_int_equal(r.ip_checksum, c[2] >> 10 & 1);
    }
    return r;
}

static void send_frame(struct model *m, uint8_t *frame, size_t size, const uint32_t *d)
{
    struct request r = is_82574(m) ? request_82574(m, d) : request_advanced(m, d);
    if (r.segment) {
        segment(m, frame, size, &r);
        return;
    }
    if (!is_82574(m))
        assert_int_equal(d[3] >> 14, size);
    if (r.checksum)
        insert_checksum(frame, size, &r);
    emit(m, frame, size);
}

static bool is_context(const struct model *m, const uint32_t *d)
{
    unsigned type = d[2] >> 20 & 15;
    assert_true(d[2] >> 29 & 1); /* DEXT: no old descriptors */
    if (is_82574(m)) {
        assert_true(type < 2);
        return type == 0;
    }
    assert_true(type == 2 || type == 3);
    return type == 2;
}

static void transmit(struct model *m)
{
    static uint8_t frame[1 << 17];
    size_t size = 0;
    unsigned count = R(m, tx(m, 8)) / 16;
    bool enabled = R(m, TCTL) & 2 && (is_82574(m) || R(m, tx(m, 0x28)) >> 25 & 1);
    while (enabled && R(m, tx(m, 0x10)) != R(m, tx(m, 0x18))) {
        unsigned head = R(m, tx(m, 0x10));
        uint64_t ring = (uint64_t)R(m, tx(m, 4)) << 32 | R(m, tx(m, 0));
        uint32_t *d = bus(m, ring + 16 * head, 16);
        R(m, tx(m, 0x10)) = (head + 1) % count;
        if (is_context(m, d)) {
            memcpy(m->context, d, 16);
            continue;
        }
        unsigned length = d[2] & (is_82574(m) ? 0xfffff : 0xffff);
        uint64_t at = (uint64_t)d[1] << 32 | d[0];
        assert_true(length > 0 && size + length <= sizeof(frame));
        memcpy(frame + size, bus(m, at, length), length);
        size += length;
        if (d[2] >> 24 & 1) {            /* end of packet */
            assert_true(d[2] >> 25 & 1); /* with frame check sequence */
            send_frame(m, frame, size, d);
            size = 0;
        }
        if ((d[2] >> 27 & 1) && !m->hold_sent) {
            d[3] |= 1;
            raise(m, 1);
        }
    }
    assert_int_equal(size, 0);
}

/* ---- reception ------------------------------------------------------------------------------ */

static bool wanted(const struct model *m, const uint8_t *frame)
{
    if (frame[0] & 1)
        return R(m, RCTL) & 1u << 4 ||
               (R(m, RCTL) & 1u << 15 && !memcmp(frame, "\xff\xff\xff\xff\xff\xff", 6));
    for (unsigned i = 0; i < (is_82574(m) ? 16u : 24u); i++) {
        uint32_t at = i < 16 ? RAL + 8 * i : RAL16 + 8 * (i - 16);
        if (R(m, at + 4) >> 31 && !memcmp(&m->reg[at / 4], frame, 6))
            return true;
    }
    return R(m, RCTL) >> 3 & 1;
}

static void check_receive_mode(const struct model *m)
{
    assert_int_equal(R(m, RCTL) >> 16 & 3, 0); /* buffers of 2048 bytes */
    assert_true(R(m, RCTL) >> 26 & 1);         /* no frame check sequence in memory */
    if (is_82574(m))
        assert_true(R(m, RFCTL) >> 15 & 1);
    else
        assert_int_equal(R(m, SRRCTL), 0x02000002);
}

static bool too_long(const struct model *m, size_t size)
{
    size_t limit = R(m, RCTL) >> 5 & 1 ? (is_82574(m) ? 16384 : R(m, RLPML)) : 1522;
    return size + 4 > limit;
}

bool model_line(struct model *m, const uint8_t *frame, size_t size)
{
    unsigned count = R(m, rx(m, 8)) / 16;
    bool enabled = R(m, RCTL) & 2 && (is_82574(m) || R(m, rx(m, 0x28)) >> 25 & 1);
    if (!enabled || !wanted(m, frame))
        return false;
    check_receive_mode(m);
    if (too_long(m, size)) {
        R(m, 0x40ac)++;
        return false;
    }
    unsigned head = R(m, rx(m, 0x10)), tail = R(m, rx(m, 0x18));
    if ((tail + count - head) % count < (size + 2047) / 2048) {
        R(m, 0x4010)++;
        return false;
    }
    R(m, 0x4074)++;
    uint64_t ring = (uint64_t)R(m, rx(m, 4)) << 32 | R(m, rx(m, 0));
    for (size_t done = 0; done < size;) {
        uint32_t *d = bus(m, ring + 16 * head, 16);
        size_t part = size - done < 2048 ? size - done : 2048;
        assert_int_equal(d[2] | d[3], 0);
        memcpy(bus(m, (uint64_t)d[1] << 32 | d[0], 2048), frame + done, part);
        done += part;
        d[0] = d[1] = 0x5a5a5a5a; /* hashes */
        d[3] = (uint32_t)part;
        d[2] = 1 | (done == size ? 2 : 0) | 1u << 5 | (m->checksum_bad ? 1u << 29 : 0);
        head = (head + 1) % count;
    }
    R(m, rx(m, 0x10)) = head;
    raise(m, 1u << 7);
    return true;
}

/* ---- registers ------------------------------------------------------------------------------ */

static void write_phy_control(struct model *m, uint16_t value)
{
    m->phy_control = value;
    if ((value & 0x1200) == 0x1200) { /* negotiate, now */
        m->link_down = false;
        R(m, STATUS) |= 2;
        raise(m, 4);
    }
}

static void write_mdic(struct model *m, uint32_t value)
{
    unsigned phy = m->kind == NIC_82580 ? R(m, MDICNFG) >> 21 & 31 : value >> 21 & 31;
    uint32_t answer = value | 1u << 28;
    if (phy != 1 || (value >> 16 & 31) != 0)
        answer |= 1u << 30;
    else if (value >> 26 == 1)
        write_phy_control(m, (uint16_t)value);
    else
        answer = (answer & ~0xffffu) | m->phy_control;
    R(m, MDIC) = answer;
}

static void model_write(void *context, uint32_t offset, uint32_t value)
{
    struct model *m = context;
    assert_true(offset < m->bar_size && offset % 4 == 0);
    switch (offset) {
    case CTRL:
        R(m, CTRL) = value;
        if (value & 1u << 26)
            model_reset(m);
        else if (value & 4)
            R(m, STATUS) &= ~(1u << 19);
        break;
    case STATUS:
        if (m->kind == NIC_82580)
            R(m, STATUS) &= ~(value & 1u << 20);
        break;
    case MDIC:
        write_mdic(m, value);
        break;
    case ICR:
        R(m, ICR) &= ~value;
        break;
    case ICS:
        raise(m, value);
        break;
    case IMS:
        R(m, IMS) |= value;
        break;
    case IMC:
        R(m, IMS) &= ~value;
        break;
    default:
        R(m, offset) = value;
        if (offset == tx(m, 0x18))
            transmit(m);
    }
}

static uint32_t model_read(void *context, uint32_t offset)
{
    struct model *m = context;
    assert_true(offset < m->bar_size && offset % 4 == 0);
    uint32_t value = R(m, offset);
    if (offset == ICR || (offset >= 0x4000 && offset < 0x4100))
        R(m, offset) = 0;
    return value;
}

static void model_delay(void *context, unsigned microseconds)
{
    (void)microseconds;
    ((struct model *)context)->delays++;
}

struct nic_io model_io(struct model *m)
{
    return (struct nic_io){m, model_read, model_write, model_delay};
}

void model_init(struct model *m, enum nic_model kind)
{
    static const uint8_t mac[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
    memset(m, 0, sizeof(*m));
    m->kind = kind;
    m->bar_size = kind == NIC_82580 ? 0x80000 : 0x20000;
    memcpy(m->nvm_mac, mac, 6);
    m->phy_control = 0x1140;
    model_reset(m);
    m->resets = 0;
    R(m, STATUS) |= 1u << 19;
}

void model_free(struct model *m)
{
    free(m->memory);
    free(m);
}
