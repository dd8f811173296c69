/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "i8259.h"
#include "test_machine.h"

struct fixture {
    struct test_machine *m;
    struct i8259 pic;
    unsigned eois[16];
};

static void count_eoi(void *ctx, unsigned line)
{
    ((struct fixture *)ctx)->eois[line]++;
}

/* The sequence Linux writes (init_8259A): vectors 0x30 and 0x38, all unmasked. */
static void initialise(struct fixture *f, uint8_t icw4)
{
    test_out(f->m, 0x20, 0x11);
    test_out(f->m, 0x21, 0x30);
    test_out(f->m, 0x21, 0x04);
    test_out(f->m, 0x21, icw4);
    test_out(f->m, 0xa0, 0x11);
    test_out(f->m, 0xa1, 0x38);
    test_out(f->m, 0xa1, 0x02);
    test_out(f->m, 0xa1, icw4);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(1);
    i8259_create(&f->pic, &f->m->vm);
    i8259_on_eoi(&f->pic, count_eoi, f);
    initialise(f, 0x01);
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

static void pin(struct fixture *f, unsigned n, bool level)
{
    f->m->vm.pic->set_pin(&f->pic, n, level);
}

static bool pending(struct fixture *f)
{
    return f->m->vm.pic->pending(&f->pic);
}

static int inta(struct fixture *f)
{
    return f->m->vm.pic->acknowledge(&f->pic);
}

static void edge_is_taken_once(void **state)
{
    struct fixture *f = *state;
    assert_false(pending(f));
    pin(f, 0, true);
    assert_true(pending(f));
    assert_int_equal(test_in(f->m, 0x20), 0x01); /* IRR */
    assert_int_equal(inta(f), 0x30);
    assert_false(pending(f));
    test_out(f->m, 0x20, 0x0b);
    assert_int_equal(test_in(f->m, 0x20), 0x01); /* ISR */
    test_out(f->m, 0x20, 0x20);
    assert_int_equal(test_in(f->m, 0x20), 0x00);
    assert_int_equal(f->eois[0], 1);
    assert_false(pending(f)); /* the line is still high: no new edge */
    pin(f, 0, false);
    pin(f, 0, true);
    assert_true(pending(f));
}

static void pulse_stays_latched(void **state)
{
    struct fixture *f = *state;
    pin(f, 3, true);
    pin(f, 3, false);
    assert_int_equal(inta(f), 0x33);
}

static void level_asks_again_until_it_drops(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x4d0, 0xff);
    test_out(f->m, 0x4d1, 0xff);
    assert_int_equal(test_in(f->m, 0x4d0), 0xf8);
    assert_int_equal(test_in(f->m, 0x4d1), 0xde);
    pin(f, 5, true);
    assert_int_equal(inta(f), 0x35);
    assert_false(pending(f));
    test_out(f->m, 0x20, 0x65);
    assert_true(pending(f));
    pin(f, 5, false);
    assert_false(pending(f));
}

static void elcr_takes_the_live_line(void **state)
{
    struct fixture *f = *state;
    pin(f, 5, true);
    assert_int_equal(inta(f), 0x35);
    test_out(f->m, 0x20, 0x20);
    test_out(f->m, 0x4d0, 0x20);
    assert_true(pending(f));
}

static void priorities_nest(void **state)
{
    struct fixture *f = *state;
    pin(f, 4, true);
    assert_int_equal(inta(f), 0x34);
    pin(f, 6, true);
    assert_false(pending(f)); /* lower: waits */
    pin(f, 1, true);
    assert_int_equal(inta(f), 0x31); /* higher: nests */
    test_out(f->m, 0x20, 0x20);
    assert_int_equal(f->eois[1], 1);
    assert_false(pending(f));
    test_out(f->m, 0x20, 0x20);
    assert_int_equal(f->eois[4], 1);
    assert_int_equal(inta(f), 0x36);
}

static void slave_cascades(void **state)
{
    struct fixture *f = *state;
    pin(f, 8, true);
    pin(f, 12, true);
    assert_int_equal(inta(f), 0x38);
    assert_false(pending(f));
    test_out(f->m, 0xa0, 0x20);
    assert_false(pending(f)); /* the master's cascade level is still in service */
    test_out(f->m, 0x20, 0x20);
    assert_int_equal(inta(f), 0x3c);
    test_out(f->m, 0xa0, 0x64);
    test_out(f->m, 0x20, 0x62);
    assert_int_equal(f->eois[8], 1);
    assert_int_equal(f->eois[12], 1);
    assert_int_equal(f->eois[2], 0);
}

static void masked_line_waits(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x21, 0x10);
    assert_int_equal(test_in(f->m, 0x21), 0x10);
    pin(f, 4, true);
    assert_false(pending(f));
    test_out(f->m, 0x21, 0x00);
    assert_int_equal(inta(f), 0x34);
}

static void nothing_to_acknowledge_is_spurious(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x4d0, 0x20);
    pin(f, 5, true);
    pin(f, 5, false);
    assert_int_equal(inta(f), 0x37);
    test_out(f->m, 0x20, 0x0b);
    assert_int_equal(test_in(f->m, 0x20), 0); /* not in service */
    /* on the slave: the master's level 2 is in service, the slave's is not */
    pin(f, 9, true);
    f->pic.chip[1].imr = 0xff;
    assert_int_equal(inta(f), 0x3f);
    assert_int_equal(test_in(f->m, 0x20), 0x04);
}

static void auto_eoi_leaves_nothing_in_service(void **state)
{
    struct fixture *f = *state;
    initialise(f, 0x03);
    pin(f, 10, true);
    pin(f, 11, true);
    assert_int_equal(inta(f), 0x3a);
    assert_int_equal(inta(f), 0x3b); /* the slave's output made a second edge */
    assert_false(pending(f));
    assert_int_equal(f->eois[10], 1);
}

static void rotation_moves_the_lowest_level(void **state)
{
    struct fixture *f = *state;
    pin(f, 4, true);
    pin(f, 5, true);
    assert_int_equal(inta(f), 0x34);
    test_out(f->m, 0x20, 0xa0); /* rotate on non-specific EOI: 4 is lowest, 5 highest */
    pin(f, 0, true);
    assert_int_equal(inta(f), 0x35);
    test_out(f->m, 0x20, 0xe5); /* rotate on specific EOI */
    assert_int_equal(inta(f), 0x30);
    test_out(f->m, 0x20, 0x20);
    test_out(f->m, 0x20, 0xc6); /* set priority: 6 lowest */
    pin(f, 6, true);
    pin(f, 7, true);
    assert_int_equal(inta(f), 0x37);
}

static void rotate_in_auto_eoi(void **state)
{
    struct fixture *f = *state;
    initialise(f, 0x03);
    test_out(f->m, 0x20, 0x80);
    pin(f, 1, true);
    assert_int_equal(inta(f), 0x31);
    pin(f, 0, true);
    pin(f, 3, true);
    assert_int_equal(inta(f), 0x33);
    test_out(f->m, 0x20, 0x00);
    assert_int_equal(inta(f), 0x30);
}

static void special_mask_lets_lower_levels_in(void **state)
{
    struct fixture *f = *state;
    pin(f, 3, true);
    assert_int_equal(inta(f), 0x33);
    pin(f, 6, true);
    assert_false(pending(f));
    test_out(f->m, 0x20, 0x68); /* special mask mode on */
    test_out(f->m, 0x21, 0x08);
    assert_int_equal(inta(f), 0x36);
    test_out(f->m, 0x20, 0x20); /* ends 6, not the masked 3 */
    test_out(f->m, 0x20, 0x0b);
    assert_int_equal(test_in(f->m, 0x20), 0x08);
    test_out(f->m, 0x20, 0x63);
    assert_int_equal(test_in(f->m, 0x20), 0x00);
    test_out(f->m, 0x20, 0x48); /* off */
    assert_false(f->pic.chip[0].special_mask);
}

static void special_fully_nested_slave(void **state)
{
    struct fixture *f = *state;
    initialise(f, 0x11);
    pin(f, 12, true);
    assert_int_equal(inta(f), 0x3c);
    pin(f, 9, true);
    assert_int_equal(inta(f), 0x39); /* higher level of the slave already in service */
}

static void poll_acknowledges(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x20, 0x0c);
    assert_int_equal(test_in(f->m, 0x20), 0);
    pin(f, 3, true);
    test_out(f->m, 0x20, 0x0c);
    assert_int_equal(test_in(f->m, 0x20), 0x83);
    assert_false(pending(f));
    test_out(f->m, 0x20, 0x0b);
    assert_int_equal(test_in(f->m, 0x20), 0x08);
}

static void initialisation_forgets_edges(void **state)
{
    struct fixture *f = *state;
    pin(f, 3, true);
    test_out(f->m, 0x20, 0x11);
    assert_false(pending(f)); /* unfinished */
    initialise(f, 1);
    assert_false(pending(f));
    assert_int_equal(test_in(f->m, 0x21), 0); /* ICW1 clears the mask */
    /* ICW1 without ICW4, single: two words */
    test_out(f->m, 0x20, 0x12);
    test_out(f->m, 0x21, 0x47);
    pin(f, 1, true);
    assert_int_equal(inta(f), 0x41);
}

static void wide_access_is_two_byte_cycles(void **state)
{
    struct fixture *f = *state;
    test_out(f->m, 0x21, 0x5a);
    assert_int_equal(test_read(f->m, VMM_SPACE_IO, 0x20, 2, 0), 0x5a00);
    test_write(f->m, VMM_SPACE_IO, 0x20, (uint64_t[]){0xa50b, 2}, 0);
    assert_int_equal(test_in(f->m, 0x21), 0xa5);
}

static void reset_masks_everything(void **state)
{
    struct fixture *f = *state;
    pin(f, 3, true);
    f->pic.dev.ops->reset(&f->pic.dev);
    assert_false(pending(f));
    assert_int_equal(test_in(f->m, 0x21), 0xff);
}

static void output_change_is_reported(void **state)
{
    struct fixture *f = *state;
    unsigned before = f->m->kicks[0];
    pin(f, 3, true);
    assert_int_equal(f->m->kicks[0], before + 1);
    pin(f, 4, true);
    assert_int_equal(f->m->kicks[0], before + 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(edge_is_taken_once),
        CASE(pulse_stays_latched),
        CASE(level_asks_again_until_it_drops),
        CASE(elcr_takes_the_live_line),
        CASE(priorities_nest),
        CASE(slave_cascades),
        CASE(masked_line_waits),
        CASE(nothing_to_acknowledge_is_spurious),
        CASE(auto_eoi_leaves_nothing_in_service),
        CASE(rotation_moves_the_lowest_level),
        CASE(rotate_in_auto_eoi),
        CASE(special_mask_lets_lower_levels_in),
        CASE(special_fully_nested_slave),
        CASE(poll_acknowledges),
        CASE(initialisation_forgets_edges),
        CASE(wide_access_is_two_byte_cycles),
        CASE(reset_masks_everything),
        CASE(output_change_is_reported),
    };
    return cmocka_run_group_tests_name("i8259", tests, NULL, NULL);
}
