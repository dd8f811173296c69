/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The local APICs of all processors of a machine. */
#include <vmm/device.h>

/** Local vector table entries, in register order. */
enum lapic_lvt {
    LAPIC_LVT_TIMER,
    LAPIC_LVT_THERMAL,
    LAPIC_LVT_PERFORMANCE,
    LAPIC_LVT_LINT0,
    LAPIC_LVT_LINT1,
    LAPIC_LVT_ERROR,
    LAPIC_NUM_LVT
};

/** One local APIC. */
struct lapic_cpu {
    unsigned id;   /* vCPU number and APIC id */
    uint64_t base; /* IA32_APIC_BASE */
    uint32_t irr[8], isr[8], tmr[8];
    uint32_t tpr, ldr, dfr, svr, esr, esr_pending;
    uint32_t lvt[LAPIC_NUM_LVT];
    uint64_t icr;
    uint32_t divide, initial_count;
    uint64_t timer_start;  /* vmm_now() when the current period began */
    uint64_t tsc_deadline; /* 0 = not armed */
    struct vmm_timer timer;
    uint64_t timer_interrupts, ipis_sent, accepted;
};

/** All of them. */
struct lapic {
    struct vmm_device dev;
    unsigned num, last_lowest; /* last_lowest: who got the last lowest-priority message */
    struct lapic_cpu cpu[VMM_MAX_VCPUS];
};

/** Put a local APIC into every vCPU and install them in the machine. Zero *lapic before. */
void lapic_create(struct lapic *lapic, struct vmm *vm);
