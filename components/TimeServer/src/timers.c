/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "timers.h"
#include <string.h>

void timers_init(struct timers *timers, struct timer *timer, uint32_t *completed, size_t clients,
                 unsigned per_client)
{
    *timers = (struct timers){timer, completed, clients, per_client};
    memset(completed, 0, clients * sizeof(*completed));
    for (size_t i = 0; i < clients * per_client; i++)
        timer[i] = (struct timer){.deadline = TIMERS_NEVER};
}

static struct timer *timers_find(struct timers *timers, size_t client, int tid)
{
    if (client >= timers->clients || tid < 0 || (unsigned)tid >= timers->per_client)
        return NULL;
    return &timers->timer[client * timers->per_client + (unsigned)tid];
}

int timers_arm(struct timers *timers, size_t client, int tid, const struct timer *setting)
{
    struct timer *timer = timers_find(timers, client, tid);
    if (timer == NULL)
        return -1;
    *timer = *setting;
    return 0;
}

int timers_stop(struct timers *timers, size_t client, int tid)
{
    struct timer *timer = timers_find(timers, client, tid);
    if (timer == NULL)
        return -1;
    timer->deadline = TIMERS_NEVER;
    timers->completed[client] &= ~(1u << tid);
    return 0;
}

uint32_t timers_take_completed(struct timers *timers, size_t client)
{
    if (client >= timers->clients)
        return 0;
    uint32_t completed = timers->completed[client];
    timers->completed[client] = 0;
    return completed;
}

/* The next time of a periodic timer that lies in the future: missed periods count once. */
static uint64_t timers_following(const struct timer *timer, uint64_t now)
{
    if (timer->period == 0)
        return TIMERS_NEVER;
    uint64_t missed = (now - timer->deadline) / timer->period + 1;
    uint64_t step;
    if (__builtin_mul_overflow(missed, timer->period, &step) ||
        __builtin_add_overflow(timer->deadline, step, &step))
        return TIMERS_NEVER;
    return step;
}

void timers_expire(struct timers *timers, uint64_t now, void (*expired)(size_t client))
{
    for (size_t c = 0; c < timers->clients; c++) {
        bool any = false;
        for (unsigned tid = 0; tid < timers->per_client; tid++) {
            struct timer *timer = &timers->timer[c * timers->per_client + tid];
            if (timer->deadline == TIMERS_NEVER || timer->deadline > now)
                continue;
            timers->completed[c] |= 1u << tid;
            timer->deadline = timers_following(timer, now);
            any = true;
        }
        if (any)
            expired(c);
    }
}

uint64_t timers_next(const struct timers *timers)
{
    uint64_t next = TIMERS_NEVER;
    for (size_t i = 0; i < timers->clients * timers->per_client; i++)
        if (timers->timer[i].deadline < next)
            next = timers->timer[i].deadline;
    return next;
}
