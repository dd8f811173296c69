/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Multi-client mode: what all selected guests print alike appears once, in default attributes.
 *
 * - Equality. The raw streams of the selected clients are compared from the first byte not yet
 *   printed. What every member has said goes out at once if it ends a line, echoes a typed key, or
 *   belongs to a full-screen program; the beginning of another line waits a tick or two, so that a
 *   line that turns out to differ can appear whole. Who has said less than others is given a
 * second.
 *
 * - Divergence. When the next line differs, and every member has all of it, each one's copy appears
 *   in its colour, in the order of the clients, and comparing goes on with the line after it. If a
 *   line does not end soon, or the cursor is addressed, the members are taken apart: all they print
 *   appears in colours by the scheduler's ordinary rules.
 *
 * - Pictures. Programs like top send the cursor home and print lines, again and again, each guest
 *   at its own time. Home ends a line too, and waits for the rows of others, so that no copy wipes
 *   out another; the sequences that all have before a line's text are printed once. A new picture
 *   waits for those of the others for as long as such programs usually pause.
 *
 * - Resynchronisation. Members come together again when all are quiet for two ticks, or when a key
 *   is typed while nothing of them waits. Pictures that are alike again are drawn once.
 *
 * - Silence. A member that says nothing for a second while others wait for it is absent: the others
 *   go on without it. It rejoins with its next byte; what they have printed meanwhile it may still
 *   say, without another copy (mux_late.c).
 *
 * Bytes of one stream are never reordered: whatever the decision, they leave from the front.
 */
#include "mux_coalesce.h"

/* Ticks: until the beginning of a line appears; a line that differs and does not end; a member that
 * is silent, or whose picture is late; anything else waits that much longer. And of silence of all,
 * to come together again. */
enum { SHOW = 2, UNENDED = 4, LATE = 10, PICTURE_LATE = 55, STUCK = 5, QUIET = 2 };
enum { ECHO_BYTES = 32, MAX_CREDIT = 128 };
enum { DEAF = 4 }; /* unanswered keys after which a member is not waited for again */

bool mux_coalesce_holds(const struct mux *mux, int stream)
{
    int client = stream - MUX_CLIENTS;
    if (!mux->multi.on || mux->multi.apart || client < 0 || client >= MUX_CLIENTS)
        return false;
    uint32_t members = mux->multi.selected & ~mux->multi.absent;
    if ((members >> client & 1) != 0)
        return (members & (members - 1)) != 0;
    return (mux->multi.selected >> client & 1) != 0 && mux_is_late(mux, client);
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
    /* Who has not said as much as others is about to: it is waited for longer. */
    if (mux->multi.wait >= (cmp->ahead ? LATE : SHOW))
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
    mux_late_note(mux, m->selected & ~m->absent, data, length);
    mux_print_common(mux, m->selected & ~m->absent, length);
}

/* One line of each member in its colour; `unended`: what each has of it. Who has come to its next
 * picture waits until all have: it would wipe out what the others still have to say. False: nothing
 * but the beginnings of sequences. */
static bool mux_print_copies(struct mux *mux, bool unended)
{
    bool printed = false;
    for (int i = 0; i < MUX_CLIENTS; i++) {
        const struct mux_stream *stream = mux_member(mux, i);
        size_t row = mux_row_length(stream), before = stream->used;
        if (!mux_is_member(mux, i) || mux_homes(stream, 0))
            continue;
        mux_print(mux, MUX_RAW(i), unended && row == 0 ? stream->used : row);
        printed = printed || stream->used != before;
    }
    if (printed) {
        mux->multi.wait = 0;
        mux_late_forget(mux);
    }
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
    mux_late_forget(mux);
    mux_print_selected(mux);
}

/* The members disagree, and not after a whole line. True: something was done, compare again. */
static bool mux_disagree(struct mux *mux, const struct comparison *cmp)
{
    if (mux->debug == 1 && !mux->multi.reported)
        mux_report_difference(mux, cmp);
    mux->multi.reported = true;
    /* Who has not ended its line is late if others have. The last one of a picture has no end. */
    bool unended = mux->multi.wait >= (cmp->line ? LATE : UNENDED);
    if (cmp->complete && (cmp->lines || (cmp->pictures && unended)) && !cmp->screens &&
        mux_print_copies(mux, unended))
        return true;
    /* Who has said nothing yet is waited for first. */
    if (cmp->complete && (cmp->screens || unended))
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
    m->unanswered[client] = 0;
    m->quiet = 0;
    if (!mux_late_catch_up(mux, client, false))
        return MUX_KEEP;
    m->absent &= ~(1u << client);
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
        if ((mux->multi.selected >> i & 1) != 0 && mux_member(mux, i)->used != 0 &&
            !mux_is_late(mux, i))
            return true;
    return false;
}

/* Those who are late, and whose line does not go on. */
static void mux_take_beginnings(struct mux *mux)
{
    struct mux_multi *m = &mux->multi;
    bool waits = false;
    for (int i = 0; i < MUX_CLIENTS; i++)
        waits = waits || (mux_is_late(mux, i) && mux_member(mux, i)->used != 0);
    m->late.wait = waits ? m->late.wait + 1 : 0;
    for (int i = 0; i < MUX_CLIENTS && m->late.wait >= LATE; i++)
        if (mux_is_late(mux, i) && mux_member(mux, i)->used != 0 && mux_late_catch_up(mux, i, true))
            m->absent &= ~(1u << i);
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

/* All are quiet: what they print next may be alike. If their pictures are already, but have come
 * onto the terminal in colours, one over the other, there is one picture again. */
static void mux_come_together(struct mux *mux)
{
    struct mux_multi *m = &mux->multi;
    m->apart = m->reported = false;
    if (m->coloured && mux_redraw_common(mux, m->selected))
        m->coloured = false;
}

void mux_coalesce_tick(struct mux *mux)
{
    struct mux_multi *m = &mux->multi;
    mux_take_beginnings(mux);
    if (!mux_members_wait(mux)) {
        m->wait = 0;
        if (m->quiet < QUIET && ++m->quiet == QUIET)
            mux_come_together(mux);
        return;
    }
    m->quiet = 0;
    if (m->apart)
        return;
    unsigned patience = mux_patience(mux);
    if (++m->wait >= patience)
        mux_dismiss_silent(mux);
    uint32_t members = m->selected & ~m->absent;
    if ((members & (members - 1)) == 0) { /* nobody is left to wait for */
        mux_late_forget(mux);
        mux_print_selected(mux);
    } else {
        mux_settle(mux);
    }
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
        if (m->unanswered[i] < DEAF && !mux_is_late(mux, i))
            m->absent &= ~(1u << i);
        if (m->unanswered[i] < UINT8_MAX)
            m->unanswered[i]++;
    }
    m->credit = m->credit + ECHO_BYTES > MAX_CREDIT ? MAX_CREDIT : m->credit + ECHO_BYTES;
    if (!mux_members_wait(mux))
        m->apart = m->reported = false;
    if (!m->apart && (mux->covered & m->selected) != 0)
        mux_redraw_common(mux, m->selected);
}
