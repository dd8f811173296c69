/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What was cut is put together again, byte for byte; what does not belong together is not. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "coalesce.h"

enum { MSS = 1400, MAX = 60, OPTIONS = 12 };

struct made {
    size_t size;
    uint8_t data[2048];
    struct nic_received frame;
};

static struct made made[MAX];
static unsigned count;
static uint8_t original[70000];

static void put16(uint8_t *at, unsigned v)
{
    at[0] = (uint8_t)(v >> 8);
    at[1] = (uint8_t)v;
}

static bool keep(void *context, const struct virtio_net_frame *frame)
{
    (void)context;
    struct made *m = &made[count++];
    assert_true(count <= MAX);
    m->size = virtio_net_read(frame, 0, m->data, sizeof(m->data));
    m->frame = (struct nic_received){
        .piece = {{m->data, m->size}}, .count = 1, .size = m->size, .checked = true};
    return true;
}

/* Cuts a large segment with `payload` bytes as the sender's side does. */
static size_t cut(bool v6, unsigned payload)
{
    unsigned l4 = v6 ? 54 : 34, header = l4 + 20 + OPTIONS;
    uint8_t *ip = original + 14, *tcp = original + l4;
    memset(original, 0, header);
    memcpy(original, "\x02\0\0\0\0\1\x02\0\0\0\0\2", 12);
    put16(original + 12, v6 ? 0x86dd : 0x0800);
    if (v6) {
        ip[0] = 0x60, ip[6] = 6, ip[7] = 64, ip[23] = 1, ip[39] = 2;
        put16(ip + 4, 20 + OPTIONS + payload);
    } else {
        ip[0] = 0x45, ip[6] = 0x40, ip[8] = 64, ip[9] = 6, ip[15] = 1, ip[19] = 2;
        put16(ip + 2, 40 + OPTIONS + payload);
    }
    tcp[1] = 80, tcp[3] = 81, tcp[4] = 0xff, tcp[5] = 0xff, tcp[12] = (5 + OPTIONS / 4) << 4;
    tcp[13] = 0x18, tcp[14] = 0x20, tcp[20] = 1, tcp[21] = 1, tcp[22] = 8, tcp[23] = 10;
    for (unsigned i = 0; i < payload; i++)
        original[header + i] = (uint8_t)(i * 13 + i / 256);
    struct virtio_segment s = {original, header + payload};
    struct virtio_net_frame f = {{.flags = VIRTIO_NET_HDR_NEEDS_CSUM,
                                  .gso_type = v6 ? VIRTIO_NET_GSO_TCPV6 : VIRTIO_NET_GSO_TCPV4,
                                  .gso_size = MSS,
                                  .csum_start = (uint16_t)l4,
                                  .csum_offset = 16},
                                 &s,
                                 1,
                                 header + payload};
    count = 0;
    assert_int_equal(virtio_net_finish(&f, 0, keep, NULL), 0);
    return header + payload;
}

static bool add(struct coalesce *c, unsigned i)
{
    struct coalesce_segment s;
    assert_true(coalesce_parse(&s, &made[i].frame));
    if (i == 0) {
        coalesce_start(c, &s);
        return true;
    }
    return coalesce_append(c, &s);
}

static void test_round_trip(void **state)
{
    (void)state;
    static struct coalesce c;
    static uint8_t got[70000];
    struct virtio_net_frame frame;
    for (unsigned v6 = 0; v6 < 2; v6++) {
        size_t size = cut(v6, 30 * MSS - 100);
        unsigned pieces = count;
        for (unsigned i = 0; i < pieces; i++) {
            assert_false(i != 0 && c.closed);
            assert_true(add(&c, i));
        }
        assert_true(c.closed); /* PSH, and short */
        coalesce_take(&c, &frame);
        assert_int_equal(frame.size, size);
        assert_true(virtio_net_valid(&frame.hdr, frame.size));
        assert_int_equal(frame.hdr.gso_size, MSS);
        assert_int_equal(virtio_net_read(&frame, 0, got, sizeof(got)), size);
        unsigned l4 = v6 ? 54 : 34;
        assert_memory_equal(got + l4 + 18, original + l4 + 18, size - l4 - 18);
        assert_memory_equal(got + l4, original + l4, 16);
        /* cut again, checksums included, it is what came */
        static struct made before[MAX];
        memcpy(before, made, sizeof(made));
        count = 0;
        assert_int_equal(virtio_net_finish(&frame, 0, keep, NULL), 0);
        assert_int_equal(count, pieces);
        for (unsigned i = 0; i < pieces; i++) {
            assert_int_equal(made[i].size, before[i].size);
            assert_memory_equal(made[i].data, before[i].data, before[i].size);
        }
    }
}

static void test_single(void **state)
{
    (void)state;
    static struct coalesce c;
    struct virtio_net_frame frame;
    uint8_t got[2048];
    cut(false, 1000);
    assert_true(add(&c, 0));
    coalesce_take(&c, &frame);
    assert_int_equal(frame.hdr.flags, VIRTIO_NET_HDR_DATA_VALID);
    assert_int_equal(frame.hdr.gso_type, VIRTIO_NET_GSO_NONE);
    assert_int_equal(virtio_net_read(&frame, 0, got, sizeof(got)), made[0].size);
    assert_memory_equal(got, made[0].data, made[0].size);
}

/* Changes one byte of the second segment: it must not be appended. */
static void refuse(bool v6, unsigned at, const char *what)
{
    static struct coalesce c;
    cut(v6, 3 * MSS);
    made[1].data[at] ^= 1;
    struct coalesce_segment s;
    add(&c, 0);
    if (coalesce_parse(&s, &made[1].frame) && coalesce_append(&c, &s))
        fail_msg("%s: appended", what);
}

static void test_strangers(void **state)
{
    (void)state;
    static const struct {
        unsigned at;
        const char *what;
    } four[] = {{0, "destination"}, {7, "source"},    {13, "type"},           {14, "version"},
                {15, "TOS"},        {20, "fragment"}, {21, "offset"},         {22, "TTL"},
                {23, "protocol"},   {29, "address"},  {33, "address"},        {35, "port"},
                {37, "port"},       {41, "sequence"}, {45, "acknowledgment"}, {47, "FIN"},
                {48, "window"},     {53, "urgent"},   {54, "option"},         {60, "time stamp"}};
    static const unsigned six[] = {14, 15, 17, 20, 21, 30, 53, 55, 57, 61, 65, 67, 68, 75, 80};
    for (size_t i = 0; i < sizeof(four) / sizeof(four[0]); i++)
        refuse(false, four[i].at, four[i].what);
    for (size_t i = 0; i < sizeof(six) / sizeof(six[0]); i++)
        refuse(true, six[i], "IPv6");
}

static void test_order_and_limits(void **state)
{
    (void)state;
    static struct coalesce c;
    struct coalesce_segment s;
    cut(false, 45 * MSS);
    add(&c, 0);
    assert_false(add(&c, 2)); /* a gap */
    assert_true(add(&c, 1));
    assert_false(add(&c, 1)); /* again */
    unsigned i = 2;
    while (add(&c, i))
        i++;
    assert_int_equal(i, COALESCE_PIECES);
    /* shorter ones end it */
    cut(false, 2 * MSS + 10);
    add(&c, 0);
    assert_true(add(&c, 1));
    assert_false(c.closed);
    assert_true(add(&c, 2));
    assert_true(c.closed);
    assert_false(add(&c, 1));
    /* longer ones never follow */
    cut(false, 3 * MSS);
    assert_true(coalesce_parse(&s, &made[1].frame));
    s.payload += 1;
    add(&c, 0);
    assert_false(coalesce_append(&c, &s));
}

static void test_not_for_coalescing(void **state)
{
    (void)state;
    struct coalesce_segment s;
    cut(false, 1000);
    made[0].frame.checked = false;
    assert_false(coalesce_parse(&s, &made[0].frame));
    made[0].frame.checked = true;
    assert_true(coalesce_parse(&s, &made[0].frame));
    for (size_t size = 0; size < made[0].size; size++) { /* cut off anywhere */
        made[0].frame.size = made[0].frame.piece[0].size = size;
        assert_false(coalesce_parse(&s, &made[0].frame));
    }
    made[0].frame.size = made[0].frame.piece[0].size = made[0].size;
    made[0].data[46] = 0x40; /* a header shorter than TCP's */
    assert_false(coalesce_parse(&s, &made[0].frame));
    made[0].data[46] = 0x80;
    made[0].data[16] = 0xff; /* longer than the frame */
    assert_false(coalesce_parse(&s, &made[0].frame));
}

/* Random bytes in otherwise plausible frames: nothing outside of the frames is touched. */
static void test_random(void **state)
{
    (void)state;
    static struct coalesce c;
    static uint8_t got[70000];
    struct virtio_net_frame frame;
    srand(11);
    for (unsigned round = 0; round < 3000; round++) {
        cut(round & 1, 5 * MSS);
        c.frames = 0;
        for (unsigned i = 0; i < count; i++) {
            struct coalesce_segment s;
            for (unsigned n = 0; n < round % 3; n++)
                made[i].data[12 + (unsigned)rand() % 70] = (uint8_t)rand();
            if (!coalesce_parse(&s, &made[i].frame))
                continue;
            if (c.frames == 0 || !coalesce_append(&c, &s))
                coalesce_start(&c, &s);
        }
        if (c.frames == 0)
            continue;
        coalesce_take(&c, &frame);
        assert_int_equal(virtio_net_read(&frame, 0, got, sizeof(got)), frame.size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),         cmocka_unit_test(test_single),
        cmocka_unit_test(test_strangers),          cmocka_unit_test(test_order_and_limits),
        cmocka_unit_test(test_not_for_coalescing), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
