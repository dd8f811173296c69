/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A service beside the guests that wants to run every ten milliseconds. It reports, by the
 * processor's own counter, how long each row of ticks took and the longest time between two.
 */
#include <camkes.h>
#include <stdint.h>
#include <stdio.h>

enum { TIMER = 0, PERIOD_US = 10000, ROW = 10 };

static uint64_t now_us(uint64_t ticks_per_us)
{
    return __builtin_ia32_rdtsc() / ticks_per_us;
}

static uint64_t wait_for_tick(uint64_t ticks_per_us)
{
    unsigned completed = 0;
    while (completed == 0) {
        seL4_Wait(timer_notification(), NULL);
        completed = timer_completed();
    }
    return now_us(ticks_per_us);
}

void pre_init(void)
{
    set_putchar(putchar_putchar);
}

int run(void)
{
    uint64_t ticks_per_us = timer_tsc_frequency() / 1000000;
    timer_periodic(TIMER, PERIOD_US * 1000ull);
    uint64_t last = wait_for_tick(ticks_per_us);
    for (;;) {
        uint64_t start = last, longest = 0;
        for (int i = 0; i < ROW; i++) {
            uint64_t tick = wait_for_tick(ticks_per_us);
            if (tick - last > longest)
                longest = tick - last;
            last = tick;
        }
        printf("%d ticks in %llu us, longest %llu us\n", ROW, (unsigned long long)(last - start),
               (unsigned long long)longest);
    }
}
