/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * AMD SVM with nested paging: entering and leaving the guest. AMD APM vol. 2, chapter 15.
 *
 * What software emulation (QEMU) does differently from the manual, and is allowed for here:
 * the next-RIP field is never written; EXITINTINFO and EVENTINJ keep stale bits when VALID is
 * clear; XSETBV does not exit; INTERRUPT_SHADOW is reported but not taken at VMRUN; an invalid
 * exit may leave host values in the save area.
 */
#include "svm.h"
#include "world.h"
#include <kernel/vspace.h>
#include <x86/percpu.h>
#include <x86/trap.h>
#include <string.h>

#define EVENT_FIELDS 0xffffffff80000fffull /* vector, type, error code valid, VALID, code */

static void begin_step(struct vcpu *v, bool is_iret)
{
    struct svm_vcpu *p = svm_private(v);
    p->stepping = true;
    p->step_is_iret = is_iret;
    p->step_rip = v->rip;
    p->step_guest_tf = (v->rflags & GUEST_RFLAGS_TF) != 0;
    p->step_dr6 = svm_vmcb(v)->save.dr6;
}

void svm_step_over_iret(struct vcpu *v)
{
    begin_step(v, true);
}

/* Called after each exit, with the registers collected. True if our step is what ended. */
static bool end_step(struct vcpu *v)
{
    struct svm_vcpu *p = svm_private(v);
    struct vmcb *vmcb = svm_vmcb(v);
    bool trapped = vmcb->exit_code == SVM_EXIT_EXCEPTION + 1;
    bool moved = trapped || v->rip != p->step_rip;
    p->stepping = false;
    if (moved && p->step_is_iret) {
        v->interruptibility &= ~VCPU_NMI_BLOCKED;
    } else if (!p->step_guest_tf) {
        /* IRET has loaded TF; any other instruction still shows ours. */
        v->rflags &= ~GUEST_RFLAGS_TF;
    }
    if (trapped && !p->step_guest_tf) {
        vmcb->save.dr6 = p->step_dr6;
        return true;
    }
    return false;
}

static void prepare_windows(struct vcpu *v)
{
    struct vmcb *vmcb = svm_vmcb(v);
    const struct svm_vcpu *p = svm_private(v);
    vmcb->int_ctl = SVM_V_INTR_MASKING;
    vmcb->intercept1 &= ~(SVM_VINTR | SVM_IRET);
    if (v->window & VCPU_WINDOW_IRQ) {
        /* A virtual interrupt that beats every priority: its delivery is the window. */
        vmcb->int_ctl |= SVM_V_IRQ | SVM_V_IGN_TPR;
        vmcb->intercept1 |= SVM_VINTR;
    }
    if ((v->interruptibility & VCPU_NMI_BLOCKED) && !p->stepping) {
        vmcb->intercept1 |= SVM_IRET;
    }
    if ((v->window & VCPU_WINDOW_NMI) && !(v->event & VCPU_EVENT_VALID) &&
        !(v->interruptibility & VCPU_NMI_BLOCKED) && !p->stepping) {
        begin_step(v, false);
    }
}

/*
 * A host interrupt that waits at VMRUN makes the guest leave between the injection and its first
 * instruction. That is wanted for an NMI window, which is open then; and on QEMU's TCG, which
 * leaves its note of an injected external interrupt behind and delivers the interrupt a second
 * time, whatever the guest's IF, when its execution loop is left for any reason but an exit.
 */
static bool leave_after_injection(const struct vcpu *v)
{
    if (!(v->event & VCPU_EVENT_VALID)) {
        return false;
    }
    bool nmi_window = (v->window & VCPU_WINDOW_NMI) && !(v->interruptibility & VCPU_NMI_BLOCKED);
    bool external = (v->event & VCPU_EVENT_TYPE_MASK) == VCPU_EVENT_INTR;
    return nmi_window || (external && svm_features.tcg);
}

static void prepare(struct vcpu *v, const struct nested_space_ref *space)
{
    struct vmcb *vmcb = svm_vmcb(v);
    struct svm_vcpu *p = svm_private(v);
    svm_prepare_asid(v, space);
    prepare_windows(v);
    if (leave_after_injection(v)) {
        arch_send_reschedule(this_cpu()->id);
    }
    if ((v->event & (VCPU_EVENT_VALID | VCPU_EVENT_TYPE_MASK)) ==
        (VCPU_EVENT_VALID | VCPU_EVENT_NMI)) {
        /* Blocked from its delivery to the end of IRET; undone if it is not delivered. */
        v->interruptibility |= VCPU_NMI_BLOCKED;
        vmcb->intercept1 |= SVM_IRET;
    }
    vmcb->event_inj = v->event;
    vmcb->int_state = v->interruptibility & VCPU_SHADOW_ANY ? SVM_INT_SHADOW : 0;
    vmcb->clean = 0;
    vmcb->save.rax = v->gpr[VCPU_RAX];
    vmcb->save.rsp = v->gpr[VCPU_RSP];
    vmcb->save.rip = v->rip;
    vmcb->save.rflags = v->rflags | (p->stepping ? GUEST_RFLAGS_TF : 0);
    if (p->backup_valid) {
        memcpy(&p->backup, &vmcb->save, sizeof(p->backup));
    }
}

static void collect(struct vcpu *v)
{
    const struct vmcb *vmcb = svm_vmcb(v);
    /* TCG ignores the shadow at VMRUN: a host interrupt before the first instruction loses it. */
    bool keep_shadow =
        svm_features.tcg && vmcb->exit_code == SVM_EXIT_INTR && vmcb->save.rip == v->rip;
    v->gpr[VCPU_RAX] = vmcb->save.rax;
    v->gpr[VCPU_RSP] = vmcb->save.rsp;
    v->rip = vmcb->save.rip;
    v->rflags = vmcb->save.rflags;
    v->interruptibility &= keep_shadow ? ~0u : ~VCPU_SHADOW_ANY;
    v->interruptibility |= vmcb->int_state & SVM_INT_SHADOW ? VCPU_SHADOW_STI : 0;
    vcpu_collect_event(v, vmcb->exit_int_info & EVENT_FIELDS);
}

/* VMRUN refused the state: the registers in struct vcpu are untouched, the save area is lost. */
static enum hv_result entry_failed(struct vcpu *v)
{
    struct svm_vcpu *p = svm_private(v);
    if (p->backup_valid) {
        memcpy(&svm_vmcb(v)->save, &p->backup, sizeof(p->backup));
    }
    p->stepping = false;
    vcpu_set_exit(v, VCPU_EXIT_ENTRY_FAILED, SVM_EXIT_INVALID);
    return HV_EXIT;
}

static bool enter(struct vcpu *v)
{
    struct vmcb *vmcb = svm_vmcb(v);
    svm_world_switch(v->gpr, virt_to_phys(vmcb), svm_host_page());
    return (uint32_t)vmcb->exit_code != SVM_EXIT_INVALID;
}

static enum hv_result svm_run(struct vcpu *v, const struct nested_space_ref *space)
{
    static const struct world world = {guest_regs_load, guest_regs_save, guest_regs_discard, enter};
    if (vcpu_take_open_window(v)) {
        return HV_EXIT;
    }
    prepare(v, space);
    switch (world_visit(&world, v, space->asid)) {
    case VISIT_GUEST_GONE:
        return HV_HOST;
    case VISIT_NOT_ENTERED:
        return entry_failed(v);
    case VISIT_ENDED:
        break;
    }
    svm_private(v)->backup_valid = false;
    collect(v);
    if (svm_private(v)->stepping && end_step(v)) {
        return HV_AGAIN;
    }
    return svm_handle_exit(v);
}

static void svm_leave(struct vcpu *v)
{
    (void)v; /* nothing of a VMCB stays in the processor that VMRUN would not check */
}

const struct hv_ops hv_svm = {
    .name = "AMD SVM",
    .probe = svm_probe,
    .init_cpu = svm_init_cpu,
    .create = svm_create,
    .reset = svm_reset,
    .get_state = svm_get_state,
    .set_state = svm_set_state,
    .set_ports = vcpu_set_ports,
    .run = svm_run,
    .record = svm_record,
    .leave = svm_leave,
};
