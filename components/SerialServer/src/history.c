/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "history.h"
#include <string.h>

enum { MARK_PROCESSED = 1, MARK_RAW = 2 };

void history_init(struct history *history)
{
    history->written = 0;
    for (int i = 0; i < 2; i++) {
        history->line[i].used = 0;
        vt_init(&history->line[i].vt);
    }
}

static void history_put(struct history *history, char c)
{
    history->data[history->written++ % HISTORY_BYTES] = c;
}

static void history_end_line(struct history *history, bool raw)
{
    struct history_line *line = &history->line[raw];
    history_put(history, raw ? MARK_RAW : MARK_PROCESSED);
    for (size_t i = 0; i < line->used; i++)
        history_put(history, line->text[i]);
    history_put(history, '\n');
    line->used = 0;
}

void history_add(struct history *history, bool raw, const char *data, size_t size)
{
    struct history_line *line = &history->line[raw];
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        bool text = vt_ground(&line->vt) || c >= 0x80; /* a piece of a UTF-8 character */
        text = (vt_feed(&line->vt, data[i]) || c >= 0x80) && text;
        if (c == '\n')
            history_end_line(history, raw);
        else if (c == '\b' && line->used != 0)
            line->used--;
        else if (text && (c >= ' ' || c == '\t') && c != 0x7f)
            line->text[line->used++] = data[i];
        if (line->used == HISTORY_LINE)
            history_end_line(history, raw);
    }
}

unsigned history_start(struct history_reader *reader, const struct history *history)
{
    uint64_t oldest = history->written > HISTORY_BYTES ? history->written - HISTORY_BYTES : 0;
    uint64_t position = history->written;
    unsigned lines = 0;
    *reader = (struct history_reader){history, position, position};
    /* Backwards over line ends; the one before a line is where it begins. */
    while (position > oldest && lines < HISTORY_LINES) {
        position--;
        if (position == oldest && oldest != 0)
            break; /* the oldest line is no longer whole */
        if (position == 0 || history->data[(position - 1) % HISTORY_BYTES] == '\n') {
            reader->position = position;
            lines++;
        }
    }
    return lines;
}

size_t history_next(struct history_reader *reader, bool *raw, char text[HISTORY_LINE])
{
    const struct history *history = reader->history;
    size_t used = 0;
    if (history->written - reader->position > HISTORY_BYTES) {
        reader->position = history->written - HISTORY_BYTES; /* overtaken: find a line's start */
        while (reader->position < reader->end &&
               history->data[reader->position++ % HISTORY_BYTES] != '\n')
            ;
    }
    if (reader->position >= reader->end)
        return 0;
    *raw = history->data[reader->position++ % HISTORY_BYTES] == MARK_RAW;
    for (; reader->position < reader->end; used++) {
        char c = history->data[reader->position++ % HISTORY_BYTES];
        if (c == '\n' || used == HISTORY_LINE)
            break;
        text[used] = c;
    }
    return used + 1;
}
