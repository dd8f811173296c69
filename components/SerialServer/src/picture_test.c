/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Several programs on one terminal: what its user sees after input is switched, or a key typed. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "input.h"

static struct mux mux;
static struct input input;
/* The user's terminal, and what was typed to guests. */
static struct vt vt;
static struct screen screen;
static char typed[64];

static void emit(void *context, const char *data, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++) {
        vt_feed(&vt, data[i]);
        screen_feed(&screen, &vt);
    }
}

static void deliver(void *context, int client, char c)
{
    (void)context;
    size_t used = strlen(typed);
    assert_true(used + 2 < sizeof(typed));
    typed[used] = (char)('0' + client);
    typed[used + 1] = c;
}

static const struct input_ops ops = {.deliver = deliver};

static int setup(void **state)
{
    (void)state;
    memset(typed, 0, sizeof(typed));
    vt_init(&vt);
    screen_init(&screen);
    emit(NULL, "\033[1;1H\033[J", 9);
    mux_init(&mux, emit, NULL);
    input_init(&input, &mux, &ops, NULL);
    input.clients = 3;
    return 0;
}

static void say(int client, const char *text)
{
    mux_write(&mux, MUX_RAW(client), text, strlen(text));
    for (int i = 0; i < 15; i++)
        mux_tick(&mux);
}

static void type(const char *keys)
{
    while (*keys != '\0')
        input_byte(&input, *keys++);
}

static bool shows(unsigned row, unsigned column, const char *text)
{
    for (; *text != '\0'; text++, column++)
        if (screen.cell[row][column].code != (unsigned char)*text)
            return false;
    return true;
}

static void editor(int client, const char *text)
{
    say(client, "\033[?1049h\033[H\033[J\033[2;1H~\033[24;1H- file\033[1;1H");
    say(client, text);
}

static void test_switching(void **state)
{
    (void)state;
    editor(0, "zero");
    type("\r@1");
    editor(1, "eins");
    assert_true(shows(0, 0, "eins"));
    type("\r@0");
    assert_true(shows(0, 0, "zero") && shows(1, 0, "~") && shows(23, 0, "- file"));
    assert_int_equal(screen.row, 0);
    assert_int_equal(screen.column, 4);
    /* In the guest's colour: red on white. */
    assert_int_equal(screen.cell[0][0].pen.foreground, 2);
    assert_int_equal(screen.cell[0][0].pen.background, 8);
    type("\r@1");
    assert_true(shows(0, 0, "eins"));
    assert_int_equal(screen.cell[0][0].pen.foreground, 3);
    assert_string_equal(typed, "0\r1\r0\r"); /* nothing but what was typed */
}

static void test_text_over_a_picture(void **state)
{
    (void)state;
    editor(0, "zero");
    say(1, "a line of another guest\r\n");
    /* It stands at the bottom, not in the middle. */
    assert_true(shows(22, 0, "a line of another guest"));
    assert_false(shows(0, 0, "zero"));
    /* The next key brings the picture back; the one after that does not draw it once more. */
    type("x");
    assert_true(shows(0, 0, "zero") && shows(23, 0, "- file"));
    assert_false(shows(22, 0, "a line"));
    emit(NULL, "\033[1;1Hmark", 10);
    type("y");
    assert_true(shows(0, 0, "mark"));
    /* So do lists of the console itself. */
    type("\r@?");
    assert_false(shows(0, 0, "mark"));
    type("z");
    assert_true(shows(0, 0, "zero"));
}

static void test_leaving_several(void **state)
{
    (void)state;
    type("\r@m01\r");
    for (int i = 0; i < 5; i++)
        mux_tick(&mux);
    const char *picture = "\033[?1049h\033[H\033[J\033[2;1H~\033[1;1Hboth";
    for (int i = 0; i < 2; i++)
        mux_write(&mux, MUX_RAW(i), picture, strlen(picture));
    for (int i = 0; i < 15; i++)
        mux_tick(&mux);
    assert_true(shows(0, 0, "both"));
    assert_int_equal(screen.cell[0][0].pen.foreground, 0);
    mux_write(&mux, MUX_RAW(0), "\033[3;1Hzero", 10);
    mux_write(&mux, MUX_RAW(1), "\033[3;1Heins", 10);
    for (int i = 0; i < 15; i++)
        mux_tick(&mux);
    type("\r@0");
    assert_true(shows(0, 0, "both") && shows(2, 0, "zero"));
    type("\r@1");
    assert_true(shows(0, 0, "both") && shows(2, 0, "eins"));
}

static bool coloured(void)
{
    for (unsigned row = 0; row < screen.rows; row++)
        for (unsigned column = 0; column < screen.columns; column++)
            if (screen.cell[row][column].code != ' ' &&
                (screen.cell[row][column].pen.foreground | screen.cell[row][column].pen.background))
                return true;
    return false;
}

/* Three editors that take typed keys in different pieces, as on a busy machine. */
static void test_alike_again(void **state)
{
    (void)state;
    type("\r@m012\r");
    for (int i = 0; i < 3; i++)
        editor(i, "text");
    assert_true(shows(0, 0, "text") && !coloured());
    type("a");
    mux_write(&mux, MUX_RAW(0), "\033[5;1Hab", 8);
    mux_write(&mux, MUX_RAW(1), "\033[5;1Ha\033[5;2Hb", 14);
    mux_write(&mux, MUX_RAW(2), "\033[5;1Hab", 8);
    assert_true(coloured());
    mux_tick(&mux);
    mux_tick(&mux);
    mux_tick(&mux);
    /* They are quiet, and what each has drawn is the same: it is there once. */
    assert_true(shows(0, 0, "text") && shows(4, 0, "ab") && shows(23, 0, "- file"));
    assert_false(coloured());
    assert_int_equal(screen.row, 4);
    assert_int_equal(screen.column, 2);
    /* What differs stays as it is; so does a list, until a key is typed. */
    say(1, "\033[7;1Hmine");
    assert_true(shows(6, 0, "mine") && coloured());
    say(1, "\033[7;1H\033[K\033[5;3H");
    assert_true(shows(0, 0, "text") && !shows(6, 0, "mine") && !coloured());
    type("\r@?");
    for (int i = 0; i < 10; i++)
        mux_tick(&mux);
    assert_false(shows(0, 0, "text"));
    type("c");
    assert_true(shows(0, 0, "text") && shows(4, 0, "ab") && !coloured());
    assert_true(vt.modes.alternate);
    for (int i = 0; i < 3; i++)
        mux_write(&mux, MUX_RAW(i), "c", 1);
    assert_true(shows(4, 0, "abc") && !coloured());
}

/* Regions, character sets and other modes are each program's own. */
static void test_modes(void **state)
{
    (void)state;
    editor(0, "\033[5;10r\033)0\016\033[?25l\033[5;1Hqq");
    assert_int_equal(vt.modes.top, 4);
    say(1, "text\r\n");
    assert_int_equal(vt.modes.bottom, 0);
    assert_false(vt.modes.shifted || vt.modes.hidden);
    assert_true(shows(22, 0, "text"));
    say(0, "x");
    assert_int_equal(vt.modes.top, 4);
    assert_int_equal(vt.modes.bottom, 10);
    assert_true(vt.modes.shifted && vt.modes.hidden);
    assert_int_equal(vt.modes.charset[1], '0');
    assert_true(shows(4, 2, "x") && screen.cell[4][2].pen.graphics);
    mux_message(&mux, "message");
    assert_false(vt.modes.shifted || vt.modes.hidden);
    assert_int_equal(vt.modes.bottom, 0);
    /* Drawn again with its lines as lines. */
    type("\r@0");
    assert_true(screen.cell[4][0].code == 'q' && screen.cell[4][0].pen.graphics);
    assert_false(screen.cell[0][0].pen.graphics);
    assert_int_equal(vt.modes.top, 4);
}

static void test_alternate_screen_and_keys(void **state)
{
    (void)state;
    editor(0, "\033[?1h\033=\033[?2004hzero");
    assert_true(vt.modes.alternate && vt.modes.cursor_keys && vt.modes.keypad && vt.modes.paste);
    type("\r@1");
    assert_false(vt.modes.alternate || vt.modes.cursor_keys || vt.modes.keypad || vt.modes.paste);
    say(0, "more"); /* out of sight, where the terminal is */
    assert_false(vt.modes.alternate);
    type("\r@0");
    assert_true(vt.modes.alternate && vt.modes.cursor_keys && vt.modes.keypad && vt.modes.paste);
    assert_true(shows(0, 0, "zeromore"));
    say(0, "\033[?1049l\033[?1l\033>$ ");
    assert_false(vt.modes.alternate || vt.modes.cursor_keys || vt.modes.keypad);
    /* A program of lines is never drawn again. */
    emit(NULL, "\033[1;1Hmark", 10);
    type("\r@0");
    assert_true(shows(0, 0, "mark"));
}

static void test_reset_of_a_guest(void **state)
{
    (void)state;
    editor(0, "\033[5;10r\033[31m\016");
    mux_forget(&mux, 0);
    assert_false(vt.modes.alternate || vt.modes.shifted);
    assert_int_equal(vt.modes.bottom, 0);
    assert_int_equal(vt.sgr_used, 0);
    say(0, "Linux\r\n");
    assert_false(mux_redraw(&mux, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_switching, setup),
        cmocka_unit_test_setup(test_text_over_a_picture, setup),
        cmocka_unit_test_setup(test_leaving_several, setup),
        cmocka_unit_test_setup(test_alike_again, setup),
        cmocka_unit_test_setup(test_modes, setup),
        cmocka_unit_test_setup(test_alternate_screen_and_keys, setup),
        cmocka_unit_test_setup(test_reset_of_a_guest, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
