/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Counting on one notification. The notification only says "look again": signals may coalesce,
 * so a waiter that takes a unit and sees more units and more waiters signals on. No wake-up is
 * lost: a waiter announces itself before its last look, a poster looks for waiters after it has
 * added its unit, and both are sequentially consistent.
 */
#include "sync_kernel.h"

int camkes_sync_trywait(struct camkes_sync *sync)
{
    int value = __atomic_load_n(&sync->value, __ATOMIC_SEQ_CST);
    while (value > 0)
        if (__atomic_compare_exchange_n(&sync->value, &value, value - 1, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return 0;
    return -1;
}

int camkes_sync_wait(struct camkes_sync *sync)
{
    if (camkes_sync_trywait(sync) == 0)
        return 0;
    __atomic_add_fetch(&sync->waiters, 1, __ATOMIC_SEQ_CST);
    while (camkes_sync_trywait(sync) != 0)
        camkes_sync_sleep(sync->notification);
    int others = __atomic_sub_fetch(&sync->waiters, 1, __ATOMIC_SEQ_CST);
    if (others > 0 && __atomic_load_n(&sync->value, __ATOMIC_SEQ_CST) > 0)
        camkes_sync_wake(sync->notification);
    return 0;
}

int camkes_sync_post(struct camkes_sync *sync)
{
    int value = __atomic_load_n(&sync->value, __ATOMIC_SEQ_CST);
    do {
        if (value >= sync->limit)
            break;
    } while (!__atomic_compare_exchange_n(&sync->value, &value, value + 1, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    if (__atomic_load_n(&sync->waiters, __ATOMIC_SEQ_CST) > 0)
        camkes_sync_wake(sync->notification);
    return 0;
}
