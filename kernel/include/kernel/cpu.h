/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Per-CPU state, reached through GS. All other mutable state is in struct kernel. */
#include <kernel/object.h>

#define NUM_PRIORITIES 256
#define MAX_CPUS       16

/** An absolute TSC deadline on a CPU's list; see time.c. */
struct deadline {
    uint64_t when;
    struct deadline *next;
    struct cpu *cpu; /* on whose list; NULL: not set */
    void (*expired)(struct deadline *d);
};

struct cpu {
    struct cpu *self;      /* entry code: offset 0 */
    uint64_t kernel_stack; /* entry code: top of this CPU's stack, offset 8 */
    struct tcb *current;   /* entry code: offset 16 */
    uint64_t scratch;      /* entry code: offset 24 */
    unsigned id;
    uint32_t apic_id;

    struct tcb *idle;
    struct tcb
        *candidate; /* scheduler action: NULL resume current, RESCHEDULE choose, else switch */
    bool choose_new;
    struct tcb_queue ready[NUM_PRIORITIES];
    uint64_t ready_bitmap[4];
    uint32_t ready_bitmap_top;

    struct deadline *deadlines; /* sorted */
    struct deadline tick;

    struct tcb *fpu_owner;
    paddr_t current_root;
    unsigned work_units;

    /* result of the running system call */
    struct {
        word_t error;  /* seL4_Error */
        word_t arg[2]; /* argument or capability number, range, bytes */
        bool source;   /* lookup failed on the source side */
        struct lookup_fault lookup;
    } syscall_error;

    void *arch; /* arch private per-CPU data: GDT, TSS, SVM host area */
};
