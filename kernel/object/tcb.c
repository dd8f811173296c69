/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Threads: creation, destruction, stopping and starting. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/tcb.h>

struct tcb *cap_tcb(cap_t cap)
{
    return phys_to_virt(cap.paddr);
}

void ipc_cancel(struct tcb *t)
{
    switch (t->state) {
    case THREAD_BLOCKED_SEND:
    case THREAD_BLOCKED_RECEIVE:
        endpoint_remove(t);
        break;
    case THREAD_BLOCKED_NOTIFICATION:
        notification_remove(t);
        break;
    case THREAD_BLOCKED_REPLY: {
        /* The only possible child of the master: nobody may answer any more. */
        cte_t *reply = mdb_next(&t->slots[TCB_REPLY]);
        if (reply) {
            slot_delete_simple(reply);
        }
        break;
    }
    case THREAD_RUNNING_VM:
    case THREAD_HALTED_VM:
        vcpu_cancel(t);
        break;
    default:
        break;
    }
    t->fault.type = FAULT_NONE;
}

void tcb_suspend(struct tcb *t)
{
    bool was_running = t->state == THREAD_RUNNING;
    ipc_cancel(t);
    if (was_running) {
        t->regs[REG_FAULT_IP] = t->regs[REG_RIP];
    }
    sched_dequeue(t);
    sched_set_state(t, THREAD_INACTIVE);
}

void tcb_restart(struct tcb *t)
{
    if (sched_is_runnable(t) || t->state == THREAD_IDLE) {
        return;
    }
    ipc_cancel(t);
    reply_setup_master(t);
    sched_set_state(t, THREAD_RESTART);
    sched_enqueue(t);
    sched_possible_switch(t);
}

static void tcb_list_append(struct tcb *t)
{
    t->all_next = NULL;
    t->all_prev = kernel.last_thread;
    if (kernel.last_thread) {
        kernel.last_thread->all_next = t;
    } else {
        kernel.first_thread = t;
    }
    kernel.last_thread = t;
}

static void tcb_list_remove(struct tcb *t)
{
    if (t->all_prev) {
        t->all_prev->all_next = t->all_next;
    } else {
        kernel.first_thread = t->all_next;
    }
    if (t->all_next) {
        t->all_next->all_prev = t->all_prev;
    } else {
        kernel.last_thread = t->all_prev;
    }
    if (kernel.root_thread == t) {
        kernel.root_thread = NULL;
    }
}

static cap_t tcb_create(const struct new_object *o)
{
    struct tcb *t = phys_to_virt(o->paddr);
    t->state = THREAD_INACTIVE;
    t->time_slice = TIME_SLICE;
    t->affinity = this_cpu()->id;
    t->domain = this_cpu()->current ? this_cpu()->current->domain : 0;
    arch_init_tcb(t);
    tcb_list_append(t);
    return (cap_t){.type = CAP_THREAD, .paddr = o->paddr};
}

/*
 * With several CPUs a thread that runs on another one must first be seen to have left it, since
 * its registers are saved into the TCB on the way into the kernel: to do with the start of
 * further CPUs.
 */
static cap_t tcb_finalise(cap_t cap, bool final)
{
    if (!final) {
        return cap_null();
    }
    struct tcb *t = cap_tcb(cap);
    notification_unbind(t);
    tcb_suspend(t);
    if (t->vcpu) {
        vcpu_dissociate(t);
    }
    arch_release_fpu(t);
    tcb_list_remove(t);
    cap_t zombie = {.type = CAP_ZOMBIE, .paddr = cap.paddr};
    zombie.zombie.is_tcb = 1;
    zombie.zombie.number = sizeof(t->slots) / sizeof(t->slots[0]);
    return zombie;
}

const struct object_ops tcb_ops = {
    .create = tcb_create, .finalise = tcb_finalise, .invoke = tcb_invoke};
