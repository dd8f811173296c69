/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Multi-client mode: a guest that was left out because it was silent has missed nothing. What the
 * others have printed for all meanwhile is kept; as far as the guest says the same, it is on the
 * terminal already. When it has said all of it, it is one of them again.
 */
#include "mux_coalesce.h"

bool mux_is_late(const struct mux *mux, int client)
{
    const struct mux_late *late = &mux->multi.late;
    return late->said[client] != late->end;
}

void mux_late_forget(struct mux *mux)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        mux->multi.late.said[i] = mux->multi.late.end;
    mux->multi.late.lost |= mux->multi.absent;
}

void mux_late_note(struct mux *mux, uint32_t clients, const char *data, size_t size)
{
    struct mux_late *late = &mux->multi.late;
    if (clients == mux->multi.selected)
        return;
    for (size_t i = 0; i < size; i++)
        late->log[late->end++ % MUX_LATE] = data[i];
    for (int i = 0; i < MUX_CLIENTS; i++) {
        if ((clients >> i & 1) == 0 && late->end - late->said[i] > MUX_LATE)
            late->lost |= 1u << i;
        if (((clients | ~mux->multi.selected | late->lost) >> i & 1) != 0)
            late->said[i] = late->end;
    }
}

/* The first bytes of the stream have been printed for all. */
static void mux_late_take(struct mux *mux, int client, size_t size)
{
    for (size_t i = 0; i < size; i++)
        mux_feed(mux, MUX_RAW(client), mux_member(mux, client)->data[i]);
    mux_drop(mux, MUX_RAW(client), size);
    mux->multi.late.wait = size != 0 ? 0 : mux->multi.late.wait;
    mux->multi.late.said[client] += size;
}

bool mux_late_catch_up(struct mux *mux, int client, bool now)
{
    struct mux_late *late = &mux->multi.late;
    if (!mux_is_late(mux, client)) {
        late->lost &= ~(1u << client);
        return true;
    }
    const struct mux_stream *stream = mux_member(mux, client);
    uint64_t missed = late->end - late->said[client];
    size_t limit = stream->used < missed ? stream->used : (size_t)missed, same = 0;
    while (same < limit && stream->data[same] == late->log[(late->said[client] + same) % MUX_LATE])
        same++;
    bool differs = same < limit;
    if (same < missed) {
        same = vt_boundary(&stream->vt, stream->data, same);
        if (!stream->vt.screen && (differs || !now))
            same = mux_whole_lines(stream, same);
    }
    mux_late_take(mux, client, same);
    if (differs || (now && same == 0))
        late->said[client] = late->end;
    return !mux_is_late(mux, client);
}
