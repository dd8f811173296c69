/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Multi-client mode: what all selected guests print alike appears once. Their raw streams are
 * compared from the first byte not yet printed; a common prefix goes out when every member has
 * said it. A difference ends coalescing for all members until they are quiet, so that each one's
 * own order of bytes is kept and nothing is printed twice.
 */
#include "mux_internal.h"
#include <stdio.h>
#include <string.h>

static bool mux_is_member(const struct mux *mux, int client)
{
    return ((mux->selected & ~mux->absent) >> client & 1) != 0;
}

static void mux_report_difference(struct mux *mux, int a, int b, size_t at)
{
    char text[120];
    snprintf(text, sizeof(text),
             "Different contents at byte %zu: client %d has %02x, client %d has %02x", at, a,
             (unsigned char)mux->stream[MUX_RAW(a)].data[at], b,
             (unsigned char)mux->stream[MUX_RAW(b)].data[at]);
    mux_message(mux, text);
}

/* Bytes all members agree on; *complete: all members have spoken; -1: they differ. */
static long mux_common_prefix(struct mux *mux, bool *complete)
{
    int first = -1;
    size_t length = 0;
    *complete = true;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        if (!mux_is_member(mux, i))
            continue;
        const struct mux_stream *stream = &mux->stream[MUX_RAW(i)];
        if (stream->used == 0) {
            *complete = false;
            continue;
        }
        if (first < 0) {
            first = i;
            length = stream->used;
            continue;
        }
        if (stream->used < length)
            length = stream->used;
        const char *reference = mux->stream[MUX_RAW(first)].data;
        for (size_t k = 0; k < length; k++) {
            if (stream->data[k] == reference[k])
                continue;
            if (mux->debug == 1)
                mux_report_difference(mux, first, i, k);
            return -1;
        }
    }
    return (long)length;
}

enum mux_coalesce mux_coalesce(struct mux *mux, int index)
{
    int client = index - MUX_CLIENTS;
    if (index < MUX_CLIENTS || index >= MUX_KERNEL || (mux->selected >> client & 1) == 0)
        return MUX_ORDINARY;
    if ((mux->selected & (mux->selected - 1)) == 0 || mux->diverged)
        return MUX_ORDINARY;
    mux->absent &= ~(1u << client);
    bool complete;
    long length = mux_common_prefix(mux, &complete);
    if (length < 0) {
        mux->diverged = true;
        return MUX_ORDINARY;
    }
    uint32_t members = mux->selected & ~mux->absent;
    if ((members & (members - 1)) == 0)
        return MUX_ORDINARY; /* the only one that still speaks */
    if (!complete)
        return MUX_KEEP;
    char text[MUX_BUFFER];
    memcpy(text, mux->stream[index].data, (size_t)length);
    mux_print_plain(mux, text, (size_t)length);
    for (int i = 0; i < MUX_CLIENTS; i++)
        if (mux_is_member(mux, i))
            mux_drop(&mux->stream[MUX_RAW(i)], (size_t)length);
    return MUX_PRINTED;
}

void mux_coalesce_idle(struct mux *mux)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        if (mux_is_member(mux, i) && mux->stream[MUX_RAW(i)].used == 0)
            mux->absent |= 1u << i;
}
