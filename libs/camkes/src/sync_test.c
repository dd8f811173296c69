/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Mutexes, semaphores and events with threads; a notification here is binary, as the kernel's. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include "sync_kernel.h"

enum { THREADS = 6, ROUNDS = 20000, NOTIFICATIONS = 8 };

static struct notification {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int signalled;
} notifications[NOTIFICATIONS];

void camkes_sync_sleep(seL4_CPtr cap)
{
    struct notification *n = &notifications[cap];
    pthread_mutex_lock(&n->lock);
    while (!n->signalled)
        pthread_cond_wait(&n->changed, &n->lock);
    n->signalled = 0;
    pthread_mutex_unlock(&n->lock);
}

void camkes_sync_wake(seL4_CPtr cap)
{
    struct notification *n = &notifications[cap];
    pthread_mutex_lock(&n->lock);
    n->signalled = 1;
    pthread_cond_signal(&n->changed);
    pthread_mutex_unlock(&n->lock);
}

static struct camkes_sync mutex = CAMKES_SYNC_INIT(1, 1, 1);
static struct camkes_sync semaphore = CAMKES_SYNC_INIT(2, 0x7fffffff, 0);
static long counter, taken;

static void *mutex_worker(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(camkes_sync_wait(&mutex), 0);
        long seen = counter;
        if (i % 128 == 0)
            sched_yield();
        counter = seen + 1;
        assert_int_equal(camkes_sync_post(&mutex), 0);
    }
    return argument;
}

static void run_workers(void *(*worker)(void *), pthread_t threads[THREADS])
{
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
}

static void join_workers(pthread_t threads[THREADS])
{
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void test_mutex(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    run_workers(mutex_worker, threads);
    join_workers(threads);
    assert_int_equal(counter, (long)THREADS * ROUNDS);
    assert_int_equal(mutex.value, 1);
}

static void *semaphore_worker(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        camkes_sync_wait(&semaphore);
        __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
    }
    return argument;
}

/* Posts far more often than a binary notification can count: none may get lost. */
static void test_semaphore(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    run_workers(semaphore_worker, threads);
    for (long i = 0; i < (long)THREADS * ROUNDS; i++)
        camkes_sync_post(&semaphore);
    join_workers(threads);
    assert_int_equal(taken, (long)THREADS * ROUNDS);
    assert_int_equal(camkes_sync_trywait(&semaphore), -1);
}

static void test_limits(void **state)
{
    (void)state;
    struct camkes_sync binary = CAMKES_SYNC_INIT(3, 1, 0);
    assert_int_equal(camkes_sync_trywait(&binary), -1);
    camkes_sync_post(&binary);
    camkes_sync_post(&binary);
    assert_int_equal(camkes_sync_trywait(&binary), 0);
    assert_int_equal(camkes_sync_trywait(&binary), -1);
}

static struct camkes_event event = CAMKES_EVENT_INIT(4, 5, 6);
static int called;

static void callback(void *argument)
{
    __atomic_add_fetch(&called, *(int *)argument, __ATOMIC_SEQ_CST);
}

static void *event_worker(void *argument)
{
    (void)argument;
    camkes_event_run(&event, NULL);
}

static void test_event(void **state)
{
    (void)state;
    int one = 1;
    pthread_t thread;
    pthread_create(&thread, NULL, event_worker, NULL);
    assert_int_equal(camkes_event_poll(&event), 0);
    camkes_sync_wake(4);
    camkes_event_wait(&event);
    assert_int_equal(camkes_event_reg_callback(&event, callback, &one), 0);
    assert_int_equal(camkes_event_reg_callback(&event, callback, &one), -1);
    camkes_sync_wake(4);
    while (__atomic_load_n(&called, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    camkes_sync_wake(4); /* one-shot: this one is for poll, or for the next callback at once */
    while (__atomic_load_n(&event.handoff.value, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    assert_int_equal(camkes_event_reg_callback(&event, callback, &one), 0);
    assert_int_equal(called, 2);
    assert_int_equal(camkes_event_poll(&event), 0);
}

int main(void)
{
    for (int i = 0; i < NOTIFICATIONS; i++) {
        pthread_mutex_init(&notifications[i].lock, NULL);
        pthread_cond_init(&notifications[i].changed, NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutex),
        cmocka_unit_test(test_semaphore),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
