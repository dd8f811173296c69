/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Costs of the basic operations in TSC ticks. Under -icount shift=0 a tick is one instruction and
 * the figures repeat exactly. They are printed, never judged.
 */
#include "test.h"

#define ROUNDS 64

static uint64_t smallest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void figure(const char *name, uint64_t ticks)
{
    print("# figure %s %lu\n", name, ticks);
}

TEST(figures_null_system_call)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = rdtsc();
        seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0)); /* nothing to answer: in and out */
        best = smallest(best, rdtsc() - start);
    }
    figure("null_system_call", best);
}

static void serve(struct thread *t)
{
    seL4_Recv(t->arg[0], NULL);
    for (;;) {
        seL4_ReplyRecv(t->arg[0], seL4_MessageInfo_new(0, 0, 0, 0), NULL);
    }
}

TEST(figures_call_and_reply)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    start_thread(serve, MAIN_PRIORITY + 1, ep, 0);
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = rdtsc();
        seL4_CallWithMRs(ep, seL4_MessageInfo_new(0, 0, 0, 0), NULL, NULL, NULL, NULL);
        best = smallest(best, rdtsc() - start);
    }
    figure("call_and_reply_same_address_space", best);
}

static void wait_and_stamp(struct thread *t)
{
    for (;;) {
        seL4_Wait(t->arg[0], NULL);
        t->result = rdtsc();
    }
}

TEST(figures_signal_and_wait)
{
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    struct thread *t = start_thread(wait_and_stamp, MAIN_PRIORITY + 1, n, 0);
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start = rdtsc();
        seL4_Signal(n);
        best = smallest(best, t->result - start);
    }
    figure("signal_to_waiting_thread", best);
}

TEST(figures_retype)
{
    seL4_CPtr untyped = new_untyped(16), slot = new_slot();
    uint64_t start = rdtsc();
    CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT_CNODE, 0, 0, slot, 1),
             seL4_NoError);
    figure("retype_one_endpoint", rdtsc() - start);
}
