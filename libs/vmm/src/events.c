/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What the guest receives next: exceptions raised by emulation, NMI, interrupts of the local APIC
 * or the 8259 pair, start-up signals; and when it may sleep. Priorities follow the AMD APM vol. 2,
 * 8.5 and Intel SDM vol. 3, table 6-2.
 */
#include "internal.h"

static void commit_event(struct vmm_vcpu *v, uint64_t event)
{
    v->run->event = event | VCPU_EVENT_VALID;
    v->run->commit |= VCPU_COMMIT_EVENT;
    v->injected++;
}

/* Vectors whose coincidence makes a double fault (SDM vol. 3, table 6-4). */
static bool contributory(unsigned vector)
{
    return vector == 0 || (vector >= 10 && vector <= 13);
}

static void raise(struct vmm_vcpu *v, struct vmm_exception next)
{
    uint64_t pending = v->run->pending_event;
    bool was_exception =
        (pending & VCPU_EVENT_VALID) && (pending & VCPU_EVENT_TYPE_MASK) == VCPU_EVENT_EXCEPTION;
    unsigned first = pending & 0xff;
    next.valid = true;
    if (was_exception && first == X86_DF) {
        vmm_request(v->vm, VMM_REQUEST_RESET, "triple fault");
        return;
    }
    bool twice = was_exception &&
                 ((contributory(first) && contributory(next.vector)) ||
                  (first == X86_PF && (contributory(next.vector) || next.vector == X86_PF)));
    if (twice) {
        next = (struct vmm_exception){.valid = true, .has_code = true, .vector = X86_DF};
    }
    v->exception = next;
}

void vcpu_raise(struct vmm_vcpu *v, uint8_t vector)
{
    raise(v, (struct vmm_exception){.vector = vector});
}

void vcpu_raise_code(struct vmm_vcpu *v, uint8_t vector, uint32_t code)
{
    raise(v, (struct vmm_exception){.vector = vector, .has_code = true, .code = code});
}

void vcpu_raise_pf(struct vmm_vcpu *v, uint64_t address, uint32_t code)
{
    struct vcpu_state *state = vcpu_state_modify(v, VCPU_STATE_CONTROL);
    if (state) {
        state->cr2 = address;
    }
    v->run->cr2 = address;
    vcpu_raise_code(v, X86_PF, code);
}

/* Does any controller have an interrupt for this vCPU? */
static bool interrupt_pending(const struct vmm_vcpu *v)
{
    struct vmm *vm = v->vm;
    if (vm->lapic && vm->lapic->pending(vm->lapic_ctx, v->id) >= 0) {
        return true;
    }
    bool extint = vm->lapic ? vm->lapic->accepts_extint(vm->lapic_ctx, v->id) : v->id == 0;
    return extint && vm->pic && vm->pic->pending(vm->pic_ctx);
}

static int acknowledge(struct vmm_vcpu *v)
{
    struct vmm *vm = v->vm;
    bool extint = vm->lapic ? vm->lapic->accepts_extint(vm->lapic_ctx, v->id) : v->id == 0;
    if (extint && vm->pic && vm->pic->pending(vm->pic_ctx)) {
        return vm->pic->acknowledge(vm->pic_ctx);
    }
    return vm->lapic ? vm->lapic->acknowledge(vm->lapic_ctx, v->id) : -1;
}

static void want_window(struct vmm_vcpu *v, uint32_t window)
{
    if (!(v->run->commit & VCPU_COMMIT_WINDOW)) {
        v->run->window = 0;
    }
    v->run->window |= window;
    v->run->commit |= VCPU_COMMIT_WINDOW;
}

bool vcpu_can_wake(struct vmm_vcpu *v)
{
    const struct vcpu_run *run = v->run;
    return v->exception.valid || v->nmi_pending || (run->pending_event & VCPU_EVENT_VALID) ||
           ((run->rflags & RFLAGS_IF) && interrupt_pending(v));
}

void vcpu_choose_event(struct vmm_vcpu *v)
{
    struct vcpu_run *run = v->run;
    bool busy = run->pending_event & VCPU_EVENT_VALID;
    if (v->exception.valid) {
        uint64_t event = VCPU_EVENT_EXCEPTION | v->exception.vector;
        if (v->exception.has_code) {
            event |= VCPU_EVENT_ERROR_CODE | (uint64_t)v->exception.code << 32;
        }
        v->exception.valid = false;
        commit_event(v, event); /* replaces an undelivered event, as in the processor */
        busy = true;
    }
    if (v->nmi_pending) {
        bool blocked = run->interruptibility & (VCPU_NMI_BLOCKED | VCPU_SHADOW_MOVSS);
        if (!busy && !blocked) {
            v->nmi_pending = false;
            commit_event(v, VCPU_EVENT_NMI | 2);
            busy = true;
        } else {
            want_window(v, VCPU_WINDOW_NMI);
        }
    }
    if (!interrupt_pending(v)) {
        return;
    }
    bool possible = (run->rflags & RFLAGS_IF) && !(run->interruptibility & VCPU_SHADOW_ANY);
    if (busy || !possible) {
        want_window(v, VCPU_WINDOW_IRQ);
        return;
    }
    int vector = acknowledge(v);
    if (vector >= 0) {
        commit_event(v, VCPU_EVENT_INTR | (unsigned)vector);
    }
    if (interrupt_pending(v)) {
        want_window(v, VCPU_WINDOW_IRQ);
    }
}
