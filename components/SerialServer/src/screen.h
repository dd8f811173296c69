/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The picture of a full-screen program: what its bytes have drawn on a terminal (ECMA-48, VT102 and
 * what Linux and xterm add), so that it can be drawn again after others have used the terminal. It
 * is kept while the stream addresses the cursor (vt.h), and costs nothing otherwise.
 */
#include "vt.h"

#define SCREEN_ROWS    64u
#define SCREEN_COLUMNS 200u

/** Attributes of a cell, bit n: SGR n + 1 (bold, faint, italic, underlined, blinking, -, inverse,
 * hidden). */
enum screen_attribute { SCREEN_BOLD = 1, SCREEN_INVERSE = 0x40 };

/** How a character is drawn. Colours: 0 default, 1 … 256 by index, 0x8000 and 5 bits each: RGB. */
struct screen_pen {
    uint8_t attributes;
    uint8_t graphics; /**< the character is of the set of line graphics */
    uint16_t foreground, background;
};

/** A cell; code 0: the right half of a wide character. */
struct screen_cell {
    uint32_t code;
    struct screen_pen pen;
};

/** A cursor that was saved. */
struct screen_cursor {
    uint16_t row, column;
    struct screen_pen pen;
};

/** A picture. */
struct screen {
    bool active; /**< it is kept */
    bool wrap;   /**< the cursor stands behind the last column */
    uint16_t row, column;
    struct screen_pen pen;
    struct screen_cursor saved;
    uint16_t rows, columns; /**< as far as known */
    uint32_t last;          /**< the character that could be repeated */
    struct screen_cell cell[SCREEN_ROWS][SCREEN_COLUMNS];
};

/** Nothing drawn. */
void screen_init(struct screen *screen);
/** The stream's vt has taken a byte: draws what that completed. */
void screen_feed(struct screen *screen, const struct vt *vt);
/** Row of the last cell that is not blank, plus one. */
unsigned screen_used_rows(const struct screen *screen);
/** Cells of a row up to the last that is not blank. */
unsigned screen_used_columns(const struct screen *screen, unsigned row);
/** Two terminals look alike, and their cursors stand in the same place. */
bool screen_equal(const struct screen *a, const struct screen *b);
