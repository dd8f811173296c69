/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Bytes onto the terminal: colours (ECMA-48 SGR), prefixes, time, and where the cursor stands. */
#include "mux_internal.h"
#include <stdio.h>
#include <string.h>

#define SGR_RESET "\033[0m"

/* Colour of a client's slot; the upper six are the same in bold. Guests stand on white. */
static const char *const colour_processed[MUX_CLIENTS] = {
    "\033[31m",   "\033[32m",   "\033[34m",   "\033[35m",   "\033[33m",   "\033[36m",
    "\033[31;1m", "\033[32;1m", "\033[34;1m", "\033[35;1m", "\033[33;1m", "\033[36;1m",
};
static const char *const colour_raw[MUX_CLIENTS] = {
    "\033[31;47m",   "\033[32;47m",   "\033[34;47m",   "\033[35;47m",
    "\033[33;47m",   "\033[36;47m",   "\033[31;47;1m", "\033[32;47;1m",
    "\033[34;47;1m", "\033[35;47;1m", "\033[33;47;1m", "\033[36;47;1m",
};

const char *mux_colour(const struct mux *mux, int stream)
{
    if (stream < 0 || stream >= MUX_GUESTS_END || mux->stream[stream].prefix != NULL)
        return "";
    return stream < MUX_CLIENTS ? colour_processed[stream] : colour_raw[stream - MUX_CLIENTS];
}

struct vt *mux_vt(struct mux *mux, int stream)
{
    if (stream == MUX_NONE)
        return NULL;
    return stream == MUX_COMMON ? &mux->multi.vt : &mux->stream[stream].vt;
}

void mux_emit(struct mux *mux, const char *data, size_t size)
{
    if (size != 0)
        mux->emit(mux->context, data, size);
}

void mux_emit_text(struct mux *mux, const char *text)
{
    mux_emit(mux, text, strlen(text));
}

static bool mux_is_screen(struct mux *mux, int stream)
{
    const struct vt *vt = mux_vt(mux, stream);
    return vt != NULL && vt->screen;
}

/* Back to what the stream left: its colour, its own attributes and modes, its cursor. */
static void mux_restore(struct mux *mux, int stream)
{
    const struct vt *vt = mux_vt(mux, stream);
    mux_emit_text(mux, mux_colour(mux, stream));
    if (vt != NULL)
        mux_emit(mux, vt->sgr, vt->sgr_used);
    mux_set_modes(mux, vt != NULL ? &vt->modes : &vt_default_modes);
    if (mux_is_screen(mux, stream))
        mux_place_cursor(mux, stream);
}

/* Ends what is on the terminal: a line, or a full-screen program's picture. */
static void mux_end_line(struct mux *mux, int stream)
{
    bool picture = mux_is_screen(mux, mux->current);
    if (mux_is_screen(mux, stream))
        return; /* it goes where it wants to */
    if (picture)
        mux_leave_picture(mux);
    if (picture || mux->mid_line)
        mux_emit_text(mux, "\r\n");
    mux->mid_line = mux->line_begun = false;
}

/* The terminal stops being the current stream's. */
static void mux_leave(struct mux *mux)
{
    struct vt *vt = mux_vt(mux, mux->current);
    if (vt != NULL)
        vt_abandon(vt);
    mux_emit_text(mux, SGR_RESET);
}

void mux_switch(struct mux *mux, int stream)
{
    if (mux->current == stream)
        return;
    if (mux->current != MUX_NONE || stream != MUX_COMMON)
        mux_leave(mux);
    mux_end_line(mux, stream);
    mux_restore(mux, stream);
    mux->current = stream;
}

/* Before the first byte of a line: the time, and the name of a component without a colour. */
static void mux_begin_line(struct mux *mux, int stream)
{
    const char *prefix = stream == MUX_COMMON ? NULL : mux->stream[stream].prefix;
    mux->line_begun = true;
    if (mux->timestamps && !mux_is_screen(mux, stream)) {
        char text[32];
        snprintf(text, sizeof(text), "[%6u.%03u] ", (unsigned)(mux->now_ms / 1000),
                 (unsigned)(mux->now_ms % 1000));
        mux_emit_text(mux, text);
    }
    if (prefix != NULL) {
        mux_emit_text(mux, prefix);
        mux_emit_text(mux, ": ");
    }
}

/* Does this byte put something on a fresh line? A lone CR or LF does not; an empty line does. */
static bool mux_begins_line(const struct mux *mux, const char *data, size_t left)
{
    if (mux->mid_line || mux->line_begun)
        return false;
    return (data[0] != '\r' && data[0] != '\n') || (left > 1 && data[1] == '\n');
}

/* Where the terminal's cursor stands after a byte; `text`: it is not part of a sequence. */
static void mux_note_cursor(struct mux *mux, const struct vt *vt, char c, bool text)
{
    if (c == '\n')
        mux->mid_line = mux->line_begun = false;
    else if (c == 'H' && vt->picture && vt->row == 0 && vt->column == 0)
        mux->mid_line = mux->line_begun = false; /* it went home */
    else if (text && ((unsigned char)c >= ' ' || c == '\t'))
        mux->mid_line = true;
}

static void mux_emit_stream(struct mux *mux, int stream, const char *data, size_t size)
{
    struct vt *vt = mux_vt(mux, stream);
    size_t start = 0;
    vt->touched = 0;
    mux_cover(mux, stream);
    for (size_t i = 0; i < size; i++) {
        if (vt_ground(vt) && mux_begins_line(mux, data + i, size - i)) {
            mux_emit(mux, data + start, i - start);
            start = i;
            mux_begin_line(mux, stream);
        }
        bool text = vt_ground(vt);
        mux_feed(mux, stream, data[i]);
        mux_note_cursor(mux, vt, data[i], text);
        if (vt->sgr_reset) { /* the guest's default attributes are its colour */
            mux_emit(mux, data + start, i + 1 - start);
            start = i + 1;
            mux_emit_text(mux, mux_colour(mux, stream));
            mux_emit(mux, vt->sgr, vt->sgr_used);
        }
    }
    mux_emit(mux, data + start, size - start);
    mux_note_modes(mux, vt);
}

void mux_drop(struct mux *mux, int index, size_t size)
{
    struct mux_stream *stream = &mux->stream[index];
    stream->used -= size;
    stream->data += size;
    if (stream->used == 0) {
        mux->waiting &= ~(1ull << index);
        stream->data = stream->buffer;
    }
}

void mux_print(struct mux *mux, int index, size_t size)
{
    struct mux_stream *stream = &mux->stream[index];
    if (!mux->force)
        size = vt_boundary(&stream->vt, stream->data, size);
    if (size == 0)
        return;
    mux_switch(mux, index);
    mux_emit_stream(mux, index, stream->data, size);
    mux_drop(mux, index, size);
    mux->printed = true;
}

static bool mux_same_state(const struct vt *a, const struct vt *b)
{
    return a->sgr_used == b->sgr_used && memcmp(a->sgr, b->sgr, a->sgr_used) == 0 &&
           memcmp(&a->modes, &b->modes, sizeof(a->modes)) == 0;
}

/* What is printed in common next has the state of this client: another one may have been the first
 * until now, with other attributes and modes. */
static void mux_switch_common(struct mux *mux, int client)
{
    const struct vt *vt = &mux->stream[MUX_RAW(client)].vt;
    bool same = mux->current != MUX_COMMON || mux_same_state(&mux->multi.vt, vt);
    mux->multi.vt = *vt;
    mux->multi.first = client;
    mux_switch(mux, MUX_COMMON);
    if (!same) {
        mux_emit_text(mux, SGR_RESET);
        mux_restore(mux, MUX_COMMON);
    }
}

void mux_print_common(struct mux *mux, uint32_t clients, size_t size)
{
    bool first = true;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        struct mux_stream *stream = &mux->stream[MUX_RAW(i)];
        if ((clients >> i & 1) == 0)
            continue;
        if (first) {
            mux_switch_common(mux, i);
            mux_emit_stream(mux, MUX_COMMON, stream->data, size);
            first = false;
        }
        for (size_t k = 0; k < size; k++)
            mux_feed(mux, MUX_RAW(i), stream->data[k]);
        mux_drop(mux, MUX_RAW(i), size);
    }
    mux->printed = true;
}

size_t mux_line_length(const struct mux_stream *stream)
{
    const char *end = memchr(stream->data, '\n', stream->used);
    if (end == NULL)
        return 0;
    size_t length = (size_t)(end - stream->data) + 1;
    if (length < stream->used && stream->data[length] == '\r')
        length++; /* LF CR is a line end too */
    return length;
}

void mux_message_part(struct mux *mux, const char *text, bool start)
{
    if (start) {
        mux_leave(mux);
        mux_cover(mux, MUX_NONE);
        if (mux_is_screen(mux, mux->current))
            mux_leave_picture(mux);
        mux_set_modes(mux, &vt_default_modes);
        mux_emit_text(mux, "\r\n");
        mux->current = MUX_NONE;
        mux->mid_line = mux->line_begun = false;
    }
    for (const char *c = text; *c != '\0'; c++)
        mux->mid_line = *c == '\n' ? false : *c == '\r' ? mux->mid_line : true;
    mux_emit_text(mux, text);
    mux->printed = true;
}

void mux_message_colour(struct mux *mux, int stream, const char *data, size_t size)
{
    mux_switch(mux, MUX_NONE);
    mux_emit_text(mux, mux_colour(mux, stream));
    mux_emit(mux, data, size);
    mux_emit_text(mux, SGR_RESET);
    if (size != 0)
        mux->mid_line = data[size - 1] != '\n';
}

void mux_message(struct mux *mux, const char *text)
{
    mux_message_part(mux, text, true);
    mux_message_part(mux, "\r\n", false);
}
