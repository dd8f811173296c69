/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "hpet.h"
#include <vmm/platform.h>
#include "test_machine.h"

struct fixture {
    struct test_machine *m;
    struct hpet hpet;
    struct test_line timer, rtc, pin[HPET_TIMERS];
    unsigned replaced, restored;
};

static void legacy(void *ctx, bool replaces)
{
    struct fixture *f = ctx;
    f->replaced += replaces;
    f->restored += !replaces;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(1);
    f->m->now = 12345678;
    hpet_create(&f->hpet, &f->m->vm, legacy, f);
    f->hpet.irq_timer = test_line_wire(&f->timer);
    f->hpet.irq_rtc = test_line_wire(&f->rtc);
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        f->hpet.irq[i][20 + i] = test_line_wire(&f->pin[i]);
    }
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

static uint64_t get(struct fixture *f, unsigned reg, unsigned size)
{
    return test_read(f->m, VMM_SPACE_MMIO, VMM_HPET_BASE + reg, size, 0);
}

static void put(struct fixture *f, unsigned reg, uint64_t value, unsigned size)
{
    test_write(f->m, VMM_SPACE_MMIO, VMM_HPET_BASE + reg, (uint64_t[]){value, size}, 0);
}

static void identification(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(get(f, 0, 8), 0x009896808086a201);
    assert_int_equal(get(f, 4, 4), 10000000); /* femtoseconds a tick */
    assert_int_equal(get(f, 0x100, 8), 0x00f0000000000030);
    assert_int_equal(get(f, 0x108, 8), UINT64_MAX);
    assert_int_equal(get(f, 0x160, 8), 0); /* no fourth timer */
    assert_int_equal(get(f, 0x3f8, 8), 0);
}

static void counter_runs_when_enabled(void **state)
{
    struct fixture *f = *state;
    test_advance(f->m, 1000);
    assert_int_equal(get(f, 0xf0, 8), 0);
    put(f, 0x10, 1, 4);
    test_advance(f->m, 1000);
    assert_int_equal(get(f, 0xf0, 8), 100);
    put(f, 0xf0, 5, 8); /* ignored while it runs */
    assert_int_equal(get(f, 0xf0, 4), 100);
    put(f, 0x10, 0, 4);
    test_advance(f->m, 1000);
    assert_int_equal(get(f, 0xf0, 8), 100);
    put(f, 0xf0, 0xffffffff, 4);
    put(f, 0xf4, 0x12, 4);
    put(f, 0x10, 1, 4);
    test_advance(f->m, 10);
    assert_int_equal(get(f, 0xf0, 8), 0x1300000000);
}

static void one_shot_on_an_io_apic_pin(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 1, 4);
    put(f, 0x140, 22 << 9 | 0x4, 4); /* timer 2, edge, pin 22 */
    put(f, 0x148, 500, 4);
    put(f, 0x14c, 0, 4);
    test_advance(f->m, 4999);
    assert_int_equal(f->pin[2].rises, 0);
    test_advance(f->m, 1);
    assert_int_equal(f->pin[2].rises, 1);
    test_advance(f->m, 1000000);
    assert_int_equal(f->pin[2].rises, 1);
}

static void level_interrupt_stays_until_cleared(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 1, 4);
    put(f, 0x100, 20 << 9 | 0x6, 4);
    put(f, 0x108, 100, 8);
    test_advance(f->m, 2000);
    assert_true(f->pin[0].level);
    assert_int_equal(get(f, 0x20, 8), 1);
    put(f, 0x20, 2, 8);
    assert_true(f->pin[0].level);
    put(f, 0x20, 1, 4);
    assert_false(f->pin[0].level);
    assert_int_equal(get(f, 0x20, 8), 0);
}

/* As Linux starts its legacy periodic tick (hpet_clkevt_set_state_periodic). */
static void legacy_periodic(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 0, 4);
    put(f, 0xf0, 0, 8);
    put(f, 0x10, 3, 4);
    assert_int_equal(f->replaced, 1);
    uint32_t now = (uint32_t)get(f, 0xf0, 4);
    put(f, 0x100, 0x14c, 4); /* enabled, periodic, set value, 32 bits */
    put(f, 0x108, now + 400000, 4);
    put(f, 0x108, 400000, 4); /* 250 Hz */
    for (unsigned i = 0; i < 100; i++) {
        test_advance(f->m, 10000000);
    }
    assert_int_equal(f->timer.rises, 250);
    assert_int_equal(get(f, 0x100, 4) & 0x40, 0);
    f->m->now += 1000000000; /* missed periods are not made up for */
    test_run_timers(f->m);
    test_run_timers(f->m);
    assert_int_equal(f->timer.rises, 251);
    test_advance(f->m, 4000000);
    assert_int_equal(f->timer.rises, 252);
    put(f, 0x10, 1, 4);
    assert_int_equal(f->restored, 1);
}

static void legacy_timer_1_is_the_clock_interrupt(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 3, 4);
    put(f, 0x120, 0x104, 4);
    put(f, 0x128, 100, 4);
    test_advance(f->m, 2000);
    assert_int_equal(f->rtc.rises, 1);
    /* 32-bit comparators match again when the low half comes round */
    test_advance(f->m, 42949672960);
    assert_int_equal(f->rtc.rises, 2);
}

static void due_match_is_not_lost(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 1, 4);
    put(f, 0x140, 22 << 9 | 0x4, 4);
    put(f, 0x148, 100, 8);
    f->m->now += 5000; /* due, but the timer has not run yet */
    put(f, 0x148, 100000, 8);
    assert_int_equal(f->pin[2].rises, 1);
}

static void match_survives_preemption(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 1, 4);
    put(f, 0x140, 22 << 9 | 0x4, 4);
    put(f, 0x148, 100000, 8);
    f->m->jump = 10000000;
    put(f, 0x120, 21 << 9, 4); /* another timer is set up while the match passes */
    f->m->jump = 0;
    test_run_timers(f->m);
    assert_int_equal(f->pin[2].rises, 1);
}

static void tiny_periods_are_stretched(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 3, 4);
    put(f, 0x100, 0x4c, 4);
    put(f, 0x108, 1, 8);
    test_advance(f->m, 1000000);
    assert_in_range(f->timer.rises, 50, 110);
    put(f, 0x100, 0x4c, 4);
    put(f, 0x108, 0, 8);
    test_advance(f->m, 1000000);
}

static void bad_routes_are_harmless(void **state)
{
    struct fixture *f = *state;
    put(f, 0x10, 1, 4);
    put(f, 0x100, 0xffffffffffffffff, 8);
    put(f, 0x108, 10, 8);
    test_advance(f->m, 100000);
    f->hpet.dev.ops->reset(&f->hpet.dev);
    assert_int_equal(get(f, 0x10, 8), 0);
    assert_false(f->hpet.timers[0].timer.armed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(identification),
        CASE(counter_runs_when_enabled),
        CASE(one_shot_on_an_io_apic_pin),
        CASE(level_interrupt_stays_until_cleared),
        CASE(legacy_periodic),
        CASE(legacy_timer_1_is_the_clock_interrupt),
        CASE(due_match_is_not_lost),
        CASE(match_survives_preemption),
        CASE(tiny_periods_are_stretched),
        CASE(bad_routes_are_harmless),
    };
    return cmocka_run_group_tests_name("hpet", tests, NULL, NULL);
}
