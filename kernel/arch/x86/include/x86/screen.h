/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The kernel's log on the machine's screen, for machines without a serial port: VGA text or a
 * frame buffer that the boot loader set up. Colours (SGR) are followed, other escape sequences
 * are left out.
 */
#include <kernel/object.h>

#define SCREEN_GLYPHS     95 /* from the space to the tilde */
#define SCREEN_GLYPH_ROWS 8
#define SCREEN_CELL_WIDTH 8
/** Each row of dots is two pixels high. */
#define SCREEN_CELL_HEIGHT (2 * SCREEN_GLYPH_ROWS)
#define SCREEN_MAX_COLUMNS 160
#define SCREEN_MAX_ROWS    64

/** Dots of the printable ASCII characters. */
extern const uint8_t screen_font[SCREEN_GLYPHS][SCREEN_GLYPH_ROWS];

enum screen_kind { SCREEN_NONE, SCREEN_TEXT, SCREEN_PIXELS };

/** A colour's place in a pixel. */
struct screen_channel {
    uint8_t position, size; /* bits */
};

/** What the firmware or boot loader set up. */
struct screen_mode {
    enum screen_kind kind;
    paddr_t address;
    uint32_t pitch;         /* bytes from line to line */
    uint32_t width, height; /* in pixels, for SCREEN_TEXT in characters */
    unsigned bits;          /* per pixel */
    struct screen_channel red, green, blue;
};

/** Bytes of memory that a mode uses. */
uint64_t screen_size(const struct screen_mode *mode);
/**
 * VGA text as a PC BIOS left it (BIOS data area, memory that keeps what is written).
 * @return kind SCREEN_NONE if there is none
 */
struct screen_mode screen_find_text(void);
/**
 * Uses a mode from now on, and prints `log` first. The memory must be in the physical window.
 * @return false if the mode is none that we can draw in
 */
bool screen_start(const struct screen_mode *mode, const char *log, uint64_t length);
/** The next character of the log. No effect without screen. */
void screen_put(char c);
/** User mode gets this memory: if it is the screen's, the kernel stops drawing. */
void screen_note_user_memory(paddr_t base, uint64_t size);
/** A panic: the screen is the kernel's again. */
void screen_seize(void);
/** Characters per line and lines of the mode in use. */
void screen_size_in_cells(unsigned *columns, unsigned *rows);
/** The mode in use; kind SCREEN_NONE if there is none. */
const struct screen_mode *screen_mode(void);
