/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Interrupts: the control capability hands out one handler per interrupt. */
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>

#define IRQ_USER_OFFSET 16  /* user vector 0 is interrupt 16: the legacy ones are below */
#define MAX_USER_VECTOR 107 /* docs/kernel-api.md, "Invocations" */
#define MAX_PCI_BUS     255
#define MAX_PCI_DEV     31
#define MAX_PCI_FUNC    7

/* What both "issue a handler" calls have in common; the vector is their seventh word. */
static enum invoke_status irq_decode_issue(struct invocation *inv, unsigned *irq, cte_t **slot)
{
    if (inv->length < 7 || !inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t vector = invocation_mr(inv, 6);
    if (vector > MAX_USER_VECTOR) {
        return invoke_error_range(0, MAX_USER_VECTOR);
    }
    *irq = (unsigned)vector + IRQ_USER_OFFSET;
    if (kernel.irq_state[*irq] != IRQ_INACTIVE) {
        return invoke_error(ERROR_RevokeFirst);
    }
    struct slot_argument arg = {
        .root = inv->extra[0]->cap, .index = invocation_mr(inv, 0), .depth = invocation_mr(inv, 1)};
    return cspace_lookup_empty(&arg, slot);
}

static void irq_issue(struct invocation *inv, unsigned irq, cte_t *slot)
{
    cap_t cap = {.type = CAP_IRQ_HANDLER};
    cap.irq_handler.irq = irq;
    kernel.irq_state[irq] = IRQ_SIGNAL;
    mdb_insert(slot, cap, inv->slot);
}

static enum invoke_status irq_issue_ioapic(struct invocation *inv)
{
    unsigned irq;
    cte_t *slot;
    enum invoke_status status = irq_decode_issue(inv, &irq, &slot);
    if (status != INVOKE_DONE) {
        return status;
    }
    word_t ioapic = invocation_mr(inv, 2), pin = invocation_mr(inv, 3);
    word_t level = invocation_mr(inv, 4), polarity = invocation_mr(inv, 5);
    if (arch_num_ioapics() == 0) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (ioapic >= arch_num_ioapics()) {
        return invoke_error_range(0, arch_num_ioapics() - 1);
    }
    if (pin >= arch_ioapic_pins((unsigned)ioapic)) {
        return invoke_error_range(0, arch_ioapic_pins((unsigned)ioapic) - 1);
    }
    if (level > 1 || polarity > 1) {
        return invoke_error_range(0, 1);
    }
    irq_issue(inv, irq, slot);
    arch_ioapic_route((unsigned)ioapic, (unsigned)pin, level, polarity, irq);
    arch_irq_mask(irq, false);
    return INVOKE_DONE;
}

static enum invoke_status irq_issue_msi(struct invocation *inv)
{
    unsigned irq;
    cte_t *slot;
    enum invoke_status status = irq_decode_issue(inv, &irq, &slot);
    if (status != INVOKE_DONE) {
        return status;
    }
    if (invocation_mr(inv, 2) > MAX_PCI_BUS) {
        return invoke_error_range(0, MAX_PCI_BUS);
    }
    if (invocation_mr(inv, 3) > MAX_PCI_DEV) {
        return invoke_error_range(0, MAX_PCI_DEV);
    }
    if (invocation_mr(inv, 4) > MAX_PCI_FUNC) {
        return invoke_error_range(0, MAX_PCI_FUNC);
    }
    irq_issue(inv, irq, slot);
    return INVOKE_DONE;
}

static enum invoke_status irq_control_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_X86IRQIssueIRQHandlerIOAPIC:
        return irq_issue_ioapic(inv);
    case LABEL_X86IRQIssueIRQHandlerMSI:
        return irq_issue_msi(inv);
    default: /* IRQIssueIRQHandler names a line of the 8259, which is off */
        return invoke_error(ERROR_IllegalOperation);
    }
}

static enum invoke_status irq_control_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    *cap = cap_null();
    return INVOKE_DONE;
}

const struct object_ops irq_control_ops = {.derive = irq_control_derive,
                                           .invoke = irq_control_invoke};

static enum invoke_status irq_set_notification(struct invocation *inv)
{
    if (!inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    cap_t cap = inv->extra[0]->cap;
    if (cap.type != CAP_NOTIFICATION || !cap.notification.can_write) {
        return invoke_error_capability(0);
    }
    /* The old one may be the last of its object, never of the new one: that is in extra[0]. */
    cte_t *slot = &kernel.irq_slot[inv->cap.irq_handler.irq];
    slot_delete_simple(slot);
    mdb_insert(slot, cap, inv->extra[0]);
    return INVOKE_DONE;
}

static enum invoke_status irq_handler_invoke(struct invocation *inv)
{
    unsigned irq = (unsigned)inv->cap.irq_handler.irq;
    switch (inv->label) {
    case LABEL_IRQAckIRQ:
        arch_irq_mask(irq, false);
        return INVOKE_DONE;
    case LABEL_IRQSetIRQHandler:
        return irq_set_notification(inv);
    case LABEL_IRQClearIRQHandler:
        slot_delete_simple(&kernel.irq_slot[irq]);
        return INVOKE_DONE;
    default:
        return invoke_error(ERROR_IllegalOperation);
    }
}

static cap_t irq_handler_finalise(cap_t cap, bool final)
{
    if (final) {
        unsigned irq = (unsigned)cap.irq_handler.irq;
        arch_irq_mask(irq, true);
        arch_irq_forget(irq);
        slot_delete_simple(&kernel.irq_slot[irq]);
        kernel.irq_state[irq] = IRQ_INACTIVE;
    }
    return cap_null();
}

const struct object_ops irq_handler_ops = {.finalise = irq_handler_finalise,
                                           .invoke = irq_handler_invoke};
