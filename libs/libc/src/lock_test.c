/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The C library's locks under real threads: exclusion, recursion, hand-over, no lost wake-up. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <libc/lock.h>

enum { THREADS = 8, ROUNDS = 20000 };

struct worker {
    pthread_t thread;
    sem_t parking;
    int without_parking;
};

static __thread struct worker *self;
static struct worker workers[THREADS], main_worker;
static struct __lock lock;
static long counter;

const void *libc_lock_self(void)
{
    return self;
}

uint64_t libc_lock_parking(void)
{
    return self->without_parking ? 0 : (uint64_t)(uintptr_t)&self->parking;
}

void libc_lock_sleep(uint64_t parking)
{
    if (parking == 0)
        sched_yield();
    else
        while (sem_wait((sem_t *)(uintptr_t)parking) != 0)
            ;
}

void libc_lock_wake(uint64_t parking)
{
    sem_post((sem_t *)(uintptr_t)parking);
}

static void *worker_run(void *argument)
{
    self = argument;
    for (int i = 0; i < ROUNDS; i++) {
        libc_lock_acquire(&lock);
        libc_lock_acquire(&lock);
        long seen = counter;
        if (i % 64 == 0)
            sched_yield();
        counter = seen + 1;
        libc_lock_release(&lock);
        libc_lock_release(&lock);
    }
    return NULL;
}

static void test_exclusion(void **state)
{
    (void)state;
    counter = 0;
    for (int i = 0; i < THREADS; i++) {
        sem_init(&workers[i].parking, 0, 0);
        workers[i].without_parking = i == 0;
        pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    assert_int_equal(counter, (long)THREADS * ROUNDS);
    assert_int_equal(lock.state, 0);
}

static void test_recursion(void **state)
{
    (void)state;
    self = &main_worker;
    assert_int_equal(libc_lock_try_acquire(&lock), 1);
    assert_int_equal(libc_lock_try_acquire(&lock), 1);
    libc_lock_release(&lock);
    self = &workers[0];
    assert_int_equal(libc_lock_try_acquire(&lock), 0);
    libc_lock_release(&lock); /* not the owner: no effect */
    assert_int_equal(libc_lock_try_acquire(&lock), 0);
    self = &main_worker;
    libc_lock_release(&lock);
    self = &workers[0];
    assert_int_equal(libc_lock_try_acquire(&lock), 1);
    libc_lock_release(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exclusion),
        cmocka_unit_test(test_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
