/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Scheduler: 256 priorities, FIFO per priority, round robin by time slice. */
#include <kernel/cpu.h>

#define TIMER_TICK_MS 2
#define TIME_SLICE    5

/** Puts a runnable thread at the head of its queue; no effect if queued or current-free states. */
void sched_enqueue(struct tcb *t);
/** Puts a runnable thread at the tail of its queue. */
void sched_append(struct tcb *t);
/** Takes a thread out of its queue, if it is in one. */
void sched_dequeue(struct tcb *t);
/** t has become runnable: let it run now if it beats the current thread, else queue it. */
void sched_possible_switch(struct tcb *t);
/**
 * The current thread has just blocked and t, blocked until now, may run: true if that decides
 * who runs next, and t is then the current thread. False: nothing done, take the long way.
 * May be asked before the current thread blocks.
 */
bool sched_can_hand_over(const struct tcb *t);
/** Does what sched_can_hand_over() has allowed. */
void sched_hand_over(struct tcb *t);
/** Choose anew at the end of this kernel entry. */
void sched_reschedule(void);
/** Changes the state of a thread; if the current one stops being runnable, a new choice is made. */
void sched_set_state(struct tcb *t, enum thread_state state);
/** Running, Restart or RunningVM. */
bool sched_is_runnable(const struct tcb *t);
/** Seen from the scheduler: t leaves the state it is in, is not queued, becomes Inactive. */
void sched_yield(void);
/** One timer tick of the current thread. */
void sched_tick(void);
void sched_set_priority(struct tcb *t, unsigned priority);
void sched_set_domain(struct tcb *t, unsigned domain);
void sched_set_affinity(struct tcb *t, unsigned cpu);

/* Deadlines (kernel/time.c). A deadline belongs to the CPU that set it. */
/** Sets or changes d on this CPU; when is an absolute TSC value, UINT64_MAX cancels. */
void deadline_set(struct deadline *d, uint64_t when);
/** Takes d off its list; no effect if it is not set. */
void deadline_cancel(struct deadline *d);
/** Calls expired() of every deadline that has passed, then arms the timer for the next. */
void deadline_run(void);
/** Program the timer again if its next interrupt is due or nearly so. Called where an emulator can
 * lose a pending interrupt (QEMU's TCG around a VM exit); harmless everywhere else. */
void deadline_renew(void);
