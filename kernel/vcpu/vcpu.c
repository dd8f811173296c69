/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The vCPU object: creation, binding to a thread, state access, direct I/O ports, deletion.
 * Nothing here knows which virtualization extension runs the guest.
 */
#include "vcpu.h"
#include <kernel/cspace.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/vcpu.h>
#include <string.h>

#define RFLAGS_FIXED 2u

const struct hv_ops *hv = &hv_none;

static struct vcpu *vcpu_of(cap_t cap)
{
    return phys_to_virt(cap.paddr);
}

struct vcpu_run *vcpu_run_page(struct tcb *t)
{
    cap_t cap = t->slots[TCB_RUN_PAGE].cap;
    return cap.type == CAP_FRAME ? phys_to_virt(cap.paddr) : NULL;
}

/* A halted thread has something to look at; a running one looks before every entry anyway. */
static void deadline_expired(struct deadline *d)
{
    struct vcpu *v = (struct vcpu *)((char *)d - offsetof(struct vcpu, deadline));
    if (v->tcb != NULL && v->tcb->state == THREAD_HALTED_VM) {
        sched_set_state(v->tcb, THREAD_RUNNING_VM);
        sched_possible_switch(v->tcb);
    }
}

/* Registers after reset: AMD APM vol. 2, table 14-1; Intel SDM vol. 3, table 10-1. */
void vcpu_reset(struct vcpu *v)
{
    memset(v->gpr, 0, sizeof(v->gpr));
    v->gpr[VCPU_RDX] = 0x600; /* family 6; the VMM puts its own signature here */
    v->rip = 0xfff0;
    v->rflags = RFLAGS_FIXED;
    v->interruptibility = 0;
    v->window = 0;
    v->event = 0;
    v->event_injected = false;
    v->failed = false;
    v->deadline_at = VCPU_DEADLINE_NONE;
    deadline_cancel(&v->deadline);
    v->exits = 0;
    v->cr8 = 0;
    v->xcr0 = 1;
    v->tsc_aux = 0;
    memset(v->dr, 0, sizeof(v->dr));
    memset(&v->exit, 0, sizeof(v->exit));
    hv->reset(v);
}

static cap_t vcpu_create(const struct new_object *o)
{
    struct vcpu *v = phys_to_virt(o->paddr);
    v->id = ++kernel.vcpus.last_id;
    v->deadline.expired = deadline_expired;
    v->next = kernel.vcpus.first;
    if (v->next != NULL) {
        v->next->prev = v;
    }
    kernel.vcpus.first = v;
    hv->create(v);
    vcpu_reset(v);
    return (cap_t){.type = CAP_VCPU, .paddr = o->paddr};
}

/* Takes v off the CPU that caches its registers. Remote CPUs cannot: see vcpu_migrate(). */
static void vcpu_leave_cpu(struct vcpu *v)
{
    if (v->cpu != NULL) {
        hv->leave(v);
        v->cpu = NULL;
    }
}

void vcpu_cancel(struct tcb *t)
{
    if (t->vcpu != NULL) {
        deadline_cancel(&t->vcpu->deadline);
    }
}

static void vcpu_separate(struct vcpu *v)
{
    struct tcb *t = v->tcb;
    if (t == NULL) {
        return;
    }
    deadline_cancel(&v->deadline);
    vcpu_guest_abandon(v);
    vcpu_leave_cpu(v);
    v->tcb = NULL;
    t->vcpu = NULL;
    if (t->state == THREAD_RUNNING_VM || t->state == THREAD_HALTED_VM) {
        /* Its VMEnter starts again, finds no vCPU and faults. */
        sched_set_state(t, THREAD_RESTART);
        sched_possible_switch(t);
    }
}

void vcpu_dissociate(struct tcb *t)
{
    if (t->vcpu != NULL) {
        vcpu_separate(t->vcpu);
    }
}

void vcpu_migrate(struct tcb *t)
{
    if (t->vcpu != NULL) {
        deadline_cancel(&t->vcpu->deadline);
        vcpu_leave_cpu(t->vcpu);
    }
}

static cap_t vcpu_finalise(cap_t cap, bool final)
{
    if (final) {
        struct vcpu *v = vcpu_of(cap);
        vcpu_separate(v);
        vcpu_leave_cpu(v);
        if (v->prev != NULL) {
            v->prev->next = v->next;
        } else {
            kernel.vcpus.first = v->next;
        }
        if (v->next != NULL) {
            v->next->prev = v->prev;
        }
    }
    return cap_null();
}

void vcpu_revoke_ports(uint32_t id, uint16_t first, uint16_t last)
{
    for (struct vcpu *v = id != 0 ? kernel.vcpus.first : NULL; v != NULL; v = v->next) {
        if (v->id == id) {
            hv->set_ports(v, first, last, false);
        }
    }
}

static enum invoke_status invoke_set_tcb(struct vcpu *v, struct invocation *inv)
{
    if (inv->extra[0] == NULL) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    cap_t cap = inv->extra[0]->cap;
    if (cap.type != CAP_THREAD) {
        return invoke_error(ERROR_IllegalOperation);
    }
    struct tcb *t = phys_to_virt(cap.paddr);
    vcpu_separate(v);
    vcpu_dissociate(t);
    v->tcb = t;
    t->vcpu = v;
    return INVOKE_DONE;
}

/*
 * State moves through the run page of the bound thread, which must not be in the guest: on
 * one CPU the invoker is in the kernel, so only another CPU can have it there.
 */
static enum invoke_status check_state_access(struct vcpu *v, struct invocation *inv)
{
    if (inv->length < 1) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    if (invocation_mr(inv, 0) & ~(word_t)VCPU_STATE_ALL) {
        return invoke_error_argument(0);
    }
    struct tcb *t = v->tcb;
    if (t == NULL || vcpu_run_page(t) == NULL) {
        return invoke_error(ERROR_IllegalOperation);
    }
    return INVOKE_DONE;
}

static bool runs_elsewhere(const struct vcpu *v)
{
    return v->tcb != NULL && v->tcb->state == THREAD_RUNNING_VM && v->cpu != NULL &&
           v->cpu != this_cpu() && v->cpu->current == v->tcb;
}

static enum invoke_status invoke_get_state(struct vcpu *v, struct invocation *inv)
{
    enum invoke_status status = check_state_access(v, inv);
    if (status != INVOKE_DONE) {
        return status;
    }
    hv->get_state(v, invocation_mr(inv, 0), &vcpu_run_page(v->tcb)->state);
    return INVOKE_DONE;
}

static enum invoke_status invoke_set_state(struct vcpu *v, struct invocation *inv)
{
    enum invoke_status status = check_state_access(v, inv);
    if (status != INVOKE_DONE) {
        return status;
    }
    /* The VMM can write the page at any time: work on a copy. */
    struct vcpu_state state;
    memcpy(&state, &vcpu_run_page(v->tcb)->state, sizeof(state));
    hv->set_state(v, invocation_mr(inv, 0), &state);
    v->failed = false;
    return INVOKE_DONE;
}

/* Arguments of EnableIOPort: MR0 first, MR1 last; extra 0 the I/O port capability. */
static enum invoke_status invoke_enable_port(struct vcpu *v, struct invocation *inv)
{
    if (inv->length < 2 || inv->extra[0] == NULL) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    cte_t *slot = inv->extra[0];
    if (slot->cap.type != CAP_IO_PORT) {
        return invoke_error(ERROR_IllegalOperation);
    }
    unsigned first = (uint16_t)invocation_mr(inv, 0), last = (uint16_t)invocation_mr(inv, 1);
    if (first < slot->cap.io_port.first || last > slot->cap.io_port.last || first > last) {
        return invoke_error_argument(0);
    }
    /* One capability serves one guest: the previous one loses the ports. */
    if (slot->cap.io_port.vcpu != v->id) {
        vcpu_revoke_ports(slot->cap.io_port.vcpu, slot->cap.io_port.first, slot->cap.io_port.last);
    }
    slot->cap.io_port.vcpu = v->id;
    hv->set_ports(v, first, last, true);
    return INVOKE_DONE;
}

void vcpu_set_ports(struct vcpu *v, unsigned first, unsigned last, bool direct)
{
    uint8_t *map = vcpu_part(v, VCPU_IO_BITMAP);
    for (unsigned port = first; port <= last; port++) {
        uint8_t bit = (uint8_t)(1u << (port % 8));
        if (direct) {
            map[port / 8] &= (uint8_t)~bit;
        } else {
            map[port / 8] |= bit;
        }
    }
}

static enum invoke_status invoke_disable_port(struct vcpu *v, struct invocation *inv)
{
    if (inv->length < 2) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    unsigned first = (uint16_t)invocation_mr(inv, 0), last = (uint16_t)invocation_mr(inv, 1);
    if (first > last) {
        return invoke_error_argument(0);
    }
    hv->set_ports(v, first, last, false);
    return INVOKE_DONE;
}

/*
 * The VMCS-shaped calls of the published API (ReadVMCS, WriteVMCS, ReadMSR, WriteMSR,
 * WriteRegisters) are not offered: IllegalOperation.
 */
static enum invoke_status vcpu_invoke(struct invocation *inv)
{
    struct vcpu *v = vcpu_of(inv->cap);
    if (inv->label != LABEL_X86VCPUDisableIOPort && runs_elsewhere(v)) {
        return invoke_error(ERROR_IllegalOperation);
    }
    switch (inv->label) {
    case LABEL_X86VCPUSetTCB:
        return invoke_set_tcb(v, inv);
    case LABEL_X86VCPUGetState:
        return invoke_get_state(v, inv);
    case LABEL_X86VCPUSetState:
        return invoke_set_state(v, inv);
    case LABEL_X86VCPUReset:
        vcpu_reset(v);
        return INVOKE_DONE;
    case LABEL_X86VCPUEnableIOPort:
        return invoke_enable_port(v, inv);
    case LABEL_X86VCPUDisableIOPort:
        return invoke_disable_port(v, inv);
    default:
        return invoke_error(ERROR_IllegalOperation);
    }
}

const struct object_ops vcpu_ops = {
    .create = vcpu_create,
    .finalise = vcpu_finalise,
    .invoke = vcpu_invoke,
};
