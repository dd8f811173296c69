/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "clock.h"
#include "timers.h"

enum { CLIENTS = 3, PER_CLIENT = 4 };

static struct timers timers;
static struct timer storage[CLIENTS * PER_CLIENT];
static uint32_t completed[CLIENTS];
static int expired_count[CLIENTS];

static void expired(size_t client)
{
    expired_count[client]++;
}

static int setup(void **state)
{
    (void)state;
    timers_init(&timers, storage, completed, CLIENTS, PER_CLIENT);
    for (int i = 0; i < CLIENTS; i++)
        expired_count[i] = 0;
    return 0;
}

static int arm(size_t client, int tid, uint64_t deadline, uint64_t period)
{
    struct timer setting = {deadline, period};
    return timers_arm(&timers, client, tid, &setting);
}

static void test_bounds(void **state)
{
    (void)state;
    assert_int_equal(arm(CLIENTS, 0, 1, 0), -1);
    assert_int_equal(arm(0, -1, 1, 0), -1);
    assert_int_equal(arm(0, PER_CLIENT, 1, 0), -1);
    assert_int_equal(timers_stop(&timers, SIZE_MAX, 0), -1);
    assert_int_equal(timers_take_completed(&timers, SIZE_MAX), 0);
    assert_int_equal(timers_next(&timers), TIMERS_NEVER);
}

static void test_order(void **state)
{
    (void)state;
    assert_int_equal(arm(1, 2, 300, 0), 0);
    assert_int_equal(arm(0, 1, 200, 0), 0);
    assert_int_equal(arm(1, 3, 100, 0), 0);
    assert_int_equal(timers_next(&timers), 100);
    timers_expire(&timers, 250, expired);
    assert_int_equal(expired_count[0], 1);
    assert_int_equal(expired_count[1], 1);
    assert_int_equal(timers_take_completed(&timers, 1), 1u << 3);
    assert_int_equal(timers_take_completed(&timers, 1), 0);
    assert_int_equal(timers_take_completed(&timers, 0), 1u << 1);
    assert_int_equal(timers_next(&timers), 300);
}

static void test_replace_and_stop(void **state)
{
    (void)state;
    arm(0, 0, 100, 0);
    arm(0, 0, 500, 0);
    timers_expire(&timers, 400, expired);
    assert_int_equal(expired_count[0], 0);
    timers_expire(&timers, 500, expired);
    assert_int_equal(timers_stop(&timers, 0, 0), 0);
    assert_int_equal(timers_take_completed(&timers, 0), 0);
    assert_int_equal(timers_stop(&timers, 0, 0), 0);
}

static void test_periodic(void **state)
{
    (void)state;
    arm(2, 0, 100, 100);
    timers_expire(&timers, 100, expired);
    assert_int_equal(timers_next(&timers), 200);
    timers_expire(&timers, 555, expired); /* late: one expiry, phase kept */
    assert_int_equal(expired_count[2], 2);
    assert_int_equal(timers_next(&timers), 600);
    arm(2, 0, 1, UINT64_MAX);
    timers_expire(&timers, 10, expired);
    assert_int_equal(timers_next(&timers), TIMERS_NEVER);
}

static void test_conversions(void **state)
{
    (void)state;
    assert_int_equal(clock_ticks_to_ns(3000000000ull, 3000000000ull), CLOCK_NS_PER_SECOND);
    assert_int_equal(clock_ticks_to_ns(UINT64_MAX / 4, 1000000000ull), UINT64_MAX / 4);
    assert_int_equal(clock_ticks_to_ns(5, 0), 0);
    assert_int_equal(clock_ns_to_count(0), 1);
    assert_int_equal(clock_ns_to_count(1000000000), CLOCK_8254_MAX_COUNT);
    assert_int_equal(clock_ns_to_count(UINT64_MAX), CLOCK_8254_MAX_COUNT);
    assert_int_equal(clock_ns_to_count(1000000), 1194); /* 1193.182: rounded up */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bounds, setup),
        cmocka_unit_test_setup(test_order, setup),
        cmocka_unit_test_setup(test_replace_and_stop, setup),
        cmocka_unit_test_setup(test_periodic, setup),
        cmocka_unit_test_setup(test_conversions, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
