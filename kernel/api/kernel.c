/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The kernel's state and its initial values. */
#include <string.h>

#include <kernel/kernel.h>
#include <kernel/sched.h>

#define LONGEST_DURATION ((1ull << 56) - 1)

struct kernel kernel;

void kernel_init(void)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.schedule[0].duration = LONGEST_DURATION;
    kernel.domain_time = LONGEST_DURATION;
}

void kernel_init_cpu(struct cpu *cpu, struct tcb *idle)
{
    idle->state = THREAD_IDLE;
    idle->affinity = cpu->id;
    memcpy(idle->name, "idle", sizeof("idle"));
    cpu->idle = idle;
    cpu->current = idle;
    cpu->choose_new = true;
    kernel.cpus[cpu->id] = cpu;
    if (kernel.num_cpus <= cpu->id) {
        kernel.num_cpus = cpu->id + 1;
    }
}
