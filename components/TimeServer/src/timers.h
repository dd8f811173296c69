/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The timers of all clients: deadlines in nanoseconds, who is next, who has expired. Pure. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMERS_MAX_PER_CLIENT 32u /**< completed() is a 32-bit set */
#define TIMERS_NEVER          UINT64_MAX

/** One timer. */
struct timer {
    uint64_t deadline; /**< TIMERS_NEVER: not armed */
    uint64_t period;   /**< 0: one shot */
};

/** All of them; client c has timer[c * per_client .. + per_client - 1]. */
struct timers {
    struct timer *timer;
    uint32_t *completed; /**< per client: set of timers that expired and were not asked for yet */
    size_t clients;
    unsigned per_client;
};

/** Uses the given memory: clients * per_client timers and `clients` words. */
void timers_init(struct timers *timers, struct timer *timer, uint32_t *completed, size_t clients,
                 unsigned per_client);

/** Arms a timer, replacing what it was set to; 0, or -1 if the client has no such timer. */
int timers_arm(struct timers *timers, size_t client, int tid, const struct timer *setting);

/** Disarms a timer and forgets an expiry not yet asked for; harmless on an idle one. 0, or -1. */
int timers_stop(struct timers *timers, size_t client, int tid);

/** Returns and clears the set of expired timers of a client. */
uint32_t timers_take_completed(struct timers *timers, size_t client);

/** Expires what is due. Calls `expired` once per client that has something new. */
void timers_expire(struct timers *timers, uint64_t now, void (*expired)(size_t client));

/** The earliest deadline, TIMERS_NEVER if nothing is armed. */
uint64_t timers_next(const struct timers *timers);
