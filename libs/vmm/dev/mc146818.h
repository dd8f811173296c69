/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The MC146818A real-time clock and CMOS memory of a PC. */
#include <vmm/device.h>

/** Index of the century byte; the FADT names it. */
#define MC146818_CENTURY 0x32u

/** The chip. */
struct mc146818 {
    struct vmm_device dev;
    const struct vmm_clock_ops *clock;
    void *clock_ctx;
    uint8_t index, index_high; /* ports 0x70 and 0x72 */
    uint8_t ram[256];          /* registers A, B, C and the time are kept elsewhere */
    uint8_t a, b, c;
    uint8_t time[10]; /* registers 0..9 while the clock is stopped, and the alarm */
    uint8_t century;
    int64_t base_seconds; /* guest's calendar time ... */
    uint64_t base_ns;     /* ... at this vmm_now() */
    uint64_t looked_ns;   /* events up to here are in register C */
    struct vmm_irq_line irq;
    struct vmm_timer timer;
    bool disconnected; /* the HPET replaces it as source of interrupt 8 */
    uint64_t interrupts;
};

/** What it is made of. */
struct mc146818_config {
    const struct vmm_clock_ops
        *clock; /* where the time comes from at creation; NULL = 2000-01-01 */
    void *clock_ctx;
    uint64_t low_memory;  /* bytes of RAM below 4 GiB, for the memory size bytes */
    uint64_t high_memory; /* bytes above */
};

/** Put the clock at ports 0x70..0x73, interrupt 8. Zero *rtc before. */
void mc146818_create(struct mc146818 *rtc, struct vmm *vm, const struct mc146818_config *config);

/** Cut (true) or restore the wire to interrupt 8: HPET legacy replacement. */
void mc146818_disconnect(struct mc146818 *rtc, bool cut);
