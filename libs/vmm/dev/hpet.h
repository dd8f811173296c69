/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The high precision event timer: one 64-bit counter, three comparators. */
#include <vmm/device.h>

#define HPET_TIMERS 3u
/** Tick of the main counter, femtoseconds. */
#define HPET_PERIOD_FS 10000000u
/** Event timer block id of the ACPI table: low half of the capabilities register. */
#define HPET_BLOCK_ID 0x8086a201u

/** One comparator. */
struct hpet_timer {
    unsigned index;
    uint64_t config;     /* configuration and capability register */
    uint64_t comparator; /* next match */
    uint64_t period;     /* what a periodic timer adds at each match */
    struct vmm_timer timer;
};

/** The block. */
struct hpet {
    struct vmm_device dev;
    uint64_t config;     /* general configuration */
    uint64_t status;     /* level-triggered interrupts that are active */
    uint64_t counter;    /* main counter when it last started or was written ... */
    uint64_t counter_ns; /* ... at this vmm_now() */
    uint64_t now;        /* the moment of the access or match being handled */
    struct hpet_timer timers[HPET_TIMERS];
    struct vmm_irq_line irq_timer, irq_rtc;   /* legacy replacement: ISA 0 and 8 */
    struct vmm_irq_line irq[HPET_TIMERS][24]; /* otherwise: I/O APIC inputs */
    void (*legacy)(void *ctx, bool replaces);
    void *legacy_ctx;
    uint64_t interrupts;
};

/** Put the block at VMM_HPET_BASE. legacy (may be NULL) is called when the guest lets it replace
 * the 8254 and the CMOS clock as sources of interrupts 0 and 8, and when it takes that back. Zero
 * *hpet before. */
void hpet_create(struct hpet *hpet, struct vmm *vm, void (*legacy)(void *ctx, bool replaces),
                 void *ctx);
