/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The last lines of a client, for looking back: text only. Escape sequences and control characters
 * are left out, so that a replay never moves the cursor or changes attributes; long lines are cut
 * into pieces. Lines of the guest and of its monitor keep their order of completion.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "vt.h"

#define HISTORY_BYTES (96u * 1024u) /**< per client */
#define HISTORY_LINE  400u          /**< longest line; a longer one becomes several */
#define HISTORY_LINES 200u          /**< lines that are shown; always that many are kept */

_Static_assert(HISTORY_LINES *(HISTORY_LINE + 2) <= HISTORY_BYTES, "200 longest lines fit");

/** A line that grows. */
struct history_line {
    char text[HISTORY_LINE];
    size_t used;
    struct vt vt;
};

/** The lines of one client. */
struct history {
    char data[HISTORY_BYTES];    /**< lines, each after a byte that tells its stream, before LF */
    uint64_t written;            /**< bytes ever written */
    struct history_line line[2]; /**< begun lines: processed, raw */
};

/** Where a reader is. */
struct history_reader {
    const struct history *history;
    uint64_t position, end;
};

/** Nothing said yet. */
void history_init(struct history *history);
/** Takes bytes of the client's raw or processed stream. */
void history_add(struct history *history, bool raw, const char *data, size_t size);
/** Starts at the last HISTORY_LINES complete lines. Returns how many there are. */
unsigned history_start(struct history_reader *reader, const struct history *history);
/** The next line, without its end; 0 at the end, else its length + 1. It may be gone if the
 * history has moved on meanwhile: then reading goes on with what is left. */
size_t history_next(struct history_reader *reader, bool *raw, char text[HISTORY_LINE]);
