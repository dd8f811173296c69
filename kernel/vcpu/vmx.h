/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Intel VT-x: exit reasons, state per vCPU, and what the vmx_*.c files share. */
#include "guest_regs.h"
#include "vcpu.h"
#include "vmx_caps.h"
#include "vmx_fields.h"

/* Exit reasons: appendix C. */
enum vmx_exit {
    VMX_EXIT_EXCEPTION = 0,
    VMX_EXIT_INTERRUPT = 1,
    VMX_EXIT_TRIPLE_FAULT = 2,
    VMX_EXIT_INIT = 3,
    VMX_EXIT_INTERRUPT_WINDOW = 7,
    VMX_EXIT_NMI_WINDOW = 8,
    VMX_EXIT_TASK_SWITCH = 9,
    VMX_EXIT_CPUID = 10,
    VMX_EXIT_GETSEC = 11,
    VMX_EXIT_HLT = 12,
    VMX_EXIT_INVD = 13,
    VMX_EXIT_RDPMC = 15,
    VMX_EXIT_RSM = 17,
    VMX_EXIT_VMCALL = 18,
    VMX_EXIT_VMCLEAR = 19,
    VMX_EXIT_VMXON = 27,
    VMX_EXIT_CR = 28,
    VMX_EXIT_IO = 30,
    VMX_EXIT_RDMSR = 31,
    VMX_EXIT_WRMSR = 32,
    VMX_EXIT_MWAIT = 36,
    VMX_EXIT_MONITOR = 39,
    VMX_EXIT_EPT_VIOLATION = 48,
    VMX_EXIT_INVEPT = 50,
    VMX_EXIT_TIMER = 52,
    VMX_EXIT_INVVPID = 53,
    VMX_EXIT_WBINVD = 54,
    VMX_EXIT_XSETBV = 55,
    VMX_EXIT_VMFUNC = 59,
};
#define VMX_EXIT_BASIC        0xffffu
#define VMX_EXIT_ENTRY_FAILED (1u << 31)
/** hw_reason when the instruction itself failed; the VM-instruction error is in 7:0. */
#define VMX_HW_INSTRUCTION_FAILED 0xfffffe00u

/* Access rights of a segment in the VMCS: 24.4.1. */
#define RIGHTS_L        (1u << 13)
#define RIGHTS_UNUSABLE (1u << 16)

/** System call MSRs: the processor keeps the guest's while it runs, no VMCS field has them. */
enum vmx_msr { VMX_MSR_STAR, VMX_MSR_LSTAR, VMX_MSR_CSTAR, VMX_MSR_SFMASK, VMX_NUM_MSRS };

/** What vmx_*.c keep per vCPU, in its private part. */
struct vmx_vcpu {
    bool launched;    /* VMRESUME instead of VMLAUNCH */
    bool load_pdptes; /* CR3 was set from outside: PAE entries are to be read from memory */
    uint32_t pin, proc, entry; /* controls as they are in the VMCS */
    uint64_t host_cr3;         /* likewise */
    uint32_t vpid_cpu;         /* CPU the VPID belongs to, and its generation; 0: none */
    uint64_t vpid_generation;
    struct nested_space_ref space; /* what that CPU's cached translations belong to */
    uint64_t cr2, dr6, kernel_gs_base;
    uint64_t msr[VMX_NUM_MSRS];
    uint32_t soft_length; /* rip was moved back by this for a software interrupt */
};

_Static_assert(sizeof(struct vmx_vcpu) <= VCPU_PRIVATE_BYTES, "the private part is two pages");

/** What the machine's VT-x can do, and the controls that follow from it. */
struct vmx_features {
    struct vmx_controls controls;
};
extern struct vmx_features vmx_features;

static inline struct vmx_vcpu *vmx_private(struct vcpu *v)
{
    return vcpu_part(v, VCPU_PRIVATE);
}

/** Reads and writes a field of the current VMCS. */
static inline uint64_t vmcs_read(unsigned field)
{
    uint64_t value;
    bool good;
    __asm__ volatile("vmread %2, %0"
                     : "=r"(value), "=@cca"(good)
                     : "r"((uint64_t)field)
                     : "memory");
    kassert(good);
    return value;
}
static inline void vmcs_write(unsigned field, uint64_t value)
{
    bool good;
    __asm__ volatile("vmwrite %1, %2"
                     : "=@cca"(good)
                     : "r"(value), "r"((uint64_t)field)
                     : "memory");
    kassert(good);
}

/* vmx_cpu.c */
bool vmx_probe(const char **why);
void vmx_init_cpu(void);
/** Makes v's VMCS the current one of this CPU. */
void vmx_make_current(struct vcpu *v);
/** Writes v's VMCS back to memory; it may go to another CPU then. */
void vmx_leave(struct vcpu *v);
/** Fills the host's part of the current VMCS; all but CR3 and RSP is for ever. */
void vmx_write_host_state(void);
/** Gives v a VPID and an EPT pointer whose cached translations belong to space. */
void vmx_prepare_translations(struct vcpu *v, const struct nested_space_ref *space);
/** Physical address of the MSR bitmap, the same for all guests. */
paddr_t vmx_msr_bitmap(void);
/** Puts the guest's system call MSRs into the processor; the kernel's again. */
void vmx_load_msrs(struct vcpu *v);
void vmx_save_msrs(struct vcpu *v);
/** The kernel's again, whatever the guest's were. */
void vmx_discard_msrs(void);

/* vmx_state.c */
void vmx_create(struct vcpu *v);
void vmx_reset(struct vcpu *v);
void vmx_get_state(struct vcpu *v, word_t groups, struct vcpu_state *s);
void vmx_set_state(struct vcpu *v, word_t groups, const struct vcpu_state *s);
void vmx_record(struct vcpu *v, struct vcpu_run *run);
/** CR0 and CR4 as the guest sees them. */
uint64_t vmx_guest_cr0(void);
uint64_t vmx_guest_cr4(void);
/** Writes EFER and what depends on it. */
void vmx_set_efer(uint64_t efer);
/** Sign-extends an address to what WRMSR takes. */
uint64_t vmx_canonical(uint64_t address);

/* vmx_exit.c */
enum hv_result vmx_handle_exit(struct vcpu *v);

/* vmx_switch.S */
/** Enters the guest. gpr: vCPU order, rsp is in the VMCS. False if the instruction failed. */
bool vmx_world_switch(uint64_t *gpr, bool launched);
/** Where the processor goes on after an exit. */
void vmx_exit_entry(void);
