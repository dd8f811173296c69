/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The way into a guest and out again, for every hv_ops. */
#include "vcpu.h"
#include <x86/percpu.h>
#include <x86/trap.h>

/** What an extension does on this way. */
struct world {
    /** The guest's registers into the processor and out again, with the big lock held. */
    void (*load)(struct vcpu *v);
    void (*save)(struct vcpu *v);
    /** The kernel's registers into the processor; the guest's are lost. */
    void (*discard)(void);
    /** Runs the guest, without the big lock. False if the processor did not enter. */
    bool (*enter)(struct vcpu *v);
};

/** How a visit to the guest ended. */
enum visit {
    VISIT_ENDED,       /* an exit */
    VISIT_NOT_ENTERED, /* the processor refused */
    VISIT_GUEST_GONE,  /* another CPU has taken the vCPU away: its memory must not be touched */
};

/** Enters the guest of v, whose memory is of address space asid. w is a constant of the caller. */
static inline __attribute__((always_inline)) enum visit world_visit(const struct world *w,
                                                                    struct vcpu *v, uint16_t asid)
{
    w->load(v);
    vcpu_guest_begin(v, asid);
    kernel_unlock();
    bool entered = w->enter(v);
    vcpu_guest_end();
    kernel_lock();
    x86_forget_bases();
    if (!vcpu_guest_survived()) {
        w->discard();
        return VISIT_GUEST_GONE;
    }
    w->save(v);
    return entered ? VISIT_ENDED : VISIT_NOT_ENTERED;
}
