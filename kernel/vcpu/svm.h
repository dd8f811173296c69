/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* AMD SVM: the VMCB (AMD APM vol. 2, appendix B) and what the svm_*.c files share. */
#include "guest_regs.h"
#include "vcpu.h"

/** A segment register in the VMCB; attrib as in struct vcpu_segment. */
struct vmcb_segment {
    uint16_t selector, attrib;
    uint32_t limit;
    uint64_t base;
};

/** State save area, at 0x400 of the VMCB. */
struct vmcb_save {
    struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved0[0x2b];
    uint8_t cpl;
    uint32_t reserved1;
    uint64_t efer;
    uint8_t reserved2[0x70];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved3[0x58];
    uint64_t rsp;
    uint64_t reserved4[3];
    uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    uint8_t reserved5[0x20];
    uint64_t g_pat, dbgctl, br_from, br_to, last_exception_from, last_exception_to;
};

struct vmcb {
    uint16_t cr_read, cr_write, dr_read, dr_write;
    uint32_t exceptions, intercept1, intercept2, intercept3;
    uint8_t reserved0[0x24];
    uint16_t pause_threshold, pause_count;
    uint64_t iopm, msrpm, tsc_offset;
    uint32_t asid;
    uint8_t tlb_control, reserved1[3];
    uint64_t int_ctl, int_state;
    uint64_t exit_code, exit_info1, exit_info2, exit_int_info;
    uint64_t np_enable, avic_bar, ghcb;
    uint64_t event_inj, n_cr3, lbr;
    uint32_t clean, reserved2;
    uint64_t next_rip;
    uint8_t insn_len, insn[15];
    uint8_t reserved3[0x320];
    struct vmcb_save save;
};

#define VMCB_AT(field, offset)                                                                     \
    _Static_assert(offsetof(struct vmcb, field) == (offset), "VMCB layout: " #field)
VMCB_AT(iopm, 0x40);
VMCB_AT(asid, 0x58);
VMCB_AT(int_ctl, 0x60);
VMCB_AT(exit_code, 0x70);
VMCB_AT(np_enable, 0x90);
VMCB_AT(event_inj, 0xa8);
VMCB_AT(clean, 0xc0);
VMCB_AT(insn_len, 0xd0);
VMCB_AT(save, 0x400);
VMCB_AT(save.gdtr, 0x460);
VMCB_AT(save.cpl, 0x4cb);
VMCB_AT(save.efer, 0x4d0);
VMCB_AT(save.cr4, 0x548);
VMCB_AT(save.rip, 0x578);
VMCB_AT(save.rsp, 0x5d8);
VMCB_AT(save.rax, 0x5f8);
VMCB_AT(save.cr2, 0x640);
VMCB_AT(save.g_pat, 0x668);

/* intercept1 (0x0c), intercept2 (0x10) */
#define SVM_INTR        (1u << 0)
#define SVM_NMI         (1u << 1)
#define SVM_INIT        (1u << 3)
#define SVM_VINTR       (1u << 4)
#define SVM_RDPMC       (1u << 15)
#define SVM_CPUID       (1u << 18)
#define SVM_RSM         (1u << 19)
#define SVM_IRET        (1u << 20)
#define SVM_INVD        (1u << 22)
#define SVM_HLT         (1u << 24)
#define SVM_INVLPGA     (1u << 26)
#define SVM_IOIO        (1u << 27)
#define SVM_MSR         (1u << 28)
#define SVM_TASK_SWITCH (1u << 29)
#define SVM_FERR_FREEZE (1u << 30)
#define SVM_SHUTDOWN    (1u << 31)

#define SVM_VMRUN     (1u << 0)
#define SVM_VMMCALL   (1u << 1)
#define SVM_VMLOAD    (1u << 2)
#define SVM_VMSAVE    (1u << 3)
#define SVM_STGI      (1u << 4)
#define SVM_CLGI      (1u << 5)
#define SVM_SKINIT    (1u << 6)
#define SVM_WBINVD    (1u << 9)
#define SVM_MONITOR   (1u << 10)
#define SVM_MWAIT     (1u << 11)
#define SVM_MWAIT_ARM (1u << 12)
#define SVM_XSETBV    (1u << 13)

#define SVM_CR8 (1u << 8) /* in cr_read and cr_write */

/* int_ctl (0x60) */
#define SVM_V_IRQ          (1ull << 8)
#define SVM_V_IGN_TPR      (1ull << 20)
#define SVM_V_INTR_MASKING (1ull << 24)

#define SVM_INT_SHADOW 1ull

#define SVM_TLB_FLUSH_ALL 1u

/* Exit codes: appendix C. */
enum svm_exit {
    SVM_EXIT_CR8_READ = 0x08,
    SVM_EXIT_CR8_WRITE = 0x18,
    SVM_EXIT_EXCEPTION = 0x40,
    SVM_EXIT_INTR = 0x60,
    SVM_EXIT_NMI = 0x61,
    SVM_EXIT_SMI = 0x62,
    SVM_EXIT_INIT = 0x63,
    SVM_EXIT_VINTR = 0x64,
    SVM_EXIT_RDPMC = 0x6f,
    SVM_EXIT_CPUID = 0x72,
    SVM_EXIT_RSM = 0x73,
    SVM_EXIT_IRET = 0x74,
    SVM_EXIT_INVD = 0x76,
    SVM_EXIT_HLT = 0x78,
    SVM_EXIT_INVLPGA = 0x7a,
    SVM_EXIT_IOIO = 0x7b,
    SVM_EXIT_MSR = 0x7c,
    SVM_EXIT_TASK_SWITCH = 0x7d,
    SVM_EXIT_FERR_FREEZE = 0x7e,
    SVM_EXIT_SHUTDOWN = 0x7f,
    SVM_EXIT_VMRUN = 0x80,
    SVM_EXIT_VMMCALL = 0x81,
    SVM_EXIT_VMLOAD = 0x82,
    SVM_EXIT_VMSAVE = 0x83,
    SVM_EXIT_STGI = 0x84,
    SVM_EXIT_CLGI = 0x85,
    SVM_EXIT_SKINIT = 0x86,
    SVM_EXIT_WBINVD = 0x89,
    SVM_EXIT_MONITOR = 0x8a,
    SVM_EXIT_MWAIT = 0x8b,
    SVM_EXIT_MWAIT_ARMED = 0x8c,
    SVM_EXIT_XSETBV = 0x8d,
    SVM_EXIT_NPF = 0x400,
};
/** VMRUN refused the VMCB. Emulators write only 32 of the 64 one bits. */
#define SVM_EXIT_INVALID UINT32_MAX

/** What svm_*.c keep per vCPU, in its private part. */
struct svm_vcpu {
    struct vmcb_save backup; /* save area before an entry that may fail */
    bool backup_valid;       /* state was set from outside since the last good entry */
    uint32_t asid_cpu;       /* CPU the ASID belongs to, and its generation; 0: none */
    uint64_t asid_generation;
    paddr_t root; /* nested root, stamp and space the ASID's translations belong to */
    uint64_t stamp;
    uint16_t space;
    /* Single step over IRET (end of an NMI) or out of an interrupt shadow. */
    bool stepping;
    bool step_is_iret;
    bool step_guest_tf; /* the guest's own TF, ours is in the VMCB */
    uint64_t step_rip;
    uint64_t step_dr6;
};

_Static_assert(sizeof(struct svm_vcpu) <= VCPU_PRIVATE_BYTES, "the private part is two pages");

/** Features of the machine's SVM, from CPUID 0x8000000A. */
struct svm_features {
    bool next_rip, decode_assist;
    uint32_t num_asids;
    bool tcg; /* QEMU's software emulation: svm.c says what that changes */
};
extern struct svm_features svm_features;

static inline struct vmcb *svm_vmcb(struct vcpu *v)
{
    return vcpu_part(v, VCPU_CONTROL_BLOCK);
}
static inline struct svm_vcpu *svm_private(struct vcpu *v)
{
    return vcpu_part(v, VCPU_PRIVATE);
}

/* svm_cpu.c */
bool svm_probe(const char **why);
void svm_init_cpu(void);
/** Gives v an ASID of this CPU whose cached translations belong to space. */
void svm_prepare_asid(struct vcpu *v, const struct nested_space_ref *space);
/** Physical address of this CPU's page with the kernel's own VMLOAD state. */
paddr_t svm_host_page(void);
/** Physical address of the MSR permission map, the same for all guests. */
paddr_t svm_msr_map(void);

/* svm_state.c */
void svm_create(struct vcpu *v);
void svm_reset(struct vcpu *v);
void svm_get_state(struct vcpu *v, word_t groups, struct vcpu_state *s);
void svm_set_state(struct vcpu *v, word_t groups, const struct vcpu_state *s);
void svm_record(struct vcpu *v, struct vcpu_run *run);

/* svm_exit.c */
enum hv_result svm_handle_exit(struct vcpu *v);

/* svm.c */
/** The guest is at the IRET that ends an NMI: execute just that, then NMIs are unblocked. */
void svm_step_over_iret(struct vcpu *v);

/* svm_switch.S */
/** Enters the guest. gpr: vCPU order, rax and rsp are in the VMCB. */
void svm_world_switch(uint64_t *gpr, paddr_t vmcb, paddr_t host_page);
