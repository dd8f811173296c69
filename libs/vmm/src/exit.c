/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Exit dispatch: one handler per reason of sel4/vcpu.h. Whatever the guest does ends in one of
 * three ways: emulated, an injected exception, or a request to reset this VM.
 */
#include "emulate.h"

/* Result of an unknown hypercall in the KVM convention. */
#define HYPERCALL_ENOSYS (-1000)

static void report(struct vmm_vcpu *v, const char *what)
{
    struct vmm_text out = vmm_log_text(v->vm);
    vmm_text_printf(&out, "%s: vcpu%u: %s\n", v->vm->name, v->id, what);
    vmm_dump_vcpu(v, &out);
}

static void exit_none(struct vmm_vcpu *v)
{
    (void)v;
}

static bool nobody_runs(const struct vmm *vm)
{
    for (unsigned i = 0; i < vm->num_vcpus; i++) {
        if (vm->vcpu[i].state == VMM_VCPU_RUNNING) {
            return false;
        }
    }
    return true;
}

static void exit_hlt(struct vmm_vcpu *v)
{
    vcpu_skip(v);
    if (v->exception.valid) {
        return; /* single step, or the length could not be found */
    }
    if (v->state == VMM_VCPU_RUNNING) { /* not stopped meanwhile */
        v->state = VMM_VCPU_HALTED;
    }
    if (!(v->run->rflags & RFLAGS_IF) && !v->halt_warned && nobody_runs(v->vm)) {
        v->halt_warned = true;
        vmm_log(v->vm, "vcpu%u halted with interrupts disabled", v->id);
    }
}

static void exit_cr8(struct vmm_vcpu *v)
{
    struct vmm *vm = v->vm;
    bool write = v->run->u.cr8.write;
    unsigned gpr = v->run->u.cr8.gpr;
    struct insn in = {0};
    if (gpr >= VCPU_NUM_GPR) {
        if (!vcpu_decode(v, &in) || in.op != INSN_MOV_CR || in.reg != 8) {
            vcpu_raise(v, X86_UD);
            return;
        }
        gpr = in.rm;
        write = in.to_special;
    }
    uint64_t value = vcpu_gpr(v, gpr);
    if (write && value > 15) {
        vcpu_raise_code(v, X86_GP, 0);
        return;
    }
    if (write && vm->lapic) {
        vm->lapic->set_cr8(vm->lapic_ctx, v->id, (uint8_t)value);
    } else if (!write) {
        vcpu_set_gpr(v, gpr, 8, vm->lapic ? vm->lapic->get_cr8(vm->lapic_ctx, v->id) : 0);
    }
    if (in.length) {
        vcpu_advance(v, in.length);
    } else {
        vcpu_skip(v);
    }
}

static void exit_vmcall(struct vmm_vcpu *v)
{
    struct vmm *vm = v->vm;
    if (v->run->cpl != 0) {
        vcpu_raise(v, X86_UD);
        return;
    }
    uint64_t token = vcpu_gpr(v, VCPU_RAX);
    if (!vm->hypercall || !vm->hypercall(vm->hypercall_ctx, v, token)) {
        vcpu_set_gpr(v, VCPU_RAX, 8, (uint64_t)(int64_t)HYPERCALL_ENOSYS);
    }
    vcpu_skip(v);
}

static void exit_window(struct vmm_vcpu *v)
{
    v->windows++; /* prepare looks for the event that waited */
}

static void exit_triple_fault(struct vmm_vcpu *v)
{
    report(v, "triple fault");
    vmm_request(v->vm, VMM_REQUEST_RESET, "triple fault");
}

static void exit_entry_failed(struct vmm_vcpu *v)
{
    report(v, "the processor refuses this state");
    vmm_request(v->vm, VMM_REQUEST_RESET, "invalid processor state");
}

static void exit_unknown(struct vmm_vcpu *v)
{
    report(v, "exit nobody knows; the instruction gets #UD");
    vcpu_raise(v, X86_UD);
}

static void exit_exception(struct vmm_vcpu *v)
{
    /* nothing is intercepted on our behalf: hand it to the guest */
    const uint32_t vector = v->run->u.exception.vector;
    if (vector > 31) {
        exit_unknown(v);
    } else if (v->run->u.exception.has_code) {
        vcpu_raise_code(v, (uint8_t)vector, (uint32_t)v->run->u.exception.code);
    } else {
        vcpu_raise(v, (uint8_t)vector);
    }
}

static void exit_task_switch(struct vmm_vcpu *v)
{
    report(v, "hardware task switch, not supported");
    vmm_request(v->vm, VMM_REQUEST_RESET, "hardware task switch");
}

static void exit_xsetbv(struct vmm_vcpu *v)
{
    uint64_t value = (vcpu_gpr(v, VCPU_RAX) & 0xffffffffu) | vcpu_gpr(v, VCPU_RDX) << 32;
    uint32_t index = (uint32_t)vcpu_gpr(v, VCPU_RCX);
    bool avx_without_sse = (value & 6u) == 4u;
    if (index != 0 || v->run->cpl != 0 || !(value & 1u) || avx_without_sse ||
        (value & ~v->vm->host.xcr0_mask)) {
        vcpu_raise_code(v, X86_GP, 0);
        return;
    }
    struct vcpu_state *state = vcpu_state_modify(v, VCPU_STATE_CONTROL);
    if (state) {
        state->xcr0 = value;
    }
    vcpu_skip(v);
}

static void exit_gp(struct vmm_vcpu *v)
{
    vcpu_raise_code(v, X86_GP, 0);
}

static uint64_t *debug_register(struct vcpu_state *state, unsigned n)
{
    if (n < 4) {
        return &state->dr[n];
    }
    return n == 4 || n == 6 ? &state->dr6 : &state->dr7;
}

static void exit_dr(struct vmm_vcpu *v)
{
    struct insn in;
    if (!vcpu_decode(v, &in) || in.op != INSN_MOV_DR || in.reg > 7) {
        vcpu_raise(v, X86_UD);
        return;
    }
    struct vcpu_state *state = vcpu_state_modify(v, VCPU_STATE_CONTROL | VCPU_STATE_DEBUG);
    if (!state) {
        vcpu_raise_code(v, X86_GP, 0);
        return;
    }
    uint64_t *reg = debug_register(state, in.reg);
    if (!in.to_special) {
        vcpu_set_gpr(v, in.rm, v->run->mode == VCPU_MODE_LONG64 ? 8 : 4, *reg);
    } else if (reg == &state->dr6) {
        *reg = (vcpu_gpr(v, in.rm) & 0xe00fu) | 0xffff0ff0u;
    } else if (reg == &state->dr7) {
        *reg = (vcpu_gpr(v, in.rm) & 0xffff2fffu) | 0x400u;
    } else {
        *reg = vcpu_gpr(v, in.rm);
    }
    vcpu_advance(v, in.length);
}

typedef void exit_handler(struct vmm_vcpu *v);

static exit_handler *const handlers[VMM_NUM_EXITS] = {
    [VCPU_EXIT_NONE] = exit_none,
    [VCPU_EXIT_CPUID] = exit_cpuid,
    [VCPU_EXIT_HLT] = exit_hlt,
    [VCPU_EXIT_IO] = exit_io,
    [VCPU_EXIT_RDMSR] = exit_rdmsr,
    [VCPU_EXIT_WRMSR] = exit_wrmsr,
    [VCPU_EXIT_MEMORY] = exit_memory,
    [VCPU_EXIT_CR8] = exit_cr8,
    [VCPU_EXIT_VMCALL] = exit_vmcall,
    [VCPU_EXIT_WINDOW] = exit_window,
    [VCPU_EXIT_DEADLINE] = exit_none,
    [VCPU_EXIT_TRIPLE_FAULT] = exit_triple_fault,
    [VCPU_EXIT_ENTRY_FAILED] = exit_entry_failed,
    [VCPU_EXIT_EXCEPTION] = exit_exception,
    [VCPU_EXIT_TASK_SWITCH] = exit_task_switch,
    [VCPU_EXIT_WBINVD] = vcpu_skip,
    [VCPU_EXIT_XSETBV] = exit_xsetbv,
    [VCPU_EXIT_RDPMC] = exit_gp,
    [VCPU_EXIT_MWAIT] = vcpu_skip,
    [VCPU_EXIT_DR] = exit_dr,
    [VCPU_EXIT_INIT] = exit_none,
    [VCPU_EXIT_HALT_END] = exit_none,
    [VCPU_EXIT_UNKNOWN] = exit_unknown,
};

void vmm_vcpu_exit(struct vmm_vcpu *v)
{
    vmm_vcpu_lock(v);
    uint32_t reason = v->run->reason;
    reason = reason < VMM_NUM_EXITS ? reason : VCPU_EXIT_UNKNOWN;
    v->exits[reason]++;
    v->groups_valid = v->groups_dirty = 0;
    handlers[reason](v);
    vmm_unlock(v->vm);
}
