/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Time: vmm_now() in nanoseconds from the host TSC, and the timers of the devices. Each vCPU keeps
 * its timers sorted; the earliest one becomes the deadline of its next VMEnter.
 */
#include "internal.h"

uint64_t vmm_now(const struct vmm *vm)
{
    uint64_t ticks = vm->host.tsc(vm->host.ctx) - vm->tsc_zero;
    return (uint64_t)((unsigned __int128)ticks * 1000000000u / vm->host.tsc_hz);
}

/* The host TSC at a time: rounded up, so that a deadline is never early. */
uint64_t vmm_time_to_tsc(const struct vmm *vm, uint64_t time)
{
    unsigned __int128 ticks =
        ((unsigned __int128)time * vm->host.tsc_hz + 999999999u) / 1000000000u + vm->tsc_zero;
    return ticks >= VCPU_DEADLINE_NONE ? VCPU_DEADLINE_NONE - 1 : (uint64_t)ticks;
}

uint64_t vmm_tsc_hz(const struct vmm *vm)
{
    return vm->host.tsc_hz;
}

uint64_t vmm_guest_tsc(const struct vmm *vm, unsigned vcpu)
{
    return vm->host.tsc(vm->host.ctx) + vm->vcpu[vcpu % VMM_MAX_VCPUS].tsc_offset;
}

uint64_t vmm_guest_tsc_to_time(const struct vmm *vm, unsigned vcpu, uint64_t guest_tsc)
{
    uint64_t now = vm->host.tsc(vm->host.ctx);
    int64_t ahead = (int64_t)(guest_tsc - (now + vm->vcpu[vcpu % VMM_MAX_VCPUS].tsc_offset));
    if (ahead <= 0) {
        return 0;
    }
    unsigned __int128 ticks = (unsigned __int128)(now - vm->tsc_zero) + (uint64_t)ahead;
    unsigned __int128 ns = (ticks * 1000000000u + vm->host.tsc_hz - 1) / vm->host.tsc_hz;
    return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

static struct vmm_vcpu *owner(struct vmm *vm, const struct vmm_timer *timer)
{
    return &vm->vcpu[timer->vcpu < vm->num_vcpus ? timer->vcpu : 0];
}

void vmm_timer_cancel(struct vmm *vm, struct vmm_timer *timer)
{
    if (!timer->armed) {
        return;
    }
    struct vmm_timer **link = &owner(vm, timer)->timers;
    while (*link && *link != timer) {
        link = &(*link)->next;
    }
    if (*link) {
        *link = timer->next;
    }
    timer->armed = false;
}

void vmm_timer_arm(struct vmm *vm, struct vmm_timer *timer, uint64_t deadline)
{
    vmm_timer_cancel(vm, timer);
    timer->vm = vm;
    timer->deadline = deadline;
    timer->tsc = vmm_time_to_tsc(vm, deadline); /* once here, not at every exit */
    timer->armed = true;
    struct vmm_vcpu *v = owner(vm, timer);
    struct vmm_timer **link = &v->timers;
    while (*link && (*link)->deadline <= deadline) {
        link = &(*link)->next;
    }
    timer->next = *link;
    *link = timer;
    /* A vCPU that is already in the guest or asleep committed a later deadline. */
    if (vm->current != (int)v->id && v->timers == timer && vm->host.kick) {
        vm->host.kick(vm->host.ctx, v->id);
    }
}

void vcpu_run_timers(struct vmm_vcpu *v)
{
    if (!v->timers) {
        return;
    }
    /* Bounded: a timer that re-arms itself in the past cannot keep the VMM in this loop. */
    uint64_t now = v->vm->host.tsc(v->vm->host.ctx);
    for (unsigned n = 0; n < 16 && v->timers && v->timers->tsc <= now; n++) {
        struct vmm_timer *timer = v->timers;
        v->timers = timer->next;
        timer->armed = false;
        timer->fire(timer);
    }
}

uint64_t vcpu_next_deadline(const struct vmm_vcpu *v)
{
    return v->timers ? v->timers->tsc : VCPU_DEADLINE_NONE;
}
