/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Drawing characters: the only code that touches the screen's memory. */
#include <x86/screen.h>

#define SCREEN_COLOURS 16

/** A screen ready to be drawn on. */
struct screen_target {
    enum screen_kind kind;
    volatile uint8_t *memory;
    unsigned columns, rows, pitch;
    unsigned pixel_bytes;
    unsigned scale; /* pixels per pixel of a cell, for fine screens */
    uint32_t colour[SCREEN_COLOURS];
};

/**
 * Works out how to draw in a mode.
 * @param memory where the mode's memory is mapped
 * @return false if it cannot be used (too small, unknown pixels, inconsistent)
 */
bool screen_choose_target(const struct screen_mode *mode, volatile uint8_t *memory,
                          struct screen_target *target);
/** Draws a cell: the character in bits 7:0, VGA attributes in bits 15:8. */
void screen_draw_cell(const struct screen_target *t, unsigned row, unsigned column, uint16_t cell);
