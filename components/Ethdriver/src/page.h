/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Received frames of one client without a ring, until it fetches them one by one. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_FRAME = 2048 };

/** Results of page_get, as the call rx() returns them. */
enum { PAGE_NONE = -1, PAGE_LAST = 0, PAGE_MORE = 1 };

struct page_slot {
    uint16_t size;
    uint8_t data[PAGE_FRAME - 2];
};

struct page_queue {
    struct page_slot *slots;
    unsigned count, head, used;
    bool notify; /* the client has seen the end: the next frame is worth a signal */
};

/** A queue in `count` slots. */
void page_init(struct page_queue *q, struct page_slot *slots, unsigned count);
/** Room for the next frame, of at most sizeof data bytes; NULL: the queue is full. */
struct page_slot *page_next(struct page_queue *q);
/** Enqueues what was written there. */
void page_put(struct page_queue *q, size_t size);
/** Fetches a frame into `to`, cut off at `limit`. */
int page_get(struct page_queue *q, void *to, size_t limit, int *size);
/** Whether the client shall be signalled now; asked once per batch. */
bool page_should_notify(struct page_queue *q);
