/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Endpoints: synchronous messages between one sender and one receiver. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/objects.h>
#include <kernel/queue.h>
#include <kernel/sched.h>

/* A thread is 4 KiB aligned: the state fits in the low bits of the tail pointer. */
#define EP_STATE_MASK 3ull

struct endpoint *cap_endpoint(cap_t cap)
{
    return phys_to_virt(cap.paddr);
}

static enum endpoint_state endpoint_state(const struct endpoint *ep)
{
    return (enum endpoint_state)(ep->tail_and_state_ & EP_STATE_MASK);
}

static struct tcb_queue endpoint_queue(const struct endpoint *ep)
{
    return (struct tcb_queue){(struct tcb *)ep->head_,
                              (struct tcb *)(ep->tail_and_state_ & ~EP_STATE_MASK)};
}

/* An endpoint with an empty queue is idle. */
static void endpoint_set(struct endpoint *ep, struct tcb_queue q, enum endpoint_state state)
{
    ep->head_ = (uint64_t)q.head;
    ep->tail_and_state_ = (uint64_t)q.tail | (uint64_t)(q.head ? state : EP_IDLE);
}

static void endpoint_append(struct endpoint *ep, struct tcb *t, enum endpoint_state state)
{
    struct tcb_queue q = endpoint_queue(ep);
    tcb_queue_append(&q, t);
    endpoint_set(ep, q, state);
    t->blocking_object = virt_to_phys(ep);
}

struct tcb *endpoint_first_receiver(const struct endpoint *ep)
{
    return endpoint_state(ep) == EP_RECV ? endpoint_queue(ep).head : NULL;
}

bool endpoint_has_sender(const struct endpoint *ep)
{
    return endpoint_state(ep) == EP_SEND;
}

struct tcb *endpoint_take_head(struct endpoint *ep)
{
    struct tcb_queue q = endpoint_queue(ep);
    struct tcb *t = q.head;
    tcb_queue_remove(&q, t);
    endpoint_set(ep, q, endpoint_state(ep));
    return t;
}

/*
 * A message has been delivered from caller, which used Call: it waits for the answer, or stops
 * if its capability did not let it hand out a reply capability.
 */
static void endpoint_await_reply(struct tcb *caller, struct tcb *receiver, bool may_reply,
                                 bool grant)
{
    if (may_reply) {
        reply_setup(caller, receiver, grant);
    } else {
        sched_set_state(caller, THREAD_INACTIVE);
    }
}

void endpoint_send(struct endpoint *ep, struct tcb *t, const struct ipc_send *s)
{
    if (endpoint_state(ep) != EP_RECV) {
        if (s->is_blocking) {
            t->blocking_badge = s->badge;
            t->blocking_can_grant = s->can_grant;
            t->blocking_can_grant_reply = s->can_grant_reply;
            t->blocking_is_call = s->is_call;
            endpoint_append(ep, t, EP_SEND);
            sched_set_state(t, THREAD_BLOCKED_SEND);
        }
        return;
    }
    struct tcb *receiver = endpoint_take_head(ep);
    ipc_transfer(&(struct ipc_transfer){
        .from = t, .to = receiver, .endpoint = ep, .badge = s->badge, .can_grant = s->can_grant});
    bool reply_grant = receiver->blocking_can_grant;
    sched_set_state(receiver, THREAD_RUNNING);
    sched_possible_switch(receiver);
    if (s->is_call) {
        endpoint_await_reply(t, receiver, s->can_grant || s->can_grant_reply, reply_grant);
    }
}

static void endpoint_receive_from(struct tcb *t, struct endpoint *ep, bool reply_grant)
{
    struct tcb *sender = endpoint_take_head(ep);
    ipc_transfer(&(struct ipc_transfer){.from = sender,
                                        .to = t,
                                        .endpoint = ep,
                                        .badge = sender->blocking_badge,
                                        .can_grant = sender->blocking_can_grant});
    if (sender->blocking_is_call) {
        bool may_reply = sender->blocking_can_grant || sender->blocking_can_grant_reply;
        endpoint_await_reply(sender, t, may_reply, reply_grant);
    } else {
        sched_set_state(sender, THREAD_RUNNING);
        sched_possible_switch(sender);
    }
}

void endpoint_receive(struct tcb *t, cap_t cap, bool is_blocking)
{
    struct endpoint *ep = cap_endpoint(cap);
    word_t badge;
    if (notification_take_bound(t, &badge)) {
        t->regs[REG_RDI] = badge;
    } else if (endpoint_state(ep) == EP_SEND) {
        endpoint_receive_from(t, ep, cap.endpoint.can_grant);
    } else if (is_blocking) {
        t->blocking_can_grant = cap.endpoint.can_grant;
        endpoint_append(ep, t, EP_RECV);
        sched_set_state(t, THREAD_BLOCKED_RECEIVE);
    } else {
        t->regs[REG_RDI] = 0;
    }
}

void endpoint_block_receiver(struct endpoint *ep, struct tcb *t, bool can_grant)
{
    t->blocking_can_grant = can_grant;
    endpoint_append(ep, t, EP_RECV);
    t->state = THREAD_BLOCKED_RECEIVE;
}

void endpoint_remove(struct tcb *t)
{
    struct endpoint *ep = phys_to_virt(t->blocking_object);
    struct tcb_queue q = endpoint_queue(ep);
    tcb_queue_remove(&q, t);
    endpoint_set(ep, q, endpoint_state(ep));
}

static void endpoint_restart(struct tcb *t)
{
    /* A fault message that was not taken is not sent again: the instruction is run again. */
    t->fault.type = FAULT_NONE;
    sched_set_state(t, THREAD_RESTART);
    sched_enqueue(t);
}

void endpoint_cancel_all(struct endpoint *ep)
{
    while (endpoint_state(ep) != EP_IDLE) {
        endpoint_restart(endpoint_take_head(ep));
    }
    sched_reschedule();
}

void endpoint_cancel_badged(struct endpoint *ep, word_t badge)
{
    if (endpoint_state(ep) != EP_SEND) {
        return;
    }
    struct tcb_queue q = endpoint_queue(ep);
    for (struct tcb *t = q.head, *next; t; t = next) {
        next = t->queue_next;
        if (t->blocking_badge == badge) {
            tcb_queue_remove(&q, t);
            endpoint_restart(t);
        }
    }
    endpoint_set(ep, q, EP_SEND);
    sched_reschedule();
}

static cap_t endpoint_create(const struct new_object *o)
{
    cap_t cap = {.type = CAP_ENDPOINT, .paddr = o->paddr};
    cap.endpoint.can_write = cap.endpoint.can_read = 1;
    cap.endpoint.can_grant = cap.endpoint.can_grant_reply = 1;
    return cap;
}

static cap_t endpoint_finalise(cap_t cap, bool final)
{
    if (final) {
        endpoint_cancel_all(cap_endpoint(cap));
    }
    return cap_null();
}

static enum invoke_status endpoint_invoke(struct invocation *inv)
{
    if (!inv->cap.endpoint.can_write) {
        return invoke_error_capability(0);
    }
    endpoint_send(cap_endpoint(inv->cap), inv->thread,
                  &(struct ipc_send){.badge = inv->cap.endpoint.badge,
                                     .can_grant = inv->cap.endpoint.can_grant,
                                     .can_grant_reply = inv->cap.endpoint.can_grant_reply,
                                     .is_call = inv->is_call,
                                     .is_blocking = inv->is_blocking});
    return INVOKE_DONE;
}

const struct object_ops endpoint_ops = {
    .create = endpoint_create, .finalise = endpoint_finalise, .invoke = endpoint_invoke};
