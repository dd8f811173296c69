/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The simulated machine under the object layer: memory, one CPU, a clock and interrupt lines
 * that tests move by hand.
 */
#include <kernel/kernel.h>

/** Simulated RAM: HOST_RAM_SIZE bytes from physical address HOST_RAM_BASE. */
#define HOST_RAM_BASE 0x100000000ull
#define HOST_RAM_SIZE (64ull << 20)

struct host_machine {
    struct cpu cpu;
    char *ram;
    uint64_t now;   /* TSC */
    uint64_t timer; /* armed deadline, UINT64_MAX if none */
    unsigned
        pending_after; /* arch_interrupt_pending() is true at the n-th call from now; 0 never */
    bool irq_masked[MAX_IRQ];
    unsigned irq_routed[MAX_IRQ]; /* pin + 1 */
    uint16_t last_port;
    unsigned last_port_size;
    uint32_t last_port_value;
    unsigned reschedules; /* inter-processor requests sent */
    char log[8192];       /* console output, newest part */
    unsigned log_length;
};

extern struct host_machine host;

/** Set by fuzzers: host_reset() leaves whatever lies in RAM, which saves most of its time. */
extern bool host_keep_ram;
/** A fresh machine and kernel with an idle thread; RAM is filled with garbage. */
void host_reset(void);
