/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The device side of a split virtqueue (VIRTIO 1.2, 2.7).
 *
 * The driver may be hostile: every index is checked, every descriptor is read once, a chain has at
 * most VIRTIO_MAX_SEGMENTS pieces and ends after as many steps as its table has entries. A queue
 * whose driver breaks a rule is broken: it gives no more buffers until it is started again.
 *
 * Life of a buffer: virtio_queue_pop(), use, virtio_queue_push(), virtio_queue_publish(), and after
 * a batch virtio_queue_should_notify(). Before waiting: virtio_queue_enable_notify().
 */
#include <virtio/ring.h>

/** Where the driver put the queue, and what was negotiated. */
struct virtio_queue_config {
    uint16_t size; /* entries, a power of two */
    uint64_t desc, avail, used;
    bool event_index, indirect;
};

/** A queue; all members are the library's. A zeroed one is stopped and empty. */
struct virtio_queue {
    struct virtio_memory memory;
    struct virtio_desc *desc;
    struct virtio_avail *avail;
    struct virtio_used *used;
    uint16_t size;
    bool event_index, indirect, broken;
    uint16_t last_avail; /* next entry of avail to take */
    uint16_t next_used;  /* next entry of used to fill */
    uint16_t notified;   /* used index at the last should_notify */
};

/** A buffer of the driver: first the pieces the device reads, then those it writes. */
struct virtio_chain {
    uint16_t head;              /* goes back to virtio_queue_push() */
    unsigned num_out, num_in;   /* pieces to read, pieces to write */
    size_t out_bytes, in_bytes; /* sums of their sizes */
    struct virtio_segment segments[VIRTIO_MAX_SEGMENTS];
};

/** Start a queue. Returns 0, or -1 when the size, an alignment or an address is not acceptable: the
 * queue is then stopped. */
int virtio_queue_start(struct virtio_queue *q, const struct virtio_memory *memory,
                       const struct virtio_queue_config *config);
/** Stop: pop gives nothing, the other calls do nothing. */
void virtio_queue_stop(struct virtio_queue *q);
/** Whether it was started and is not broken. */
bool virtio_queue_running(const struct virtio_queue *q);

/** Buffers that wait, as the driver says; at most the size of the queue. */
unsigned virtio_queue_waiting(const struct virtio_queue *q);
/** Take the next buffer. Returns 1, 0 when there is none, or -1 when the queue is broken (now or
 * since earlier). */
int virtio_queue_pop(struct virtio_queue *q, struct virtio_chain *chain);
/** Undo the last n pops: the buffers are taken again next time. */
void virtio_queue_unpop(struct virtio_queue *q, unsigned n);

/** Give a buffer back; written: bytes put into its writable pieces. The driver sees it after
 * virtio_queue_publish(). */
void virtio_queue_push(struct virtio_queue *q, uint16_t head, uint32_t written);
/** Show the driver everything pushed. */
void virtio_queue_publish(struct virtio_queue *q);
/** Whether the driver wants an interrupt for what was published since the last call. */
bool virtio_queue_should_notify(struct virtio_queue *q);

/** Ask the driver to notify us about the next buffer. Returns true when a buffer came meanwhile:
 * the caller must look again instead of waiting. */
bool virtio_queue_enable_notify(struct virtio_queue *q);
/** The same, but only about the count-th buffer from now (at least 1). With flags instead of the
 * event index it is the next one. Returns true when that many wait already. */
bool virtio_queue_enable_notify_after(struct virtio_queue *q, unsigned count);
/** Tell the driver that notifications are not needed (a hint). */
void virtio_queue_disable_notify(struct virtio_queue *q);
