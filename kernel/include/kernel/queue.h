/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* FIFO of threads waiting at an endpoint or notification. */
#include <kernel/object.h>
#include <stddef.h>

static inline void tcb_queue_append(struct tcb_queue *q, struct tcb *t)
{
    t->queue_prev = q->tail;
    t->queue_next = NULL;
    if (q->tail) {
        q->tail->queue_next = t;
    } else {
        q->head = t;
    }
    q->tail = t;
}

static inline void tcb_queue_remove(struct tcb_queue *q, struct tcb *t)
{
    if (t->queue_prev) {
        t->queue_prev->queue_next = t->queue_next;
    } else {
        q->head = t->queue_next;
    }
    if (t->queue_next) {
        t->queue_next->queue_prev = t->queue_prev;
    } else {
        q->tail = t->queue_prev;
    }
    t->queue_next = t->queue_prev = NULL;
}
