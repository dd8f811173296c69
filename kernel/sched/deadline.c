/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Deadlines: one sorted list per CPU on its one-shot timer. */
#include <stddef.h>

#include <kernel/arch.h>
#include <kernel/sched.h>

void deadline_cancel(struct deadline *d)
{
    if (!d->cpu) {
        return;
    }
    struct deadline **link = &d->cpu->deadlines;
    while (*link != d) {
        link = &(*link)->next;
    }
    *link = d->next;
    d->next = NULL;
    d->cpu = NULL;
    /* The timer stays armed: firing for nothing is cheaper than programming it again. */
}

void deadline_set(struct deadline *d, uint64_t when)
{
    deadline_cancel(d);
    d->when = when;
    if (when == UINT64_MAX) {
        return;
    }
    struct cpu *cpu = this_cpu();
    struct deadline **link = &cpu->deadlines;
    while (*link && (*link)->when <= when) {
        link = &(*link)->next;
    }
    d->next = *link;
    d->cpu = cpu;
    *link = d;
    if (cpu->deadlines == d) {
        arch_set_timer(when);
    }
}

void deadline_run(void)
{
    struct cpu *cpu = this_cpu();
    struct deadline *d;
    while ((d = cpu->deadlines) && d->when <= arch_now()) {
        deadline_cancel(d);
        d->expired(d);
    }
    arch_set_timer(cpu->deadlines ? cpu->deadlines->when : UINT64_MAX);
}

void deadline_renew(void)
{
    /* The timer may be early by the error of its calibration, far less than 1/16 ms. */
    const struct cpu *cpu = this_cpu();
    if (cpu->deadlines && cpu->deadlines->when <= arch_now() + arch_ticks_per_ms() / 16) {
        arch_set_timer(cpu->deadlines->when);
    }
}
