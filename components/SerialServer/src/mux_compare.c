/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Multi-client mode: what the selected guests have said, compared. */
#include <stdio.h>
#include <string.h>
#include "mux_coalesce.h"

bool mux_is_member(const struct mux *mux, int client)
{
    return ((mux->multi.selected & ~mux->multi.absent) >> client & 1) != 0;
}

struct mux_stream *mux_member(struct mux *mux, int client)
{
    return &mux->stream[MUX_RAW(client)];
}

bool mux_homes(const struct mux_stream *stream, size_t at)
{
    return stream->used - at >= 3 && memcmp(stream->data + at, "\033[H", 3) == 0;
}

size_t mux_row_length(const struct mux_stream *stream)
{
    size_t line = mux_line_length(stream), limit = line != 0 ? line : stream->used;
    for (size_t i = 1; i < limit; i++)
        if (mux_homes(stream, i))
            return i;
    return line;
}

/* Shortens the agreement to what `client` says too. */
static void mux_compare(struct mux *mux, struct comparison *result, int client)
{
    const struct mux_stream *stream = mux_member(mux, client);
    const char *reference = mux_member(mux, result->first)->data;
    size_t limit = stream->used < result->length ? stream->used : result->length;
    size_t k = 0;
    while (k < limit && stream->data[k] == reference[k])
        k++;
    if (k < limit) {
        result->different = true;
        result->other = client;
    } else if (stream->used < result->length && result->different) {
        /* Shorter than where two others differ: nothing is known yet about this one. */
        result->different = false;
    }
    result->length = k;
}

struct comparison mux_compare_members(struct mux *mux)
{
    struct comparison result = {.first = -1, .complete = true, .lines = true, .pictures = true};
    size_t most = 0;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        if (!mux_is_member(mux, i))
            continue;
        const struct mux_stream *stream = mux_member(mux, i);
        result.screens = result.screens || stream->vt.screen;
        result.pictures = result.pictures && stream->vt.picture;
        bool line = mux_row_length(stream) != 0;
        result.lines = result.lines && line;
        result.line = result.line || line;
        most = stream->used > most ? stream->used : most;
        if (stream->used == 0) {
            result.complete = false;
        } else if (result.first < 0) {
            result.first = i;
            result.length = stream->used;
        } else {
            mux_compare(mux, &result, i);
        }
    }
    result.ahead = most > result.length;
    return result;
}

void mux_report_difference(struct mux *mux, const struct comparison *cmp)
{
    char text[160];
    size_t used = (size_t)snprintf(text, sizeof(text), "Different contents");
    const int client[2] = {cmp->first, cmp->other};
    for (int k = 0; k < 2; k++) {
        const struct mux_stream *stream = mux_member(mux, client[k]);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s client %d '",
                                 k == 0 ? ":" : " vs", client[k]);
        for (size_t i = 0; i < 16 && cmp->length + i < stream->used; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x",
                                     (unsigned char)stream->data[cmp->length + i]);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "'");
    }
    mux_message(mux, text);
}

size_t mux_whole_lines(const struct mux_stream *stream, size_t length)
{
    size_t lines = length;
    while (lines != 0 && stream->data[lines - 1] != '\n' && !mux_homes(stream, lines))
        lines--;
    struct vt vt = stream->vt;
    for (size_t i = 0; i < lines; i++)
        vt_feed(&vt, stream->data[i]);
    for (size_t i = lines; i < length && (!vt_ground(&vt) || stream->data[i] == '\033'); i++)
        if (vt_feed(&vt, stream->data[i]))
            lines = i + 1;
    return lines;
}
