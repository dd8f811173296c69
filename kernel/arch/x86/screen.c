/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Log on the screen. What is shown is kept in memory of our own: screens are slow to read. When
 * the last line is full the text moves up by a quarter of the screen at once, because moving it
 * for each line would cost more than all the rest.
 * BIOS data area: 449 (mode), 44a (columns), 484 (rows - 1); IBM PS/2 and PC BIOS Interface
 * Technical Reference. SGR: ECMA-48, 8.3.117.
 */
#include "screen_draw.h"
#include <kernel/arch.h>
#include <kernel/printf.h>
#include <string.h>
#include <x86/paging.h>

#define BDA_MODE      0x449
#define BDA_COLUMNS   0x44a
#define BDA_ROWS      0x484
#define MODE_COLOUR   3
#define MODE_MONO     7
#define MEMORY_COLOUR 0xb8000
#define MEMORY_MONO   0xb0000
#define PROBE         0x075a

#define ATTRIBUTES  0x07
#define BOLD        0x08
#define BLANK       (ATTRIBUTES << 8 | ' ')
#define TAB_SIZE    8
#define MAX_NUMBER  999
#define UTF8_FOLLOW 0x80

static struct {
    struct screen_mode mode;
    struct screen_target target;
    bool users;
    unsigned column, row;
    uint8_t attributes;
    enum { PLAIN, ESCAPED, SEQUENCE } state;
    unsigned number; /* of the sequence, being read */
} screen;

static uint16_t cells[SCREEN_MAX_ROWS][SCREEN_MAX_COLUMNS];

uint64_t screen_size(const struct screen_mode *mode)
{
    return (uint64_t)mode->pitch * mode->height;
}

struct screen_mode screen_find_text(void)
{
    struct screen_mode mode = {.kind = SCREEN_NONE};
    const volatile uint8_t *bda = phys_to_virt(0);
    uint8_t number = bda[BDA_MODE] & 0x7f, columns = bda[BDA_COLUMNS], rows = bda[BDA_ROWS];
    if ((number != MODE_COLOUR && number != MODE_MONO) || columns != 80) {
        return mode;
    }
    mode.address = number == MODE_MONO ? MEMORY_MONO : MEMORY_COLOUR;
    volatile uint16_t *memory = phys_to_virt(mode.address);
    uint16_t before = *memory;
    *memory = PROBE;
    bool kept = *memory == PROBE;
    *memory = before;
    if (!kept) {
        return mode;
    }
    mode.kind = SCREEN_TEXT;
    mode.width = columns;
    mode.height = rows >= 24 && rows < SCREEN_MAX_ROWS ? rows + 1u : 25;
    mode.pitch = 2 * mode.width;
    return mode;
}

static void set_cell(unsigned row, unsigned column, uint16_t cell)
{
    if (cells[row][column] != cell) {
        cells[row][column] = cell;
        screen_draw_cell(&screen.target, row, column, cell);
    }
}

static void scroll(void)
{
    unsigned lines = (screen.target.rows + 3) / 4;
    for (unsigned r = 0; r < screen.target.rows; r++) {
        for (unsigned c = 0; c < screen.target.columns; c++) {
            set_cell(r, c, r + lines < screen.target.rows ? cells[r + lines][c] : BLANK);
        }
    }
    screen.row -= lines;
}

static void next_line(void)
{
    screen.column = 0;
    if (++screen.row == screen.target.rows) {
        scroll();
    }
}

static void put_glyph(char c)
{
    if (screen.column == screen.target.columns) {
        next_line();
    }
    set_cell(screen.row, screen.column++, (uint16_t)(screen.attributes << 8 | (uint8_t)c));
}

/* ECMA's red is 1, the screen's blue is. */
static unsigned swap_red_blue(unsigned colour)
{
    return (colour & 1) << 2 | (colour & 2) | (colour & 4) >> 2;
}

static void select_rendition(unsigned n)
{
    uint8_t a = screen.attributes;
    if (n == 0) {
        a = ATTRIBUTES;
    } else if (n == 1) {
        a |= BOLD;
    } else if (n == 22) {
        a &= (uint8_t)~BOLD;
    } else if (n == 39) {
        a = (uint8_t)((a & ~7u) | ATTRIBUTES);
    } else if (n == 49) {
        a &= 0x0f;
    } else if (n >= 30 && n <= 37) {
        a = (uint8_t)((a & ~7u) | swap_red_blue(n - 30));
    } else if (n >= 40 && n <= 47) {
        a = (uint8_t)((a & 0x0f) | swap_red_blue(n - 40) << 4);
    }
    screen.attributes = a;
}

/* Numbers take effect one by one; if the sequence turns out to be another, they must not. */
static void put_in_sequence(char c)
{
    static unsigned numbers[8], count;
    if (c >= '0' && c <= '9') {
        screen.number = screen.number * 10 + (unsigned)(c - '0');
        screen.number = screen.number > MAX_NUMBER ? MAX_NUMBER : screen.number;
        return;
    }
    if (count < sizeof(numbers) / sizeof(numbers[0])) {
        numbers[count++] = screen.number;
    }
    screen.number = 0;
    if (c == ';' || (uint8_t)c < '@') {
        return;
    }
    for (unsigned i = 0; i < count && c == 'm'; i++) {
        select_rendition(numbers[i]);
    }
    count = 0;
    screen.state = PLAIN;
}

static void put_plain(char c)
{
    switch (c) {
    case '\n':
        next_line();
        break;
    case '\r':
        screen.column = 0;
        break;
    case '\b':
        screen.column -= screen.column > 0;
        break;
    case '\t':
        do {
            put_glyph(' ');
        } while (screen.column % TAB_SIZE && screen.column < screen.target.columns);
        break;
    case '\033':
        screen.state = ESCAPED;
        break;
    default:
        /* A character of several bytes is one question mark. */
        if ((uint8_t)c >= ' ' && c != 0x7f && ((uint8_t)c & 0xc0) != UTF8_FOLLOW) {
            put_glyph((uint8_t)c < 0x7f ? c : '?');
        }
    }
}

static void put(char c)
{
    if (screen.state == SEQUENCE) {
        put_in_sequence(c);
    } else if (screen.state == ESCAPED) {
        screen.state = c == '[' ? SEQUENCE : PLAIN;
        screen.number = 0;
    } else {
        put_plain(c);
    }
}

bool screen_start(const struct screen_mode *mode, const char *log, uint64_t length)
{
    struct screen_target target;
    if (!screen_choose_target(mode, phys_to_virt(mode->address), &target)) {
        return false;
    }
    screen.mode = *mode;
    screen.target = target;
    screen.attributes = ATTRIBUTES;
    screen.column = screen.row = 0;
    screen.state = PLAIN;
    for (unsigned r = 0; r < target.rows; r++) {
        for (unsigned c = 0; c < target.columns; c++) {
            cells[r][c] = BLANK;
            screen_draw_cell(&target, r, c, BLANK);
        }
    }
    for (uint64_t i = 0; i < length; i++) {
        put(log[i]);
    }
    return true;
}

void screen_put(char c)
{
    if (screen.mode.kind != SCREEN_NONE && !screen.users) {
        put(c);
    }
}

void screen_note_user_memory(paddr_t base, uint64_t size)
{
    const struct screen_mode *m = &screen.mode;
    if (m->kind != SCREEN_NONE && base < m->address + screen_size(m) && m->address < base + size) {
        screen.users = true;
    }
}

void screen_seize(void)
{
    screen.users = false;
}

void screen_size_in_cells(unsigned *columns, unsigned *rows)
{
    *columns = screen.target.columns;
    *rows = screen.target.rows;
}

const struct screen_mode *screen_mode(void)
{
    return &screen.mode;
}
