/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* TCB invocations: the short ones, and the way to the others. */
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/syscall.h>
#include <kernel/tcb.h>

void tcb_suspend_for(struct invocation *inv, struct tcb *t)
{
    if (t == inv->thread) {
        invocation_finish(inv);
    }
    tcb_suspend(t);
}

/* The authority TCB in extra[0] bounds what priorities may be given. */
static enum invoke_status tcb_check_priority(const struct invocation *inv, word_t priority)
{
    struct tcb *authority = cap_tcb(inv->extra[0]->cap);
    return priority > authority->mcp ? invoke_error_range(0, authority->mcp) : INVOKE_DONE;
}

/* SetPriority, SetMCPriority, SetSchedParams (which gives both). */
static enum invoke_status tcb_set_priorities(struct invocation *inv)
{
    bool both = inv->label == LABEL_TCBSetSchedParams;
    if (inv->length < (both ? 2 : 1) || !inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    if (inv->extra[0]->cap.type != CAP_THREAD) {
        return invoke_error_capability(1);
    }
    word_t first = invocation_mr(inv, 0), second = both ? invocation_mr(inv, 1) : 0;
    enum invoke_status status = tcb_check_priority(inv, first);
    if (status == INVOKE_DONE && both) {
        status = tcb_check_priority(inv, second);
    }
    if (status != INVOKE_DONE) {
        return status;
    }
    struct tcb *t = cap_tcb(inv->cap);
    if (inv->label != LABEL_TCBSetPriority) {
        t->mcp = (uint8_t)first;
    }
    if (inv->label != LABEL_TCBSetMCPriority) {
        sched_set_priority(t, (unsigned)(both ? second : first));
    }
    return INVOKE_DONE;
}

static enum invoke_status tcb_bind(struct invocation *inv)
{
    struct tcb *t = cap_tcb(inv->cap);
    if (!inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    cap_t cap = inv->extra[0]->cap;
    if (t->bound_notification || cap.type != CAP_NOTIFICATION || !cap.notification.can_read) {
        return invoke_error(ERROR_IllegalOperation);
    }
    struct notification *n = cap_notification(cap);
    if (n->queue.head || n->bound) {
        return invoke_error(ERROR_IllegalOperation);
    }
    notification_bind(t, n);
    return INVOKE_DONE;
}

static enum invoke_status tcb_unbind(struct invocation *inv)
{
    struct tcb *t = cap_tcb(inv->cap);
    if (!t->bound_notification) {
        return invoke_error(ERROR_IllegalOperation);
    }
    notification_unbind(t);
    return INVOKE_DONE;
}

static enum invoke_status tcb_set_affinity(struct invocation *inv)
{
    if (inv->length < 1) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t cpu = invocation_mr(inv, 0);
    if (cpu >= kernel.num_cpus) {
        return invoke_error(ERROR_IllegalOperation);
    }
    sched_set_affinity(cap_tcb(inv->cap), (unsigned)cpu);
    return INVOKE_DONE;
}

static enum invoke_status tcb_set_tls_base(struct invocation *inv)
{
    struct tcb *t = cap_tcb(inv->cap);
    if (inv->length < 1) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    t->regs[REG_FS_BASE] = arch_sanitise_register(REG_FS_BASE, invocation_mr(inv, 0));
    arch_set_tls_base(t);
    return INVOKE_DONE;
}

static enum invoke_status tcb_set_flags(struct invocation *inv)
{
    struct tcb *t = cap_tcb(inv->cap);
    if (inv->length < 2) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t clear = invocation_mr(inv, 0), set = invocation_mr(inv, 1);
    uint32_t flags = (t->flags & (uint32_t)~clear) | ((uint32_t)set & TCB_FLAG_FPU_DISABLED);
    if (flags & ~t->flags & TCB_FLAG_FPU_DISABLED) {
        arch_release_fpu(t);
    }
    t->flags = flags;
    invocation_set_result(inv, 0, flags);
    return INVOKE_DONE;
}

enum invoke_status tcb_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_TCBReadRegisters:
        return tcb_read_registers(inv);
    case LABEL_TCBWriteRegisters:
        return tcb_write_registers(inv);
    case LABEL_TCBCopyRegisters:
        return tcb_copy_registers(inv);
    case LABEL_TCBConfigure:
        return tcb_configure(inv);
    case LABEL_TCBSetPriority:
    case LABEL_TCBSetMCPriority:
    case LABEL_TCBSetSchedParams:
        return tcb_set_priorities(inv);
    case LABEL_TCBSetIPCBuffer:
        return tcb_set_ipc_buffer(inv);
    case LABEL_TCBSetSpace:
        return tcb_set_space(inv);
    case LABEL_TCBSuspend:
        tcb_suspend_for(inv, cap_tcb(inv->cap));
        return INVOKE_DONE;
    case LABEL_TCBResume:
        tcb_restart(cap_tcb(inv->cap));
        return INVOKE_DONE;
    case LABEL_TCBBindNotification:
        return tcb_bind(inv);
    case LABEL_TCBUnbindNotification:
        return tcb_unbind(inv);
    case LABEL_TCBSetTLSBase:
        return tcb_set_tls_base(inv);
    case LABEL_TCBSetFlags:
        return tcb_set_flags(inv);
    case LABEL_TCBSetEPTRoot:
        return tcb_set_ept_root(inv);
    case LABEL_TCBSetAffinity:
        return tcb_set_affinity(inv);
    case LABEL_TCBSetRunPage:
        return tcb_set_run_page(inv);
    default:
        return invoke_error(ERROR_IllegalOperation);
    }
}
