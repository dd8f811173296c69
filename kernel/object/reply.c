/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Reply capabilities: the right to answer one Call. A caller's TCB holds the master; the
 * callee's TCB slot TCB_CALLER (or a CNode slot, after SaveCaller) its only child.
 */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/printf.h>
#include <kernel/sched.h>

void reply_setup_master(struct tcb *t)
{
    cte_t *slot = &t->slots[TCB_REPLY];
    if (slot->cap.type == CAP_NULL) {
        cap_t master = {.type = CAP_REPLY, .paddr = virt_to_phys(t)};
        master.reply.is_master = master.reply.can_grant = 1;
        mdb_insert_object(slot, master, NULL);
    }
}

void reply_setup(struct tcb *caller, struct tcb *receiver, bool can_grant)
{
    cap_t reply = {.type = CAP_REPLY, .paddr = virt_to_phys(caller)};
    reply.reply.can_grant = can_grant;
    kassert(receiver->slots[TCB_CALLER].cap.type == CAP_NULL);
    reply_setup_master(caller);
    mdb_insert(&receiver->slots[TCB_CALLER], reply, &caller->slots[TCB_REPLY]);
    sched_set_state(caller, THREAD_BLOCKED_REPLY);
}

void reply_send(struct tcb *from, cte_t *slot)
{
    struct tcb *to = cap_tcb(slot->cap);
    bool can_grant = slot->cap.reply.can_grant;
    if (to->fault.type == FAULT_NONE) {
        ipc_transfer(&(struct ipc_transfer){.from = from, .to = to, .can_grant = can_grant});
        slot_delete_simple(slot);
        sched_set_state(to, THREAD_RUNNING);
        sched_possible_switch(to);
        return;
    }
    slot_delete_simple(slot);
    bool go_on = fault_apply_reply(to, from);
    to->fault.type = FAULT_NONE;
    if (go_on) {
        sched_set_state(to, THREAD_RESTART);
        sched_possible_switch(to);
    } else {
        sched_set_state(to, THREAD_INACTIVE);
    }
}

static enum invoke_status reply_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    *cap = cap_null();
    return INVOKE_DONE;
}

static enum invoke_status reply_invoke(struct invocation *inv)
{
    if (inv->cap.reply.is_master) {
        return invoke_error_capability(0);
    }
    reply_send(inv->thread, inv->slot);
    return INVOKE_DONE;
}

const struct object_ops reply_ops = {.derive = reply_derive, .invoke = reply_invoke};
