/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Frames in and out of the rings. */
#include "rings.h"
#include <string.h>

enum { MAX_DESCRIPTORS = 1024, MIN_DESCRIPTORS = 16, DESCRIPTOR = 16, RING_ALIGN = 128 };
enum { RING_BAL = 0, RING_BAH = 4, RING_LEN = 8, RING_HEAD = 0x10, RING_TAIL = 0x18 };
enum { MIN_FRAME = 14, MAX_HEADER = 256, TX_DD = 1 };
/* What is left unannounced at most: an announcement is a slow write. */
enum { RX_BATCH = 16 };

size_t nic_memory(unsigned count)
{
    return (size_t)(count + count / 2) * (DESCRIPTOR + NIC_BUFFER);
}

static uint8_t *carve(uint8_t *at, struct nic_ring *ring, unsigned count)
{
    ring->descriptor = (volatile uint32_t(*)[4])at;
    ring->count = count;
    return at + (size_t)count * DESCRIPTOR;
}

bool rings_layout(struct nic *nic, const struct nic_config *config)
{
    unsigned count = MAX_DESCRIPTORS;
    uint8_t *start = config->memory;
    while (count >= MIN_DESCRIPTORS && nic_memory(count) > config->memory_size)
        count /= 2;
    if (count < MIN_DESCRIPTORS || ((uintptr_t)start | config->address) % RING_ALIGN != 0)
        return false;
    memset(start, 0, nic_memory(count));
    uint8_t *at = carve(start, &nic->rx, count);
    at = carve(at, &nic->tx, count / 2);
    nic->rx.buffers = at;
    nic->tx.buffers = at + (size_t)count * NIC_BUFFER;
    struct nic_ring *rings[] = {&nic->rx, &nic->tx};
    for (unsigned i = 0; i < 2; i++) {
        rings[i]->descriptor_address =
            config->address + (uint64_t)((uint8_t *)rings[i]->descriptor - start);
        rings[i]->buffer_address = config->address + (uint64_t)(rings[i]->buffers - start);
    }
    return true;
}

static void start_ring(struct nic *nic, const struct nic_ring *ring, uint32_t registers)
{
    intel_write(nic, registers + RING_BAL, (uint32_t)ring->descriptor_address);
    intel_write(nic, registers + RING_BAH, (uint32_t)(ring->descriptor_address >> 32));
    intel_write(nic, registers + RING_LEN, ring->count * DESCRIPTOR);
    intel_write(nic, registers + RING_HEAD, 0);
    intel_write(nic, registers + RING_TAIL, 0);
}

void rings_start(struct nic *nic)
{
    start_ring(nic, &nic->rx, nic->ops->rx_registers);
    start_ring(nic, &nic->tx, nic->ops->tx_registers);
}

static unsigned next(const struct nic_ring *ring, unsigned index)
{
    return index + 1 == ring->count ? 0 : index + 1;
}

/* Read form: address of the buffer, then zeros. */
static void rx_offer(struct nic *nic, unsigned index)
{
    volatile uint32_t *d = nic->rx.descriptor[index];
    uint64_t address = nic->rx.buffer_address + (uint64_t)index * NIC_BUFFER;
    d[2] = 0;
    d[3] = 0;
    d[0] = (uint32_t)address;
    d[1] = (uint32_t)(address >> 32);
}

/* Written back: status and errors in word 2, length in the low half of word 3. */
static struct intel_rx rx_read(struct nic *nic, unsigned index)
{
    struct intel_rx done = {.status = nic->rx.descriptor[index][2]};
    if ((done.status & RX_DD) != 0) {
        intel_barrier();
        done.length = nic->rx.descriptor[index][3] & 0xffff;
    }
    return done;
}

void rings_offer(struct nic *nic)
{
    /* One stays back: head and tail equal means an empty ring. */
    for (unsigned i = 0; i + 1 < nic->rx.count; i++)
        rx_offer(nic, i);
    nic->rx.tail = nic->rx.count - 1;
}

static void announce(struct nic *nic, struct nic_ring *ring, uint32_t registers)
{
    if (ring->written == ring->tail)
        return;
    ring->written = ring->tail;
    intel_barrier();
    intel_write(nic, registers + RING_TAIL, ring->tail);
}

void nic_flush(struct nic *nic)
{
    announce(nic, &nic->rx, nic->ops->rx_registers);
    announce(nic, &nic->tx, nic->ops->tx_registers);
}

/* ---- receiving ------------------------------------------------------------------------------ */

/* Gives `count` descriptors from the head back to the controller. */
static void recycle(struct nic *nic, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        rx_offer(nic, nic->rx.tail);
        nic->rx.tail = next(&nic->rx, nic->rx.tail);
        nic->rx.head = next(&nic->rx, nic->rx.head);
    }
    unsigned pending = (nic->rx.tail + nic->rx.count - nic->rx.written) % nic->rx.count;
    if (pending >= RX_BATCH)
        announce(nic, &nic->rx, nic->ops->rx_registers);
}

/* Collects the frame that begins at a descriptor. Returns how many it has, 0: not complete yet. */
static unsigned collect(struct nic *nic, unsigned at, struct nic_received *frame, bool *good)
{
    unsigned used = 0;
    memset(frame, 0, sizeof(*frame));
    *good = true;
    /* at the tail begins what the controller does not own */
    for (; at != nic->rx.tail; at = next(&nic->rx, at)) {
        struct intel_rx done = rx_read(nic, at);
        if ((done.status & RX_DD) == 0)
            return 0;
        used++;
        if (done.length == 0 || done.length > NIC_BUFFER || frame->count == NIC_RX_PIECES)
            *good = false;
        else
            frame->piece[frame->count++] =
                (struct nic_piece){nic->rx.buffers + (size_t)at * NIC_BUFFER, done.length};
        frame->size += done.length;
        if ((done.status & RX_EOP) == 0)
            continue;
        if ((done.status & (RX_CE | RX_SE | RX_SEQ | RX_CXE | RX_RXE)) != 0)
            *good = false;
        frame->checked = (done.status & RX_IXSM) == 0 && (done.status & RX_TCPE) == 0 &&
                         (done.status & (RX_TCPCS | RX_UDPCS)) != 0;
        return used;
    }
    *good = false; /* all there is, and no end */
    return used;
}

bool nic_receive(struct nic *nic, struct nic_received *frame)
{
    bool good;
    /* A controller that fills the ring with rubbish is followed round it once. */
    for (unsigned looked = 0; looked < nic->rx.count;) {
        unsigned at = (nic->rx.head + nic->rx_taken) % nic->rx.count;
        unsigned used = collect(nic, at, frame, &good);
        if (used == 0)
            break;
        nic->rx_taken += used;
        looked += used;
        if (good && frame->size >= MIN_FRAME && frame->size <= nic->mtu + NIC_FRAME_BASE) {
            nic->rx_held++;
            intel_barrier();
            return true;
        }
        nic->statistics.rx_rejected++;
        if (nic->rx_held == 0)
            nic_receive_done(nic);
    }
    return false;
}

void nic_receive_done(struct nic *nic)
{
    intel_barrier();
    recycle(nic, nic->rx_taken);
    nic->rx_taken = 0;
    nic->rx_held = 0;
}

/* ---- sending -------------------------------------------------------------------------------- */

static unsigned tx_free(const struct nic *nic)
{
    return (nic->tx.head + nic->tx.count - nic->tx.tail - 1) % nic->tx.count;
}

/* Frees what the controller has sent: the last descriptor of a frame is marked by it. */
static void reclaim(struct nic *nic)
{
    while (nic->tx.head != nic->tx.tail) {
        unsigned last = nic->tx_last[nic->tx.head];
        if ((nic->tx.descriptor[last][3] & TX_DD) == 0)
            return;
        nic->tx.head = next(&nic->tx, last);
    }
}

enum nic_status nic_room(struct nic *nic, unsigned frames)
{
    unsigned each = 1 + (nic->mtu + NIC_FRAME_BASE + NIC_BUFFER - 1) / NIC_BUFFER;
    if (frames >= nic->tx.count / each)
        return NIC_BAD_REQUEST;
    if (tx_free(nic) < frames * each)
        reclaim(nic);
    if (tx_free(nic) >= frames * each)
        return NIC_OK;
    nic->statistics.tx_full++;
    return NIC_FULL;
}

static bool offload_makes_sense(const struct nic_offload *o, size_t size)
{
    if (o->csum_start == 0)
        return o->mss == 0;
    if (o->csum_offset != NIC_TCP_CHECKSUM && o->csum_offset != NIC_UDP_CHECKSUM)
        return false;
    if ((size_t)o->csum_start + o->csum_offset + 2 > size || o->csum_start < MIN_FRAME ||
        o->csum_start + o->csum_offset >= MAX_HEADER)
        return false;
    if (o->mss == 0)
        return true;
    return o->csum_offset == NIC_TCP_CHECKSUM && o->header_size >= o->csum_start + 20 &&
           o->header_size < MAX_HEADER && (size_t)o->header_size < size && o->mss >= 64 &&
           o->mss <= NIC_MAX_MTU;
}

static unsigned ip_header(const uint8_t *header)
{
    return header[12] == 0x81 && header[13] == 0 ? MIN_FRAME + 4 : MIN_FRAME;
}

/* Is this, in our memory, the TCP segment that the request describes? The sender may have changed
 * it since the request was made, and a controller must not be given other headers than it is told.
 */
static bool is_segment(const uint8_t *header, const struct nic_offload *o)
{
    unsigned ip = ip_header(header), type = (unsigned)header[ip - 2] << 8 | header[ip - 1];
    unsigned ip_size = o->csum_start - ip, words = header[o->csum_start + 12] >> 4;
    if (o->csum_start < ip || o->csum_start + words * 4 != o->header_size)
        return false;
    if (o->ipv6)
        return type == 0x86dd && header[ip] >> 4 == 6 && ip_size >= 40;
    return type == 0x0800 && header[ip] >> 4 == 4 && ip_size >= 20 &&
           ip_size == (header[ip] & 15u) * 4 && header[ip + 9] == 6;
}

/* The controller sets length and checksum of each segment, and wants them without the length:
 * IP's length and checksum zero, TCP's checksum the sum of the addresses and the protocol. */
static void prepare_segmentation(uint8_t *header, const struct nic_offload *o)
{
    unsigned ip = ip_header(header), words = o->ipv6 ? 16 : 4;
    unsigned at = ip + (o->ipv6 ? 8 : 12);
    uint32_t sum = 6; /* TCP */
    for (unsigned i = 0; i < words; i++)
        sum += (uint32_t)header[at + 2 * i] << 8 | header[at + 2 * i + 1];
    while (sum > 0xffff)
        sum = (sum & 0xffff) + (sum >> 16);
    if (o->ipv6)
        header[ip + 4] = header[ip + 5] = 0;
    else
        header[ip + 2] = header[ip + 3] = header[ip + 10] = header[ip + 11] = 0;
    header[o->csum_start + o->csum_offset] = (uint8_t)(sum >> 8);
    header[o->csum_start + o->csum_offset + 1] = (uint8_t)sum;
}

/* Copies the pieces into the buffers from descriptor `at` on. */
static void fill(struct nic *nic, unsigned at, const struct nic_frame *frame)
{
    uint8_t *buffer = nic->tx.buffers + (size_t)at * NIC_BUFFER;
    size_t room = NIC_BUFFER;
    for (size_t i = 0; i < frame->count; i++) {
        const uint8_t *from = frame->pieces[i].data;
        size_t left = frame->pieces[i].size;
        while (left != 0) {
            if (room == 0) {
                at = next(&nic->tx, at);
                buffer = nic->tx.buffers + (size_t)at * NIC_BUFFER;
                room = NIC_BUFFER;
            }
            size_t part = left < room ? left : room;
            memcpy(buffer, from, part);
            buffer += part, from += part;
            room -= part, left -= part;
        }
    }
}

static void describe(struct nic *nic, const struct nic_offload *offload, size_t size)
{
    unsigned first = nic->tx.tail, at = first;
    uint32_t payload = (uint32_t)(offload->mss != 0 ? size - offload->header_size : size);
    if (offload->csum_start != 0) {
        unsigned data = next(&nic->tx, at);
        unsigned ip = ip_header(nic->tx.buffers + (size_t)data * NIC_BUFFER);
        struct intel_context context = {offload, payload,
                                        ip < offload->csum_start ? ip : MIN_FRAME};
        nic->ops->tx_context(nic, at, &context);
        at = data;
    }
    for (size_t left = size; left != 0;) {
        uint32_t part = left < NIC_BUFFER ? (uint32_t)left : NIC_BUFFER;
        left -= part;
        nic->ops->tx_data(
            nic, at,
            &(struct intel_tx){.address = nic->tx.buffer_address + (uint64_t)at * NIC_BUFFER,
                               .length = part,
                               .payload = payload,
                               .offload = offload,
                               .last = left == 0});
        if (left == 0)
            nic->tx_last[first] = (uint16_t)at;
        at = next(&nic->tx, at);
    }
    nic->tx.tail = at;
}

enum nic_status nic_send(struct nic *nic, const struct nic_frame *frame)
{
    const struct nic_offload offload = frame->offload;
    size_t size = 0, limit = nic->mtu + NIC_FRAME_BASE;
    for (size_t i = 0; i < frame->count; i++) {
        if (frame->pieces[i].size > NIC_MAX_SEND - size)
            return NIC_BAD_REQUEST;
        size += frame->pieces[i].size;
    }
    if (offload.mss != 0)
        limit = NIC_MAX_SEND;
    if (size < MIN_FRAME || size > limit || !offload_makes_sense(&offload, size) ||
        (offload.mss != 0 && (size_t)offload.mss + offload.header_size > nic->mtu + NIC_FRAME_BASE))
        return NIC_BAD_REQUEST;
    unsigned context = offload.csum_start != 0;
    unsigned needed = context + (unsigned)((size + NIC_BUFFER - 1) / NIC_BUFFER);
    if (needed >= nic->tx.count)
        return NIC_BAD_REQUEST;
    if (tx_free(nic) < needed)
        reclaim(nic);
    if (tx_free(nic) < needed) {
        nic->statistics.tx_full++;
        return NIC_FULL;
    }
    unsigned data = context ? next(&nic->tx, nic->tx.tail) : nic->tx.tail;
    fill(nic, data, frame);
    if (offload.mss != 0) {
        uint8_t *header = nic->tx.buffers + (size_t)data * NIC_BUFFER;
        if (!is_segment(header, &offload))
            return NIC_BAD_REQUEST;
        prepare_segmentation(header, &offload);
    }
    describe(nic, &offload, size);
    return NIC_OK;
}
