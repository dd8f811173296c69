/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Which stream may print when; the rules stand in mux.h. */
#include "mux_coalesce.h"
#include <string.h>

enum { IDLE_TICKS = 500 / MUX_TICK_MS };

_Static_assert(MUX_STREAMS <= 64, "mux->waiting has a bit for each");

void mux_init(struct mux *mux, void (*emit)(void *, const char *, size_t), void *context)
{
    memset(mux, 0, sizeof(*mux));
    for (int i = 0; i < MUX_STREAMS; i++) {
        mux->stream[i].data = mux->stream[i].buffer;
        vt_init(&mux->stream[i].vt);
    }
    vt_init(&mux->multi.vt);
    mux->modes = vt_default_modes;
    mux->current = MUX_NONE;
    mux->emit = emit;
    mux->context = context;
}

void mux_set_prefix(struct mux *mux, int stream, const char *prefix)
{
    if (stream >= 0 && stream < MUX_STREAMS)
        mux->stream[stream].prefix = prefix;
}

bool mux_others_wait(const struct mux *mux, int except)
{
    uint64_t waiting = mux->waiting & ~(except >= 0 ? 1ull << except : 0);
    if (waiting == 0)
        return false;
    for (int i = 0; i < MUX_STREAMS; i++)
        if ((waiting >> i & 1) != 0 && !mux_coalesce_holds(mux, i))
            return true;
    return false;
}

static bool mux_has_room(const struct mux *mux)
{
    return mux->room == NULL || mux->room(mux->context) != 0;
}

/* Prints one line of each stream in turn until no complete line is left, or the line has no room:
 * then mux_pump() goes on. True: printed some, or has to go on. */
static bool mux_flush_lines(struct mux *mux)
{
    bool any = false;
    if (!mux->flushing)
        mux->turn = 0;
    mux->flushing = true;
    for (int without = 0; without < MUX_STREAMS && mux_has_room(mux);) {
        int i = mux->turn;
        bool waits = (mux->waiting >> i & 1) != 0 && !mux_coalesce_holds(mux, i);
        size_t length = waits ? mux_line_length(&mux->stream[i]) : 0;
        mux->turn = i + 1 == MUX_STREAMS ? 0 : i + 1;
        if (length != 0)
            mux_print(mux, i, length);
        any = any || length != 0;
        without = length != 0 ? 0 : without + 1;
        if (without == MUX_STREAMS)
            mux->flushing = false;
    }
    return any || mux->flushing;
}

void mux_pump(struct mux *mux)
{
    if (mux->flushing)
        mux_flush_lines(mux);
}

/* Half a second has passed: even what is unfinished appears. */
static void mux_flush_everything(struct mux *mux)
{
    mux->force = true;
    for (int k = 0; k < MUX_STREAMS && mux_has_room(mux); k++) {
        int i = mux->turn;
        mux->turn = (i + 1) % MUX_STREAMS;
        if (!mux_coalesce_holds(mux, i))
            mux_print(mux, i, mux->stream[i].used);
    }
    mux->force = false;
}

static void mux_flush_full(struct mux *mux, int index)
{
    struct mux_stream *stream = &mux->stream[index];
    mux_coalesce_give_up(mux, index);
    if (mux->current != MUX_NONE && mux->current != MUX_COMMON)
        mux_print(mux, mux->current, mux_line_length(&mux->stream[mux->current]));
    mux_flush_lines(mux);
    if (stream->used >= MUX_BUFFER - 1)
        mux_print(mux, index, stream->used);
    if (stream->used >= MUX_BUFFER - 1) {
        mux->force = true;
        mux_print(mux, index, stream->used);
        mux->force = false;
    }
    if (mux->debug == 2)
        mux_message(mux, "Line flush: a buffer without a line end was full");
}

static bool mux_may_print(const struct mux *mux, int index)
{
    if (mux->mid_line)
        return mux->current == index;
    return !mux_others_wait(mux, index);
}

/* New bytes lie in the stream's buffer: print them now, or leave them for later. */
static void mux_schedule(struct mux *mux, int index)
{
    struct mux_stream *stream = &mux->stream[index];
    enum mux_coalesce done = mux->multi.on ? mux_coalesce(mux, index) : MUX_ORDINARY;
    if (stream->used >= MUX_BUFFER - 1) {
        mux_flush_full(mux, index);
        return;
    }
    if (done != MUX_ORDINARY)
        return;
    size_t line = mux_line_length(stream);
    bool held = mux->mid_line && mux->current != index;
    if (line != 0 && !held) {
        mux_print(mux, index, line);
        /* The terminal is at the start of a line: whoever waits with a whole line is next. */
        if (!mux->mid_line && mux_others_wait(mux, index))
            mux_flush_lines(mux);
    }
    if (stream->used != 0 && mux_may_print(mux, index))
        mux_print(mux, index, stream->used);
}

/* Processed streams and the kernel's log end lines with LF alone; a terminal wants CR LF. */
static void mux_append(struct mux *mux, int index, char c)
{
    struct mux_stream *stream = &mux->stream[index];
    bool raw = index >= MUX_CLIENTS && index < MUX_GUESTS_END;
    if (stream->data + stream->used + 2 > stream->buffer + sizeof(stream->buffer)) {
        memmove(stream->buffer, stream->data, stream->used);
        stream->data = stream->buffer;
    }
    mux->waiting |= 1ull << index;
    if (c == '\n' && !raw)
        stream->data[stream->used++] = '\r';
    stream->data[stream->used++] = c;
}

void mux_write(struct mux *mux, int stream, const char *data, size_t size)
{
    if (stream < 0 || stream >= MUX_STREAMS)
        return;
    for (size_t i = 0; i < size; i++) {
        mux_append(mux, stream, data[i]);
        /* Room for two more bytes is kept. */
        if (data[i] == '\n' || mux->stream[stream].used >= MUX_BUFFER - 1 || i + 1 == size)
            mux_schedule(mux, stream);
    }
}

/* Full-screen programs have no line ends to wait for: each tick shows what all have drawn. */
static void mux_flush_screens(struct mux *mux)
{
    for (int i = 0; i < MUX_STREAMS; i++)
        if (mux->stream[i].vt.screen && !mux_coalesce_holds(mux, i))
            mux_print(mux, i, mux->stream[i].used);
}

static void mux_idle(struct mux *mux)
{
    bool printed = mux->printed;
    mux->printed = false;
    if (!mux_others_wait(mux, MUX_NONE)) {
        mux->held_ticks = 0;
        return;
    }
    mux->held_ticks++;
    if (printed && mux->held_ticks < 2)
        return;
    mux->held_ticks = 0;
    if (mux->debug == 2)
        mux_message(mux, "Line flush: letting out what waited");
    if (!mux_flush_lines(mux))
        mux_flush_everything(mux);
    mux->printed = false;
}

void mux_tick(struct mux *mux)
{
    if (mux->multi.on)
        mux_coalesce_tick(mux);
    mux_flush_screens(mux);
    if (++mux->ticks % IDLE_TICKS == 0)
        mux_idle(mux);
}

void mux_set_multi(struct mux *mux, bool multi, uint32_t selected)
{
    struct mux_multi *m = &mux->multi;
    bool waits = m->on && !multi; /* what members have said and the others have not */
    m->on = multi;
    m->selected = selected;
    m->absent = 0;
    m->apart = multi; /* what they still say about earlier keys is each one's own */
    m->reported = false;
    m->wait = m->quiet = m->credit = 0;
    m->coloured = false;
    memset(m->unanswered, 0, sizeof(m->unanswered));
    mux_late_forget(mux);
    if (waits && !mux_flush_lines(mux))
        mux_flush_everything(mux);
}

bool mux_full_screen(const struct mux *mux, uint32_t clients)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        if ((clients >> i & 1) != 0 && mux->stream[MUX_RAW(i)].vt.screen)
            return true;
    return false;
}
