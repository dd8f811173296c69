/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "i8254.h"
#include "test_machine.h"

struct fixture {
    struct test_machine *m;
    struct i8254 pit;
    struct test_line irq;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(1);
    i8254_create(&f->pit, &f->m->vm);
    f->pit.irq = test_line_wire(&f->irq);
    f->m->now = 1000000000;
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

/* Go to the moment when n ticks of the input clock have passed since `from`. */
static uint64_t tick(const struct fixture *f)
{
    return vmm_ns_to_ticks(f->m->now, I8254_HZ);
}

static void to_tick(struct fixture *f, uint64_t t)
{
    test_advance(f->m, vmm_ticks_to_ns(t, I8254_HZ) - f->m->now);
}

static void program(struct fixture *f, unsigned counter, uint8_t control, uint16_t count)
{
    test_out(f->m, 0x43, (uint8_t)(counter << 6 | 0x30 | control));
    test_out(f->m, (uint16_t)(0x40 + counter), (uint8_t)count);
    test_out(f->m, (uint16_t)(0x40 + counter), (uint8_t)(count >> 8));
}

static uint16_t read_latched(struct fixture *f, unsigned counter)
{
    test_out(f->m, 0x43, (uint8_t)(counter << 6));
    uint16_t low = test_in(f->m, (uint16_t)(0x40 + counter));
    return low | (uint16_t)(test_in(f->m, (uint16_t)(0x40 + counter)) << 8);
}

static uint8_t read_status(struct fixture *f, unsigned counter)
{
    test_out(f->m, 0x43, (uint8_t)(0xe0 | 2u << counter));
    return test_in(f->m, (uint16_t)(0x40 + counter));
}

static void mode0_interrupts_once(void **state)
{
    struct fixture *f = *state;
    uint64_t t = tick(f);
    program(f, 0, 0x00, 1000);
    assert_false(f->irq.level);
    to_tick(f, t + 1 + 400);
    assert_int_equal(read_latched(f, 0), 600);
    to_tick(f, t + 1000);
    assert_int_equal(f->irq.rises, 0);
    to_tick(f, t + 1001);
    assert_int_equal(f->irq.rises, 1);
    to_tick(f, t + 300000);
    assert_int_equal(f->irq.rises, 1);
    assert_int_equal(read_status(f, 0), 0xb0); /* OUT high, two bytes, mode 0 */
}

static void mode0_first_byte_stops_the_count(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x00, 1000);
    test_out(f->m, 0x40, 0x10);
    to_tick(f, tick(f) + 5000);
    assert_int_equal(f->irq.rises, 0);
    test_out(f->m, 0x40, 0x00);
    to_tick(f, tick(f) + 20);
    assert_int_equal(f->irq.rises, 1);
}

static void mode2_is_periodic(void **state)
{
    struct fixture *f = *state;
    uint64_t t = tick(f);
    program(f, 0, 0x04, 11932); /* 100 Hz */
    assert_true(f->irq.level);
    unsigned before = f->irq.rises;
    to_tick(f, t + 1 + 11932 * 10);
    assert_int_equal(f->irq.rises - before, 10);
    to_tick(f, t + 1 + 11932 * 10 + 932);
    assert_int_equal(read_latched(f, 0), 11000);
}

static void mode2_new_count_waits_for_the_period(void **state)
{
    struct fixture *f = *state;
    uint64_t t = tick(f);
    program(f, 0, 0x04, 1000);
    unsigned before = f->irq.rises;
    to_tick(f, t + 500);
    test_out(f->m, 0x40, 0xd0);
    test_out(f->m, 0x40, 0x07); /* 2000 */
    assert_int_equal(read_status(f, 0) & 0x40, 0x40);
    to_tick(f, t + 1001);
    assert_int_equal(f->irq.rises - before, 1);
    to_tick(f, t + 3000);
    assert_int_equal(f->irq.rises - before, 1);
    to_tick(f, t + 3001);
    assert_int_equal(f->irq.rises - before, 2);
}

static void missed_ticks_are_not_made_up_for(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x04, 1000);
    unsigned before = f->irq.rises;
    f->m->now += 1000000000;
    test_run_timers(f->m);
    test_run_timers(f->m);
    assert_int_equal(f->irq.rises - before, 1);
    assert_true(f->pit.timer.deadline > f->m->now);
}

static void mode3_counts_by_two(void **state)
{
    struct fixture *f = *state;
    uint64_t t = tick(f);
    program(f, 2, 0x06, 1000);
    test_out(f->m, 0x61, 0x01);
    to_tick(f, t + 1 + 100);
    assert_int_equal(read_latched(f, 2), 800);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0x20);
    to_tick(f, t + 1 + 600);
    assert_int_equal(read_latched(f, 2), 800);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0);
    /* odd: one more tick high than low */
    t = tick(f);
    program(f, 2, 0x06, 5);
    to_tick(f, t + 1 + 2);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0x20);
    to_tick(f, t + 1 + 3);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0);
}

static void mode4_strobes(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x00, 5);
    uint64_t t = tick(f);
    program(f, 0, 0x08, 100);
    unsigned before = f->irq.rises;
    to_tick(f, t + 101);
    assert_int_equal(f->irq.rises, before);
    to_tick(f, t + 102);
    assert_int_equal(f->irq.rises, before + 1);
    to_tick(f, t + 200000);
    assert_int_equal(f->irq.rises, before + 1);
}

static void gate_triggers_modes_1_and_5(void **state)
{
    struct fixture *f = *state;
    program(f, 2, 0x02, 100);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0x20);
    to_tick(f, tick(f) + 500);
    uint64_t t = tick(f);
    test_out(f->m, 0x61, 0x01);
    to_tick(f, t + 50);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0);
    test_out(f->m, 0x61, 0x00);
    test_out(f->m, 0x61, 0x01); /* retrigger */
    to_tick(f, t + 149);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0);
    to_tick(f, t + 152);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0x20);

    program(f, 2, 0x0a, 10);
    test_out(f->m, 0x61, 0x00);
    t = tick(f);
    test_out(f->m, 0x61, 0x01);
    to_tick(f, t + 11);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0);
    to_tick(f, t + 12);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0x20);
}

static void gate_freezes_mode_0(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x61, 0x01);
    uint64_t t = tick(f);
    program(f, 2, 0x00, 1000);
    to_tick(f, t + 1 + 300);
    test_out(f->m, 0x61, 0x00);
    to_tick(f, t + 9000);
    assert_int_equal(read_latched(f, 2), 700);
    test_out(f->m, 0x61, 0x01);
    to_tick(f, t + 9000 + 699);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0);
    to_tick(f, t + 9000 + 701);
    assert_int_equal(test_in(f->m, 0x61) & 0x20, 0x20);
}

/* What Linux does to measure its TSC: 50 ms in counter 2, mode 0, polling port 0x61. */
static void tsc_calibration_sees_the_right_time(void **state)
{
    struct fixture *f = *state;
    const uint64_t latch = I8254_HZ / 20;
    test_out(f->m, 0x61, (test_in(f->m, 0x61) & (uint8_t)~0x02) | 0x01);
    program(f, 2, 0x00, (uint16_t)latch);
    uint64_t start = f->m->now;
    while (!(test_in(f->m, 0x61) & 0x20)) {
        test_advance(f->m, 1000);
    }
    uint64_t ns = f->m->now - start;
    assert_in_range(ns, 49990000, 50010000);
}

static void fast_calibration_sees_the_high_byte_fall(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x61, 0x01);
    program(f, 2, 0x00, 0xffff);
    uint8_t last = 0xff;
    unsigned changes = 0;
    for (unsigned i = 0; i < 2000 && changes < 50; i++) {
        test_in(f->m, 0x42);
        uint8_t high = test_in(f->m, 0x42);
        assert_true(high == last || high == last - 1);
        changes += high != last;
        last = high;
        test_advance(f->m, 10000);
    }
    assert_int_equal(changes, 50);
}

static void latch_holds_until_read(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x04, 50000);
    to_tick(f, tick(f) + 101);
    test_out(f->m, 0x43, 0x00);
    uint8_t low = test_in(f->m, 0x40);
    to_tick(f, tick(f) + 1000);
    test_out(f->m, 0x43, 0x00); /* ignored: the first latch is not read yet */
    uint16_t count = low | (uint16_t)(test_in(f->m, 0x40) << 8);
    assert_int_equal(count, 49900);
    assert_int_equal(read_latched(f, 0), 48900);
}

static void read_back_gives_status_then_count(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x43, 0x34);
    assert_int_equal(read_status(f, 0), 0xf4); /* OUT, null count, two bytes, mode 2 */
    test_out(f->m, 0x40, 0x00);
    test_out(f->m, 0x40, 0x10);
    to_tick(f, tick(f) + 1 + 16);
    test_out(f->m, 0x43, 0xc2);
    assert_int_equal(test_in(f->m, 0x40), 0xb4);
    assert_int_equal(test_in(f->m, 0x40), 0xf0);
    assert_int_equal(test_in(f->m, 0x40), 0x0f);
}

static void bcd_counts_in_tens(void **state)
{
    struct fixture *f = *state;
    uint64_t t = tick(f);
    program(f, 0, 0x05, 0x1000);
    to_tick(f, t + 1 + 1);
    assert_int_equal(read_latched(f, 0), 0x0999);
    t = tick(f);
    program(f, 0, 0x01, 0x0000); /* 10000 */
    to_tick(f, t + 1 + 1);
    assert_int_equal(read_latched(f, 0), 0x9999);
}

static void one_byte_access(void **state)
{
    struct fixture *f = *state;
    uint64_t t = tick(f);
    test_out(f->m, 0x43, 0x24); /* high byte only, mode 2 */
    test_out(f->m, 0x40, 0x10);
    to_tick(f, t + 1 + 0x100);
    assert_int_equal(test_in(f->m, 0x40), 0x0f);
    test_out(f->m, 0x43, 0x14); /* low byte only */
    t = tick(f);
    test_out(f->m, 0x40, 0x80);
    to_tick(f, t + 1 + 0x10);
    assert_int_equal(test_in(f->m, 0x40), 0x70);
}

static void modes_6_and_7_are_2_and_3(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x0c, 100);
    assert_int_equal(f->pit.counter[0].mode, 2);
    program(f, 0, 0x0e, 100);
    assert_int_equal(f->pit.counter[0].mode, 3);
}

static void refresh_bit_toggles(void **state)
{
    struct fixture *f = *state;
    unsigned toggles = 0;
    uint8_t last = test_in(f->m, 0x61) & 0x10;
    for (unsigned i = 0; i < 1000; i++) {
        test_advance(f->m, 1000);
        uint8_t now = test_in(f->m, 0x61) & 0x10;
        toggles += now != last;
        last = now;
    }
    assert_in_range(toggles, 64, 68); /* every 15 us */
}

static void forbidden_count_of_one(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x04, 1);
    unsigned before = f->irq.rises;
    to_tick(f, tick(f) + 1000);
    assert_int_equal(f->irq.rises, before);
}

static void latch_command_does_not_lose_a_tick(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x04, 1000);
    unsigned before = f->irq.rises;
    f->m->now += 1000000; /* the tick is due, but the timer has not run yet */
    read_latched(f, 0);
    assert_int_equal(f->irq.rises - before, 1);
}

/* A host so busy that the shot is over before it is planned; Linux sleeps for ever without it. */
static void one_shot_survives_preemption(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x43, 0x38);
    unsigned before = f->irq.rises;
    f->m->jump = 10000000;
    test_out(f->m, 0x40, 0xce);
    test_out(f->m, 0x40, 0x0f);
    f->m->jump = 0;
    test_run_timers(f->m);
    assert_int_equal(f->irq.rises, before + 1);
}

static void disconnected_counter_is_silent(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x04, 1000);
    i8254_disconnect(&f->pit, true);
    unsigned before = f->irq.rises;
    to_tick(f, tick(f) + 10000);
    assert_int_equal(f->irq.rises, before);
    i8254_disconnect(&f->pit, false);
    to_tick(f, tick(f) + 1500);
    assert_true(f->irq.rises > before);
}

static void reset_stops_everything(void **state)
{
    struct fixture *f = *state;
    program(f, 0, 0x04, 1000);
    f->pit.dev.ops->reset(&f->pit.dev);
    unsigned before = f->irq.rises;
    to_tick(f, tick(f) + 10000);
    assert_int_equal(f->irq.rises, before);
    assert_false(f->irq.level);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(mode0_interrupts_once),
        CASE(mode0_first_byte_stops_the_count),
        CASE(mode2_is_periodic),
        CASE(mode2_new_count_waits_for_the_period),
        CASE(missed_ticks_are_not_made_up_for),
        CASE(mode3_counts_by_two),
        CASE(mode4_strobes),
        CASE(gate_triggers_modes_1_and_5),
        CASE(gate_freezes_mode_0),
        CASE(tsc_calibration_sees_the_right_time),
        CASE(fast_calibration_sees_the_high_byte_fall),
        CASE(latch_holds_until_read),
        CASE(read_back_gives_status_then_count),
        CASE(bcd_counts_in_tens),
        CASE(one_byte_access),
        CASE(modes_6_and_7_are_2_and_3),
        CASE(refresh_bit_toggles),
        CASE(forbidden_count_of_one),
        CASE(latch_command_does_not_lose_a_tick),
        CASE(one_shot_survives_preemption),
        CASE(disconnected_counter_is_silent),
        CASE(reset_stops_everything),
    };
    return cmocka_run_group_tests_name("i8254", tests, NULL, NULL);
}
