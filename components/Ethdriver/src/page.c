/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "page.h"
#include <string.h>

void page_init(struct page_queue *q, struct page_slot *slots, unsigned count)
{
    *q = (struct page_queue){.slots = slots, .count = count, .notify = true};
}

struct page_slot *page_next(struct page_queue *q)
{
    return q->used == q->count ? NULL : &q->slots[(q->head + q->used) % q->count];
}

void page_put(struct page_queue *q, size_t size)
{
    q->slots[(q->head + q->used) % q->count].size = (uint16_t)size;
    q->used++;
}

int page_get(struct page_queue *q, void *to, size_t limit, int *size)
{
    *size = 0;
    if (q->used == 0) {
        q->notify = true;
        return PAGE_NONE;
    }
    const struct page_slot *slot = &q->slots[q->head];
    size_t n = slot->size < limit ? slot->size : limit;
    memcpy(to, slot->data, n);
    *size = (int)n;
    q->head = (q->head + 1) % q->count;
    q->used--;
    if (q->used != 0)
        return PAGE_MORE;
    q->notify = true;
    return PAGE_LAST;
}

bool page_should_notify(struct page_queue *q)
{
    bool yes = q->notify && q->used != 0;
    if (yes)
        q->notify = false;
    return yes;
}
