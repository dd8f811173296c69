/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Characters as VGA text cells or as pixels. */
#include "screen_draw.h"

#define MIN_COLUMNS 40
#define MIN_ROWS    10
#define FINE_WIDTH  2560 /* from here on a cell of 8 pixels is too small to read */

/* Bits of a VGA colour. */
enum { BLUE = 1, GREEN = 2, RED = 4, BRIGHT = 8 };

static uint32_t channel(struct screen_channel c, bool on, bool bright)
{
    uint32_t full = (1u << c.size) - 1;
    uint32_t value = on ? (bright ? full : full * 3 / 4) : (bright ? full / 4 : 0);
    return value << c.position;
}

static bool channel_fits(struct screen_channel c, unsigned bits)
{
    return c.size >= 1 && c.size <= 16 && c.position + c.size <= bits;
}

static void choose_colours(const struct screen_mode *m, struct screen_target *t)
{
    for (unsigned i = 0; i < SCREEN_COLOURS; i++) {
        bool bright = i & BRIGHT;
        t->colour[i] = channel(m->red, i & RED, bright) | channel(m->green, i & GREEN, bright) |
                       channel(m->blue, i & BLUE, bright);
    }
}

static unsigned limit(unsigned value, unsigned most)
{
    return value < most ? value : most;
}

bool screen_choose_target(const struct screen_mode *m, volatile uint8_t *memory,
                          struct screen_target *t)
{
    *t = (struct screen_target){.kind = m->kind, .memory = memory, .pitch = m->pitch, .scale = 1};
    if (m->kind == SCREEN_TEXT) {
        t->columns = limit(m->width, SCREEN_MAX_COLUMNS);
        t->rows = limit(m->height, SCREEN_MAX_ROWS);
        t->pixel_bytes = 2;
    } else if (m->kind == SCREEN_PIXELS) {
        t->scale = m->width >= FINE_WIDTH ? 2 : 1;
        t->columns = limit(m->width / t->scale / SCREEN_CELL_WIDTH, SCREEN_MAX_COLUMNS);
        t->rows = limit(m->height / t->scale / SCREEN_CELL_HEIGHT, SCREEN_MAX_ROWS);
        t->pixel_bytes = (m->bits + 7) / 8;
        if (t->pixel_bytes < 2 || t->pixel_bytes > 4 || !channel_fits(m->red, m->bits) ||
            !channel_fits(m->green, m->bits) || !channel_fits(m->blue, m->bits)) {
            return false;
        }
        choose_colours(m, t);
    } else {
        return false;
    }
    return t->columns >= MIN_COLUMNS && t->rows >= MIN_ROWS &&
           (uint64_t)m->width * t->pixel_bytes <= m->pitch;
}

static volatile uint8_t *put_pixel(const struct screen_target *t, volatile uint8_t *at,
                                   uint32_t colour)
{
    if (t->pixel_bytes == 4) {
        *(volatile uint32_t *)at = colour;
    } else if (t->pixel_bytes == 2) {
        *(volatile uint16_t *)at = (uint16_t)colour;
    } else {
        for (unsigned i = 0; i < 3; i++) {
            at[i] = (uint8_t)(colour >> 8 * i);
        }
    }
    return at + t->pixel_bytes;
}

/* Pixels of a row of dots, the left one in bit 7: dots are widened so that they touch. */
static unsigned pixels_of(unsigned character, unsigned row)
{
    if (character < ' ' || character > '~') {
        return 0;
    }
    unsigned dots = screen_font[character - ' '][row];
    return dots << 2 | dots << 1;
}

static void draw_pixels(const struct screen_target *t, unsigned row, unsigned column, uint16_t cell)
{
    uint32_t ink = t->colour[cell >> 8 & 15], paper = t->colour[cell >> 12 & 7];
    unsigned height = SCREEN_CELL_HEIGHT * t->scale, width = SCREEN_CELL_WIDTH * t->scale;
    volatile uint8_t *line =
        t->memory + (uint64_t)row * height * t->pitch + (uint64_t)column * width * t->pixel_bytes;
    for (unsigned y = 0; y < height; y++, line += t->pitch) {
        unsigned pixels = pixels_of(cell & 0xff, y / t->scale / 2);
        volatile uint8_t *at = line;
        for (unsigned x = 0; x < width; x++) {
            at = put_pixel(t, at, pixels >> (7 - x / t->scale) & 1 ? ink : paper);
        }
    }
}

void screen_draw_cell(const struct screen_target *t, unsigned row, unsigned column, uint16_t cell)
{
    if (t->kind == SCREEN_TEXT) {
        *(volatile uint16_t *)(t->memory + row * t->pitch + column * 2) = cell;
    } else {
        draw_pixels(t, row, column, cell);
    }
}
