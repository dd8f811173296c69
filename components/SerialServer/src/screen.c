/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <string.h>
#include "screen_internal.h"

static const struct screen_cell blank = {.code = ' '};

void screen_init(struct screen *screen)
{
    screen->active = false;
}

void screen_erase(struct screen *screen, unsigned row, unsigned from, unsigned to)
{
    struct screen_cell cell = blank;
    cell.pen.background = screen->pen.background;
    for (unsigned i = from; i < to && i < SCREEN_COLUMNS; i++)
        screen->cell[row][i] = cell;
}

void screen_erase_rows(struct screen *screen, unsigned from, unsigned to)
{
    for (unsigned row = from; row < to && row < SCREEN_ROWS; row++)
        screen_erase(screen, row, 0, SCREEN_COLUMNS);
}

struct screen_region screen_region(const struct screen *screen, const struct vt *vt)
{
    struct screen_region region = {vt->modes.top, vt->modes.bottom};
    if (region.bottom > screen->rows || region.bottom <= region.top)
        region = (struct screen_region){0, screen->rows};
    return region;
}

void screen_scroll(struct screen *screen, struct screen_region region, int by)
{
    unsigned height = region.bottom - region.top;
    unsigned lines = (unsigned)(by < 0 ? -by : by);
    struct screen_cell(*cell)[SCREEN_COLUMNS] = screen->cell + region.top;
    if (lines >= height) {
        screen_erase_rows(screen, region.top, region.bottom);
    } else if (by > 0) {
        memmove(cell, cell + lines, (height - lines) * sizeof(*cell));
        screen_erase_rows(screen, region.bottom - lines, region.bottom);
    } else {
        memmove(cell + lines, cell, (height - lines) * sizeof(*cell));
        screen_erase_rows(screen, region.top, region.top + lines);
    }
}

static void screen_line_feed(struct screen *screen, const struct vt *vt)
{
    struct screen_region region = screen_region(screen, vt);
    screen->wrap = false;
    if (screen->row + 1u == region.bottom)
        screen_scroll(screen, region, 1);
    else if (screen->row + 1u < screen->rows)
        screen->row++;
}

static void screen_reverse_line_feed(struct screen *screen, const struct vt *vt)
{
    struct screen_region region = screen_region(screen, vt);
    screen->wrap = false;
    if (screen->row == region.top)
        screen_scroll(screen, region, -1);
    else if (screen->row != 0)
        screen->row--;
}

/* Columns of a character: East Asian wide ones and pictographs take two, combining marks none. */
static unsigned screen_width(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        unsigned width;
    } ranges[] = {{0x0300, 0x036f, 0},   {0x1100, 0x115f, 2},   {0x200b, 0x200f, 0},
                  {0x20d0, 0x20ff, 0},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
                  {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0},
                  {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2},
                  {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2}};
    for (size_t i = 0; code >= ranges[0].first && i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

static void screen_put(struct screen *screen, const struct vt *vt, uint32_t code)
{
    unsigned width = screen_width(code);
    if (width == 0)
        return;
    if (screen->wrap && !vt->modes.no_wrap) {
        screen->column = 0;
        screen_line_feed(screen, vt);
    }
    screen->wrap = false;
    if (screen->column + width > screen->columns)
        screen->column = (uint16_t)(screen->columns - width);
    struct screen_cell *cell = &screen->cell[screen->row][screen->column];
    if (vt->modes.insert)
        memmove(cell + width, cell, (SCREEN_COLUMNS - screen->column - width) * sizeof(*cell));
    *cell = (struct screen_cell){code, screen->pen};
    cell->pen.graphics = vt->modes.charset[vt->modes.shifted] == '0';
    if (width == 2)
        cell[1] = (struct screen_cell){0, screen->pen};
    screen->last = code;
    if (screen->column + width < screen->columns)
        screen->column = (uint16_t)(screen->column + width);
    else
        screen->wrap = true;
}

void screen_repeat(struct screen *screen, const struct vt *vt, unsigned times)
{
    for (unsigned i = 0; i < times && i < SCREEN_COLUMNS && screen->last != 0; i++)
        screen_put(screen, vt, screen->last);
}

static void screen_control(struct screen *screen, const struct vt *vt)
{
    switch (vt->code) {
    case '\n':
    case '\v':
    case '\f':
        screen_line_feed(screen, vt);
        break;
    case '\r':
        screen->column = 0;
        screen->wrap = false;
        break;
    case '\b':
        screen->column -= screen->column != 0;
        screen->wrap = false;
        break;
    case '\t':
        screen->column = (uint16_t)((screen->column | 7u) + 1u);
        if (screen->column >= screen->columns)
            screen->column = (uint16_t)(screen->columns - 1u);
        break;
    default:
        break;
    }
}

static void screen_save(struct screen *screen, bool save)
{
    if (save) {
        screen->saved = (struct screen_cursor){screen->row, screen->column, screen->pen};
        return;
    }
    screen->row = screen->saved.row < screen->rows ? screen->saved.row : 0;
    screen->column = screen->saved.column < screen->columns ? screen->saved.column : 0;
    screen->pen = screen->saved.pen;
    screen->wrap = false;
}

static void screen_escape(struct screen *screen, const struct vt *vt)
{
    if (vt->length != 1)
        return;
    switch (vt->sequence[0]) {
    case 'E':
        screen->column = 0;
        screen_line_feed(screen, vt);
        break;
    case 'D':
        screen_line_feed(screen, vt);
        break;
    case 'M':
        screen_reverse_line_feed(screen, vt);
        break;
    case '7':
    case '8':
        screen_save(screen, vt->sequence[0] == '7');
        break;
    default:
        break;
    }
}

static uint16_t screen_limit(unsigned size, unsigned limit)
{
    return (uint16_t)(size < limit ? size : limit);
}

/* The stream has begun to address the cursor, or has ended that. */
static bool screen_follow(struct screen *screen, const struct vt *vt)
{
    bool active = vt->screen || vt->picture;
    screen->rows = screen_limit(vt->rows, SCREEN_ROWS);
    screen->columns = screen_limit(vt->columns, SCREEN_COLUMNS);
    if (active && !screen->active) {
        memset(&screen->pen, 0, sizeof(screen->pen));
        screen->row = screen_limit(vt->row, screen->rows - 1u);
        screen->column = screen_limit(vt->column, screen->columns - 1u);
        screen->wrap = false;
        screen->last = 0;
        screen->saved = (struct screen_cursor){0};
        screen_erase_rows(screen, 0, SCREEN_ROWS);
    }
    screen->active = active;
    return active;
}

void screen_feed(struct screen *screen, const struct vt *vt)
{
    if (vt->event == VT_NOTHING || !screen_follow(screen, vt))
        return;
    switch (vt->event) {
    case VT_TEXT:
        screen_put(screen, vt, vt->code);
        break;
    case VT_CONTROL:
        screen_control(screen, vt);
        break;
    case VT_ESCAPE_SEQUENCE:
        screen_escape(screen, vt);
        break;
    case VT_CONTROL_SEQUENCE:
        screen_sequence(screen, vt);
        break;
    default:
        break;
    }
}

static bool screen_is_blank(const struct screen_cell *cell)
{
    return cell->code == ' ' && cell->pen.background == 0 &&
           (cell->pen.attributes & SCREEN_INVERSE) == 0;
}

unsigned screen_used_columns(const struct screen *screen, unsigned row)
{
    unsigned used = screen->columns;
    while (used != 0 && screen_is_blank(&screen->cell[row][used - 1]))
        used--;
    return used;
}

unsigned screen_used_rows(const struct screen *screen)
{
    unsigned used = screen->rows;
    while (used != 0 && screen_used_columns(screen, used - 1) == 0)
        used--;
    return used;
}

bool screen_equal(const struct screen *a, const struct screen *b)
{
    unsigned rows = screen_used_rows(a);
    if (a->row != b->row || a->column != b->column || screen_used_rows(b) != rows)
        return false;
    for (unsigned row = 0; row < rows; row++) {
        unsigned columns = screen_used_columns(a, row);
        if (screen_used_columns(b, row) != columns)
            return false;
        for (unsigned i = 0; i < columns; i++) {
            const struct screen_cell *x = &a->cell[row][i], *y = &b->cell[row][i];
            if (x->code != y->code || memcmp(&x->pen, &y->pen, sizeof(x->pen)) != 0)
                return false;
        }
    }
    return true;
}
