/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Multi-client mode: what all selected guests print alike appears once, in default attributes.
 *
 * - Equality. The raw streams of the selected clients are compared from the first byte not yet
 *   printed. What every member has said goes out at once if it ends a line, echoes a typed key, or
 *   belongs to a full-screen program; the beginning of another line waits a tick or two, so that a
 *   line that turns out to differ can appear whole.
 *
 * - Divergence. When the next line differs, and every member has all of it, each one's copy appears
 *   in its colour, in the order of the clients, and comparing goes on with the line after it. If a
 *   line does not end soon, or the cursor is addressed, the members are taken apart: all they print
 *   appears in colours by the scheduler's ordinary rules.
 *
 * - Pictures. Programs like top send the cursor home and print lines, again and again, each guest
 * at its own time. Home ends a line too, so that no copy wipes out another; the sequences that all
 *   have before a line's text are printed once. A new picture waits for those of the others for
 *   as long as such programs usually pause.
 *
 * - Resynchronisation. Members come together again when all are quiet for two ticks, or when a key
 *   is typed while nothing of them waits.
 *
 * - Silence. A member that says nothing for a second while others wait for it is absent: the others
 *   go on without it. It rejoins with its next byte.
 *
 * Bytes of one stream are never reordered: whatever the decision, they leave from the front.
 */
#include "mux_internal.h"
#include <stdio.h>
#include <string.h>

/* Ticks: until the beginning of a line appears; a line that differs and does not end; a member that
 * is silent, or whose picture is late; anything else waits that much longer. And of silence of all,
 * to come together again. */
enum { SHOW = 2, UNENDED = 4, LATE = 10, PICTURE_LATE = 55, STUCK = 5, QUIET = 2 };
enum { ECHO_BYTES = 32, MAX_CREDIT = 128 };
enum { DEAF = 4 }; /* unanswered keys after which a member is not waited for again */

static bool mux_is_member(const struct mux *mux, int client)
{
    return ((mux->multi.selected & ~mux->multi.absent) >> client & 1) != 0;
}

static struct mux_stream *mux_member(struct mux *mux, int client)
{
    return &mux->stream[MUX_RAW(client)];
}

bool mux_coalesce_holds(const struct mux *mux, int stream)
{
    int client = stream - MUX_CLIENTS;
    if (!mux->multi.on || mux->multi.apart || client < 0 || client >= MUX_CLIENTS)
        return false;
    uint32_t members = mux->multi.selected & ~mux->multi.absent;
    return (members >> client & 1) != 0 && (members & (members - 1)) != 0;
}

/* What the members have said so far, compared. */
struct comparison {
    int first, other;    /* first: the reference; other: who differs from it */
    size_t length;       /* bytes all that spoke agree on */
    bool complete;       /* all members have spoken */
    bool different;      /* and they disagree after `length` */
    bool lines, screens; /* all have a whole line; one addresses the cursor */
    bool pictures;       /* none does, but all have sent it home before these lines */
};

/* Does the cursor go home here? */
static bool mux_homes(const struct mux_stream *stream, size_t at)
{
    return stream->used - at >= 3 && memcmp(stream->data + at, "\033[H", 3) == 0;
}

/* Length of the first line: with its end, or up to where the next picture begins. 0: not whole. */
static size_t mux_row_length(const struct mux_stream *stream)
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

static struct comparison mux_compare_members(struct mux *mux)
{
    struct comparison result = {.first = -1, .complete = true, .lines = true, .pictures = true};
    for (int i = 0; i < MUX_CLIENTS; i++) {
        if (!mux_is_member(mux, i))
            continue;
        const struct mux_stream *stream = mux_member(mux, i);
        result.screens = result.screens || stream->vt.screen;
        result.pictures = result.pictures && stream->vt.picture;
        result.lines = result.lines && mux_row_length(stream) != 0;
        if (stream->used == 0) {
            result.complete = false;
        } else if (result.first < 0) {
            result.first = i;
            result.length = stream->used;
        } else {
            mux_compare(mux, &result, i);
        }
    }
    return result;
}

static void mux_report_difference(struct mux *mux, const struct comparison *cmp)
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

/* Of the agreement: whole lines, and the sequences that stand before the text of the next one. */
static size_t mux_whole_lines(const struct mux_stream *stream, size_t length)
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

/* How much of the agreement may appear now. */
static size_t mux_releasable(struct mux *mux, const struct comparison *cmp)
{
    const struct mux_stream *stream = mux_member(mux, cmp->first);
    size_t whole = vt_boundary(&stream->vt, stream->data, cmp->length);
    size_t lines = mux_whole_lines(stream, whole);
    if (cmp->screens)
        return whole;
    if (cmp->different || (lines != 0 && lines < whole))
        return lines;
    if (mux->multi.wait >= SHOW)
        return whole;
    return whole - lines <= mux->multi.credit ? whole : lines;
}

static void mux_print_agreed(struct mux *mux, const struct comparison *cmp, size_t length)
{
    struct mux_multi *m = &mux->multi;
    const char *data = mux_member(mux, cmp->first)->data;
    bool ends_line = data[length - 1] == '\n';
    m->credit = ends_line || length > m->credit ? 0 : m->credit - (unsigned)length;
    m->wait = 0;
    m->reported = false;
    mux_print_common(mux, m->selected & ~m->absent, length);
}

/* One line of each member in its colour; `unended`: what each has of it. False: nothing but the
 * beginnings of sequences. */
static bool mux_print_copies(struct mux *mux, bool unended)
{
    bool printed = false;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        const struct mux_stream *stream = mux_member(mux, i);
        size_t row = mux_row_length(stream), before = stream->used;
        if (!mux_is_member(mux, i))
            continue;
        mux_print(mux, MUX_RAW(i), unended && row == 0 ? stream->used : row);
        printed = printed || stream->used != before;
    }
    if (printed)
        mux->multi.wait = 0;
    mux->multi.reported = mux->multi.reported && !printed;
    return printed;
}

static void mux_print_selected(struct mux *mux)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        if ((mux->multi.selected >> i & 1) != 0)
            mux_print(mux, MUX_RAW(i), mux_member(mux, i)->used);
}

static void mux_take_apart(struct mux *mux)
{
    mux->multi.apart = true;
    mux->multi.wait = mux->multi.quiet = 0;
    mux_print_selected(mux);
}

/* The members disagree, and not after a whole line. True: something was done, compare again. */
static bool mux_disagree(struct mux *mux, const struct comparison *cmp)
{
    if (mux->debug == 1 && !mux->multi.reported)
        mux_report_difference(mux, cmp);
    mux->multi.reported = true;
    /* The last line of a picture has no end. */
    bool unended = cmp->pictures && mux->multi.wait >= UNENDED;
    if (cmp->complete && (cmp->lines || unended) && !cmp->screens && mux_print_copies(mux, unended))
        return true;
    if ((cmp->complete && cmp->screens) || mux->multi.wait >= UNENDED)
        mux_take_apart(mux);
    return false;
}

/* Prints all that can be decided. */
static void mux_settle(struct mux *mux)
{
    while (!mux->multi.apart) {
        uint32_t members = mux->multi.selected & ~mux->multi.absent;
        struct comparison cmp = mux_compare_members(mux);
        if ((members & (members - 1)) == 0 || cmp.first < 0)
            return;
        size_t length = cmp.complete ? mux_releasable(mux, &cmp) : 0;
        if (length != 0)
            mux_print_agreed(mux, &cmp, length);
        else if (!cmp.different || !mux_disagree(mux, &cmp))
            return;
    }
}

enum mux_coalesce mux_coalesce(struct mux *mux, int index)
{
    struct mux_multi *m = &mux->multi;
    int client = index - MUX_CLIENTS;
    if (client < 0 || client >= MUX_CLIENTS || (m->selected >> client & 1) == 0)
        return MUX_ORDINARY;
    m->absent &= ~(1u << client);
    m->unanswered[client] = 0;
    m->quiet = 0;
    if (!mux_coalesce_holds(mux, index))
        return MUX_ORDINARY; /* apart, the only one, or the only one that still speaks */
    mux_settle(mux);
    return mux_coalesce_holds(mux, index) ? MUX_KEEP : MUX_ORDINARY;
}

void mux_coalesce_give_up(struct mux *mux, int stream)
{
    if (mux_coalesce_holds(mux, stream))
        mux_take_apart(mux);
}

static bool mux_members_wait(struct mux *mux)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        if ((mux->multi.selected >> i & 1) != 0 && mux_member(mux, i)->used != 0)
            return true;
    return false;
}

/* Members that did not speak while others waited for them. */
static void mux_dismiss_silent(struct mux *mux)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        if (mux_is_member(mux, i) && mux_member(mux, i)->used == 0)
            mux->multi.absent |= 1u << i;
}

/* Ticks for which members that are silent are waited for. */
static unsigned mux_patience(struct mux *mux)
{
    bool pictures = true;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        const struct mux_stream *stream = mux_member(mux, i);
        if (mux_is_member(mux, i) && stream->used != 0)
            pictures = pictures && !stream->vt.screen && mux_homes(stream, 0);
    }
    return pictures ? PICTURE_LATE : LATE;
}

void mux_coalesce_tick(struct mux *mux)
{
    struct mux_multi *m = &mux->multi;
    if (!mux_members_wait(mux)) {
        m->wait = 0;
        if (m->apart && ++m->quiet >= QUIET)
            m->apart = m->reported = false;
        return;
    }
    m->quiet = 0;
    if (m->apart)
        return;
    unsigned patience = mux_patience(mux);
    if (++m->wait >= patience)
        mux_dismiss_silent(mux);
    uint32_t members = m->selected & ~m->absent;
    if ((members & (members - 1)) == 0)
        mux_print_selected(mux); /* nobody is left to wait for */
    else
        mux_settle(mux);
    /* A sequence that is never finished, in all of them. */
    if (m->wait >= patience + STUCK)
        mux_take_apart(mux);
}

void mux_note_input(struct mux *mux)
{
    struct mux_multi *m = &mux->multi;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        if ((m->selected >> i & 1) == 0)
            continue;
        if (m->unanswered[i] < DEAF)
            m->absent &= ~(1u << i);
        if (m->unanswered[i] < UINT8_MAX)
            m->unanswered[i]++;
    }
    m->credit = m->credit + ECHO_BYTES > MAX_CREDIT ? MAX_CREDIT : m->credit + ECHO_BYTES;
    if (!mux_members_wait(mux))
        m->apart = m->reported = false;
}
