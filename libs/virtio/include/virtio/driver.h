/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The driver side of a split virtqueue (VIRTIO 1.2, 2.7).
 *
 * The device may be hostile: the free list and what is in flight are kept in private memory, a used
 * entry must name a buffer that is in flight and cannot claim more bytes than the buffer has. A
 * queue whose device breaks a rule is broken and takes and gives nothing any more.
 */
#include <virtio/ring.h>

/** Private state of one descriptor. */
struct virtio_driver_slot {
    uint16_t next;     /* free list, or rest of the chain */
    uint16_t count;    /* of a head in flight: descriptors of the chain; 0: not in flight */
    uint32_t token;    /* of a head: the caller's */
    uint32_t in_bytes; /* of a head: most bytes the device can write */
};

/** A piece of a buffer: address as the device sees it. */
struct virtio_piece {
    uint64_t address;
    uint32_t size;
};

/** Where the queue lies and its private state: `size` slots. */
struct virtio_driver_config {
    uint16_t size; /* entries, a power of two */
    struct virtio_desc *desc;
    struct virtio_avail *avail;
    struct virtio_used *used;
    struct virtio_driver_slot *slots;
    bool event_index;
};

/** A queue; all members are the library's. */
struct virtio_driver {
    struct virtio_driver_config ring;
    uint16_t free_head, num_free;
    uint16_t next_avail; /* next entry of avail to fill */
    uint16_t last_used;  /* next entry of used to take */
    uint16_t kicked;     /* avail index at the last should_kick */
    uint16_t in_flight;  /* buffers */
    bool broken;
};

/** A buffer to offer. */
struct virtio_offer {
    const struct virtio_piece *pieces; /* first those to read, then those to write */
    unsigned num_out, num_in;
    uint32_t token; /* comes back from virtio_driver_take() */
    /** Table for an indirect descriptor (VIRTIO_F_INDIRECT_DESC), num_out + num_in entries that
     * stay untouched until the buffer comes back, and its address for the device; NULL: none. */
    struct virtio_desc *table;
    uint64_t table_address;
};

/** Start a queue: writes the descriptor table and the avail ring, expects a zeroed used ring.
 * Returns 0, or -1 when the size is not a power of two up to VIRTIO_MAX_QUEUE. */
int virtio_driver_start(struct virtio_driver *d, const struct virtio_driver_config *config);

/** Offer a buffer; the device sees it after virtio_driver_publish(). Returns 0, or -1 when there
 * are not enough free descriptors (or no pieces, or the queue is broken). */
int virtio_driver_add(struct virtio_driver *d, const struct virtio_offer *offer);
/** Show the device everything added. */
void virtio_driver_publish(struct virtio_driver *d);
/** Whether the device wants a notification for what was published since the last call. */
bool virtio_driver_should_kick(struct virtio_driver *d);

/** Buffers the device gave back, as it says; at most those in flight. */
unsigned virtio_driver_waiting(const struct virtio_driver *d);
/** Take back a buffer: its token and the bytes written. Returns 1, 0 when there is none, or -1 when
 * the queue is broken (now or since earlier). */
int virtio_driver_take(struct virtio_driver *d, uint32_t *token, uint32_t *written);

/** Ask for an interrupt when the next buffer comes back. Returns true when one came meanwhile. */
bool virtio_driver_enable_interrupt(struct virtio_driver *d);
/** The same, but only after `count` more buffers came back (at least 1). */
bool virtio_driver_enable_interrupt_after(struct virtio_driver *d, unsigned count);
/** No interrupts are needed now (a hint). */
void virtio_driver_disable_interrupt(struct virtio_driver *d);
