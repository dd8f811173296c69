/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Pictures: what sequences draw. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "screen.h"

static struct vt vt;
static struct screen screen;

static int setup(void **state)
{
    (void)state;
    vt_init(&vt);
    screen_init(&screen);
    return 0;
}

static void feed(const char *text)
{
    for (; *text != '\0'; text++) {
        vt_feed(&vt, *text);
        screen_feed(&screen, &vt);
    }
}

/* The rows, blank ends left out; '>' is the right half of a wide character. */
static void expect(const char *const *rows, unsigned count)
{
    assert_int_equal(screen_used_rows(&screen), count);
    for (unsigned i = 0; i < count; i++) {
        char text[SCREEN_COLUMNS + 1] = "";
        unsigned used = screen_used_columns(&screen, i);
        for (unsigned k = 0; k < used; k++)
            text[k] = screen.cell[i][k].code == 0     ? '>'
                      : screen.cell[i][k].code > 0x7f ? '?'
                                                      : (char)screen.cell[i][k].code;
        assert_string_equal(text, rows[i]);
    }
}

#define EXPECT(...)                                                                                \
    expect((const char *const[]){__VA_ARGS__},                                                     \
           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void test_lines_have_no_picture(void **state)
{
    (void)state;
    feed("text\r\nmore\033[1mbold\033[m\r\n");
    assert_false(screen.active);
    feed("\033[H\033[Jtop\r\n1 init");
    assert_true(screen.active);
    EXPECT("top", "1 init");
    for (int i = 0; i < 30; i++)
        feed("line\r\n");
    assert_false(screen.active);
}

static void test_editor(void **state)
{
    (void)state;
    feed("\033[?1049h\033[H\033[J\033[2;1H~\033[3;1H~\033[24;1H\033[K- file 1/1\033[1;1Hhello");
    assert_true(vt.screen && screen.active);
    assert_int_equal(screen_used_rows(&screen), 24);
    assert_int_equal(screen.cell[0][0].code, 'h');
    assert_int_equal(screen.cell[23][2].code, 'f');
    assert_int_equal(screen.row, 0);
    assert_int_equal(screen.column, 5);
    feed("\033[?1049l");
    assert_false(screen.active);
}

static void test_erase_and_shift(void **state)
{
    (void)state;
    feed("\033[H\033[Jabcdef\r\nghijkl\r\nmnopqr");
    feed("\033[2;3H\033[K");
    EXPECT("abcdef", "gh", "mnopqr");
    feed("\033[1;2H\033[2P");
    EXPECT("adef", "gh", "mnopqr");
    feed("\033[2@");
    EXPECT("a  def", "gh", "mnopqr");
    feed("\033[1;1H\033[L");
    EXPECT("", "a  def", "gh", "mnopqr");
    feed("\033[3;1H\033[M");
    EXPECT("", "a  def", "mnopqr");
    feed("\033[3;3H\033[1K\033[2X");
    EXPECT("", "a  def", "    qr");
    feed("\033[2;2H\033[1J");
    EXPECT("", "   def", "    qr");
    feed("\033[4hXY\033[4l");
    EXPECT("", " XY  def", "    qr");
}

static void test_regions(void **state)
{
    (void)state;
    feed("\033[H\033[J1\r\n2\r\n3\r\n4\r\n5\033[2;4r\033[4;1H\n");
    EXPECT("1", "3", "4", "", "5");
    feed("\033[2;1H\033M");
    EXPECT("1", "", "3", "4", "5");
    feed("\033[?6h\033[1;1Hx");
    EXPECT("1", "x", "3", "4", "5");
    feed("\033[?6l\033[r\033[2S");
    EXPECT("3", "4", "5");
}

static void test_wrap_and_width(void **state)
{
    (void)state;
    feed("\033[2;79Habc");
    EXPECT("", "                                                                              ab",
           "c");
    feed("\033[H\033[J\033[2;1H\344\270\255x\303\251");
    EXPECT("", "?>x?");
    assert_int_equal(screen.cell[1][0].code, 0x4e2d);
    assert_int_equal(screen.cell[1][3].code, 0xe9);
    feed("\033[3;1Ha\033[4b");
    EXPECT("", "?>x?", "aaaaa");
    /* The last column is not left until the next character. */
    feed("\033[H\033[J\033[?7l\033[1;80Habc");
    assert_int_equal(screen.cell[0][79].code, 'c');
    assert_int_equal(screen_used_rows(&screen), 1);
}

static void test_pens(void **state)
{
    (void)state;
    feed("\033[2;1H\033[1;31;44ma\033[22;39mb\033[38;5;200;48;2;255;0;8mc\033[mD\033[97me\016\033)"
         "0q\017f");
    const struct screen_cell *cell = screen.cell[1];
    assert_int_equal(cell[0].pen.attributes, 1);
    assert_int_equal(cell[0].pen.foreground, 2);
    assert_int_equal(cell[0].pen.background, 5);
    assert_int_equal(cell[1].pen.attributes, 0);
    assert_int_equal(cell[1].pen.foreground, 0);
    assert_int_equal(cell[2].pen.foreground, 201);
    assert_int_equal(cell[2].pen.background, 0x8000 | 31 << 10 | 1);
    assert_int_equal(cell[3].pen.background, 0);
    assert_int_equal(cell[4].pen.foreground, 16);
    assert_true(cell[5].pen.graphics);
    assert_false(cell[6].pen.graphics);
}

static void test_saved_cursor(void **state)
{
    (void)state;
    feed("\033[5;6H\033[7m\0337\033[1;1H\033[m\0338x");
    assert_int_equal(screen.cell[4][5].code, 'x');
    assert_int_equal(screen.cell[4][5].pen.attributes, SCREEN_INVERSE);
}

/* Sizes beyond what is kept, parameters out of range, every sequence: nothing outside is touched.
 */
static void test_anything(void **state)
{
    (void)state;
    static const char alphabet[] =
        "\033[[[[;;0123456789?ABCDEFGHJKLMPSTXabdehlmrsu@`\r\n\t\bxyz\303\251";
    srand(5);
    feed("\033[2;2H\033[70;300H\033[999;999H\033[65;201r");
    for (int i = 0; i < 300000; i++) {
        char text[2] = {alphabet[(size_t)rand() % (sizeof(alphabet) - 1)], '\0'};
        feed(text);
        assert_true(screen.row < SCREEN_ROWS && screen.column < SCREEN_COLUMNS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lines_have_no_picture, setup),
        cmocka_unit_test_setup(test_editor, setup),
        cmocka_unit_test_setup(test_erase_and_shift, setup),
        cmocka_unit_test_setup(test_regions, setup),
        cmocka_unit_test_setup(test_wrap_and_width, setup),
        cmocka_unit_test_setup(test_pens, setup),
        cmocka_unit_test_setup(test_saved_cursor, setup),
        cmocka_unit_test_setup(test_anything, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
