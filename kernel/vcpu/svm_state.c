/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* SVM: guest state in the VMCB, reset values, permission bitmaps, the record. */
#include "svm.h"
#include <string.h>

#define IO_BITMAP_BYTES 0x3000u

void svm_create(struct vcpu *v)
{
    struct vmcb *vmcb = svm_vmcb(v);
    memset(vcpu_part(v, VCPU_IO_BITMAP), 0xff, IO_BITMAP_BYTES);
    vmcb->iopm = virt_to_phys(vcpu_part(v, VCPU_IO_BITMAP));
    vmcb->msrpm = svm_msr_map();
    vmcb->cr_read = SVM_CR8;
    vmcb->cr_write = SVM_CR8;
    /*
     * #DB and #AC are only taken to hand them back: delivering one can raise the next without
     * end, and no interrupt gets through meanwhile. #MC is the host's.
     */
    vmcb->exceptions = 1u << VECTOR_DB | 1u << VECTOR_AC | 1u << VECTOR_MC;
    vmcb->intercept1 = SVM_INTR | SVM_NMI | SVM_INIT | SVM_RDPMC | SVM_CPUID | SVM_RSM | SVM_INVD |
                       SVM_HLT | SVM_INVLPGA | SVM_IOIO | SVM_MSR | SVM_TASK_SWITCH |
                       SVM_FERR_FREEZE | SVM_SHUTDOWN;
    vmcb->intercept2 = SVM_VMRUN | SVM_VMMCALL | SVM_VMLOAD | SVM_VMSAVE | SVM_STGI | SVM_CLGI |
                       SVM_SKINIT | SVM_WBINVD | SVM_MONITOR | SVM_MWAIT | SVM_MWAIT_ARM |
                       SVM_XSETBV;
    vmcb->np_enable = 1;
}

static struct vmcb_segment segment(uint16_t selector, uint16_t attrib, uint64_t base)
{
    return (struct vmcb_segment){selector, attrib, 0xffff, base};
}

void svm_reset(struct vcpu *v)
{
    struct vmcb *vmcb = svm_vmcb(v);
    struct vmcb_save *s = &vmcb->save;
    memset(s, 0, sizeof(*s));
    memset(svm_private(v), 0, sizeof(struct svm_vcpu));
    s->cs = segment(0xf000, RESET_CODE16, 0xffff0000);
    s->ss = s->ds = s->es = s->fs = s->gs = segment(0, RESET_DATA16, 0);
    s->gdtr = s->idtr = segment(0, 0, 0);
    s->ldtr = segment(0, RESET_LDT, 0);
    s->tr = segment(0, RESET_TSS, 0);
    s->cr0 = RESET_CR0;
    s->efer = EFER_SVME;
    s->dr6 = RESET_DR6;
    s->dr7 = RESET_DR7;
    s->g_pat = RESET_PAT;
    vmcb->tsc_offset = 0;
    vmcb->int_state = 0;
    vmcb->event_inj = 0;
    svm_private(v)->backup_valid = true;
    guest_regs_reset(v);
}

/* The run page's order of segments and where they lie in the save area. */
static struct vmcb_segment *segment_at(struct vmcb_save *s, unsigned index)
{
    struct vmcb_segment *at[VCPU_NUM_SEGMENTS] = {
        [VCPU_ES] = &s->es,     [VCPU_CS] = &s->cs,     [VCPU_SS] = &s->ss,     [VCPU_DS] = &s->ds,
        [VCPU_FS] = &s->fs,     [VCPU_GS] = &s->gs,     [VCPU_LDTR] = &s->ldtr, [VCPU_TR] = &s->tr,
        [VCPU_GDTR] = &s->gdtr, [VCPU_IDTR] = &s->idtr,
    };
    return at[index];
}

static void get_msrs(const struct vmcb_save *save, struct vcpu_state *s)
{
    s->star = save->star;
    s->lstar = save->lstar;
    s->cstar = save->cstar;
    s->sfmask = save->sfmask;
    s->kernel_gs_base = save->kernel_gs_base;
    s->sysenter_cs = save->sysenter_cs;
    s->sysenter_esp = save->sysenter_esp;
    s->sysenter_eip = save->sysenter_eip;
    s->pat = save->g_pat;
}

void svm_get_state(struct vcpu *v, word_t groups, struct vcpu_state *s)
{
    struct vmcb *vmcb = svm_vmcb(v);
    struct vmcb_save *save = &vmcb->save;
    if (groups & VCPU_STATE_SEGMENTS) {
        for (unsigned i = 0; i < VCPU_NUM_SEGMENTS; i++) {
            const struct vmcb_segment *from = segment_at(save, i);
            s->seg[i] =
                (struct vcpu_segment){from->selector, from->attrib, from->limit, from->base};
        }
    }
    if (groups & VCPU_STATE_CONTROL) {
        s->cr0 = save->cr0;
        s->cr2 = save->cr2;
        s->cr3 = save->cr3;
        s->cr4 = save->cr4;
        s->cr8 = v->cr8;
        s->efer = save->efer & ~EFER_SVME;
        s->dr6 = save->dr6;
        s->dr7 = save->dr7;
        s->xcr0 = v->xcr0;
    }
    if (groups & VCPU_STATE_MSRS) {
        get_msrs(save, s);
        s->tsc_aux = v->tsc_aux;
    }
    if (groups & VCPU_STATE_TSC) {
        s->tsc_offset = vmcb->tsc_offset;
    }
    if (groups & VCPU_STATE_DEBUG) {
        memcpy(s->dr, v->dr, sizeof(s->dr));
    }
}

static void set_segments(struct vmcb_save *save, const struct vcpu_state *s)
{
    for (unsigned i = 0; i < VCPU_NUM_SEGMENTS; i++) {
        *segment_at(save, i) = (struct vmcb_segment){s->seg[i].selector, s->seg[i].attrib & 0xfff,
                                                     s->seg[i].limit, s->seg[i].base};
    }
    /* The processor takes the privilege level from here; SS always agrees with it. */
    save->cpl = (s->seg[VCPU_SS].attrib >> 5) & 3;
}

static void set_msrs(struct vmcb_save *save, const struct vcpu_state *s)
{
    save->star = s->star;
    save->lstar = s->lstar;
    save->cstar = s->cstar;
    save->sfmask = s->sfmask;
    save->kernel_gs_base = s->kernel_gs_base;
    save->sysenter_cs = s->sysenter_cs;
    save->sysenter_esp = s->sysenter_esp;
    save->sysenter_eip = s->sysenter_eip;
    save->g_pat = s->pat;
}

void svm_set_state(struct vcpu *v, word_t groups, const struct vcpu_state *s)
{
    struct vmcb *vmcb = svm_vmcb(v);
    struct vmcb_save *save = &vmcb->save;
    if (groups & VCPU_STATE_SEGMENTS) {
        set_segments(save, s);
    }
    if (groups & VCPU_STATE_CONTROL) {
        save->cr0 = s->cr0;
        save->cr2 = s->cr2;
        save->cr3 = s->cr3;
        save->cr4 = s->cr4;
        v->cr8 = s->cr8 & 0xf;
        save->efer = (s->efer & (guest_regs_efer_mask() | EFER_LMA)) | EFER_SVME;
        save->dr6 = s->dr6;
        save->dr7 = s->dr7;
        v->xcr0 = guest_regs_legal_xcr0(s->xcr0);
        svm_private(v)->asid_generation = 0; /* its translations may be of another CR3 */
    }
    if (groups & VCPU_STATE_MSRS) {
        set_msrs(save, s);
        v->tsc_aux = (uint32_t)s->tsc_aux;
    }
    if (groups & VCPU_STATE_TSC) {
        vmcb->tsc_offset = s->tsc_offset;
    }
    if (groups & VCPU_STATE_DEBUG) {
        memcpy(v->dr, s->dr, sizeof(v->dr));
    }
    svm_private(v)->backup_valid = true;
}

void svm_record(struct vcpu *v, struct vcpu_run *run)
{
    const struct vmcb_save *s = &svm_vmcb(v)->save;
    run->cr0 = s->cr0;
    run->cr2 = s->cr2;
    run->cr3 = s->cr3;
    run->cr4 = s->cr4;
    run->efer = s->efer & ~EFER_SVME;
    run->cs_base = s->cs.base;
    run->cpl = s->cpl;
    run->mode = guest_regs_mode(v, s->cr0, s->efer, s->cs.attrib);
}
