/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* VT-x: guest state in the VMCS, reset values, the record. Intel SDM vol. 3, 24.4, 26.3.1. */
#include "vmx.h"
#include <x86/instr.h>
#include <x86/percpu.h>
#include <string.h>

#define IO_BITMAP_BYTES 0x2000u

#define ACTIVITY_ACTIVE 0

#define ATTRIB_LOW  0xffu
#define ATTRIB_HIGH 0xf00u
#define HIGH_SHIFT  4 /* the VMCS has four more bits between the two halves */

static void write_segment(unsigned index, const struct vcpu_segment *s)
{
    vmcs_write(VMCS_GUEST_BASE + 2 * index, s->base);
    vmcs_write(VMCS_GUEST_LIMIT + 2 * index, s->limit);
    if (index >= VCPU_GDTR) {
        return;
    }
    /* VM entry checks what loading a selector would have made so. */
    uint32_t attrib = s->attrib;
    if (s->limit > 0xfffff) {
        attrib |= ATTRIB_G;
    } else if ((s->limit & 0xfff) != 0xfff) {
        attrib &= ~ATTRIB_G;
    }
    attrib |= attrib & ATTRIB_S ? ATTRIB_ACCESSED : 0;
    uint32_t rights = (attrib & ATTRIB_LOW) | (attrib & ATTRIB_HIGH) << HIGH_SHIFT;
    rights |= attrib & ATTRIB_P ? 0 : RIGHTS_UNUSABLE;
    vmcs_write(VMCS_GUEST_SELECTOR + 2 * index, s->selector);
    vmcs_write(VMCS_GUEST_RIGHTS + 2 * index, rights);
}

/* Access rights of the VMCS in the run page's packing. */
static uint16_t attrib_of(uint32_t rights)
{
    return (uint16_t)((rights & ATTRIB_LOW) | (rights >> HIGH_SHIFT & ATTRIB_HIGH));
}

static struct vcpu_segment read_segment(unsigned index)
{
    struct vcpu_segment s = {
        .base = vmcs_read(VMCS_GUEST_BASE + 2 * index),
        .limit = (uint32_t)vmcs_read(VMCS_GUEST_LIMIT + 2 * index),
    };
    if (index < VCPU_GDTR) {
        uint32_t rights = (uint32_t)vmcs_read(VMCS_GUEST_RIGHTS + 2 * index);
        s.selector = (uint16_t)vmcs_read(VMCS_GUEST_SELECTOR + 2 * index);
        s.attrib = attrib_of(rights);
        s.attrib &= (uint16_t) ~(rights & RIGHTS_UNUSABLE ? ATTRIB_P : 0);
    }
    return s;
}

uint64_t vmx_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16);
}

uint64_t vmx_guest_cr0(void)
{
    uint64_t mask = vmx_features.controls.cr0_mask;
    return (vmcs_read(VMCS_GUEST_CR0) & ~mask) | (vmcs_read(VMCS_CR0_SHADOW) & mask);
}

uint64_t vmx_guest_cr4(void)
{
    uint64_t mask = vmx_features.controls.cr4_mask;
    return (vmcs_read(VMCS_GUEST_CR4) & ~mask) | (vmcs_read(VMCS_CR4_SHADOW) & mask);
}

static void write_cr0_cr4(uint64_t cr0, uint64_t cr4)
{
    const struct vmx_controls *c = &vmx_features.controls;
    uint64_t host_mce = x86_read_cr4() & GUEST_CR4_MCE;
    vmcs_write(VMCS_GUEST_CR0, (cr0 & ~c->cr0_mask) | c->cr0_forced);
    vmcs_write(VMCS_CR0_SHADOW, cr0);
    vmcs_write(VMCS_GUEST_CR4, (cr4 & ~c->cr4_mask) | c->cr4_forced | host_mce);
    vmcs_write(VMCS_CR4_SHADOW, cr4 & c->cr4_allowed);
}

void vmx_set_efer(uint64_t efer)
{
    uint64_t entry = vmcs_read(VMCS_ENTRY_CONTROLS) & ~(uint64_t)VMX_ENTRY_IA32E;
    vmcs_write(VMCS_GUEST_EFER, efer);
    vmcs_write(VMCS_ENTRY_CONTROLS, entry | (efer & EFER_LMA ? VMX_ENTRY_IA32E : 0));
}

static void write_controls(struct vcpu *v)
{
    const struct vmx_controls *c = &vmx_features.controls;
    struct vmx_vcpu *p = vmx_private(v);
    p->pin = c->pin;
    p->proc = c->proc;
    const struct vmx_pages pages = {
        .io_bitmap_a = virt_to_phys(vcpu_part(v, VCPU_IO_BITMAP)),
        .io_bitmap_b = virt_to_phys(vcpu_part(v, VCPU_IO_BITMAP + 0x1000)),
        .msr_bitmap = vmx_msr_bitmap(),
    };
    struct vmx_field fields[VMX_CONTROL_FIELDS];
    vmx_control_fields(c, &pages, fields);
    for (unsigned i = 0; i < VMX_CONTROL_FIELDS; i++) {
        vmcs_write(fields[i].field, fields[i].value);
    }
    vmcs_write(VMCS_EPTP, 0); /* with the first entry */
}

void vmx_create(struct vcpu *v)
{
    memset(vmx_private(v), 0, sizeof(struct vmx_vcpu));
    memset(vcpu_part(v, VCPU_IO_BITMAP), 0xff, IO_BITMAP_BYTES);
    vmx_make_current(v);
    write_controls(v);
    vmx_write_host_state();
}

static void reset_segments(void)
{
    for (unsigned i = 0; i < VCPU_NUM_SEGMENTS; i++) {
        struct vcpu_segment s = {0, RESET_DATA16, 0xffff, 0};
        if (i == VCPU_CS) {
            s = (struct vcpu_segment){0xf000, RESET_CODE16, 0xffff, 0xffff0000};
        }
        s.attrib = i == VCPU_LDTR ? RESET_LDT : i == VCPU_TR ? RESET_TSS : s.attrib;
        write_segment(i, &s);
    }
}

void vmx_reset(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    vmx_make_current(v);
    reset_segments();
    write_cr0_cr4(RESET_CR0, 0);
    vmx_set_efer(0);
    vmcs_write(VMCS_GUEST_CR3, 0);
    vmcs_write(VMCS_GUEST_DR7, RESET_DR7);
    vmcs_write(VMCS_GUEST_PAT, RESET_PAT);
    vmcs_write(VMCS_GUEST_SYSENTER_CS, 0);
    vmcs_write(VMCS_GUEST_SYSENTER_ESP, 0);
    vmcs_write(VMCS_GUEST_SYSENTER_EIP, 0);
    vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
    vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
    vmcs_write(VMCS_TSC_OFFSET, 0);
    vmcs_write(VMCS_ENTRY_EVENT, 0);
    p->dr6 = RESET_DR6;
    p->cr2 = 0;
    p->kernel_gs_base = 0;
    memset(p->msr, 0, sizeof(p->msr));
    p->load_pdptes = false;
    p->vpid_generation = 0;
    p->soft_length = 0;
    guest_regs_reset(v);
}

static void get_control(struct vcpu *v, struct vcpu_state *s)
{
    const struct vmx_vcpu *p = vmx_private(v);
    s->cr0 = vmx_guest_cr0();
    s->cr2 = p->cr2;
    s->cr3 = vmcs_read(VMCS_GUEST_CR3);
    s->cr4 = vmx_guest_cr4();
    s->cr8 = v->cr8;
    s->efer = vmcs_read(VMCS_GUEST_EFER);
    s->dr6 = p->dr6;
    s->dr7 = vmcs_read(VMCS_GUEST_DR7);
    s->xcr0 = v->xcr0;
}

static void get_msrs(struct vcpu *v, struct vcpu_state *s)
{
    const struct vmx_vcpu *p = vmx_private(v);
    s->star = p->msr[VMX_MSR_STAR];
    s->lstar = p->msr[VMX_MSR_LSTAR];
    s->cstar = p->msr[VMX_MSR_CSTAR];
    s->sfmask = p->msr[VMX_MSR_SFMASK];
    s->kernel_gs_base = p->kernel_gs_base;
    s->sysenter_cs = vmcs_read(VMCS_GUEST_SYSENTER_CS);
    s->sysenter_esp = vmcs_read(VMCS_GUEST_SYSENTER_ESP);
    s->sysenter_eip = vmcs_read(VMCS_GUEST_SYSENTER_EIP);
    s->pat = vmcs_read(VMCS_GUEST_PAT);
    s->tsc_aux = v->tsc_aux;
}

void vmx_get_state(struct vcpu *v, word_t groups, struct vcpu_state *s)
{
    vmx_make_current(v);
    if (groups & VCPU_STATE_SEGMENTS) {
        for (unsigned i = 0; i < VCPU_NUM_SEGMENTS; i++) {
            s->seg[i] = read_segment(i);
        }
    }
    if (groups & VCPU_STATE_CONTROL) {
        get_control(v, s);
    }
    if (groups & VCPU_STATE_MSRS) {
        get_msrs(v, s);
    }
    if (groups & VCPU_STATE_TSC) {
        s->tsc_offset = vmcs_read(VMCS_TSC_OFFSET);
    }
    if (groups & VCPU_STATE_DEBUG) {
        memcpy(s->dr, v->dr, sizeof(s->dr));
    }
}

/* LMA follows from paging and LME; what the VMM says about it does not matter. */
static void set_control(struct vcpu *v, const struct vcpu_state *s)
{
    struct vmx_vcpu *p = vmx_private(v);
    uint64_t efer = s->efer & guest_regs_efer_mask();
    bool active = (efer & EFER_LME) && (s->cr0 & GUEST_CR0_PG);
    write_cr0_cr4(s->cr0, s->cr4);
    vmx_set_efer(efer | (active ? EFER_LMA : 0));
    vmcs_write(VMCS_GUEST_CR3, s->cr3);
    vmcs_write(VMCS_GUEST_DR7, s->dr7);
    p->cr2 = s->cr2;
    p->dr6 = (uint32_t)s->dr6;
    p->load_pdptes = true;
    p->vpid_generation = 0; /* its translations may be of another CR3 */
    v->cr8 = s->cr8 & 0xf;
    v->xcr0 = guest_regs_legal_xcr0(s->xcr0);
}

/* The kernel writes these with WRMSR, which takes no other values. */
static void set_msrs(struct vcpu *v, const struct vcpu_state *s)
{
    struct vmx_vcpu *p = vmx_private(v);
    p->msr[VMX_MSR_STAR] = s->star;
    p->msr[VMX_MSR_LSTAR] = vmx_canonical(s->lstar);
    p->msr[VMX_MSR_CSTAR] = vmx_canonical(s->cstar);
    p->msr[VMX_MSR_SFMASK] = (uint32_t)s->sfmask;
    p->kernel_gs_base = vmx_canonical(s->kernel_gs_base);
    vmcs_write(VMCS_GUEST_SYSENTER_CS, s->sysenter_cs);
    vmcs_write(VMCS_GUEST_SYSENTER_ESP, s->sysenter_esp);
    vmcs_write(VMCS_GUEST_SYSENTER_EIP, s->sysenter_eip);
    vmcs_write(VMCS_GUEST_PAT, s->pat);
    v->tsc_aux = (uint32_t)s->tsc_aux;
}

void vmx_set_state(struct vcpu *v, word_t groups, const struct vcpu_state *s)
{
    vmx_make_current(v);
    if (groups & VCPU_STATE_SEGMENTS) {
        for (unsigned i = 0; i < VCPU_NUM_SEGMENTS; i++) {
            write_segment(i, &s->seg[i]);
        }
    }
    if (groups & VCPU_STATE_CONTROL) {
        set_control(v, s);
    }
    if (groups & VCPU_STATE_MSRS) {
        set_msrs(v, s);
    }
    if (groups & VCPU_STATE_TSC) {
        vmcs_write(VMCS_TSC_OFFSET, s->tsc_offset);
    }
    if (groups & VCPU_STATE_DEBUG) {
        memcpy(v->dr, s->dr, sizeof(v->dr));
    }
}

void vmx_record(struct vcpu *v, struct vcpu_run *run)
{
    vmx_make_current(v);
    uint64_t cr0 = vmx_guest_cr0(), efer = vmcs_read(VMCS_GUEST_EFER);
    run->cr0 = cr0;
    run->cr2 = vmx_private(v)->cr2;
    run->cr3 = vmcs_read(VMCS_GUEST_CR3);
    run->cr4 = vmx_guest_cr4();
    run->efer = efer;
    run->cs_base = vmcs_read(VMCS_GUEST_BASE + 2 * VCPU_CS);
    run->cpl = (uint32_t)vmcs_read(VMCS_GUEST_RIGHTS + 2 * VCPU_SS) >> 5 & 3;
    uint32_t code_rights = (uint32_t)vmcs_read(VMCS_GUEST_RIGHTS + 2 * VCPU_CS);
    run->mode = guest_regs_mode(v, cr0, efer, attrib_of(code_rights));
}
