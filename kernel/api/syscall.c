/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What the architecture calls when the kernel is entered. */
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/syscall.h>

/* Bit of a page fault's error code: an instruction was fetched (AMD APM 2, 8.4.2). */
#define PAGE_FAULT_FETCH 4
#define PAGE_FAULT_MASK  0x1fu

static void syscall_fault(struct fault fault)
{
    struct tcb *t = this_cpu()->current;
    t->fault = fault;
    fault_send(t);
}

void syscall_cap_fault(word_t cptr, bool receiving, struct lookup_fault lookup)
{
    syscall_fault((struct fault){.type = FAULT_CAP, .arg = {cptr, receiving, 0}, .lookup = lookup});
}

void syscall_unknown(word_t number)
{
    syscall_fault((struct fault){.type = FAULT_UNKNOWN_SYSCALL, .arg = {number, 0, 0}});
}

void syscall_receive(bool is_blocking)
{
    struct tcb *t = this_cpu()->current;
    word_t cptr = t->regs[REG_RDI];
    struct resolved r = cspace_lookup(t, cptr);
    if (!r.slot) {
        syscall_cap_fault(cptr, true, r.fault);
        return;
    }
    cap_t cap = r.slot->cap;
    if (cap.type == CAP_ENDPOINT && cap.endpoint.can_read) {
        slot_delete_simple(&t->slots[TCB_CALLER]);
        endpoint_receive(t, cap, is_blocking);
        return;
    }
    if (cap.type == CAP_NOTIFICATION && cap.notification.can_read) {
        struct notification *n = cap_notification(cap);
        if (!n->bound || n->bound == t) {
            notification_wait(t, n, is_blocking);
            return;
        }
    }
    syscall_cap_fault(cptr, true, (struct lookup_fault){.type = LOOKUP_MISSING_CAPABILITY});
}

void syscall_reply(void)
{
    struct tcb *t = this_cpu()->current;
    cte_t *slot = &t->slots[TCB_CALLER];
    if (slot->cap.type == CAP_REPLY) {
        reply_send(t, slot);
    }
}

static void syscall_vm_enter(void)
{
    struct tcb *t = this_cpu()->current;
    if (!t->vcpu || !vcpu_enter(t)) {
        syscall_unknown((word_t)SYS_VMEnter);
    }
}

static void syscall_set_tls_base(void)
{
    struct tcb *t = this_cpu()->current;
    t->regs[REG_FS_BASE] = arch_sanitise_register(REG_FS_BASE, t->regs[REG_RDI]);
    arch_set_tls_base(t);
}

void kernel_handle_syscall(void)
{
    int64_t number = (int64_t)this_cpu()->current->regs[REG_RDX];
    switch (number) {
    case SYS_Call:
        if (!fastpath_call()) {
            syscall_invoke(true, true);
        }
        break;
    case SYS_ReplyRecv:
        if (!fastpath_reply_receive()) {
            syscall_reply();
            syscall_receive(true);
        }
        break;
    case SYS_Send:
        syscall_invoke(true, false);
        break;
    case SYS_NBSend:
        syscall_invoke(false, false);
        break;
    case SYS_Recv:
        syscall_receive(true);
        break;
    case SYS_NBRecv:
        syscall_receive(false);
        break;
    case SYS_Reply:
        syscall_reply();
        break;
    case SYS_Yield:
        sched_yield();
        break;
    case SYS_VMEnter:
        syscall_vm_enter();
        break;
    case SYS_SetTLSBase:
        syscall_set_tls_base();
        break;
    default:
        if (!syscall_debug(number)) {
            syscall_unknown((word_t)number);
        }
    }
}

void kernel_handle_exception(word_t vector, word_t code)
{
    syscall_fault((struct fault){.type = FAULT_USER_EXCEPTION, .arg = {vector, code, 0}});
}

void kernel_handle_page_fault(word_t address, word_t error_code)
{
    syscall_fault((struct fault){
        .type = FAULT_VM,
        .arg = {address, error_code & PAGE_FAULT_MASK, error_code >> PAGE_FAULT_FETCH & 1}});
}

void kernel_handle_unknown_trap(word_t number)
{
    syscall_unknown(number);
}

void kernel_handle_irq(unsigned irq)
{
    if (irq >= MAX_IRQ) {
        return;
    }
    /* Masked until the driver acknowledges it; message-signalled ones ignore this. */
    arch_irq_mask(irq, true);
    if (kernel.irq_state[irq] != IRQ_SIGNAL) {
        kprintf("interrupt %u has no handler: masked\n", irq);
        return;
    }
    cap_t cap = kernel.irq_slot[irq].cap;
    if (cap.type == CAP_NOTIFICATION && cap.notification.can_write) {
        notification_signal(cap_notification(cap), cap.notification.badge);
    }
}

void kernel_handle_timer(void)
{
    deadline_run();
}

void kernel_handle_reschedule(void)
{
    sched_reschedule();
}
