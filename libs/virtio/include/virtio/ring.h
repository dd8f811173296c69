/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The split virtqueue in memory: Virtual I/O Device (VIRTIO) 1.2, section 2.7. Little endian, as is
 * everything this code runs on. Both sides distrust what they read here: see queue.h (the device
 * side) and driver.h (the driver side).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Flags of a descriptor (2.7.5). */
#define VIRTIO_DESC_NEXT     1u
#define VIRTIO_DESC_WRITE    2u
#define VIRTIO_DESC_INDIRECT 4u

/** The driver's flag "do not interrupt" and the device's flag "do not notify" (2.7.6, 2.7.8). */
#define VIRTIO_AVAIL_NO_INTERRUPT 1u
#define VIRTIO_USED_NO_NOTIFY     1u

/** Most entries of a queue (2.7). */
#define VIRTIO_MAX_QUEUE 32768u

/** Most segments of one chain that this implementation accepts. */
#define VIRTIO_MAX_SEGMENTS 256u

/** A descriptor: one piece of a buffer, or a table of further descriptors. */
struct virtio_desc {
    uint64_t address;
    uint32_t size;
    uint16_t flags;
    uint16_t next;
};

/** What the driver offers. The word after the ring is used_event (2.7.7). */
struct virtio_avail {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[];
};

/** A buffer that the device gives back. */
struct virtio_used_entry {
    uint32_t id;
    uint32_t written;
};

/** What the device gives back. The half word after the ring is avail_event (2.7.7). */
struct virtio_used {
    uint16_t flags;
    uint16_t index;
    struct virtio_used_entry ring[];
};

/** Bytes of the three parts of a queue of n entries, event words included. */
static inline size_t virtio_desc_bytes(unsigned n)
{
    return n * sizeof(struct virtio_desc);
}
static inline size_t virtio_avail_bytes(unsigned n)
{
    return sizeof(struct virtio_avail) + 2u * (n + 1u);
}
static inline size_t virtio_used_bytes(unsigned n)
{
    return sizeof(struct virtio_used) + n * sizeof(struct virtio_used_entry) + 2u;
}

/** Whether a side that asked to be told at `event` must be told, when the other side's index moved
 * from `before` to `now` (2.7.7.2). All three wrap. */
static inline bool virtio_need_event(uint16_t event, uint16_t now, uint16_t before)
{
    return (uint16_t)(now - event - 1u) < (uint16_t)(now - before);
}

/** A piece of memory. Contents that a peer can write may change between any two reads. */
struct virtio_segment {
    uint8_t *data;
    size_t size;
};

/** Addresses in descriptors and where they are for us: guest memory, or an offset into a shared
 * region. */
struct virtio_memory {
    /** Pointer to n bytes at an address, or NULL when they are not all there. n is never 0. The
     * pointer must stay good as long as the queue is in use. */
    void *(*map)(void *ctx, uint64_t address, size_t n);
    void *ctx;
};
