/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Short cuts for the two system calls of remote procedure calls: a Call to a waiting server,
 * and a server's ReplyRecv when no further client waits. They take only messages that fit in
 * registers, to a thread that will run next; they check everything first, and then do exactly
 * what the long way would do (fastpath_test.c compares the whole machine).
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

/* The slot that cptr names, found without saying why not. */
static cte_t *fast_lookup(const struct tcb *t, word_t cptr)
{
    const cap_t *root = &t->slots[TCB_CSPACE].cap;
    unsigned left = 64;
    cte_t *slot = NULL;
    while (root->type == CAP_CNODE && left) {
        unsigned guard_size = root->cnode.guard_size, radix = root->cnode.radix;
        unsigned level = guard_size + radix;
        if (level > left || level == 0) {
            return NULL;
        }
        word_t bits = cptr << (64 - left) >> (64 - level); /* guard and index */
        if (bits >> radix != root->cnode.guard) {
            return NULL;
        }
        slot = (cte_t *)phys_to_virt(root->paddr) + (bits & ((1ull << radix) - 1));
        left -= level;
        root = &slot->cap;
    }
    return slot;
}

/* The transfer of a message without capabilities that fits in registers. */
static void copy_registers(const struct tcb *from, struct tcb *to, word_t badge)
{
    word_t info = from->regs[REG_RSI];
    switch (info & 0x7f) {
    case 4:
        to->regs[REG_R15] = from->regs[REG_R15];
        /* fall through */
    case 3:
        to->regs[REG_R9] = from->regs[REG_R9];
        /* fall through */
    case 2:
        to->regs[REG_R8] = from->regs[REG_R8];
        /* fall through */
    case 1:
        to->regs[REG_R10] = from->regs[REG_R10];
        break;
    default:
        break;
    }
    to->regs[REG_RDI] = badge;
    to->regs[REG_RSI] = msg_info(msg_info_label(info), 0, 0, info & 0x7f);
}

bool fastpath_call(void)
{
    struct tcb *t = this_cpu()->current;
    word_t info = t->regs[REG_RSI];
    cte_t *slot = fits_in_registers(info) ? fast_lookup(t, t->regs[REG_RDI]) : NULL;
    if (!slot || slot->cap.type != CAP_ENDPOINT) {
        return false;
    }
    cap_t cap = slot->cap;
    struct endpoint *ep = cap_endpoint(cap);
    struct tcb *receiver = endpoint_first_receiver(ep);
    if (!cap.endpoint.can_write || !(cap.endpoint.can_grant || cap.endpoint.can_grant_reply) ||
        !receiver || !sched_can_hand_over(receiver)) {
        return false;
    }
    endpoint_take_head(ep);
    copy_registers(t, receiver, cap.endpoint.badge);
    cap_t reply = {.type = CAP_REPLY, .paddr = virt_to_phys(t)};
    reply.reply.can_grant = receiver->blocking_can_grant;
    reply_setup_master(t);
    mdb_insert_only_child(&receiver->slots[TCB_CALLER], reply, &t->slots[TCB_REPLY]);
    t->state = THREAD_BLOCKED_REPLY;
    receiver->state = THREAD_RUNNING;
    sched_hand_over(receiver);
    return true;
}

bool fastpath_reply_receive(void)
{
    struct tcb *t = this_cpu()->current;
    cte_t *reply = &t->slots[TCB_CALLER];
    word_t info = t->regs[REG_RSI];
    cte_t *slot = fits_in_registers(info) ? fast_lookup(t, t->regs[REG_RDI]) : NULL;
    if (!slot || slot->cap.type != CAP_ENDPOINT || !slot->cap.endpoint.can_read ||
        reply->cap.type != CAP_REPLY) {
        return false;
    }
    struct tcb *caller = cap_tcb(reply->cap);
    struct endpoint *ep = cap_endpoint(slot->cap);
    const struct notification *bound = t->bound_notification;
    if (caller->fault.type != FAULT_NONE || endpoint_has_sender(ep) ||
        (bound && bound->state == NTFN_ACTIVE) || !sched_can_hand_over(caller)) {
        return false;
    }
    copy_registers(t, caller, 0);
    mdb_remove_only_child(reply);
    endpoint_block_receiver(ep, t, slot->cap.endpoint.can_grant);
    caller->state = THREAD_RUNNING;
    sched_hand_over(caller);
    return true;
}
