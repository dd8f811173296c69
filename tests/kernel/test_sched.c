/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Scheduling order, Yield, time slices, domains. */
#include "test.h"

static volatile unsigned order[16], next_place;

static void take_place(struct thread *t)
{
    order[next_place++] = (unsigned)t->arg[0];
}

TEST(sched_higher_priority_runs_first)
{
    next_place = 0;
    start_thread(take_place, MAIN_PRIORITY - 3, 3, 0);
    start_thread(take_place, MAIN_PRIORITY - 1, 1, 0);
    struct thread *last = start_thread(take_place, MAIN_PRIORITY - 4, 4, 0);
    start_thread(take_place, MAIN_PRIORITY - 2, 2, 0);
    start_thread(take_place, MAIN_PRIORITY + 1, 0, 0);
    thread_join(last);
    CHECK_EQ(next_place, 5);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(order[i], i);
    }
}

static void yield_often(struct thread *t)
{
    for (int i = 0; i < 3; i++) {
        order[next_place++] = (unsigned)t->arg[0];
        seL4_Yield();
    }
}

TEST(sched_yield_goes_round_among_equals)
{
    next_place = 0;
    struct thread *t[3];
    for (unsigned i = 0; i < 3; i++) {
        t[i] = new_thread(yield_often, MAIN_PRIORITY - 1, 0);
        t[i]->arg[0] = i;
        thread_start(t[i]);
    }
    for (unsigned i = 0; i < 3; i++) {
        thread_join(t[i]);
    }
    CHECK_EQ(next_place, 9);
    for (unsigned i = 3; i < 9; i++) {
        CHECK_EQ(order[i], order[i - 3]);
    }
    CHECK(order[0] != order[1] && order[1] != order[2] && order[0] != order[2]);
}

static void spin_for(struct thread *t)
{
    volatile seL4_Word *count = &t->result;
    while (!*(volatile uintptr_t *)t->arg[1]) {
        (*count)++;
    }
}

TEST(sched_time_slices_are_shared_between_equals)
{
    static volatile uintptr_t stop;
    stop = 0;
    struct thread *t[3];
    for (unsigned i = 0; i < 3; i++) {
        t[i] = start_thread(spin_for, MAIN_PRIORITY - 1, 0, (uintptr_t)&stop);
    }
    /* Sleep below them for a while by having the lowest of all end the test. */
    uint64_t end = rdtsc() + tsc_hz() / 4;
    CHECK_EQ(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, MAIN_PRIORITY - 1),
             seL4_NoError);
    while (rdtsc() < end) {
    }
    stop = 1;
    for (unsigned i = 0; i < 3; i++) {
        thread_join(t[i]);
        CHECK(t[i]->result > 0);
    }
}

TEST(sched_domain_set_checks_its_arguments)
{
    seL4_CPtr tcb = new_object(seL4_TCBObject, 0);
    CHECK_EQ(seL4_DomainSet_Set(seL4_CapDomain, 200, tcb), seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(seL4_DomainSet_Set(seL4_CapDomain, 0, ROOT_CNODE), seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_DomainSet_Set(tcb, 0, tcb), seL4_IllegalOperation);
    CHECK_EQ(seL4_DomainSet_Set(seL4_CapDomain, 0, tcb), seL4_NoError);
    CHECK_EQ(seL4_MessageInfo_get_label(
                 seL4_Call(seL4_CapDomain, seL4_MessageInfo_new(DomainSetSet, 0, 0, 0))),
             seL4_TruncatedMessage);
}

TEST(sched_domain_schedule_checks_its_arguments)
{
    CHECK_EQ(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 10000, 0, 1), seL4_RangeError);
    CHECK_EQ(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 200, 1), seL4_RangeError);
    CHECK_EQ(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1ul << 56),
             seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 2);
    CHECK_EQ(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 10000), seL4_RangeError);
    CHECK_EQ(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0), seL4_NoError);
}
