/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Bytes onto the terminal: colours (ECMA-48 SGR), prefixes, and where the cursor stands. */
#include "mux_internal.h"
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
    if (stream == MUX_NONE || stream == MUX_KERNEL || mux->stream[stream].prefix != NULL)
        return "";
    return stream < MUX_CLIENTS ? colour_processed[stream] : colour_raw[stream - MUX_CLIENTS];
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

/* A CR alone leaves the cursor's line as it is: what stands there would be overwritten. */
static void mux_note_cursor(struct mux *mux, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] == '\n')
            mux->mid_line = false;
        else if (data[i] != '\r')
            mux->mid_line = true;
}

static void mux_switch(struct mux *mux, int stream)
{
    if (mux->current == stream)
        return;
    if (mux->current != MUX_NONE || stream != MUX_NONE)
        mux_emit_text(mux, SGR_RESET);
    if (mux->mid_line) {
        mux_emit_text(mux, "\r\n");
        mux->mid_line = false;
    }
    mux_emit_text(mux, mux_colour(mux, stream));
    mux->current = stream;
}

/* Prints with "name: " before each line. */
static void mux_emit_prefixed(struct mux *mux, struct mux_stream *stream, size_t size)
{
    for (size_t done = 0; done < size;) {
        if (!stream->line_open && stream->data[done] != '\n' && stream->data[done] != '\r') {
            mux_emit_text(mux, stream->prefix);
            mux_emit_text(mux, ": ");
            stream->line_open = true;
        }
        const char *end = memchr(stream->data + done, '\n', size - done);
        size_t part = end != NULL ? (size_t)(end - stream->data) + 1 - done : size - done;
        mux_emit(mux, stream->data + done, part);
        if (end != NULL)
            stream->line_open = false;
        done += part;
    }
}

void mux_drop(struct mux_stream *stream, size_t size)
{
    stream->used -= size;
    memmove(stream->data, stream->data + size, stream->used);
}

void mux_print(struct mux *mux, int index, size_t size)
{
    struct mux_stream *stream = &mux->stream[index];
    if (size == 0)
        return;
    mux_switch(mux, index);
    if (stream->prefix != NULL)
        mux_emit_prefixed(mux, stream, size);
    else
        mux_emit(mux, stream->data, size);
    mux_note_cursor(mux, stream->data, size);
    mux_drop(stream, size);
    mux->printed = true;
}

void mux_print_plain(struct mux *mux, const char *data, size_t size)
{
    if (size == 0)
        return;
    if (mux->current != MUX_NONE)
        mux_switch(mux, MUX_NONE);
    mux_emit(mux, data, size);
    mux_note_cursor(mux, data, size);
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
        mux->mid_line = false;
    }
    mux_print_plain(mux, text, strlen(text));
}

void mux_message(struct mux *mux, const char *text)
{
    mux_message_part(mux, text, true);
    mux_message_part(mux, "\r\n", false);
}
