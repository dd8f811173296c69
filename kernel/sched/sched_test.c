/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Who runs next: priorities, order within one, time slices, deadlines. */
#include "fixture.h"

#define EP 20

static struct tcb *a, *b;

static int setup(void **state)
{
    fixture_setup(state);
    make_objects(OBJECT_EndpointObject, 0, EP, 1);
    a = make_thread(30, 100);
    b = make_thread(40, 100);
    return 0;
}

static struct tcb *now_running(void)
{
    return kernel_schedule();
}

static void resume(word_t tcb)
{
    assert_ok(call(tcb, LABEL_TCBResume, NO_CAPS));
}

static void stop_root(void)
{
    run_as(root_thread());
    call(ROOT_TCB, LABEL_TCBSuspend, NO_CAPS);
}

static void test_idle(void **state)
{
    (void)state;
    stop_root();
    assert_ptr_equal(now_running(), host.cpu.idle);
    assert_int_equal(host.cpu.idle->state, THREAD_IDLE);
    /* an idle CPU has no tick */
    assert_null(host.cpu.tick.cpu);
    tcb_restart(a);
    assert_ptr_equal(now_running(), a);
    assert_ptr_equal(host.cpu.tick.cpu, &host.cpu);
}

/* Resumed threads go to the head of their queue: the last one runs first. */
static void test_last_resumed_first(void **state)
{
    (void)state;
    resume(30);
    resume(40);
    stop_root();
    assert_ptr_equal(now_running(), b);
    system_call(&(struct message){.syscall = SYS_Yield});
    assert_ptr_equal(now_running(), a);
    system_call(&(struct message){.syscall = SYS_Yield});
    assert_ptr_equal(now_running(), b);
}

/* A woken thread of higher priority runs at once, one of equal priority does not. */
static void test_wake_up(void **state)
{
    (void)state;
    resume(30);
    resume(40);
    stop_root();
    run_as(a);
    receive(EP);
    assert_ptr_equal(now_running(), b);
    send(EP, 0, NO_CAPS);
    assert_ptr_equal(now_running(), b);
    assert_int_equal(a->state, THREAD_RUNNING);
    run_as(a);
    receive(EP);
    sched_set_priority(a, 101);
    send(EP, 0, NO_CAPS);
    assert_ptr_equal(now_running(), a);
    assert_true(b->queued);
}

/* A server of lower priority than somebody ready does not run because it was called. */
static void test_woken_below_others(void **state)
{
    (void)state;
    struct tcb *c = make_thread(50, 90);
    resume(30);
    resume(40);
    resume(50);
    stop_root();
    run_as(c);
    receive(EP);
    run_as(a);
    call(EP, 0, NO_CAPS);
    assert_ptr_equal(now_running(), b);
    assert_true(c->queued);
}

static void test_priorities_in_order(void **state)
{
    (void)state;
    for (word_t p = 0; p < 20; p++) {
        start_thread(100 + 2 * p, p * 13);
    }
    stop_root();
    for (int p = 19; p >= 0; p--) {
        struct tcb *t = now_running();
        assert_int_equal(t->priority, p * 13);
        tcb_suspend(t);
    }
    assert_ptr_equal(now_running(), host.cpu.idle);
}

static void test_set_priority(void **state)
{
    (void)state;
    resume(30);
    resume(40);
    /* raising another thread above oneself switches at once */
    assert_ok(call(ROOT_TCB, LABEL_TCBSetPriority, CAPS1(ROOT_TCB), 120));
    assert_ptr_equal(now_running(), root_thread());
    call(30, LABEL_TCBSetPriority, CAPS1(ROOT_TCB), 130);
    assert_ptr_equal(now_running(), a);
    run_as(root_thread());
    /* so does lowering oneself */
    call(ROOT_TCB, LABEL_TCBSetPriority, CAPS1(ROOT_TCB), 50);
    assert_ptr_equal(now_running(), a);
    tcb_suspend(a);
    assert_ptr_equal(now_running(), b);
}

static void tick(void)
{
    host.now += TIMER_TICK_MS * arch_ticks_per_ms();
    assert_true(host.timer <= host.now);
    kernel_handle_timer();
}

static void test_time_slices(void **state)
{
    (void)state;
    resume(30);
    resume(40);
    stop_root();
    struct tcb *first = now_running();
    for (unsigned round = 0; round < 4; round++) {
        struct tcb *t = now_running();
        assert_ptr_equal(t, round % 2 ? (first == a ? b : a) : first);
        for (unsigned i = 0; i < TIME_SLICE; i++) {
            assert_ptr_equal(now_running(), t);
            tick();
        }
    }
    /* Yield does not refill the slice */
    tick();
    tick();
    struct tcb *t = now_running();
    unsigned left = t->time_slice;
    system_call(&(struct message){.syscall = SYS_Yield});
    assert_int_equal(t->time_slice, left);
}

/* The guest's thread is charged like any other. */
static void test_guest_is_charged(void **state)
{
    (void)state;
    resume(30);
    stop_root();
    assert_ptr_equal(now_running(), a);
    a->state = THREAD_RUNNING_VM;
    unsigned before = a->time_slice;
    tick();
    assert_int_equal(a->time_slice, before - 1);
    assert_ptr_equal(now_running(), a);
    a->state = THREAD_RUNNING;
}

static struct deadline *expired_last;
static unsigned expired_count;

static void expired(struct deadline *d)
{
    expired_last = d;
    expired_count++;
}

static void test_deadlines(void **state)
{
    (void)state;
    struct deadline d[3] = {{.expired = expired}, {.expired = expired}, {.expired = expired}};
    stop_root();
    now_running();
    expired_count = 0;
    deadline_set(&d[0], 300);
    assert_int_equal(host.timer, 300);
    deadline_set(&d[1], 100);
    deadline_set(&d[2], 200);
    assert_int_equal(host.timer, 100);
    /* never early */
    host.now = 99;
    kernel_handle_timer();
    assert_int_equal(expired_count, 0);
    assert_int_equal(host.timer, 100);
    host.now = 100;
    kernel_handle_timer();
    assert_ptr_equal(expired_last, &d[1]);
    assert_int_equal(host.timer, 200);
    deadline_cancel(&d[2]);
    deadline_cancel(&d[2]);
    kernel_handle_timer();
    assert_int_equal(host.timer, 300);
    deadline_set(&d[0], UINT64_MAX);
    kernel_handle_timer();
    assert_int_equal(host.timer, UINT64_MAX);
    assert_int_equal(expired_count, 1);
    /* one in the past fires at the next timer interrupt */
    deadline_set(&d[0], 1);
    deadline_set(&d[1], 2);
    assert_int_equal(host.timer, 1);
    kernel_handle_timer();
    assert_int_equal(expired_count, 3);
}

/* A long operation of one thread does not keep threads of its priority waiting for ever. */
static void test_long_operation_is_charged(void **state)
{
    (void)state;
    resume(30);
    resume(40);
    make_objects(OBJECT_CapTableObject, 12, 60, 1);
    for (unsigned i = 0; i < 2000; i++) {
        call(60, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), i, 12, EP, 64, ALL_RIGHTS);
    }
    stop_root();
    struct tcb *t = now_running();
    word_t args[] = {60, 64};
    host.pending_after = 1;
    system_call_once(&(struct message){SYS_Call, ROOT_CNODE, LABEL_CNodeDelete, 2, args, NO_CAPS});
    assert_int_equal(t->state, THREAD_RESTART);
    for (unsigned i = 0; i < TIME_SLICE - 1; i++) {
        tick();
        assert_ptr_equal(now_running(), t);
        host.pending_after = 1;
        kernel_handle_syscall();
        assert_int_equal(t->state, THREAD_RESTART);
    }
    tick();
    assert_ptr_equal(now_running(), t == a ? b : a);
    run_as(t);
    kernel_handle_syscall();
    assert_int_equal(t->state, THREAD_RUNNING);
    assert_int_equal(reply_of(t).label, ERROR_NoError);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_idle),
        T(test_last_resumed_first),
        T(test_wake_up),
        T(test_woken_below_others),
        T(test_priorities_in_order),
        T(test_set_priority),
        T(test_time_slices),
        T(test_guest_is_charged),
        T(test_deadlines),
        T(test_long_operation_is_charged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
