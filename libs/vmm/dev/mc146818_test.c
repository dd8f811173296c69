/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "mc146818.h"
#include "test_machine.h"

#define SECOND 1000000000ull

struct fixture {
    struct test_machine *m;
    struct mc146818 rtc;
    struct test_line irq;
};

static const struct vmm_clock_ops host_clock = {.utc = test_utc};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(1);
    f->m->now = 5 * SECOND;
    f->m->utc = 1795330800; /* Sunday 2026-11-22 07:00:00 */
    struct mc146818_config config = {.clock = &host_clock,
                                     .clock_ctx = f->m,
                                     .low_memory = 512ull << 20,
                                     .high_memory = 1ull << 32};
    mc146818_create(&f->rtc, &f->m->vm, &config);
    f->rtc.irq = test_line_wire(&f->irq);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->m);
    free(f);
    return 0;
}

static uint8_t get(struct fixture *f, uint8_t index)
{
    test_out(f->m, 0x70, index);
    return test_in(f->m, 0x71);
}

static void put(struct fixture *f, uint8_t index, uint8_t value)
{
    test_out(f->m, 0x70, index);
    test_out(f->m, 0x71, value);
}

static void expect_time(struct fixture *f, const uint8_t bytes[7])
{
    static const uint8_t order[] = {0x32, 9, 8, 7, 4, 2, 0};
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(get(f, order[i]), bytes[i]);
    }
}

static void shows_the_time_in_bcd(void **state)
{
    struct fixture *f = *state;
    expect_time(f, (const uint8_t[]){0x20, 0x26, 0x11, 0x22, 0x07, 0x00, 0x00});
    assert_int_equal(get(f, 6), 1); /* Sunday */
    assert_int_equal(get(f, 0x0a), 0x26);
    assert_int_equal(get(f, 0x0b), 0x02);
    assert_int_equal(get(f, 0x0d), 0x80);
    test_advance(f->m, 3725 * SECOND);
    expect_time(f, (const uint8_t[]){0x20, 0x26, 0x11, 0x22, 0x08, 0x02, 0x05});
    test_advance(f->m, 16 * 3600 * SECOND);
    assert_int_equal(get(f, 7), 0x23);
    assert_int_equal(get(f, 6), 2);
}

static void shows_binary_and_twelve_hours(void **state)
{
    struct fixture *f = *state;
    put(f, 0x0b, 0x06);
    expect_time(f, (const uint8_t[]){20, 26, 11, 22, 7, 0, 0});
    put(f, 0x0b, 0x00);
    test_advance(f->m, 8 * 3600 * SECOND);
    assert_int_equal(get(f, 4), 0x83); /* 3 p.m. */
    test_advance(f->m, 9 * 3600 * SECOND);
    assert_int_equal(get(f, 4), 0x12); /* midnight */
    test_advance(f->m, 12 * 3600 * SECOND);
    assert_int_equal(get(f, 4), 0x92); /* noon */
}

/* As Linux sets it (mc146818_set_time): SET, divider reset, bytes, back. */
static void set_through_the_divider(void **state)
{
    struct fixture *f = *state;
    put(f, 0x0b, 0x82);
    put(f, 0x0a, 0x76);
    put(f, 9, 0x99);
    put(f, 8, 0x12);
    put(f, 7, 0x31);
    put(f, 4, 0x23);
    put(f, 2, 0x59);
    put(f, 0, 0x59);
    put(f, 0x32, 0x19);
    put(f, 0x0b, 0x02);
    test_advance(f->m, 10 * SECOND);
    expect_time(f, (const uint8_t[]){0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59});
    put(f, 0x0a, 0x26);
    test_advance(f->m, SECOND / 2 - 1);
    assert_int_equal(get(f, 0), 0x59);
    test_advance(f->m, 2);
    expect_time(f, (const uint8_t[]){0x20, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00});
    assert_int_equal(get(f, 6), 7); /* a Saturday */
}

static void set_while_running(void **state)
{
    struct fixture *f = *state;
    put(f, 4, 0x15);
    put(f, 2, 0x30);
    test_advance(f->m, 60 * SECOND);
    expect_time(f, (const uint8_t[]){0x20, 0x26, 0x11, 0x22, 0x15, 0x31, 0x00});
}

static void update_in_progress_comes_before_the_second(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get(f, 0x0a) & 0x80, 0);
    test_advance(f->m, SECOND - 200000);
    assert_int_equal(get(f, 0x0a) & 0x80, 0x80);
    assert_int_equal(get(f, 0), 0);
    test_advance(f->m, 200000);
    assert_int_equal(get(f, 0x0a) & 0x80, 0);
    assert_int_equal(get(f, 0), 1);
    put(f, 0x0b, 0x82);
    test_advance(f->m, SECOND - 200000);
    assert_int_equal(get(f, 0x0a) & 0x80, 0); /* SET: no updates */
}

static void update_interrupt_every_second(void **state)
{
    struct fixture *f = *state;
    put(f, 0x0b, 0x12);
    for (unsigned i = 0; i < 5; i++) {
        test_advance(f->m, SECOND);
        assert_true(f->irq.level);
        assert_int_equal(get(f, 0x0c) & 0x90, 0x90);
        assert_false(f->irq.level);
        assert_int_equal(get(f, 0x0c), 0);
    }
    assert_int_equal(f->irq.rises, 5);
}

static void flags_are_set_without_interrupts_too(void **state)
{
    struct fixture *f = *state;
    get(f, 0x0c);
    test_advance(f->m, SECOND);
    assert_int_equal(get(f, 0x0c), 0x50); /* UF and PF, no IRQF */
    assert_int_equal(f->irq.rises, 0);
}

static void alarm_rings_once_a_day(void **state)
{
    struct fixture *f = *state;
    put(f, 5, 0x07);
    put(f, 3, 0x30);
    put(f, 1, 0x15);
    get(f, 0x0c);
    put(f, 0x0b, 0x22);
    test_advance(f->m, (30 * 60 + 15) * SECOND - 1);
    assert_false(f->irq.level);
    test_advance(f->m, 1);
    assert_true(f->irq.level);
    assert_int_equal(get(f, 0x0c) & 0xa0, 0xa0);
    test_advance(f->m, 86400 * SECOND - 1);
    assert_false(f->irq.level);
    test_advance(f->m, 1);
    assert_true(f->irq.level);
}

static void alarm_with_dont_care(void **state)
{
    struct fixture *f = *state;
    put(f, 5, 0xff);
    put(f, 3, 0xc0);
    put(f, 1, 0x20);
    get(f, 0x0c);
    put(f, 0x0b, 0x22);
    unsigned rises = f->irq.rises;
    for (unsigned i = 0; i < 10; i++) {
        test_advance(f->m, 60 * SECOND);
        get(f, 0x0c);
    }
    assert_int_equal(f->irq.rises - rises, 10);
}

static void impossible_alarm_never_rings(void **state)
{
    struct fixture *f = *state;
    put(f, 5, 0x33);
    put(f, 0x0b, 0x22);
    assert_false(f->rtc.timer.armed);
    test_advance(f->m, 2 * 86400 * SECOND);
    assert_false(f->irq.level);
}

static void periodic_interrupt(void **state)
{
    struct fixture *f = *state;
    put(f, 0x0a, 0x2d); /* 8 Hz */
    get(f, 0x0c);
    put(f, 0x0b, 0x42);
    unsigned n = 0;
    for (unsigned i = 0; i < 1000; i++) {
        test_advance(f->m, SECOND / 1000);
        n += (get(f, 0x0c) & 0xc0) == 0xc0;
    }
    assert_int_equal(n, 8);
    put(f, 0x0a, 0x23); /* 8192 Hz; unread flags cost no timers */
    test_advance(f->m, SECOND);
    assert_true(f->irq.level);
    assert_false(f->rtc.timer.armed);
}

static void cmos_memory(void **state)
{
    struct fixture *f = *state;
    put(f, 0x0f, 0x5a);
    assert_int_equal(get(f, 0x0f), 0x5a);
    assert_int_equal(get(f, 0x8f), 0x5a); /* the NMI mask bit is not part of the index */
    assert_int_equal(get(f, 0x15) | get(f, 0x16) << 8, 640);
    assert_int_equal(get(f, 0x17) | get(f, 0x18) << 8, 0xffff);
    assert_int_equal(get(f, 0x34) | get(f, 0x35) << 8, (512 - 16) * 16);
    assert_int_equal(get(f, 0x5b) | get(f, 0x5c) << 8 | get(f, 0x5d) << 16, 65536);
    test_out(f->m, 0x72, 0x10);
    test_out(f->m, 0x73, 0x77);
    assert_int_equal(get(f, 0x10), 0);
    assert_int_equal(test_in(f->m, 0x73), 0x77);
    assert_int_equal(test_in(f->m, 0x70), 0xff);
    test_write(f->m, VMM_SPACE_IO, 0x70, (uint64_t[]){0x990f, 2}, 0); /* index and data at once */
    assert_int_equal(get(f, 0x0f), 0x99);
}

static void reset_keeps_time_and_memory(void **state)
{
    struct fixture *f = *state;
    put(f, 4, 0x15);
    put(f, 0x40, 0x77);
    put(f, 0x0b, 0x72);
    f->rtc.dev.ops->reset(&f->rtc.dev);
    assert_int_equal(get(f, 4), 0x15);
    assert_int_equal(get(f, 0x40), 0x77);
    assert_int_equal(get(f, 0x0b), 0x02);
    assert_false(f->irq.level);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(shows_the_time_in_bcd),
        CASE(shows_binary_and_twelve_hours),
        CASE(set_through_the_divider),
        CASE(set_while_running),
        CASE(update_in_progress_comes_before_the_second),
        CASE(update_interrupt_every_second),
        CASE(flags_are_set_without_interrupts_too),
        CASE(alarm_rings_once_a_day),
        CASE(alarm_with_dont_care),
        CASE(impossible_alarm_never_rings),
        CASE(periodic_interrupt),
        CASE(cmos_memory),
        CASE(reset_keeps_time_and_memory),
    };
    return cmocka_run_group_tests_name("mc146818", tests, NULL, NULL);
}
