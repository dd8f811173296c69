/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdio.h>
#include <camkes.h>

extern volatile uint64_t camkes_tsc_hz;
static int total = 7; /* must not be the counters' variable of the same name */

int run(void)
{
    int first = near_next(1), second = near_next(1), far = far_next(5);
    printf("group: %d %d %d %d\n", first, second, far, total);
    printf("group: clock %s\n", camkes_tsc_hz > 1000000 ? "known" : "unknown");
    return 0;
}
