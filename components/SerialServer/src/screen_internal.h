/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between drawing (screen.c) and control sequences (screen_sequence.c). */
#include "screen.h"

/** Rows top … bottom - 1. */
struct screen_region {
    unsigned top, bottom;
};

/** The rows that scroll. */
struct screen_region screen_region(const struct screen *screen, const struct vt *vt);
/** Moves their contents up by so many rows, or down. */
void screen_scroll(struct screen *screen, struct screen_region region, int by);
/** Blanks columns from … to - 1 of a row, in the background of the pen. */
void screen_erase(struct screen *screen, unsigned row, unsigned from, unsigned to);
/** Blanks rows from … to - 1. */
void screen_erase_rows(struct screen *screen, unsigned from, unsigned to);
/** Draws the last character again. */
void screen_repeat(struct screen *screen, const struct vt *vt, unsigned times);
/** A control sequence has ended. */
void screen_sequence(struct screen *screen, const struct vt *vt);
