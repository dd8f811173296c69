/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The harness itself. */
#include "test.h"

TEST(aaa_harness_objects_and_pages)
{
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    CHECK(seL4_DebugCapIdentify(n) != 0);
    char *p = new_pages(2);
    p[0] = 1;
    p[2 * PAGE_SIZE - 1] = 2;
    CHECK_EQ(p[0] + p[2 * PAGE_SIZE - 1], 3);
}

static void add(struct thread *t)
{
    t->result = t->arg[0] + t->arg[1];
}

TEST(aab_harness_threads)
{
    struct thread *low = start_thread(add, MAIN_PRIORITY - 1, 1, 2);
    struct thread *high = start_thread(add, MAIN_PRIORITY + 1, 3, 4);
    CHECK_EQ(high->result, 7);
    thread_join(low);
    thread_join(high);
    CHECK_EQ(low->result, 3);
}
