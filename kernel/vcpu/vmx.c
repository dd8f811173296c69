/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Intel VT-x with EPT: entering and leaving the guest. Intel SDM vol. 3, chapters 26 and 27.
 * Interrupts stay pending at an exit (no acknowledgement): the kernel takes them as always.
 */
#include "vmx.h"
#include "../object/page_table.h"
#include "world.h"
#include <kernel/vspace.h>
#include <x86/instr.h>
#include <x86/percpu.h>
#include <x86/trap.h>
#include <string.h>

#define PENDING_DEBUG_BS (1ull << 14)
#define EVENT_FIELDS     0x80000fffu

static void write_pin(struct vmx_vcpu *p, uint32_t pin)
{
    if (p->pin != pin) {
        vmcs_write(VMCS_PIN_CONTROLS, pin);
        p->pin = pin;
    }
}

/*
 * The preemption timer never fires early: what it counts is rounded up. It also bounds the stay of
 * a guest that is entered with interrupts off: Bochs lets no host interrupt out of it then, until
 * it has switched them on; on processors a guest hardly ever keeps them off for so long.
 */
static void prepare_timer(struct vcpu *v)
{
    const struct vmx_controls *c = &vmx_features.controls;
    struct vmx_vcpu *p = vmx_private(v);
    uint64_t left = v->rflags & GUEST_RFLAGS_IF ? UINT64_MAX : arch_ticks_per_ms();
    if (!c->timer) {
        return;
    }
    if (v->deadline_at != VCPU_DEADLINE_NONE) {
        uint64_t now = x86_rdtsc();
        uint64_t until = v->deadline_at > now ? v->deadline_at - now : 0;
        left = until < left ? until : left;
    }
    if (left == UINT64_MAX) {
        write_pin(p, c->pin);
        return;
    }
    uint64_t count = (left >> c->timer_shift) + 1;
    vmcs_write(VMCS_TIMER, count > UINT32_MAX ? UINT32_MAX : count);
    write_pin(p, c->pin | VMX_PIN_TIMER);
}

static void prepare_windows(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    uint32_t proc = vmx_features.controls.proc;
    proc |= v->window & VCPU_WINDOW_IRQ ? VMX_PROC_INTERRUPT_WINDOW : 0;
    proc |= v->window & VCPU_WINDOW_NMI ? VMX_PROC_NMI_WINDOW : 0;
    if (p->proc != proc) {
        vmcs_write(VMCS_PROC_CONTROLS, proc);
        p->proc = proc;
    }
}

static void prepare_event(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    uint32_t type = v->event & VCPU_EVENT_TYPE_MASK;
    p->soft_length = 0;
    if (!(v->event & VCPU_EVENT_VALID)) {
        return; /* an exit has cleared the field */
    }
    bool protected_mode = (vmcs_read(VMCS_GUEST_CR0) & GUEST_CR0_PE) != 0;
    struct vmx_entry_event e = vmx_entry_event(v->event, protected_mode);
    if (e.length != 0) {
        /* The processor pushes the address behind an instruction: let it be where rip is. */
        p->soft_length = e.length;
        vmcs_write(VMCS_ENTRY_LENGTH, e.length);
    }
    if (e.info & VCPU_EVENT_ERROR_CODE) {
        vmcs_write(VMCS_ENTRY_ERROR_CODE, e.code);
    }
    vmcs_write(VMCS_ENTRY_EVENT, e.info);
    /* Delivery ends a shadow. NMIs are blocked by the processor when one is delivered. */
    v->interruptibility &= ~VCPU_SHADOW_ANY;
    v->interruptibility &= type == VCPU_EVENT_NMI ? ~VCPU_NMI_BLOCKED : ~0u;
}

/* Entry refuses a shadow of STI with IF clear, both shadows, and a lost single step in one. */
static void prepare_interruptibility(struct vcpu *v)
{
    uint32_t blocked = v->interruptibility;
    if ((blocked & VCPU_SHADOW_STI) &&
        (!(v->rflags & GUEST_RFLAGS_IF) || (blocked & VCPU_SHADOW_MOVSS))) {
        blocked = (blocked & ~VCPU_SHADOW_STI) | VCPU_SHADOW_MOVSS;
    }
    vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, blocked);
    if (blocked & VCPU_SHADOW_ANY) {
        uint64_t pending = vmcs_read(VMCS_GUEST_PENDING_DEBUG) & ~PENDING_DEBUG_BS;
        vmcs_write(VMCS_GUEST_PENDING_DEBUG,
                   pending | (v->rflags & GUEST_RFLAGS_TF ? PENDING_DEBUG_BS : 0));
    }
}

/* A word of guest memory, 0 where there is none. */
static uint64_t read_guest_word(paddr_t root, uint64_t gpa)
{
    const struct table_format *f = &nested_ops->format;
    for (unsigned level = LEVEL_PDPT; root != 0; level--) {
        struct table_walk w = table_walk(f, root, gpa, level);
        if (w.entry == NULL || !entry_present(f, *w.entry)) {
            return 0;
        }
        if (entry_is_leaf(f, *w.entry, level)) {
            uint64_t offset_mask = (1ull << level_bits(level)) - 1;
            paddr_t page = *w.entry & ENTRY_ADDR_MASK & ~offset_mask;
            return *(const uint64_t *)phys_to_virt(page + (gpa & offset_mask));
        }
    }
    return 0;
}

/* MOV to CR3 loads them in the guest; when the VMM has set CR3 it is for us to do. */
static void load_pdptes(struct vcpu *v, const struct nested_space_ref *space)
{
    const uint64_t pae = GUEST_CR4_PAE;
    struct vmx_vcpu *p = vmx_private(v);
    p->load_pdptes = false;
    if (!(vmcs_read(VMCS_GUEST_CR0) & GUEST_CR0_PG) || !(vmcs_read(VMCS_GUEST_CR4) & pae) ||
        (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA)) {
        return;
    }
    uint64_t table = vmcs_read(VMCS_GUEST_CR3) & 0xffffffe0;
    for (unsigned i = 0; i < 4; i++) {
        vmcs_write(VMCS_GUEST_PDPTE + 2 * i, read_guest_word(space->root, table + 8 * i));
    }
}

static void prepare(struct vcpu *v, const struct nested_space_ref *space)
{
    struct vmx_vcpu *p = vmx_private(v);
    vmx_make_current(v);
    vmx_prepare_translations(v, space);
    if (p->load_pdptes) {
        load_pdptes(v, space);
    }
    prepare_windows(v);
    prepare_event(v);
    prepare_interruptibility(v);
    prepare_timer(v);
    vmcs_write(VMCS_GUEST_RSP, v->gpr[VCPU_RSP]);
    vmcs_write(VMCS_GUEST_RIP, v->rip - p->soft_length);
    vmcs_write(VMCS_GUEST_RFLAGS, v->rflags);
    uint64_t cr3 = x86_read_cr3();
    if (p->host_cr3 != cr3) {
        vmcs_write(VMCS_HOST_CR3, cr3);
        p->host_cr3 = cr3;
    }
}

static void load_registers(struct vcpu *v)
{
    const struct vmx_vcpu *p = vmx_private(v);
    guest_regs_load(v);
    vmx_load_msrs(v);
    x86_write_cr2(p->cr2);
    __asm__ volatile("mov %0, %%dr6" : : "r"(p->dr6));
}

static void save_registers(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    p->cr2 = x86_read_cr2();
    __asm__ volatile("mov %%dr6, %0" : "=r"(p->dr6));
    vmx_save_msrs(v);
    guest_regs_save(v);
}

static void collect(struct vcpu *v)
{
    struct vmx_vcpu *p = vmx_private(v);
    v->gpr[VCPU_RSP] = vmcs_read(VMCS_GUEST_RSP);
    v->rip = vmcs_read(VMCS_GUEST_RIP);
    v->rflags = vmcs_read(VMCS_GUEST_RFLAGS);
    v->interruptibility =
        (uint32_t)vmcs_read(VMCS_GUEST_INTERRUPTIBILITY) & (VCPU_SHADOW_ANY | VCPU_NMI_BLOCKED);
    uint64_t event = vmcs_read(VMCS_VECTORING_EVENT) & EVENT_FIELDS;
    if ((event & VCPU_EVENT_VALID) && (event & VCPU_EVENT_ERROR_CODE)) {
        event |= vmcs_read(VMCS_VECTORING_ERROR_CODE) << 32;
    }
    if ((event & VCPU_EVENT_VALID) && (event & VCPU_EVENT_TYPE_MASK) == VCPU_EVENT_SOFT_INT) {
        v->rip += p->soft_length;
    }
    vcpu_collect_event(v, event);
}

/* The VMCS keeps its state, and the registers in struct vcpu are untouched. */
static enum hv_result entry_failed(struct vcpu *v, uint32_t why)
{
    vmcs_write(VMCS_ENTRY_EVENT, 0);
    vcpu_set_exit(v, VCPU_EXIT_ENTRY_FAILED, why);
    return HV_EXIT;
}

static void discard_registers(void)
{
    vmx_discard_msrs();
    guest_regs_discard();
}

/* An exit leaves the descriptor table registers with the largest limit. */
static bool enter(struct vcpu *v)
{
    struct table_pointer gdt, idt;
    __asm__ volatile("sgdt %0; sidt %1" : "=m"(gdt), "=m"(idt));
    bool entered = vmx_world_switch(v->gpr, vmx_private(v)->launched);
    __asm__ volatile("lgdt %0; lidt %1" : : "m"(gdt), "m"(idt));
    return entered;
}

static enum hv_result vmx_run(struct vcpu *v, const struct nested_space_ref *space)
{
    static const struct world world = {load_registers, save_registers, discard_registers, enter};
    if (vcpu_take_open_window(v)) {
        return HV_EXIT;
    }
    prepare(v, space);
    switch (world_visit(&world, v, space->asid)) {
    case VISIT_GUEST_GONE:
        return HV_HOST;
    case VISIT_NOT_ENTERED:
        return entry_failed(v, VMX_HW_INSTRUCTION_FAILED |
                                   (uint32_t)vmcs_read(VMCS_INSTRUCTION_ERROR));
    case VISIT_ENDED:
        break;
    }
    uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);
    if (reason & VMX_EXIT_ENTRY_FAILED) {
        return entry_failed(v, reason);
    }
    vmx_private(v)->launched = true;
    collect(v);
    return vmx_handle_exit(v);
}

static bool vmx_keeps_deadline(void)
{
    return vmx_features.controls.timer;
}

const struct hv_ops hv_vmx = {
    .name = "Intel VT-x",
    .probe = vmx_probe,
    .init_cpu = vmx_init_cpu,
    .create = vmx_create,
    .reset = vmx_reset,
    .get_state = vmx_get_state,
    .set_state = vmx_set_state,
    .set_ports = vcpu_set_ports,
    .run = vmx_run,
    .record = vmx_record,
    .leave = vmx_leave,
    .keeps_deadline = vmx_keeps_deadline,
};
