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

/* What the members have said so far, compared. */
struct comparison {
    size_t length;  /* bytes all that spoke agree on */
    bool complete;  /* all members have spoken */
    bool different; /* and then they disagree */
};

/* Shortens the agreement to what `client` says too. */
static void mux_compare(struct mux *mux, struct comparison *result, int first, int client)
{
    const struct mux_stream *stream = &mux->stream[MUX_RAW(client)];
    const char *reference = mux->stream[MUX_RAW(first)].data;
    if (stream->used < result->length)
        result->length = stream->used;
    for (size_t k = 0; k < result->length; k++) {
        if (stream->data[k] == reference[k])
            continue;
        if (mux->debug == 1)
            mux_report_difference(mux, first, client, k);
        result->length = k;
        result->different = true;
    }
}

static struct comparison mux_compare_members(struct mux *mux)
{
    struct comparison result = {.complete = true};
    int first = -1;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        if (!mux_is_member(mux, i))
            continue;
        if (mux->stream[MUX_RAW(i)].used == 0) {
            result.complete = false;
        } else if (first < 0) {
            first = i;
            result.length = mux->stream[MUX_RAW(i)].used;
        } else {
            mux_compare(mux, &result, first, i);
        }
    }
    return result;
}

/* Prints the first bytes of a member, once for all of them. */
static void mux_print_common(struct mux *mux, int stream, size_t length)
{
    char text[MUX_BUFFER];
    memcpy(text, mux->stream[stream].data, length);
    mux_print_plain(mux, text, length);
    for (int i = 0; i < MUX_CLIENTS; i++)
        if (mux_is_member(mux, i))
            mux_drop(&mux->stream[MUX_RAW(i)], length);
}

/* Of a part that ends in a difference only whole lines are common: the rest appears per guest. */
static size_t mux_whole_lines(const struct mux_stream *stream, size_t length)
{
    while (length != 0 && stream->data[length - 1] != '\n')
        length--;
    return length;
}

enum mux_coalesce mux_coalesce(struct mux *mux, int index)
{
    int client = index - MUX_CLIENTS;
    if (index < MUX_CLIENTS || index >= MUX_KERNEL || (mux->selected >> client & 1) == 0)
        return MUX_ORDINARY;
    if (mux->diverged)
        return MUX_ORDINARY;
    mux->absent &= ~(1u << client);
    uint32_t members = mux->selected & ~mux->absent;
    if ((members & (members - 1)) == 0)
        return MUX_ORDINARY; /* the only one, or the only one that still speaks */
    struct comparison common = mux_compare_members(mux);
    if (common.different) {
        if (common.complete)
            mux_print_common(mux, index, mux_whole_lines(&mux->stream[index], common.length));
        mux->diverged = true;
        return MUX_ORDINARY;
    }
    if (!common.complete)
        return MUX_KEEP;
    mux_print_common(mux, index, common.length);
    return MUX_PRINTED;
}

void mux_coalesce_idle(struct mux *mux)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        if (mux_is_member(mux, i) && mux->stream[MUX_RAW(i)].used == 0)
            mux->absent |= 1u << i;
}
