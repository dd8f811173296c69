/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What control sequences do to a picture. */
#include <string.h>
#include "screen_internal.h"

enum { SGR_INDEX = 5, SGR_RGB = 2 };

/* 38 and 48 are followed by 5 and an index, or by 2 and three components. Returns numbers used. */
static unsigned screen_extended(const unsigned *value, unsigned count, uint16_t *colour)
{
    if (count >= 3 && value[1] == SGR_INDEX) {
        *colour = (uint16_t)((value[2] & 255u) + 1u);
        return 3;
    }
    if (count >= 5 && value[1] == SGR_RGB) {
        *colour = (uint16_t)(0x8000u | (value[2] >> 3 & 31u) << 10 | (value[3] >> 3 & 31u) << 5 |
                             (value[4] >> 3 & 31u));
        return 5;
    }
    return count;
}

static void screen_attribute(struct screen_pen *pen, unsigned value)
{
    if (value == 0)
        *pen = (struct screen_pen){0};
    else if (value <= 8)
        pen->attributes |= (uint8_t)(1u << (value - 1u));
    else if (value == 22)
        pen->attributes &= (uint8_t)~3u;
    else if (value >= 23 && value <= 28)
        pen->attributes &= (uint8_t) ~(1u << (value - 21u));
    else if (value >= 30 && value <= 37)
        pen->foreground = (uint16_t)(value - 30u + 1u);
    else if (value >= 40 && value <= 47)
        pen->background = (uint16_t)(value - 40u + 1u);
    else if (value >= 90 && value <= 97)
        pen->foreground = (uint16_t)(value - 90u + 8u + 1u);
    else if (value >= 100 && value <= 107)
        pen->background = (uint16_t)(value - 100u + 8u + 1u);
    else if (value == 39)
        pen->foreground = 0;
    else if (value == 49)
        pen->background = 0;
}

static void screen_attributes(struct screen *screen, const unsigned *value, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (value[i] == 38)
            i += screen_extended(value + i, count - i, &screen->pen.foreground) - 1u;
        else if (value[i] == 48)
            i += screen_extended(value + i, count - i, &screen->pen.background) - 1u;
        else
            screen_attribute(&screen->pen, value[i]);
    }
}

static void screen_move(struct screen *screen, int row, int column)
{
    row = row < 0 ? 0 : row >= screen->rows ? screen->rows - 1 : row;
    column = column < 0 ? 0 : column >= screen->columns ? screen->columns - 1 : column;
    screen->row = (uint16_t)row;
    screen->column = (uint16_t)column;
    screen->wrap = false;
}

/* From one to the number given; a terminal takes 0 as 1. */
static int screen_count(unsigned value)
{
    return value == 0 ? 1 : value > 999 ? 999 : (int)value;
}

static void screen_erase_display(struct screen *screen, unsigned how)
{
    if (how == 0) {
        screen_erase(screen, screen->row, screen->column, SCREEN_COLUMNS);
        screen_erase_rows(screen, screen->row + 1u, SCREEN_ROWS);
    } else if (how == 1) {
        screen_erase_rows(screen, 0, screen->row);
        screen_erase(screen, screen->row, 0, screen->column + 1u);
    } else {
        screen_erase_rows(screen, 0, SCREEN_ROWS);
    }
}

static void screen_erase_line(struct screen *screen, unsigned how)
{
    screen_erase(screen, screen->row, how == 0 ? screen->column : 0,
                 how == 1 ? screen->column + 1u : SCREEN_COLUMNS);
}

/* Opens a gap at the cursor, or closes one. */
static void screen_shift(struct screen *screen, unsigned by, bool insert)
{
    struct screen_cell *cell = &screen->cell[screen->row][screen->column];
    unsigned width = screen->columns - screen->column;
    by = by < width ? by : width;
    if (insert) {
        memmove(cell + by, cell, (width - by) * sizeof(*cell));
        screen_erase(screen, screen->row, screen->column, screen->column + by);
    } else {
        memmove(cell, cell + by, (width - by) * sizeof(*cell));
        screen_erase(screen, screen->row, screen->columns - by, screen->columns);
    }
}

/* Lines are inserted and deleted from the cursor to the end of the region. */
static void screen_shift_lines(struct screen *screen, const struct vt *vt, int by)
{
    struct screen_region region = screen_region(screen, vt);
    if (screen->row < region.top || screen->row >= region.bottom)
        return;
    region.top = screen->row;
    screen_scroll(screen, region, by);
    screen->column = 0;
}

static void screen_address(struct screen *screen, const struct vt *vt, const unsigned *value)
{
    int top = vt->modes.origin ? vt->modes.top : 0;
    screen_move(screen, top + screen_count(value[0]) - 1, screen_count(value[1]) - 1);
}

/* Modes and regions are the vt's; here is what they do at once. */
static void screen_mode(struct screen *screen, const struct vt *vt, const unsigned *value)
{
    char final = vt->sequence[vt->length - 1u];
    bool private = vt->sequence[1] == '?';
    if (final == 'r' && !private)
        screen_move(screen, vt->modes.origin ? vt->modes.top : 0, 0);
    else if (private && value[0] == 6)
        screen_move(screen, vt->modes.origin ? vt->modes.top : 0, 0);
    else if (private && final == 'h' && (value[0] == 1047 || value[0] == 1049 || value[0] == 47))
        screen_erase_rows(screen, 0, SCREEN_ROWS); /* the other screen is a fresh one */
}

static void screen_edit(struct screen *screen, const struct vt *vt, const unsigned *value)
{
    int n = screen_count(value[0]);
    switch (vt->sequence[vt->length - 1u]) {
    case 'J':
        screen_erase_display(screen, value[0]);
        break;
    case 'K':
        screen_erase_line(screen, value[0]);
        break;
    case 'X':
        screen_erase(screen, screen->row, screen->column, screen->column + (unsigned)n);
        break;
    case '@':
    case 'P':
        screen_shift(screen, (unsigned)n, vt->sequence[vt->length - 1u] == '@');
        break;
    case 'L':
    case 'M':
        screen_shift_lines(screen, vt, vt->sequence[vt->length - 1u] == 'M' ? n : -n);
        break;
    case 'S':
    case 'T':
        screen_scroll(screen, screen_region(screen, vt),
                      vt->sequence[vt->length - 1u] == 'S' ? n : -n);
        break;
    case 'b':
        screen_repeat(screen, vt, (unsigned)n);
        break;
    default:
        screen_mode(screen, vt, value);
        break;
    }
}

void screen_sequence(struct screen *screen, const struct vt *vt)
{
    unsigned value[VT_MAX_PARAMETERS], count = vt_parameters(vt, value);
    int n = screen_count(value[0]);
    if (vt->sequence[1] == '>' || vt->sequence[1] == '=' || vt->sequence[1] == '<')
        return;
    switch (vt->sequence[vt->length - 1u]) {
    case 'm':
        screen_attributes(screen, value, count);
        break;
    case 'H':
    case 'f':
        screen_address(screen, vt, value);
        break;
    case 'A':
        screen_move(screen, screen->row - n, screen->column);
        break;
    case 'B':
    case 'e':
        screen_move(screen, screen->row + n, screen->column);
        break;
    case 'C':
    case 'a':
        screen_move(screen, screen->row, screen->column + n);
        break;
    case 'D':
        screen_move(screen, screen->row, screen->column - n);
        break;
    case 'E':
    case 'F':
        screen_move(screen,
                    vt->sequence[vt->length - 1u] == 'E' ? screen->row + n : screen->row - n, 0);
        break;
    case 'G':
    case '`':
        screen_move(screen, screen->row, n - 1);
        break;
    case 'd':
        screen_move(screen, n - 1, screen->column);
        break;
    default:
        screen_edit(screen, vt, value);
        break;
    }
}
