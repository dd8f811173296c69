/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* VT-x: what each exit means. Intel SDM vol. 3, 27.2, appendix C. */
#include "vmx.h"
#include <x86/instr.h>
#include <string.h>

/* VM-exit interruption information. */
#define EVENT_VECTOR      0xffu
#define EVENT_NMI_UNBLOCK (1u << 12)

/* Exit qualifications: table 27-3 (control registers), 27-5 (I/O), 27-7 (EPT). */
#define CR_NUMBER         0xfu
#define CR_TYPE_SHIFT     4
#define CR_TYPE_MASK      3u
#define CR_TYPE_WRITE     0u
#define CR_TYPE_READ      1u
#define CR_GPR_SHIFT      8
#define IO_SIZE           7u
#define IO_IN             (1u << 3)
#define IO_STRING         (1u << 4)
#define IO_REP            (1u << 5)
#define IO_PORT_SHIFT     16
#define EPT_READ          (1ull << 0)
#define EPT_WRITE         (1ull << 1)
#define EPT_FETCH         (1ull << 2)
#define EPT_LINEAR_VALID  (1ull << 7)
#define EPT_TRANSLATED    (1ull << 8)
#define EPT_NMI_UNBLOCK   (1ull << 12)
#define DB_CAUSES         0x600full
#define DB_CAUSE_TRAPS    0xfull
#define DR7_GD            (1ull << 13)
#define INFO_ADDRESS_SIZE 7 /* of INS and OUTS, in the instruction information */

static bool is_wide(void)
{
    return (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA) &&
           (vmcs_read(VMCS_GUEST_RIGHTS + 2 * VCPU_CS) & RIGHTS_L);
}

/* The address behind the instruction that exited, within the instruction pointer's width. */
static uint64_t next_rip(const struct vcpu *v)
{
    uint64_t next = v->rip + vmcs_read(VMCS_EXIT_LENGTH);
    return is_wide() ? next : (uint32_t)next;
}

static enum hv_result vmm_exit(struct vcpu *v, enum vcpu_exit reason)
{
    vcpu_set_exit(v, reason, (uint32_t)vmcs_read(VMCS_EXIT_REASON));
    return HV_EXIT;
}

/* An exit because of an instruction that is complete but for what the VMM does. */
static enum hv_result instruction_exit(struct vcpu *v, enum vcpu_exit reason)
{
    vmm_exit(v, reason);
    v->exit.next_rip = next_rip(v);
    return HV_EXIT;
}

/* The kernel has done what the instruction asks for. */
static enum hv_result instruction_done(struct vcpu *v)
{
    v->rip = next_rip(v);
    v->interruptibility &= ~VCPU_SHADOW_ANY;
    return HV_AGAIN;
}

/* IRET had unblocked NMIs when it faulted: it will be executed again. */
static void undo_nmi_unblock(struct vcpu *v, bool unblocked)
{
    if (unblocked && !(vmcs_read(VMCS_VECTORING_EVENT) & VCPU_EVENT_VALID)) {
        v->interruptibility |= VCPU_NMI_BLOCKED;
    }
}

static enum hv_result ept_violation(struct vcpu *v)
{
    uint64_t how = vmcs_read(VMCS_QUALIFICATION);
    undo_nmi_unblock(v, how & EPT_NMI_UNBLOCK);
    vmm_exit(v, VCPU_EXIT_MEMORY);
    uint32_t access = how & EPT_FETCH   ? VCPU_ACCESS_FETCH
                      : how & EPT_WRITE ? VCPU_ACCESS_WRITE
                                        : VCPU_ACCESS_READ;
    uint32_t walk = (how & EPT_LINEAR_VALID) && !(how & EPT_TRANSLATED) ? 1 : 0;
    v->exit.u[0] = vmcs_read(VMCS_GUEST_PHYSICAL);
    v->exit.u[1] = access | (uint64_t)walk << 32;
    return HV_EXIT;
}

static enum hv_result port_access(struct vcpu *v)
{
    static const uint8_t address_bits[8] = {16, 32, 64};
    uint64_t how = vmcs_read(VMCS_QUALIFICATION);
    uint64_t flags = 0, bits = 0;
    instruction_exit(v, VCPU_EXIT_IO);
    flags |= how & IO_IN ? VCPU_IO_IN : 0;
    if (how & IO_STRING) {
        flags |= VCPU_IO_STRING | (how & IO_REP ? VCPU_IO_REP : 0);
        bits = address_bits[vmcs_read(VMCS_EXIT_INFO) >> INFO_ADDRESS_SIZE & 7];
    }
    uint64_t size = (how & IO_SIZE) + 1;
    v->exit.u[0] = (how >> IO_PORT_SHIFT & 0xffff) | size << 16 | flags << 24 | bits << 32;
    return HV_EXIT;
}

static uint64_t gpr_value(const struct vcpu *v, unsigned gpr)
{
    return is_wide() ? v->gpr[gpr] : (uint32_t)v->gpr[gpr];
}

/*
 * Writes of CR0 and CR4 exit only if a bit that the kernel owns changes. The guest then sees the
 * new bit, and executes the instruction again: the processor does the rest of it.
 */
static enum hv_result cr0_write(struct vcpu *v, uint64_t value)
{
    uint64_t mask = vmx_features.controls.cr0_mask;
    if ((value & GUEST_CR0_NW) && !(value & GUEST_CR0_CD)) {
        return vcpu_reflect(v, VECTOR_GP, 0);
    }
    vmcs_write(VMCS_CR0_SHADOW, (vmcs_read(VMCS_CR0_SHADOW) & ~mask) | (value & mask));
    return HV_AGAIN;
}

static enum hv_result cr4_write(struct vcpu *v, uint64_t value)
{
    uint64_t mask = vmx_features.controls.cr4_mask;
    if (value & ~vmx_features.controls.cr4_allowed) {
        return vcpu_reflect(v, VECTOR_GP, 0);
    }
    vmcs_write(VMCS_CR4_SHADOW, (vmcs_read(VMCS_CR4_SHADOW) & ~mask) | (value & mask));
    return HV_AGAIN;
}

static enum hv_result cr_access(struct vcpu *v)
{
    uint64_t how = vmcs_read(VMCS_QUALIFICATION);
    unsigned type = how >> CR_TYPE_SHIFT & CR_TYPE_MASK;
    uint64_t gpr = how >> CR_GPR_SHIFT & 0xf;
    switch (how & CR_NUMBER) {
    case 0:
        return type == CR_TYPE_WRITE ? cr0_write(v, gpr_value(v, (unsigned)gpr))
                                     : vmm_exit(v, VCPU_EXIT_UNKNOWN);
    case 4:
        return type == CR_TYPE_WRITE ? cr4_write(v, gpr_value(v, (unsigned)gpr))
                                     : vmm_exit(v, VCPU_EXIT_UNKNOWN);
    case 8:
        instruction_exit(v, VCPU_EXIT_CR8);
        v->exit.u[0] = (type == CR_TYPE_READ ? 0 : 1) | gpr << 32;
        return HV_EXIT;
    default:
        return vmm_exit(v, VCPU_EXIT_UNKNOWN);
    }
}

static enum hv_result msr_write_result(struct vcpu *v, bool legal)
{
    return legal ? instruction_done(v) : vcpu_reflect(v, VECTOR_GP, 0);
}

static bool write_efer(uint64_t value)
{
    uint64_t efer = vmcs_read(VMCS_GUEST_EFER);
    if (!guest_regs_write_efer(&efer, value, vmcs_read(VMCS_GUEST_CR0))) {
        return false;
    }
    vmx_set_efer(efer);
    return true;
}

static bool write_pat(uint64_t value)
{
    if (!guest_regs_legal_pat(value)) {
        return false;
    }
    vmcs_write(VMCS_GUEST_PAT, value);
    return true;
}

/* SFMASK has 32 bits, the entry points are addresses. */
static bool write_system_call_msr(struct vcpu *v, enum vmx_msr msr, uint64_t value)
{
    bool address = msr == VMX_MSR_LSTAR || msr == VMX_MSR_CSTAR;
    if ((address && vmx_canonical(value) != value) || (msr == VMX_MSR_SFMASK && value >> 32)) {
        return false;
    }
    vmx_private(v)->msr[msr] = value;
    return true;
}

static enum hv_result msr_write(struct vcpu *v)
{
    uint32_t index = (uint32_t)v->gpr[VCPU_RCX];
    uint64_t value = guest_regs_msr_operand(v);
    switch (index) {
    case MSR_EFER:
        return msr_write_result(v, write_efer(value));
    case MSR_PAT:
        return msr_write_result(v, write_pat(value));
    case MSR_STAR:
    case MSR_LSTAR:
    case MSR_CSTAR:
    case MSR_SFMASK:
        return msr_write_result(v,
                                write_system_call_msr(v, VMX_MSR_STAR + index - MSR_STAR, value));
    default:
        instruction_exit(v, VCPU_EXIT_WRMSR);
        v->exit.u[0] = index;
        return HV_EXIT;
    }
}

static enum hv_result msr_read(struct vcpu *v)
{
    uint32_t index = (uint32_t)v->gpr[VCPU_RCX];
    if (index != MSR_EFER && index != MSR_PAT) {
        instruction_exit(v, VCPU_EXIT_RDMSR);
        v->exit.u[0] = index;
        return HV_EXIT;
    }
    uint64_t value = vmcs_read(index == MSR_EFER ? VMCS_GUEST_EFER : VMCS_GUEST_PAT);
    guest_regs_set_msr_result(v, value);
    return instruction_done(v);
}

static enum hv_result window(struct vcpu *v, uint32_t which)
{
    v->window &= ~which;
    vmm_exit(v, VCPU_EXIT_WINDOW);
    v->exit.u[0] = which;
    return HV_EXIT;
}

/* The exit has not touched DR6 and DR7: its qualification says what #DB would have done. */
static enum hv_result debug_exception(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    if (!(v->event & VCPU_EVENT_VALID)) {
        p->dr6 = (p->dr6 & ~DB_CAUSE_TRAPS) | (vmcs_read(VMCS_QUALIFICATION) & DB_CAUSES);
        vmcs_write(VMCS_GUEST_DR7, vmcs_read(VMCS_GUEST_DR7) & ~DR7_GD);
    }
    return vcpu_reflect(v, VECTOR_DB, -1);
}

/* NMIs and machine checks are the host's: INT runs its handler, and IRET there unblocks NMIs. */
static enum hv_result exception(struct vcpu *v)
{
    uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_EVENT);
    unsigned vector = info & EVENT_VECTOR;
    if ((info & VCPU_EVENT_TYPE_MASK) == VCPU_EVENT_NMI) {
        __asm__ volatile("int $2");
        return HV_AGAIN;
    }
    if (vector == VECTOR_MC) {
        __asm__ volatile("int $18");
        return HV_AGAIN;
    }
    undo_nmi_unblock(v, (info & EVENT_NMI_UNBLOCK) && vector != VECTOR_DF);
    if (vector == VECTOR_DB) {
        return debug_exception(v);
    }
    if (vector == VECTOR_AC) {
        return vcpu_reflect(v, VECTOR_AC, 0);
    }
    vmm_exit(v, VCPU_EXIT_EXCEPTION);
    bool has_code = (info & VCPU_EVENT_ERROR_CODE) != 0;
    v->exit.u[0] = vector | (uint64_t)has_code << 32;
    v->exit.u[1] = has_code ? vmcs_read(VMCS_EXIT_ERROR_CODE) : 0;
    return HV_EXIT;
}

/* Exits that carry nothing but their reason. */
static enum hv_result plain_exit(struct vcpu *v, uint32_t reason)
{
    switch (reason) {
    case VMX_EXIT_TRIPLE_FAULT:
        return vmm_exit(v, VCPU_EXIT_TRIPLE_FAULT);
    case VMX_EXIT_INIT:
        return vmm_exit(v, VCPU_EXIT_INIT);
    case VMX_EXIT_TASK_SWITCH:
        return vmm_exit(v, VCPU_EXIT_TASK_SWITCH);
    case VMX_EXIT_CPUID:
        return instruction_exit(v, VCPU_EXIT_CPUID);
    case VMX_EXIT_HLT:
        return instruction_exit(v, VCPU_EXIT_HLT);
    case VMX_EXIT_VMCALL:
        return instruction_exit(v, VCPU_EXIT_VMCALL);
    case VMX_EXIT_INVD:
    case VMX_EXIT_WBINVD:
        return instruction_exit(v, VCPU_EXIT_WBINVD);
    case VMX_EXIT_RDPMC:
        return instruction_exit(v, VCPU_EXIT_RDPMC);
    case VMX_EXIT_MWAIT:
    case VMX_EXIT_MONITOR:
        return instruction_exit(v, VCPU_EXIT_MWAIT);
    case VMX_EXIT_XSETBV:
        return instruction_exit(v, VCPU_EXIT_XSETBV);
    default:
        return vmm_exit(v, VCPU_EXIT_UNKNOWN);
    }
}

enum hv_result vmx_handle_exit(struct vcpu *v)
{
    uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON) & VMX_EXIT_BASIC;
    switch (reason) {
    case VMX_EXIT_EXCEPTION:
        return exception(v);
    case VMX_EXIT_INTERRUPT:
    case VMX_EXIT_TIMER:
        return HV_HOST;
    case VMX_EXIT_INTERRUPT_WINDOW:
        return window(v, VCPU_WINDOW_IRQ);
    case VMX_EXIT_NMI_WINDOW:
        return window(v, VCPU_WINDOW_NMI);
    case VMX_EXIT_CR:
        return cr_access(v);
    case VMX_EXIT_IO:
        return port_access(v);
    case VMX_EXIT_RDMSR:
        return msr_read(v);
    case VMX_EXIT_WRMSR:
        return msr_write(v);
    case VMX_EXIT_EPT_VIOLATION:
        return ept_violation(v);
    case VMX_EXIT_GETSEC:
    case VMX_EXIT_RSM:
    case VMX_EXIT_INVEPT:
    case VMX_EXIT_INVVPID:
    case VMX_EXIT_VMFUNC:
        return vcpu_reflect(v, VECTOR_UD, -1);
    default:
        if (reason >= VMX_EXIT_VMCLEAR && reason <= VMX_EXIT_VMXON) {
            return vcpu_reflect(v, VECTOR_UD, -1);
        }
        return plain_exit(v, reason);
    }
}
