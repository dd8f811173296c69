/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cmos.h"

static uint8_t reg[128];
static int updates, ticking;

static uint8_t read_register(uint8_t index)
{
    if (index == 10 && updates > 0) {
        updates--;
        return 0x80;
    }
    if (index == 0 && ticking > 0) {
        ticking--;
        reg[0]++;
    }
    return reg[index];
}

static void set(const uint8_t values[6], uint8_t century, uint8_t mode)
{
    static const uint8_t index[6] = {0, 2, 4, 7, 8, 9};
    for (int i = 0; i < 6; i++)
        reg[index[i]] = values[i];
    reg[0x32] = century;
    reg[11] = mode;
    updates = ticking = 0;
}

static void check(unsigned year, unsigned hour, unsigned second)
{
    rtc_time_date_t time;
    assert_true(cmos_read_time(read_register, &time));
    assert_int_equal(time.year, year);
    assert_int_equal(time.hour, hour);
    assert_int_equal(time.second, second);
}

static void test_formats(void **state)
{
    (void)state;
    set((const uint8_t[]){0x59, 0x30, 0x23, 0x31, 0x12, 0x26}, 0x20, 2);
    check(2026, 23, 59);
    set((const uint8_t[]){59, 30, 23, 31, 12, 26}, 20, 2 | 4);
    check(2026, 23, 59);
    set((const uint8_t[]){0, 0, 0x92, 1, 1, 0x26}, 0x20, 0); /* 12 PM is noon */
    check(2026, 12, 0);
    set((const uint8_t[]){0, 0, 0x12, 1, 1, 0x26}, 0xff, 0); /* 12 AM is midnight; no century */
    check(2026, 0, 0);
}

static void test_updates(void **state)
{
    (void)state;
    rtc_time_date_t time;
    set((const uint8_t[]){0x10, 0, 0, 1, 1, 0}, 0x20, 2);
    updates = 50;
    ticking = 3;
    check(2000, 0, 13);
    updates = 1 << 30;
    assert_false(cmos_read_time(read_register, &time));
}

static void test_invalid(void **state)
{
    (void)state;
    rtc_time_date_t time;
    set((const uint8_t[]){0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 0xff, 0xff);
    assert_false(cmos_read_time(read_register, &time));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
