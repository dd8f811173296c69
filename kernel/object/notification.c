/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Notifications: a word of signals, for one waiting thread or the bound one. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/objects.h>
#include <kernel/queue.h>
#include <kernel/sched.h>

struct notification *cap_notification(cap_t cap)
{
    return phys_to_virt(cap.paddr);
}

static void notification_activate(struct notification *n, word_t badge)
{
    n->word = n->state == NTFN_ACTIVE ? n->word | badge : badge;
    n->state = NTFN_ACTIVE;
}

static void notification_wake(struct tcb *t, word_t badge)
{
    t->regs[REG_RDI] = badge;
    sched_set_state(t, THREAD_RUNNING);
    sched_possible_switch(t);
}

/*
 * The bound thread is in a guest. It looks at its notification itself before the next entry
 * (vcpu_run()), so a signal only has to make it come by.
 */
static void notification_kick_guest(struct notification *n, word_t badge)
{
    struct tcb *t = n->bound;
    notification_activate(n, badge);
    if (t->state == THREAD_HALTED_VM) {
        sched_set_state(t, THREAD_RUNNING_VM);
        sched_possible_switch(t);
    } else if (t->affinity != this_cpu()->id) {
        arch_send_reschedule(t->affinity);
    }
}

void notification_signal(struct notification *n, word_t badge)
{
    if (n->state == NTFN_WAITING) {
        struct tcb *t = n->queue.head;
        tcb_queue_remove(&n->queue, t);
        if (!n->queue.head) {
            n->state = NTFN_IDLE;
        }
        notification_wake(t, badge);
        return;
    }
    struct tcb *bound = n->bound;
    if (bound && n->state == NTFN_IDLE && bound->state == THREAD_BLOCKED_RECEIVE) {
        endpoint_remove(bound);
        notification_wake(bound, badge);
    } else if (bound && (bound->state == THREAD_RUNNING_VM || bound->state == THREAD_HALTED_VM)) {
        notification_kick_guest(n, badge);
    } else {
        notification_activate(n, badge);
    }
}

void notification_wait(struct tcb *t, struct notification *n, bool is_blocking)
{
    if (n->state == NTFN_ACTIVE) {
        t->regs[REG_RDI] = n->word;
        n->state = NTFN_IDLE;
    } else if (is_blocking) {
        tcb_queue_append(&n->queue, t);
        n->state = NTFN_WAITING;
        t->blocking_object = virt_to_phys(n);
        sched_set_state(t, THREAD_BLOCKED_NOTIFICATION);
    } else {
        t->regs[REG_RDI] = 0;
    }
}

void notification_remove(struct tcb *t)
{
    struct notification *n = phys_to_virt(t->blocking_object);
    tcb_queue_remove(&n->queue, t);
    if (!n->queue.head) {
        n->state = NTFN_IDLE;
    }
}

bool notification_take_bound(struct tcb *t, word_t *badge)
{
    struct notification *n = t->bound_notification;
    if (!n || n->state != NTFN_ACTIVE) {
        return false;
    }
    *badge = n->word;
    n->state = NTFN_IDLE;
    return true;
}

void notification_bind(struct tcb *t, struct notification *n)
{
    n->bound = t;
    t->bound_notification = n;
}

void notification_unbind(struct tcb *t)
{
    if (t->bound_notification) {
        t->bound_notification->bound = NULL;
        t->bound_notification = NULL;
    }
}

static void notification_cancel_all(struct notification *n)
{
    while (n->queue.head) {
        struct tcb *t = n->queue.head;
        tcb_queue_remove(&n->queue, t);
        sched_set_state(t, THREAD_RESTART);
        sched_enqueue(t);
    }
    if (n->state == NTFN_WAITING) {
        n->state = NTFN_IDLE;
        sched_reschedule();
    }
}

static cap_t notification_create(const struct new_object *o)
{
    cap_t cap = {.type = CAP_NOTIFICATION, .paddr = o->paddr};
    cap.notification.can_write = cap.notification.can_read = 1;
    return cap;
}

static cap_t notification_finalise(cap_t cap, bool final)
{
    if (final) {
        struct notification *n = cap_notification(cap);
        if (n->bound) {
            notification_unbind(n->bound);
        }
        notification_cancel_all(n);
    }
    return cap_null();
}

static enum invoke_status notification_invoke(struct invocation *inv)
{
    if (!inv->cap.notification.can_write) {
        return invoke_error_capability(0);
    }
    notification_signal(cap_notification(inv->cap), inv->cap.notification.badge);
    return INVOKE_DONE;
}

const struct object_ops notification_ops = {.create = notification_create,
                                            .finalise = notification_finalise,
                                            .invoke = notification_invoke};
