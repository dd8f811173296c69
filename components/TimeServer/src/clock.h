/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Conversions between the TSC, nanoseconds and the counter of an 8254 (1 193 182 Hz). Pure. All
 * round so that a deadline is never early.
 */
#include <stdint.h>

#define CLOCK_8254_HZ        1193182u
#define CLOCK_NS_PER_SECOND  1000000000ull
#define CLOCK_8254_MAX_COUNT 0xffffu

/** Nanoseconds that `ticks` of a clock of `hz` last, rounded down. */
uint64_t clock_ticks_to_ns(uint64_t ticks, uint64_t hz);

/** Counter value for `ns` from now: rounded up, 1 .. CLOCK_8254_MAX_COUNT (then ask again). */
uint32_t clock_ns_to_count(uint64_t ns);
