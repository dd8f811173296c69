/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The queue in `state` is a stack of waiters that anyone pushes onto and only the owner takes
 * from, so there is one remover at any time and no ABA problem. Ownership is handed over
 * directly: a waiter that finds `granted` set owns the lock. The parking notification serves
 * other waits too, so a wake-up alone means nothing.
 */
#include <libc/lock.h>
#include <stdbool.h>
#include <stddef.h>

enum { LOCK_HELD = 1 };

static bool lock_cas(struct __lock *lock, uintptr_t *seen, uintptr_t next)
{
    return __atomic_compare_exchange_n(&lock->state, seen, next, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

static bool lock_is_mine(struct __lock *lock)
{
    return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == libc_lock_self();
}

static void lock_take(struct __lock *lock)
{
    __atomic_store_n(&lock->owner, libc_lock_self(), __ATOMIC_RELAXED);
    lock->depth = 1;
}

static void lock_wait(struct __lock *lock)
{
    struct lock_waiter me = {.parking = libc_lock_parking()};
    uintptr_t seen = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
    for (;;) {
        if (seen == 0) {
            if (lock_cas(lock, &seen, LOCK_HELD))
                return;
        } else if (me.parking == 0) {
            libc_lock_sleep(0); /* no notification: give way and try again */
            seen = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
        } else {
            me.next = (struct lock_waiter *)(seen & ~(uintptr_t)LOCK_HELD);
            if (lock_cas(lock, &seen, (uintptr_t)&me | LOCK_HELD))
                break;
        }
    }
    while (!__atomic_load_n(&me.granted, __ATOMIC_ACQUIRE))
        libc_lock_sleep(me.parking);
}

void libc_lock_acquire(struct __lock *lock)
{
    if (lock_is_mine(lock)) {
        lock->depth++;
        return;
    }
    lock_wait(lock);
    lock_take(lock);
}

int libc_lock_try_acquire(struct __lock *lock)
{
    if (lock_is_mine(lock)) {
        lock->depth++;
        return 1;
    }
    uintptr_t seen = 0;
    if (!lock_cas(lock, &seen, LOCK_HELD))
        return 0;
    lock_take(lock);
    return 1;
}

/* Unlinks the oldest waiter. Below the newest nothing moves, so only that one needs the CAS. */
static struct lock_waiter *lock_take_oldest(struct __lock *lock, uintptr_t *seen)
{
    struct lock_waiter *newest = (struct lock_waiter *)(*seen & ~(uintptr_t)LOCK_HELD);
    if (newest->next == NULL)
        return lock_cas(lock, seen, LOCK_HELD) ? newest : NULL;
    struct lock_waiter *before = newest;
    while (before->next->next != NULL)
        before = before->next;
    struct lock_waiter *oldest = before->next;
    before->next = NULL;
    return oldest;
}

void libc_lock_release(struct __lock *lock)
{
    if (!lock_is_mine(lock) || --lock->depth > 0)
        return;
    __atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
    uintptr_t seen = __atomic_load_n(&lock->state, __ATOMIC_ACQUIRE);
    for (;;) {
        if (seen == LOCK_HELD) {
            if (lock_cas(lock, &seen, 0))
                return;
            continue;
        }
        struct lock_waiter *oldest = lock_take_oldest(lock, &seen);
        if (oldest != NULL) {
            /* The waiter's stack frame may be gone once it sees `granted`. */
            uint64_t parking = oldest->parking;
            __atomic_store_n(&oldest->granted, 1, __ATOMIC_RELEASE);
            libc_lock_wake(parking);
            return;
        }
    }
}
