/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What a stream of bytes does to a terminal, as far as sharing one needs to know: where its escape
 * sequences (ECMA-48, VT100) and UTF-8 characters end, which attributes it has set, and, for
 * programs that address the cursor, where the cursor stands. Their picture is kept by screen.h.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VT_SEQUENCE     48u  /**< longest control sequence that is kept whole */
#define VT_STRING_LIMIT 256u /**< longest operating system command or device string */
#define VT_SGR          48u  /**< attributes remembered */

/** What a byte has completed. */
enum vt_event {
    VT_NOTHING,
    VT_TEXT,            /**< a character: vt.code */
    VT_CONTROL,         /**< a control character: vt.code */
    VT_ESCAPE_SEQUENCE, /**< sequence[] without ESC, without parameters */
    VT_CONTROL_SEQUENCE /**< CSI: sequence[] from '[' to the final byte */
};

/** Modes of a terminal that outlast a byte, and that streams do not share. */
struct vt_modes {
    uint16_t top, bottom; /**< scrolling region, from 0 to one behind the last; equal: all rows */
    char charset[2];      /**< final bytes of the designations of G0 and G1 */
    bool shifted;         /**< G1 is in use */
    bool insert, origin, no_wrap, hidden; /**< IRM, DECOM, not DECAWM, not DECTCEM */
    bool alternate;                       /**< the other screen, private mode 47, 1047, 1049 */
    bool cursor_keys, keypad, paste;      /**< how keys are sent: DECCKM, DECKPAM, mode 2004 */
};

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
    bool picture;           /**< lines from the top: the cursor went home before them */
    uint8_t lines;          /**< line feeds since it last did either */
    uint16_t row, column;   /**< of the cursor, from 0 */
    uint16_t rows, columns; /**< of the screen, at least 24 by 80 */
    enum vt_event event;    /**< of the last byte */
    uint32_t code;          /**< Unicode character, or what has come of it */
    struct vt_modes modes;
    uint8_t touched; /**< enum vt_touched: set by the stream; the user of vt clears it */
};

/** Modes that belong to whoever gets the keys, and not to who prints. */
enum vt_touched { VT_ALTERNATE = 1, VT_CURSOR_KEYS = 2, VT_KEYPAD = 4, VT_PASTE = 8 };

enum { VT_MAX_PARAMETERS = 16 };

/** A fresh terminal. */
void vt_init(struct vt *vt);
/** Takes a byte. True: neither an escape sequence nor a character is unfinished after it. */
bool vt_feed(struct vt *vt, char c);
/** Nothing is unfinished. */
bool vt_ground(const struct vt *vt);
/** Whatever is unfinished never will be: the terminal has got something else in between. */
void vt_abandon(struct vt *vt);
/** The longest part of `size` bytes, 0 .. size, after which nothing is unfinished. */
size_t vt_boundary(const struct vt *vt, const char *data, size_t size);
/** Numbers of the control sequence in vt.sequence; missing ones are 0. Returns how many there are.
 */
unsigned vt_parameters(const struct vt *vt, unsigned value[VT_MAX_PARAMETERS]);
/** The modes of a fresh terminal. */
extern const struct vt_modes vt_default_modes;

/** For vt.c: what has ended takes effect on attributes, modes and cursor. */
void vt_control_sequence(struct vt *vt, char final);
void vt_escape_sequence(struct vt *vt);
void vt_single(struct vt *vt, unsigned char c);
