/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What a stream of bytes does to a terminal, as far as sharing one needs to know: where its escape
 * sequences (ECMA-48, VT100) and UTF-8 characters end, which attributes it has set, and, for
 * programs that address the cursor, where the cursor stands. No picture of the screen is kept.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VT_SEQUENCE     48u  /**< longest control sequence that is kept whole */
#define VT_STRING_LIMIT 256u /**< longest operating system command or device string */
#define VT_SGR          48u  /**< attributes remembered */

/** State of one stream. */
struct vt {
    uint8_t state;              /**< enum vt_state of vt.c */
    uint8_t left;               /**< continuation bytes a UTF-8 character still needs */
    uint16_t length;            /**< bytes of the sequence so far */
    char sequence[VT_SEQUENCE]; /**< those after ESC */
    char sgr[VT_SGR];           /**< sequences that set the attributes since the last reset */
    uint8_t sgr_used;
    bool sgr_reset;         /**< the sequence that just ended put the attributes back to default */
    bool screen;            /**< a full-screen program: it addresses the cursor */
    uint8_t lines;          /**< line feeds since it last did */
    uint16_t row, column;   /**< of the cursor, from 0 */
    uint16_t rows, columns; /**< of the screen, at least 24 by 80 */
};

/** A fresh terminal. */
void vt_init(struct vt *vt);
/** Takes a byte. True: neither an escape sequence nor a character is unfinished after it. */
bool vt_feed(struct vt *vt, char c);
/** Nothing is unfinished. */
bool vt_ground(const struct vt *vt);
/** The longest part of `size` bytes, 0 .. size, after which nothing is unfinished. */
size_t vt_boundary(const struct vt *vt, const char *data, size_t size);
