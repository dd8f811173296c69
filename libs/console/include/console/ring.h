/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A byte ring in one shared page, single producer, single consumer.
 *
 * The page is writable by both sides, so each side distrusts it: it keeps its own index in private
 * memory, reads the peer's index once per operation and ignores values outside the ring, and
 * copies data out once. The worst a hostile peer can do is to lose or garble its own bytes.
 * Fresh pages are zero, which is an empty ring.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_RING_BYTES 4088u /**< capacity is one less: head == tail means empty */

/** The shared page. */
struct console_ring {
    uint32_t head; /**< next byte to take, written by the consumer */
    uint32_t tail; /**< next byte to fill, written by the producer */
    char buf[CONSOLE_RING_BYTES];
};

_Static_assert(sizeof(struct console_ring) == 4096, "the ring is one page");

/** One side of a ring; private memory of that side. */
struct console_ring_end {
    struct console_ring *ring; /**< NULL: not connected; all operations do nothing */
    uint32_t own;              /**< this side's index, always in range */
    uint32_t faults;           /**< times the peer's index was out of range */
};

/** Makes this side the producer; goes on where the page's tail points. */
void console_ring_attach_writer(struct console_ring_end *end, struct console_ring *ring);
/** Makes this side the consumer; goes on where the page's head points. */
void console_ring_attach_reader(struct console_ring_end *end, struct console_ring *ring);

/** Producer: bytes that can be put now. */
size_t console_ring_space(struct console_ring_end *end);
/** Producer: appends up to `size` bytes, returns how many. The caller then signals the consumer. */
size_t console_ring_put(struct console_ring_end *end, const void *data, size_t size);

/** Consumer: bytes that wait. */
size_t console_ring_waiting(struct console_ring_end *end);
/** Consumer: takes up to `size` bytes, returns how many. */
size_t console_ring_get(struct console_ring_end *end, void *data, size_t size);
