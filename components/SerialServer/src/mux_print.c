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

static const char *mux_colour(const struct mux *mux, int stream)
{
    if (stream < 0 || stream >= MUX_KERNEL || mux->stream[stream].prefix != NULL)
        return "";
    return stream < MUX_CLIENTS ? colour_processed[stream] : colour_raw[stream - MUX_CLIENTS];
}

static struct vt *mux_vt(struct mux *mux, int stream)
{
    if (stream == MUX_NONE)
        return NULL;
    return stream == MUX_COMMON ? &mux->multi.vt : &mux->stream[stream].vt;
}

static void mux_emit(struct mux *mux, const char *data, size_t size)
{
    if (size != 0)
        mux->emit(mux->context, data, size);
}

static void mux_emit_text(struct mux *mux, const char *text)
{
    mux_emit(mux, text, strlen(text));
}

/* Back to what the stream left: its colour, its own attributes, its cursor. */
static void mux_restore(struct mux *mux, int stream)
{
    const struct vt *vt = mux_vt(mux, stream);
    mux_emit_text(mux, mux_colour(mux, stream));
    if (vt == NULL)
        return;
    mux_emit(mux, vt->sgr, vt->sgr_used);
    if (vt->screen) {
        char text[24];
        snprintf(text, sizeof(text), "\033[%u;%uH", vt->row + 1u, vt->column + 1u);
        mux_emit_text(mux, text);
    }
}

static bool mux_is_screen(struct mux *mux, int stream)
{
    const struct vt *vt = mux_vt(mux, stream);
    return vt != NULL && vt->screen;
}

static void mux_switch(struct mux *mux, int stream)
{
    if (mux->current == stream)
        return;
    if (mux->current != MUX_NONE || stream != MUX_COMMON)
        mux_emit_text(mux, SGR_RESET);
    /* A full-screen program's picture would scroll. */
    if (mux->mid_line && !mux_is_screen(mux, mux->current) && !mux_is_screen(mux, stream)) {
        mux_emit_text(mux, "\r\n");
        mux->mid_line = mux->line_begun = false;
    }
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

/* Where the terminal's cursor stands after a byte. */
static void mux_note_cursor(struct mux *mux, const struct vt *vt, char c)
{
    if (c == '\n')
        mux->mid_line = mux->line_begun = false;
    else if (vt_ground(vt) && ((unsigned char)c >= ' ' || c == '\t'))
        mux->mid_line = true;
}

static void mux_emit_stream(struct mux *mux, int stream, const char *data, size_t size)
{
    struct vt *vt = mux_vt(mux, stream);
    size_t start = 0;
    for (size_t i = 0; i < size; i++) {
        if (vt_ground(vt) && mux_begins_line(mux, data + i, size - i)) {
            mux_emit(mux, data + start, i - start);
            start = i;
            mux_begin_line(mux, stream);
        }
        vt_feed(vt, data[i]);
        mux_note_cursor(mux, vt, data[i]);
        if (vt->sgr_reset) { /* the guest's default attributes are its colour */
            mux_emit(mux, data + start, i + 1 - start);
            start = i + 1;
            mux_emit_text(mux, mux_colour(mux, stream));
            mux_emit(mux, vt->sgr, vt->sgr_used);
        }
    }
    mux_emit(mux, data + start, size - start);
}

static void mux_drop(struct mux_stream *stream, size_t size)
{
    stream->used -= size;
    memmove(stream->data, stream->data + size, stream->used);
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
    mux_drop(stream, size);
    mux->printed = true;
}

void mux_print_common(struct mux *mux, uint32_t clients, size_t size)
{
    bool first = true;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        struct mux_stream *stream = &mux->stream[MUX_RAW(i)];
        if ((clients >> i & 1) == 0)
            continue;
        if (first) {
            mux->multi.vt = stream->vt;
            mux_switch(mux, MUX_COMMON);
            mux_emit_stream(mux, MUX_COMMON, stream->data, size);
            first = false;
        }
        for (size_t k = 0; k < size; k++)
            vt_feed(&stream->vt, stream->data[k]);
        mux_drop(stream, size);
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
        mux_emit_text(mux, SGR_RESET "\r\n");
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
