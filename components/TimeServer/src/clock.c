/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "clock.h"

uint64_t clock_ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    if (hz == 0)
        return 0;
    return (uint64_t)((unsigned __int128)ticks * CLOCK_NS_PER_SECOND / hz);
}

uint32_t clock_ns_to_count(uint64_t ns)
{
    if (ns >= CLOCK_8254_MAX_COUNT * CLOCK_NS_PER_SECOND / CLOCK_8254_HZ)
        return CLOCK_8254_MAX_COUNT;
    uint64_t count = (ns * CLOCK_8254_HZ + CLOCK_NS_PER_SECOND - 1) / CLOCK_NS_PER_SECOND;
    return count == 0 ? 1 : (uint32_t)count;
}
