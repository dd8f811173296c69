/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Where sequences and characters end, which attributes are set, where the cursor is. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "vt.h"

static struct vt vt;

static int setup(void **state)
{
    (void)state;
    vt_init(&vt);
    return 0;
}

static void feed(const char *text)
{
    while (*text != '\0')
        vt_feed(&vt, *text++);
}

static size_t boundary(const char *text)
{
    return vt_boundary(&vt, text, strlen(text));
}

static void test_boundaries(void **state)
{
    (void)state;
    assert_int_equal(boundary("abc"), 3);
    assert_int_equal(boundary("a\033"), 1);
    assert_int_equal(boundary("a\033[1;3"), 1);
    assert_int_equal(boundary("a\033[1;31mb"), 9);
    assert_int_equal(boundary("\033(B"), 3);
    assert_int_equal(boundary("\033("), 0);
    assert_int_equal(boundary("\033]0;title"), 0);
    assert_int_equal(boundary("\033]0;title\a"), 10);
    assert_int_equal(boundary("\033]0;title\033\\"), 11);
    assert_int_equal(boundary("\303\251"), 2);
    assert_int_equal(boundary("x\303"), 1);
    assert_int_equal(boundary("\342\202\254\342\202"), 3);
    assert_int_equal(boundary("\303A"), 2); /* cut short: not waited for */
    assert_int_equal(boundary("\033[12\n"), 5);
}

static void test_attributes(void **state)
{
    (void)state;
    feed("\033[1m\033[34m");
    assert_memory_equal(vt.sgr, "\033[1m\033[34m", 9);
    assert_int_equal(vt.sgr_used, 9);
    assert_false(vt.sgr_reset);
    feed("\033[m");
    assert_true(vt.sgr_reset);
    assert_int_equal(vt.sgr_used, 0);
    feed("\033[0;32m");
    assert_true(vt.sgr_reset);
    assert_int_equal(vt.sgr_used, 7);
    feed("\033[38;5;0m");
    assert_false(vt.sgr_reset);
    for (int i = 0; i < 40; i++)
        feed("\033[45m");
    assert_in_range(vt.sgr_used, 5, VT_SGR);
}

static void test_cursor(void **state)
{
    (void)state;
    feed("\033[H\033[J");
    assert_false(vt.screen); /* a cleared screen for lines */
    feed("\033[5;10Hab");
    assert_true(vt.screen);
    assert_int_equal(vt.row, 4);
    assert_int_equal(vt.column, 11);
    feed("\033[2A\033[3C\b\r\n");
    assert_int_equal(vt.row, 3);
    assert_int_equal(vt.column, 0);
    feed("a\r\nb\r\nc\r\nd\r\ne\r\nf\r\ng\r\nh\r\n");
    assert_false(vt.screen); /* lines of text again */
    feed("\033[?1049h");
    assert_true(vt.screen);
    feed("\033[?1049l");
    assert_false(vt.screen);
}

/* No input makes it wait for ever, or write outside itself. */
static void test_anything(void **state)
{
    (void)state;
    static const char alphabet[] = "\033\033\033[[[]P();?0123456789mHJrABCDGdhl \n\r\a\\\303\342";
    size_t waiting = 0;
    srand(5);
    for (int i = 0; i < 300000; i++) {
        char c = rand() % 4 != 0 ? alphabet[(size_t)rand() % (sizeof(alphabet) - 1)] : (char)rand();
        waiting = vt_feed(&vt, c) ? 0 : waiting + 1;
        assert_in_range(vt.sgr_used, 0, VT_SGR);
        assert_in_range(vt.row, 0, 999);
        assert_in_range(vt.column, 0, 999);
    }
    for (const char *start = "\033[\0\033]\0\033(\0\033 \0"; *start != '\0'; start += 3) {
        setup(state);
        feed(start);
        for (waiting = 0; !vt_ground(&vt); waiting++) {
            vt_feed(&vt, ' ');
            assert_in_range(waiting, 0, 2 * VT_STRING_LIMIT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_boundaries, setup),
        cmocka_unit_test_setup(test_attributes, setup),
        cmocka_unit_test_setup(test_cursor, setup),
        cmocka_unit_test_setup(test_anything, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
