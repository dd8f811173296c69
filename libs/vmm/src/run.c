/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* One turn of a vCPU: what to commit before VMEnter, and the registers as emulation sees them. */
#include "internal.h"

struct vcpu_state *vcpu_state(struct vmm_vcpu *v, unsigned groups)
{
    unsigned missing = groups & ~v->groups_valid;
    struct vmm_host *host = &v->vm->host;
    if (missing && host->vcpu_get(host->ctx, v->id, missing) != 0) {
        return NULL;
    }
    v->groups_valid |= groups;
    return &v->run->state;
}

struct vcpu_state *vcpu_state_modify(struct vmm_vcpu *v, unsigned groups)
{
    struct vcpu_state *state = vcpu_state(v, groups);
    if (state) {
        v->groups_dirty |= groups;
    }
    return state;
}

static void flush_state(struct vmm_vcpu *v)
{
    struct vmm_host *host = &v->vm->host;
    if (v->groups_dirty && host->vcpu_set(host->ctx, v->id, v->groups_dirty) != 0) {
        vmm_log(v->vm, "vcpu%u: state refused by the kernel", v->id);
        vmm_request(v->vm, VMM_REQUEST_RESET, "invalid processor state");
    }
    v->groups_dirty = v->groups_valid = 0;
}

void vcpu_advance(struct vmm_vcpu *v, unsigned length)
{
    struct vcpu_run *run = v->run;
    uint64_t rip = length ? run->rip + length : run->next_rip;
    if (run->mode != VCPU_MODE_LONG64) {
        rip &= run->mode == VCPU_MODE_PROT32 || run->mode == VCPU_MODE_COMPAT32 ? 0xffffffffu
                                                                                : 0xffffu;
    }
    run->rip = rip;
    run->commit |= VCPU_COMMIT_RIP;
    if (run->interruptibility & VCPU_SHADOW_ANY) {
        run->interruptibility &= ~VCPU_SHADOW_ANY;
        run->commit |= VCPU_COMMIT_SHADOW;
    }
    if (run->rflags & RFLAGS_RF) {
        run->rflags &= ~(uint64_t)RFLAGS_RF;
        run->commit |= VCPU_COMMIT_RFLAGS;
    }
    if (run->rflags & RFLAGS_TF) {
        struct vcpu_state *state = vcpu_state_modify(v, VCPU_STATE_CONTROL);
        if (state) {
            state->dr6 |= 1u << 14; /* single step */
        }
        vcpu_raise(v, X86_DB);
    }
}

/* INIT and start-up messages (SDM vol. 3, 9.4): state changes are made by the vCPU's own thread. */
static void take_signals(struct vmm_vcpu *v)
{
    struct vmm *vm = v->vm;
    if (v->generation != vm->generation) {
        vcpu_reset(v);
    }
    if (v->init_pending && v->state != VMM_VCPU_STOPPED) {
        v->init_pending = false;
        v->run->commit = 0;
        v->groups_valid = v->groups_dirty = 0;
        v->exception.valid = v->nmi_pending = false;
        vm->host.vcpu_reset(vm->host.ctx, v->id);
        vcpu_set_tsc_offset(v, v->tsc_offset); /* INIT leaves the TSC alone */
        if (vm->lapic && vm->lapic->init) {
            vm->lapic->init(vm->lapic_ctx, v->id);
        }
        v->state = v->id == 0 ? VMM_VCPU_RUNNING : VMM_VCPU_WAIT_SIPI;
    }
    if (v->sipi_pending && v->state == VMM_VCPU_WAIT_SIPI) {
        v->sipi_pending = false;
        struct vcpu_state *state = vcpu_state_modify(v, VCPU_STATE_SEGMENTS);
        if (state) {
            state->seg[VCPU_CS].selector = (uint16_t)(v->sipi_vector << 8);
            state->seg[VCPU_CS].base = (uint64_t)v->sipi_vector << 12;
            v->run->rip = 0;
            v->run->commit |= VCPU_COMMIT_RIP;
            v->state = VMM_VCPU_RUNNING;
        }
    }
}

static void commit_deadline(struct vmm_vcpu *v)
{
    uint64_t deadline = VCPU_DEADLINE_NONE;
    if (v->state == VMM_VCPU_RUNNING || v->state == VMM_VCPU_HALTED) {
        deadline = vcpu_next_deadline(v);
    }
    if (deadline != VCPU_DEADLINE_NONE && v->state == VMM_VCPU_RUNNING) {
        struct vmm *vm = v->vm;
        uint64_t soonest = vm->host.tsc(vm->host.ctx) + vm->min_slice;
        deadline = deadline < soonest ? soonest : deadline;
    }
    v->committed_deadline = deadline;
    v->run->deadline = deadline;
    v->run->commit |= VCPU_COMMIT_DEADLINE;
}

void vmm_vcpu_prepare(struct vmm_vcpu *v)
{
    vmm_vcpu_lock(v);
    take_signals(v);
    vcpu_run_timers(v);
    if (v->state == VMM_VCPU_HALTED && vcpu_can_wake(v)) {
        v->state = VMM_VCPU_RUNNING;
    }
    if (v->state == VMM_VCPU_RUNNING) {
        vcpu_choose_event(v);
    } else {
        v->run->commit |= VCPU_COMMIT_HALT;
    }
    commit_deadline(v);
    flush_state(v);
    vmm_unlock(v->vm);
}
