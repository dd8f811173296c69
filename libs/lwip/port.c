/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What lwIP asks of its surroundings. */
#include <lwip/opt.h>
#include <lwip/sys.h>

/* Frequency of the TSC, stored by the loader. */
extern uint64_t camkes_tsc_hz __attribute__((weak));

/* Milliseconds; wraps, as lwIP allows. */
u32_t sys_now(void)
{
    uint64_t hz = &camkes_tsc_hz != NULL && camkes_tsc_hz >= 1000 ? camkes_tsc_hz : 1000000000;
    return (u32_t)(__builtin_ia32_rdtsc() / (hz / 1000));
}

/* For ports and first sequence numbers: hard to guess, no cryptography. */
uint32_t lwip_port_random(void)
{
    static uint64_t state;
    state += __builtin_ia32_rdtsc() | 1;
    uint64_t mixed = (state ^ state >> 30) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebull;
    return (uint32_t)(mixed ^ mixed >> 31);
}
