/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The scheduler. Each CPU has 256 FIFO queues; the running thread is in none of them. During
 * a kernel entry the decision is only noted (struct cpu: candidate, choose_new), and
 * kernel_schedule() makes it when the entry ends.
 */
#include <kernel/ipc.h>
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/sched.h>
#include <kernel/vcpu.h>

static struct cpu *sched_cpu(const struct tcb *t)
{
    return kernel.cpus[t->affinity];
}

bool sched_is_runnable(const struct tcb *t)
{
    return t->state == THREAD_RUNNING || t->state == THREAD_RESTART ||
           t->state == THREAD_RUNNING_VM;
}

static bool sched_undecided(const struct cpu *cpu)
{
    return !cpu->candidate && !cpu->choose_new;
}

static void ready_mark(struct cpu *cpu, unsigned priority)
{
    cpu->ready_bitmap[priority / 64] |= 1ull << priority % 64;
    cpu->ready_bitmap_top |= 1u << priority / 64;
}

static void ready_unmark(struct cpu *cpu, unsigned priority)
{
    cpu->ready_bitmap[priority / 64] &= ~(1ull << priority % 64);
    if (!cpu->ready_bitmap[priority / 64]) {
        cpu->ready_bitmap_top &= ~(1u << priority / 64);
    }
}

/* Highest priority with a queued thread, -1 if none. */
static int ready_highest(const struct cpu *cpu)
{
    if (!cpu->ready_bitmap_top) {
        return -1;
    }
    unsigned word = 31 - (unsigned)__builtin_clz(cpu->ready_bitmap_top);
    return (int)(word * 64 + 63 - (unsigned)__builtin_clzll(cpu->ready_bitmap[word]));
}

void sched_enqueue(struct tcb *t)
{
    if (t->queued) {
        return;
    }
    struct cpu *cpu = sched_cpu(t);
    struct tcb_queue *q = &cpu->ready[t->priority];
    t->sched_prev = NULL;
    t->sched_next = q->head;
    if (q->head) {
        q->head->sched_prev = t;
    } else {
        q->tail = t;
    }
    q->head = t;
    t->queued = 1;
    ready_mark(cpu, t->priority);
}

void sched_append(struct tcb *t)
{
    if (t->queued) {
        return;
    }
    struct cpu *cpu = sched_cpu(t);
    struct tcb_queue *q = &cpu->ready[t->priority];
    t->sched_next = NULL;
    t->sched_prev = q->tail;
    if (q->tail) {
        q->tail->sched_next = t;
    } else {
        q->head = t;
    }
    q->tail = t;
    t->queued = 1;
    ready_mark(cpu, t->priority);
}

void sched_dequeue(struct tcb *t)
{
    struct cpu *cpu = sched_cpu(t);
    if (cpu->candidate == t) {
        cpu->candidate = NULL;
        cpu->choose_new = true;
    }
    if (!t->queued) {
        return;
    }
    struct tcb_queue *q = &cpu->ready[t->priority];
    if (t->sched_prev) {
        t->sched_prev->sched_next = t->sched_next;
    } else {
        q->head = t->sched_next;
    }
    if (t->sched_next) {
        t->sched_next->sched_prev = t->sched_prev;
    } else {
        q->tail = t->sched_prev;
    }
    t->queued = 0;
    if (!q->head) {
        ready_unmark(cpu, t->priority);
    }
}

void sched_reschedule(void)
{
    struct cpu *cpu = this_cpu();
    if (cpu->candidate) {
        sched_enqueue(cpu->candidate);
        cpu->candidate = NULL;
    }
    cpu->choose_new = true;
}

void sched_possible_switch(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    if (t->affinity != cpu->id) {
        sched_enqueue(t);
        arch_send_reschedule(t->affinity);
    } else if (t == cpu->current) {
        /* It woke up in the kernel entry that put it to sleep. */
        sched_reschedule();
    } else if (!sched_undecided(cpu)) {
        sched_reschedule();
        sched_enqueue(t);
    } else {
        /* It may be queued already and keeps that place unless it is chosen. */
        cpu->candidate = t;
    }
}

bool sched_can_hand_over(const struct tcb *t)
{
    const struct cpu *cpu = this_cpu();
    return t->affinity == cpu->id && sched_undecided(cpu) &&
           (t->priority >= cpu->current->priority || t->priority >= ready_highest(cpu));
}

void sched_hand_over(struct tcb *t)
{
    this_cpu()->current = t;
}

void sched_set_state(struct tcb *t, enum thread_state state)
{
    struct cpu *cpu = this_cpu();
    t->state = state;
    if (sched_is_runnable(t)) {
        return;
    }
    if (t == cpu->current && sched_undecided(cpu)) {
        sched_reschedule();
    } else if (t->affinity != cpu->id && sched_cpu(t)->current == t) {
        arch_send_reschedule(t->affinity);
    }
}

void sched_yield(void)
{
    struct tcb *t = this_cpu()->current;
    sched_dequeue(t);
    sched_append(t);
    sched_reschedule();
}

void sched_tick(void)
{
    struct tcb *t = this_cpu()->current;
    if (!sched_is_runnable(t)) {
        return;
    }
    if (t->time_slice > 1) {
        t->time_slice--;
        return;
    }
    t->time_slice = TIME_SLICE;
    sched_append(t);
    sched_reschedule();
}

/* t's place among the others has changed. */
static void sched_requeue(struct tcb *t)
{
    if (!sched_is_runnable(t)) {
        return;
    }
    if (t == this_cpu()->current) {
        sched_reschedule();
    } else {
        sched_possible_switch(t);
    }
}

void sched_set_priority(struct tcb *t, unsigned priority)
{
    sched_dequeue(t);
    t->priority = (uint8_t)priority;
    sched_requeue(t);
}

void sched_set_domain(struct tcb *t, unsigned domain)
{
    sched_dequeue(t);
    if (t->domain != domain) {
        arch_release_fpu(t);
    }
    t->domain = (uint8_t)domain;
    sched_requeue(t);
}

void sched_set_affinity(struct tcb *t, unsigned cpu)
{
    if (t->affinity == cpu) {
        return;
    }
    sched_dequeue(t);
    arch_release_fpu(t);
    if (t->vcpu) {
        vcpu_migrate(t);
    }
    t->affinity = cpu;
    sched_requeue(t);
}

/* Head of the highest queue, or the idle thread. */
static struct tcb *sched_take_highest(struct cpu *cpu)
{
    int priority = ready_highest(cpu);
    if (priority < 0) {
        return cpu->idle;
    }
    struct tcb *t = cpu->ready[priority].head;
    sched_dequeue(t);
    return t;
}

/* Makes the decision noted during the kernel entry; candidate wakes up while current may run on. */
static struct tcb *sched_decide(struct cpu *cpu)
{
    struct tcb *current = cpu->current, *t = cpu->candidate;
    cpu->candidate = NULL;
    cpu->choose_new = false;
    bool runs_on = sched_is_runnable(current);
    if (runs_on) {
        sched_enqueue(current);
    }
    if (!t) {
        return sched_take_highest(cpu);
    }
    bool beats_current = current != cpu->idle && t->priority >= current->priority;
    if (!beats_current && t->priority < ready_highest(cpu)) {
        sched_enqueue(t);
        return sched_take_highest(cpu);
    }
    if (runs_on && t->priority == current->priority) {
        sched_append(t);
        return sched_take_highest(cpu);
    }
    sched_dequeue(t);
    return t;
}

static void sched_tick_expired(struct deadline *d)
{
    sched_tick();
    deadline_set(d, arch_now() + TIMER_TICK_MS * arch_ticks_per_ms());
}

struct tcb *kernel_schedule(void)
{
    struct cpu *cpu = this_cpu();
    if (!sched_undecided(cpu)) {
        cpu->current = sched_decide(cpu);
    }
    struct tcb *t = cpu->current;
    if (t->state == THREAD_RESTART) {
        t->regs[REG_RIP] = t->regs[REG_FAULT_IP];
        t->state = THREAD_RUNNING;
    }
    if (t == cpu->idle) {
        deadline_cancel(&cpu->tick);
    } else if (!cpu->tick.cpu) {
        cpu->tick.expired = sched_tick_expired;
        deadline_set(&cpu->tick, arch_now() + TIMER_TICK_MS * arch_ticks_per_ms());
    }
    return t;
}
