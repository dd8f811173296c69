/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* SVM: what each exit means. Exit codes and their information: AMD APM vol. 2, appendix C. */
#include "svm.h"
#include <x86/instr.h>
#include <string.h>

/* EXITINFO1 of an I/O exit: 15.10.2. */
#define IOIO_IN         (1u << 0)
#define IOIO_STRING     (1u << 2)
#define IOIO_REP        (1u << 3)
#define IOIO_SIZE_SHIFT 4
#define IOIO_A16        (1u << 7)
#define IOIO_A32        (1u << 8)
#define IOIO_A64        (1u << 9)

/* EXITINFO1 of a nested page fault: 15.25.6. */
#define NPF_WRITE      (1ull << 1)
#define NPF_FETCH      (1ull << 4)
#define NPF_TABLE_WALK (1ull << 33)

#define CR8_DECODED (1ull << 63)

/* Lengths without prefixes, used where the processor does not report the next RIP. */
static unsigned instruction_length(uint64_t exit_code)
{
    switch (exit_code) {
    case SVM_EXIT_HLT:
        return 1;
    case SVM_EXIT_CPUID:
    case SVM_EXIT_MSR:
    case SVM_EXIT_RDPMC:
    case SVM_EXIT_WBINVD:
    case SVM_EXIT_INVD:
        return 2;
    case SVM_EXIT_VMMCALL:
    case SVM_EXIT_XSETBV:
    case SVM_EXIT_MONITOR:
    case SVM_EXIT_MWAIT:
    case SVM_EXIT_MWAIT_ARMED:
        return 3;
    default:
        return 0;
    }
}

/* rip + length, within the instruction pointer's width. */
static uint64_t advance(struct vcpu *v, unsigned length)
{
    const struct vmcb_save *s = &svm_vmcb(v)->save;
    uint64_t next = v->rip + length;
    bool wide = (s->efer & EFER_LMA) && (s->cs.attrib & ATTRIB_L);
    return wide ? next : (uint32_t)next;
}

static enum hv_result vmm_exit(struct vcpu *v, enum vcpu_exit reason)
{
    const struct vmcb *vmcb = svm_vmcb(v);
    unsigned length = instruction_length(vmcb->exit_code);
    vcpu_set_exit(v, reason, (uint32_t)vmcb->exit_code);
    if (svm_features.next_rip && length != 0) {
        v->exit.next_rip = vmcb->next_rip;
    } else if (length != 0) {
        v->exit.next_rip = advance(v, length);
    }
    return HV_EXIT;
}

/* The bytes the processor fetched, where it reports them. */
static void copy_instruction(struct vcpu *v)
{
    const struct vmcb *vmcb = svm_vmcb(v);
    unsigned length = vmcb->insn_len & 0xf;
    if (svm_features.decode_assist && length != 0) {
        v->exit.insn_len = length;
        memcpy(v->exit.insn, vmcb->insn, length);
    }
}

static enum hv_result nested_fault(struct vcpu *v)
{
    const struct vmcb *vmcb = svm_vmcb(v);
    uint64_t info = vmcb->exit_info1;
    vmm_exit(v, VCPU_EXIT_MEMORY);
    uint32_t access = info & NPF_FETCH   ? VCPU_ACCESS_FETCH
                      : info & NPF_WRITE ? VCPU_ACCESS_WRITE
                                         : VCPU_ACCESS_READ;
    uint32_t walk = info & NPF_TABLE_WALK ? 1 : 0;
    v->exit.u[0] = vmcb->exit_info2;
    v->exit.u[1] = access | (uint64_t)walk << 32;
    if (access != VCPU_ACCESS_FETCH) {
        copy_instruction(v);
    }
    return HV_EXIT;
}

static enum hv_result port_access(struct vcpu *v)
{
    const struct vmcb *vmcb = svm_vmcb(v);
    uint64_t info = vmcb->exit_info1;
    uint64_t flags = (info & IOIO_IN ? VCPU_IO_IN : 0) | (info & IOIO_STRING ? VCPU_IO_STRING : 0) |
                     (info & IOIO_REP ? VCPU_IO_REP : 0);
    uint64_t size = (info >> IOIO_SIZE_SHIFT) & 7; /* one-hot: 1, 2, 4 bytes */
    uint64_t address_bits = info & IOIO_A64 ? 64 : info & IOIO_A32 ? 32 : info & IOIO_A16 ? 16 : 0;
    vmm_exit(v, VCPU_EXIT_IO);
    v->exit.next_rip = vmcb->exit_info2;
    v->exit.u[0] = (info >> 16 & 0xffff) | size << 16 | flags << 24 | address_bits << 32;
    return HV_EXIT;
}

static enum hv_result cr8_access(struct vcpu *v, bool write)
{
    const struct vmcb *vmcb = svm_vmcb(v);
    bool decoded = svm_features.decode_assist && (vmcb->exit_info1 & CR8_DECODED);
    uint64_t gpr = decoded ? vmcb->exit_info1 & 0xf : VCPU_NUM_GPR;
    vmm_exit(v, VCPU_EXIT_CR8);
    if (svm_features.next_rip) {
        v->exit.next_rip = vmcb->next_rip;
    }
    v->exit.u[0] = (uint64_t)write | gpr << 32;
    return HV_EXIT;
}

static enum hv_result msr_done(struct vcpu *v)
{
    v->rip = svm_features.next_rip ? svm_vmcb(v)->next_rip : advance(v, 2);
    v->interruptibility &= ~VCPU_SHADOW_ANY;
    return HV_AGAIN;
}

static enum hv_result msr_read(struct vcpu *v, uint64_t value)
{
    guest_regs_set_msr_result(v, value);
    return msr_done(v);
}

static enum hv_result write_efer(struct vcpu *v, uint64_t value)
{
    struct vmcb_save *s = &svm_vmcb(v)->save;
    uint64_t efer = s->efer & ~EFER_SVME;
    if (!guest_regs_write_efer(&efer, value, s->cr0)) {
        return vcpu_reflect(v, VECTOR_GP, 0);
    }
    s->efer = efer | EFER_SVME;
    return msr_done(v);
}

/* EFER and PAT are the kernel's: SVME must stay hidden, and emulators do not switch PAT. */
static enum hv_result msr_access(struct vcpu *v)
{
    struct vmcb *vmcb = svm_vmcb(v);
    uint32_t index = (uint32_t)v->gpr[VCPU_RCX];
    bool write = vmcb->exit_info1 & 1;
    if (index == MSR_EFER) {
        return write ? write_efer(v, guest_regs_msr_operand(v))
                     : msr_read(v, vmcb->save.efer & ~EFER_SVME);
    }
    if (index == MSR_PAT) {
        if (!write) {
            return msr_read(v, vmcb->save.g_pat);
        }
        if (!guest_regs_legal_pat(guest_regs_msr_operand(v))) {
            return vcpu_reflect(v, VECTOR_GP, 0);
        }
        vmcb->save.g_pat = guest_regs_msr_operand(v);
        return msr_done(v);
    }
    vmm_exit(v, write ? VCPU_EXIT_WRMSR : VCPU_EXIT_RDMSR);
    v->exit.u[0] = index;
    return HV_EXIT;
}

static enum hv_result irq_window(struct vcpu *v)
{
    v->window &= ~VCPU_WINDOW_IRQ;
    vmm_exit(v, VCPU_EXIT_WINDOW);
    v->exit.u[0] = VCPU_WINDOW_IRQ;
    return HV_EXIT;
}

static enum hv_result iret_of_nmi(struct vcpu *v)
{
    svm_step_over_iret(v);
    return HV_AGAIN;
}

static enum hv_result exception(struct vcpu *v, unsigned vector)
{
    const struct vmcb *vmcb = svm_vmcb(v);
    switch (vector) {
    case VECTOR_DB:
        return vcpu_reflect(v, vector, -1);
    case VECTOR_AC:
        return vcpu_reflect(v, vector, 0);
    case VECTOR_MC:
        __asm__ volatile("int $18"); /* the machine's trouble, not the guest's */
        return HV_AGAIN;
    default:
        vmm_exit(v, VCPU_EXIT_EXCEPTION);
        v->exit.u[0] = vector;
        v->exit.u[1] = vmcb->exit_info1;
        return HV_EXIT;
    }
}

/* Exits that carry nothing but their reason. */
static enum vcpu_exit plain_reason(uint64_t code)
{
    switch (code) {
    case SVM_EXIT_CPUID:
        return VCPU_EXIT_CPUID;
    case SVM_EXIT_HLT:
        return VCPU_EXIT_HLT;
    case SVM_EXIT_VMMCALL:
        return VCPU_EXIT_VMCALL;
    case SVM_EXIT_SHUTDOWN:
        return VCPU_EXIT_TRIPLE_FAULT;
    case SVM_EXIT_TASK_SWITCH:
        return VCPU_EXIT_TASK_SWITCH;
    case SVM_EXIT_WBINVD:
    case SVM_EXIT_INVD:
        return VCPU_EXIT_WBINVD;
    case SVM_EXIT_XSETBV:
        return VCPU_EXIT_XSETBV;
    case SVM_EXIT_RDPMC:
        return VCPU_EXIT_RDPMC;
    case SVM_EXIT_MONITOR:
    case SVM_EXIT_MWAIT:
    case SVM_EXIT_MWAIT_ARMED:
        return VCPU_EXIT_MWAIT;
    case SVM_EXIT_INIT:
        return VCPU_EXIT_INIT;
    default:
        return VCPU_EXIT_UNKNOWN;
    }
}

enum hv_result svm_handle_exit(struct vcpu *v)
{
    uint64_t code = svm_vmcb(v)->exit_code;
    switch (code) {
    case SVM_EXIT_INTR:
        return HV_HOST;
    case SVM_EXIT_NMI: /* taken by the host when STGI let it in */
    case SVM_EXIT_SMI:
    case SVM_EXIT_FERR_FREEZE:
        return HV_AGAIN;
    case SVM_EXIT_NPF:
        return nested_fault(v);
    case SVM_EXIT_IOIO:
        return port_access(v);
    case SVM_EXIT_MSR:
        return msr_access(v);
    case SVM_EXIT_VINTR:
        return irq_window(v);
    case SVM_EXIT_IRET:
        return iret_of_nmi(v);
    case SVM_EXIT_CR8_READ:
    case SVM_EXIT_CR8_WRITE:
        return cr8_access(v, code == SVM_EXIT_CR8_WRITE);
    case SVM_EXIT_VMRUN:
    case SVM_EXIT_VMLOAD:
    case SVM_EXIT_VMSAVE:
    case SVM_EXIT_STGI:
    case SVM_EXIT_CLGI:
    case SVM_EXIT_SKINIT:
    case SVM_EXIT_INVLPGA:
    case SVM_EXIT_RSM:
        return vcpu_reflect(v, VECTOR_UD, -1);
    default:
        if (code >= SVM_EXIT_EXCEPTION && code < SVM_EXIT_EXCEPTION + 32) {
            return exception(v, (unsigned)(code - SVM_EXIT_EXCEPTION));
        }
        return vmm_exit(v, plain_reason(code));
    }
}
