/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Long operations let other threads run: Retype while it clears, Revoke, Delete. */
#include "test.h"

#define LARGE_PAGES 64 /* 128 MiB to clear */
#define COPIES_BITS 14

/* Counts as long as it gets the processor. */
static volatile seL4_Word turns;
static volatile bool stop;

static void count_turns(struct thread *t)
{
    (void)t;
    while (!stop) {
        turns++;
    }
}

/* A thread of our own priority, that has had its first turn. */
static struct thread *start_counter(void)
{
    turns = 0;
    stop = false;
    struct thread *t = start_thread(count_turns, MAIN_PRIORITY, 0, 0);
    while (turns == 0) {
        seL4_Yield();
    }
    return t;
}

static void stop_counter(struct thread *t)
{
    stop = true;
    thread_join(t);
}

/* Two full time slices of 10 ms ago, if the last operation took that long. */
static bool took_long(uint64_t start)
{
    return rdtsc() - start > tsc_hz() / 40;
}

/* Retypes the frames from the smallest untyped that has room for them; 0 if none has. */
static seL4_CPtr retype_frames(seL4_CPtr frames)
{
    seL4_Word count = boot_info->untyped.end - boot_info->untyped.start;
    for (seL4_Word bits = 27; bits < 40; bits++) {
        for (seL4_Word i = 0; i < count; i++) {
            const seL4_UntypedDesc *u = &boot_info->untypedList[i];
            if (!u->isDevice && u->sizeBits == bits &&
                seL4_Untyped_Retype(boot_info->untyped.start + i, seL4_X86_LargePageObject, 0,
                                    ROOT_CNODE, 0, 0, frames, LARGE_PAGES) == seL4_NoError) {
                return boot_info->untyped.start + i;
            }
        }
    }
    return 0;
}

/*
 * Clears 128 MiB by Retype. False if that took long and yet nobody else ran: on an emulator that
 * its host held up, a long time can hold few timer interrupts.
 */
static bool retype_large(seL4_CPtr frames)
{
    struct thread *t = start_counter();
    seL4_Yield();
    seL4_Word before = turns;
    uint64_t start = rdtsc();
    seL4_CPtr untyped = retype_frames(frames);
    bool long_enough = took_long(start);
    seL4_Word after = turns;
    stop_counter(t);
    if (!untyped) {
        SKIP("no free untyped of 128 MiB");
    }
    volatile seL4_Word *last = map_frame(frames + LARGE_PAGES - 1, seL4_LargePageBits);
    seL4_Word set = 0;
    for (unsigned i = 0; i < (1u << seL4_LargePageBits) / sizeof(*last); i += 64) {
        set |= last[i];
    }
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, untyped, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(set, 0);
    return !long_enough || after > before;
}

TEST(preempt_retype_while_it_clears)
{
    seL4_CPtr frames = new_slots(LARGE_PAGES);
    unsigned tries = 0;
    while (!retype_large(frames)) {
        CHECK(++tries < 10);
    }
}

/* Makes and revokes copies of ep; false as above. */
static bool revoke_copies(seL4_CPtr node, seL4_CPtr ep)
{
    struct thread *t = start_counter();
    for (seL4_Word i = 0; i < 1ul << COPIES_BITS; i++) {
        CHECK_EQ(seL4_CNode_Mint(node, i, COPIES_BITS, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights,
                                 i + 1),
                 seL4_NoError);
    }
    seL4_Yield();
    seL4_Word before = turns;
    uint64_t start = rdtsc();
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, ep, ROOT_DEPTH), seL4_NoError);
    bool long_enough = took_long(start);
    seL4_Word after = turns;
    stop_counter(t);
    /* all are gone, the first one stays */
    CHECK_EQ(seL4_CNode_Move(node, 1, COPIES_BITS, node, (1ul << COPIES_BITS) - 1, COPIES_BITS),
             seL4_FailedLookup);
    CHECK_EQ(seL4_CNode_Copy(node, 0, COPIES_BITS, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_NoError);
    CHECK_EQ(seL4_CNode_Delete(node, 0, COPIES_BITS), seL4_NoError);
    return !long_enough || after > before;
}

TEST(preempt_revoke_of_many_copies)
{
    seL4_CPtr node = new_object(seL4_CapTableObject, COPIES_BITS);
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    unsigned tries = 0;
    while (!revoke_copies(node, ep)) {
        CHECK(++tries < 10);
    }
}

/* CNodes in CNodes, 400 deep: the last capability of the first one takes all with it. */
TEST(preempt_delete_of_nested_tables)
{
    enum { DEPTH = 400 };
    seL4_CPtr nodes = new_slots(DEPTH);
    seL4_CPtr untyped = new_untyped(17);
    for (unsigned done = 0; done < DEPTH; done += 200) {
        CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 1, ROOT_CNODE, 0, 0,
                                     nodes + done, 200),
                 seL4_NoError);
    }
    for (unsigned i = DEPTH - 1; i > 0; i--) {
        CHECK_EQ(seL4_CNode_Move(nodes + i - 1, i % 2, 1, ROOT_CNODE, nodes + i, ROOT_DEPTH),
                 seL4_NoError);
    }
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, nodes, ROOT_DEPTH), seL4_NoError);
    /* nothing is left of it: the untyped starts again at its beginning */
    CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 12, ROOT_CNODE, 0, 0, nodes, 1),
             seL4_NoError);
}
