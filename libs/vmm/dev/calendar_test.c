/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>
#include "calendar.h"

static void known_dates(void **state)
{
    (void)state;
    struct calendar d;
    calendar_from_seconds(0, &d);
    assert_int_equal(d.year, 1970);
    assert_int_equal(d.weekday, 5); /* Thursday */
    calendar_from_seconds(951782400, &d);
    assert_int_equal(d.year, 2000);
    assert_int_equal(d.month, 2);
    assert_int_equal(d.day, 29);
    assert_int_equal(d.weekday, 3); /* Tuesday */
    calendar_from_seconds(-1, &d);
    assert_int_equal(d.year, 1969);
    assert_int_equal(d.second, 59);
    assert_int_equal(d.weekday, 4);
}

/* Against the C library, in steps that meet every day of 400 years and more. */
static void agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t t = -5000000000; t < 10000000000; t += 86399) {
        struct calendar d;
        struct tm tm;
        time_t tt = (time_t)t;
        calendar_from_seconds(t, &d);
        gmtime_r(&tt, &tm);
        if (d.year != tm.tm_year + 1900 || d.month != tm.tm_mon + 1 || d.day != tm.tm_mday ||
            d.weekday != tm.tm_wday + 1 || d.hour != tm.tm_hour || d.minute != tm.tm_min ||
            d.second != tm.tm_sec || calendar_to_seconds(&d) != t) {
            fail_msg("wrong at %lld", (long long)t);
        }
    }
}

static void out_of_range_members_carry(void **state)
{
    (void)state;
    struct calendar d = {.year = 2026, .month = 14, .day = 30, .hour = 25, .minute = 61};
    struct calendar same = {.year = 2027, .month = 3, .day = 3, .hour = 2, .minute = 1};
    assert_int_equal(calendar_to_seconds(&d), calendar_to_seconds(&same));
    struct calendar zero = {.year = 2026, .month = 0, .day = 0};
    struct calendar november = {.year = 2025, .month = 11, .day = 30};
    assert_int_equal(calendar_to_seconds(&zero), calendar_to_seconds(&november));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_dates),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(out_of_range_members_carry),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
