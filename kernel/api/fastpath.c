/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Short cuts for the two system calls of remote procedure calls: a Call to a waiting server,
 * and a server's ReplyRecv when no further client waits. They take only messages that fit in
 * registers, check everything first, and then do exactly what the long way would do.
 */
#include <kernel/arch.h>
#include <kernel/cpu.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/mdb.h>
#include <kernel/sched.h>
#include <kernel/syscall.h>

static bool fits_in_registers(word_t info)
{
    return (info & 0x7f) <= NUM_MSG_REGISTERS && msg_info_extra_caps(info) == 0;
}

/* The transfer of a message without capabilities that fits in registers. */
static void copy_registers(const struct tcb *from, struct tcb *to, word_t badge)
{
    static const enum user_register registers[NUM_MSG_REGISTERS] = MSG_REGISTERS;
    word_t info = from->regs[REG_RSI];
    for (unsigned i = 0; i < msg_info_length(info); i++) {
        to->regs[registers[i]] = from->regs[registers[i]];
    }
    to->regs[REG_RDI] = badge;
    to->regs[REG_RSI] = msg_info(msg_info_label(info), 0, 0, msg_info_length(info));
}

bool fastpath_call(void)
{
    struct tcb *t = this_cpu()->current;
    struct resolved r = cspace_lookup(t, t->regs[REG_RDI]);
    if (!fits_in_registers(t->regs[REG_RSI]) || !r.slot || r.slot->cap.type != CAP_ENDPOINT) {
        return false;
    }
    cap_t cap = r.slot->cap;
    struct endpoint *ep = cap_endpoint(cap);
    if (!cap.endpoint.can_write || !(cap.endpoint.can_grant || cap.endpoint.can_grant_reply) ||
        !endpoint_first_receiver(ep)) {
        return false;
    }
    struct tcb *receiver = endpoint_take_head(ep);
    copy_registers(t, receiver, cap.endpoint.badge);
    sched_set_state(receiver, THREAD_RUNNING);
    sched_possible_switch(receiver);
    reply_setup(t, receiver, receiver->blocking_can_grant);
    return true;
}

bool fastpath_reply_receive(void)
{
    struct tcb *t = this_cpu()->current;
    cte_t *reply = &t->slots[TCB_CALLER];
    struct resolved r = cspace_lookup(t, t->regs[REG_RDI]);
    if (!fits_in_registers(t->regs[REG_RSI]) || reply->cap.type != CAP_REPLY || !r.slot ||
        r.slot->cap.type != CAP_ENDPOINT || !r.slot->cap.endpoint.can_read) {
        return false;
    }
    struct tcb *caller = cap_tcb(reply->cap);
    struct notification *bound = t->bound_notification;
    if (caller->fault.type != FAULT_NONE || endpoint_has_sender(cap_endpoint(r.slot->cap)) ||
        (bound && bound->state == NTFN_ACTIVE)) {
        return false;
    }
    copy_registers(t, caller, 0);
    mdb_remove(reply);
    sched_set_state(caller, THREAD_RUNNING);
    sched_possible_switch(caller);
    endpoint_receive(t, r.slot->cap, true);
    return true;
}
