/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Recursive locks for newlib. A thread that must wait queues itself and sleeps on its own
 * parking notification, so a lock needs no kernel object and is free of priority inversion by
 * spinning.
 */
#include <stdint.h>

/** One waiting thread; lies on that thread's stack. */
struct lock_waiter {
    struct lock_waiter *next; /**< the one that came before */
    uint64_t parking;
    int granted; /**< set by the releaser; wake-ups without it are strays */
};

/** newlib's opaque lock type. All zero: free. */
struct __lock {
    uintptr_t state;   /**< 0 free, 1 held, waiter address | 1: held with waiters, newest first */
    const void *owner; /**< thread that holds it; read only by the thread itself for equality */
    unsigned depth;    /**< recursion, written by the owner */
};

/** Takes the lock, waiting for it if another thread has it. */
void libc_lock_acquire(struct __lock *lock);
/** Takes the lock if it is free or already ours: 1, otherwise 0. */
int libc_lock_try_acquire(struct __lock *lock);
/** Releases it once; the last release hands it to the thread that waited longest. */
void libc_lock_release(struct __lock *lock);

/** Identity of the calling thread, its parking notification, and sleeping and waking. */
const void *libc_lock_self(void);
/** See libc_lock_self. */
uint64_t libc_lock_parking(void);
/** See libc_lock_self: sleeps until a wake on this thread's notification. */
void libc_lock_sleep(uint64_t parking);
/** See libc_lock_self. */
void libc_lock_wake(uint64_t parking);
