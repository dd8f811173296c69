/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * newlib's retargetable locking interface (newlib/libc/include/sys/lock.h, "retargetable") and
 * its per-thread reentrancy structure. All locks are recursive: that is allowed and simpler.
 */
#include <libc/libc.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/lock.h>
#include <sel4/sel4.h>
#include "thread.h"
#include <libc/lock.h>

__thread struct libc_thread libc_thread;
static __thread struct _reent libc_reent; /* errno, stdio streams, strtok state, … */

struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

const void *libc_lock_self(void)
{
    return &libc_thread;
}

uint64_t libc_lock_parking(void)
{
    return libc_thread.parking;
}

void libc_lock_sleep(uint64_t parking)
{
    if (parking == 0)
        seL4_Yield();
    else
        seL4_Wait(parking, NULL);
}

void libc_lock_wake(uint64_t parking)
{
    seL4_Signal(parking);
}

struct _reent *__getreent(void)
{
    return &libc_reent;
}

void libc_thread_init(uint64_t parking, uint64_t tcb, int id)
{
    _REENT_INIT_PTR(&libc_reent);
    libc_thread.parking = parking;
    libc_thread.tcb = tcb;
    libc_thread.id = id;
}

void __retarget_lock_init(_LOCK_T *lock)
{
    /* No memory: every user of the stream shares one lock, which is recursive and correct. */
    static struct __lock spare;
    *lock = calloc(1, sizeof(struct __lock));
    if (*lock == NULL)
        *lock = &spare;
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    __retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    /* Streams are closed rarely; the spare lock above cannot be told apart, so none is freed
     * unless it came from the heap: calloc never returns static memory, compare by range. */
    extern char *morecore_area;
    extern size_t morecore_size;
    if ((char *)lock >= morecore_area && (char *)lock < morecore_area + morecore_size)
        free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    __retarget_lock_close(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    libc_lock_acquire(lock);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    libc_lock_acquire(lock);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return libc_lock_try_acquire(lock);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    return libc_lock_try_acquire(lock);
}

void __retarget_lock_release(_LOCK_T lock)
{
    libc_lock_release(lock);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    libc_lock_release(lock);
}
