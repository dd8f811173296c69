/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Timer of the local APIC: one-shot, periodic and TSC-deadline mode (Intel SDM vol. 3, 11.5.4).
 * Periods that pass while the machine does not run are not made up for.
 */
#include "lapic_internal.h"

static uint64_t divisor(const struct lapic_cpu *c)
{
    unsigned code = (c->divide & 3u) | (c->divide >> 1 & 4u);
    return code == 7 ? 1 : 2ull << code;
}

static uint64_t period_ns(const struct lapic_cpu *c)
{
    return vmm_ticks_to_ns(c->initial_count * divisor(c), VMM_APIC_TIMER_HZ);
}

static uint32_t mode(const struct lapic_cpu *c)
{
    return c->lvt[LAPIC_LVT_TIMER] & LVT_TIMER_MODE;
}

/* Arm for the end of the current period. */
static void arm(struct lapic *l, struct lapic_cpu *c)
{
    if (c->initial_count == 0 || mode(c) > LVT_PERIODIC) {
        vmm_timer_cancel(l->dev.vm, &c->timer);
        return;
    }
    vmm_timer_arm(l->dev.vm, &c->timer, c->timer_start + period_ns(c));
}

void lapic_timer_stop(struct lapic *l, struct lapic_cpu *c)
{
    c->initial_count = 0;
    c->tsc_deadline = 0;
    vmm_timer_cancel(l->dev.vm, &c->timer);
}

void lapic_timer_set_count(struct lapic *l, struct lapic_cpu *c, uint32_t count)
{
    if (mode(c) == LVT_DEADLINE) {
        return;
    }
    c->initial_count = count;
    c->timer_start = vmm_now(l->dev.vm);
    arm(l, c);
}

void lapic_timer_set_divide(struct lapic *l, struct lapic_cpu *c, uint32_t divide)
{
    uint32_t left = lapic_timer_count(l, c);
    c->divide = divide & 0xbu;
    if (c->timer.armed && mode(c) <= LVT_PERIODIC) {
        /* the count goes on from where it is, at the new speed */
        uint64_t passed = (c->initial_count - left) * divisor(c);
        uint64_t ns = vmm_ticks_to_ns(passed, VMM_APIC_TIMER_HZ);
        uint64_t now = vmm_now(l->dev.vm);
        c->timer_start = now > ns ? now - ns : 0;
        arm(l, c);
    }
}

void lapic_timer_set_lvt(struct lapic *l, struct lapic_cpu *c, uint32_t value)
{
    uint32_t old = mode(c);
    c->lvt[LAPIC_LVT_TIMER] = value;
    if (mode(c) == old) {
        return;
    }
    if (old == LVT_DEADLINE || mode(c) == LVT_DEADLINE) {
        lapic_timer_stop(l, c); /* SDM 11.5.4.1: changing to or from deadline mode disarms */
    } else if (c->timer.armed || mode(c) == LVT_PERIODIC) {
        arm(l, c);
    }
}

void lapic_timer_set_deadline(struct lapic *l, struct lapic_cpu *c, uint64_t tsc)
{
    if (mode(c) != LVT_DEADLINE) {
        return;
    }
    c->tsc_deadline = tsc;
    if (tsc == 0) {
        vmm_timer_cancel(l->dev.vm, &c->timer);
    } else {
        vmm_timer_arm(l->dev.vm, &c->timer, vmm_guest_tsc_to_time(l->dev.vm, c->id, tsc));
    }
}

uint32_t lapic_timer_count(const struct lapic *l, const struct lapic_cpu *c)
{
    if (c->initial_count == 0 || mode(c) > LVT_PERIODIC) {
        return 0;
    }
    uint64_t now = vmm_now(l->dev.vm);
    uint64_t ns = now > c->timer_start ? now - c->timer_start : 0;
    uint64_t ticks = vmm_ns_to_ticks(ns, VMM_APIC_TIMER_HZ) / divisor(c);
    if (mode(c) == LVT_PERIODIC) {
        ticks %= c->initial_count;
    }
    return ticks < c->initial_count ? c->initial_count - (uint32_t)ticks : 0;
}

void lapic_timer_fire(struct vmm_timer *timer)
{
    struct lapic_cpu *c = VMM_TIMER_OF(struct lapic_cpu, timer, timer);
    struct lapic *l = VMM_TIMER_OF(struct lapic, cpu[c->id], c);
    uint64_t now = vmm_now(l->dev.vm);
    if (mode(c) == LVT_DEADLINE) {
        uint64_t left = c->tsc_deadline - vmm_guest_tsc(l->dev.vm, c->id);
        if ((int64_t)left > 0) { /* the guest moved its TSC back */
            lapic_timer_set_deadline(l, c, c->tsc_deadline);
            return;
        }
        c->tsc_deadline = 0;
    } else if (mode(c) == LVT_PERIODIC) {
        uint64_t period = period_ns(c);
        c->timer_start += (now - c->timer_start) / period * period;
        arm(l, c);
    }
    c->timer_interrupts++;
    lapic_raise_local(l, c, LAPIC_LVT_TIMER);
}
