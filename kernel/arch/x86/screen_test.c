/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The log as VGA text and as pixels, in simulated memory. */
#include "screen_draw.h"
#include "../../boot/fixture.h"
#include <kernel/arch.h>
#include <string.h>

#define TEXT_MEMORY 0xb8000
#define FRAME       0x800000

static const struct screen_mode text_mode = {
    .kind = SCREEN_TEXT, .address = TEXT_MEMORY, .pitch = 160, .width = 80, .height = 25};
static const struct screen_mode pixel_mode = {
    .kind = SCREEN_PIXELS,
    .address = FRAME,
    .pitch = 640 * 4 + 64,
    .width = 640,
    .height = 400,
    .bits = 32,
    .red = {16, 8},
    .green = {8, 8},
    .blue = {0, 8},
};

static void start(const struct screen_mode *mode)
{
    screen_seize();
    assert_true(screen_start(mode, "", 0));
}

static void put(const char *s)
{
    while (*s) {
        screen_put(*s++);
    }
}

/* A line of the text screen, without blanks at its end. */
static const char *line(unsigned row)
{
    static char text[81];
    const uint16_t *cells = phys_to_virt(TEXT_MEMORY + row * 160);
    unsigned end = 0;
    for (unsigned i = 0; i < 80; i++) {
        text[i] = (char)cells[i];
        end = text[i] != ' ' ? i + 1 : end;
    }
    text[end] = 0;
    return text;
}

static void test_log_so_far_is_shown_first(void **state)
{
    (void)state;
    screen_seize();
    assert_true(screen_start(&text_mode, "early\nmore", 10));
    put("!\n");
    assert_string_equal(line(0), "early");
    assert_string_equal(line(1), "more!");
    assert_string_equal(line(2), "");
}

static void test_controls(void **state)
{
    (void)state;
    start(&text_mode);
    put("abc\rX\tY\bZ\n\x7f\x01"
        "caf\xc3\xa9!");
    assert_string_equal(line(0), "X       Z");
    assert_string_equal(line(1), "caf?!");
}

static void test_tab_overwrites_what_it_passes(void **state)
{
    (void)state;
    start(&text_mode);
    put("12345678901\r\tN");
    assert_string_equal(line(0), "        N01");
}

static void test_long_lines_wrap(void **state)
{
    (void)state;
    start(&text_mode);
    for (unsigned i = 0; i < 81; i++) {
        put("w");
    }
    assert_int_equal(strlen(line(0)), 80);
    assert_string_equal(line(1), "w");
}

static void test_text_moves_up_when_full(void **state)
{
    (void)state;
    start(&text_mode);
    for (unsigned i = 0; i < 30; i++) {
        char text[] = {(char)('A' + i % 26), '\n', 0};
        put(text);
    }
    /* 25 lines, moved by 7 after the 25th */
    assert_string_equal(line(0), "H");
    assert_string_equal(line(22), "D");
    assert_string_equal(line(23), "");
    assert_string_equal(line(24), "");
}

static uint16_t cell(unsigned row, unsigned column)
{
    return ((const uint16_t *)phys_to_virt(TEXT_MEMORY + row * 160))[column];
}

static void test_colours_are_followed_other_sequences_vanish(void **state)
{
    (void)state;
    start(&text_mode);
    put("\033[31;47mr\033[0mn\033[2J\033[10;20H\033[?25lo\033[1;34mb\033[39;49;22md");
    assert_string_equal(line(0), "rnobd");
    assert_int_equal(cell(0, 0), 0x7400 | 'r'); /* red on white */
    assert_int_equal(cell(0, 1), 0x0700 | 'n');
    assert_int_equal(cell(0, 2), 0x0700 | 'o');
    assert_int_equal(cell(0, 3), 0x0900 | 'b'); /* bright blue */
    assert_int_equal(cell(0, 4), 0x0700 | 'd');
    put("\033[99999999999999999999m\033[1;2;3;4;5;6;7;8;9;30mx\033]y");
    assert_string_equal(line(0), "rnobdxy");
}

static void test_users_memory_is_left_alone(void **state)
{
    (void)state;
    start(&text_mode);
    put("mine");
    screen_note_user_memory(TEXT_MEMORY + 160 * 25, 4096); /* behind it */
    put("!");
    assert_string_equal(line(0), "mine!");
    screen_note_user_memory(TEXT_MEMORY & ~0xfffu, 4096);
    put("hidden");
    assert_string_equal(line(0), "mine!");
    screen_seize();
    put("panic");
    assert_string_equal(line(0), "mine!panic");
}

static uint32_t pixel(unsigned x, unsigned y)
{
    return *(const uint32_t *)phys_to_virt(FRAME + y * pixel_mode.pitch + x * 4);
}

/* The pixels of a cell against the font. */
static void check_glyph(unsigned column, unsigned row, char c, uint32_t ink)
{
    for (unsigned y = 0; y < SCREEN_CELL_HEIGHT; y++) {
        unsigned dots = screen_font[c - ' '][y / 2], wide = dots << 2 | dots << 1;
        for (unsigned x = 0; x < SCREEN_CELL_WIDTH; x++) {
            uint32_t expected = wide >> (7 - x) & 1 ? ink : 0;
            assert_int_equal(pixel(column * 8 + x, row * 16 + y), expected);
        }
    }
}

static void test_pixels(void **state)
{
    (void)state;
    start(&pixel_mode);
    put("Ag\n\033[32mz");
    check_glyph(0, 0, 'A', 0xbfbfbf);
    check_glyph(1, 0, 'g', 0xbfbfbf);
    check_glyph(0, 1, 'z', 0x00bf00);
    check_glyph(2, 0, ' ', 0);
    assert_int_equal(*(const uint8_t *)phys_to_virt(FRAME - 1), 0);
}

static void test_sixteen_bit_pixels(void **state)
{
    (void)state;
    struct screen_mode mode = pixel_mode;
    mode.bits = 16;
    mode.pitch = 640 * 2;
    mode.red = (struct screen_channel){11, 5};
    mode.green = (struct screen_channel){5, 6};
    mode.blue = (struct screen_channel){0, 5};
    start(&mode);
    put("\033[44m ");
    assert_int_equal(*(const uint16_t *)phys_to_virt(FRAME), 31 * 3 / 4);
}

static void refuse(struct screen_mode mode)
{
    assert_false(screen_start(&mode, "", 0));
}

static void test_unusable_modes_are_refused(void **state)
{
    (void)state;
    struct screen_mode mode = pixel_mode;
    mode.bits = 8;
    refuse(mode);
    mode = pixel_mode;
    mode.pitch = 640;
    refuse(mode);
    mode = pixel_mode;
    mode.height = 100;
    refuse(mode);
    mode = pixel_mode;
    mode.red.position = 30;
    refuse(mode);
    mode = pixel_mode;
    mode.kind = SCREEN_NONE;
    refuse(mode);
}

static void put_bios_data(uint8_t mode, uint8_t columns)
{
    *(uint8_t *)phys_to_virt(0x449) = mode;
    *(uint8_t *)phys_to_virt(0x44a) = columns;
    *(uint8_t *)phys_to_virt(0x484) = 24;
}

static void test_bios_text_mode_is_found(void **state)
{
    (void)state;
    assert_int_equal(screen_find_text().kind, SCREEN_NONE);
    put_bios_data(0x13, 40);
    assert_int_equal(screen_find_text().kind, SCREEN_NONE);
    put_bios_data(3, 80);
    struct screen_mode found = screen_find_text();
    assert_int_equal(found.kind, SCREEN_TEXT);
    assert_int_equal(found.address, 0xb8000);
    assert_int_equal(screen_size(&found), 4000);
    put_bios_data(7, 80);
    assert_int_equal(screen_find_text().address, 0xb0000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_log_so_far_is_shown_first, fixture_setup),
        cmocka_unit_test_setup(test_controls, fixture_setup),
        cmocka_unit_test_setup(test_tab_overwrites_what_it_passes, fixture_setup),
        cmocka_unit_test_setup(test_long_lines_wrap, fixture_setup),
        cmocka_unit_test_setup(test_text_moves_up_when_full, fixture_setup),
        cmocka_unit_test_setup(test_colours_are_followed_other_sequences_vanish, fixture_setup),
        cmocka_unit_test_setup(test_users_memory_is_left_alone, fixture_setup),
        cmocka_unit_test_setup(test_pixels, fixture_setup),
        cmocka_unit_test_setup(test_sixteen_bit_pixels, fixture_setup),
        cmocka_unit_test_setup(test_unusable_modes_are_refused, fixture_setup),
        cmocka_unit_test_setup(test_bios_text_mode_is_found, fixture_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
