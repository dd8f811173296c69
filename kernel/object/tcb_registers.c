/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Reading, writing and copying the registers of threads. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/tcb.h>

/* CopyRegisters moves two groups: the first 18 registers, and the two segment bases. */
#define FRAME_REGISTERS REG_FS_BASE

/* Flags in the first message word. */
#define READ_SUSPEND          1u
#define WRITE_RESUME          1u
#define COPY_SUSPEND          1u
#define COPY_RESUME           2u
#define COPY_TRANSFER_FRAME   4u
#define COPY_TRANSFER_INTEGER 8u

static word_t tcb_get_register(const struct tcb *t, enum user_register r)
{
    /* A stopped thread goes on at FAULT_IP, a running one at RIP. */
    if (r == REG_RIP && t->state != THREAD_RUNNING) {
        r = REG_FAULT_IP;
    }
    return t->regs[r];
}

static void tcb_set_register(struct tcb *t, enum user_register r, word_t value)
{
    t->regs[r] = arch_sanitise_register(r, value);
    if (r == REG_RIP) {
        t->regs[REG_FAULT_IP] = t->regs[REG_RIP];
    }
    /* sysret would lose RCX and R11: leave by the path that restores everything. */
    t->regs[REG_ERROR] = 0;
}

enum invoke_status tcb_read_registers(struct invocation *inv)
{
    struct tcb *t = cap_tcb(inv->cap);
    if (inv->length < 2) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t flags = invocation_mr(inv, 0), count = invocation_mr(inv, 1);
    if (count < 1 || count > NUM_CONTEXT_REGISTERS) {
        return invoke_error_range(1, NUM_CONTEXT_REGISTERS);
    }
    if (t == inv->thread) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (flags & READ_SUSPEND) {
        tcb_suspend(t);
    }
    for (unsigned i = 0; i < count; i++) {
        invocation_set_result(inv, i, tcb_get_register(t, (enum user_register)i));
    }
    return INVOKE_DONE;
}

enum invoke_status tcb_write_registers(struct invocation *inv)
{
    struct tcb *t = cap_tcb(inv->cap);
    if (inv->length < 2) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t flags = invocation_mr(inv, 0), count = invocation_mr(inv, 1);
    if (inv->length - 2 < count) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    if (t == inv->thread) {
        return invoke_error(ERROR_IllegalOperation);
    }
    for (unsigned i = 0; i < count && i < NUM_CONTEXT_REGISTERS; i++) {
        tcb_set_register(t, (enum user_register)i, invocation_mr(inv, i + 2));
    }
    if (flags & WRITE_RESUME) {
        tcb_restart(t);
    }
    return INVOKE_DONE;
}

enum invoke_status tcb_copy_registers(struct invocation *inv)
{
    struct tcb *to = cap_tcb(inv->cap);
    if (inv->length < 1 || !inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    if (inv->extra[0]->cap.type != CAP_THREAD) {
        return invoke_error_capability(1);
    }
    struct tcb *from = cap_tcb(inv->extra[0]->cap);
    word_t flags = invocation_mr(inv, 0);
    if ((flags & COPY_SUSPEND) && from != inv->thread) {
        tcb_suspend(from);
    }
    unsigned first = flags & COPY_TRANSFER_FRAME ? 0 : FRAME_REGISTERS;
    unsigned end = flags & COPY_TRANSFER_INTEGER ? NUM_CONTEXT_REGISTERS : FRAME_REGISTERS;
    for (unsigned i = first; i < end; i++) {
        enum user_register r = (enum user_register)i;
        tcb_set_register(to, r, tcb_get_register(from, r));
    }
    if (flags & COPY_RESUME) {
        tcb_restart(to);
    }
    if ((flags & COPY_SUSPEND) && from == inv->thread) {
        tcb_suspend_for(inv, from);
    }
    return INVOKE_DONE;
}
