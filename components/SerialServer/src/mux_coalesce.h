/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between multi-client mode (mux_coalesce.c), comparing (mux_compare.c) and those who come late
 * (mux_late.c). */
#include "mux_internal.h"

/** What the members have said so far, compared. */
struct comparison {
    int first, other; /**< first: the reference, -1: all are silent; other: who differs from it */
    size_t length;    /**< bytes all that spoke agree on */
    bool complete;    /**< all members have spoken */
    bool different;   /**< and they disagree after `length` */
    bool ahead;       /**< some have said more than `length` */
    bool lines, line; /**< all have a whole line; one has */
    bool screens;     /**< one addresses the cursor */
    bool pictures;    /**< none does, but all have sent it home before these lines */
};

/** Is the client's output compared with that of the others now? */
bool mux_is_member(const struct mux *mux, int client);
/** The client's raw stream. */
struct mux_stream *mux_member(struct mux *mux, int client);

/** Compares what waits of the members. */
struct comparison mux_compare_members(struct mux *mux);
/** Debug mode 1: prints where they differ. */
void mux_report_difference(struct mux *mux, const struct comparison *cmp);
/** Does the cursor go home here? */
bool mux_homes(const struct mux_stream *stream, size_t at);
/** Length of the first line: with its end, or up to where the next picture begins. 0: not whole. */
size_t mux_row_length(const struct mux_stream *stream);
/** Of the first `length` bytes: whole lines, and the sequences that stand before the text of the
 * next one. */
size_t mux_whole_lines(const struct mux_stream *stream, size_t length);

/** The clients of the mask are about to print this for all. */
void mux_late_note(struct mux *mux, uint32_t clients, const char *data, size_t size);
/** Has something been printed for all that the client has not said yet? */
bool mux_is_late(const struct mux *mux, int client);
/** What lies in the client's buffer and has been printed for all is taken from it; the beginning of
 * a line too if `now`, else it waits for its end. True: the client is not late any more: it has
 * said it all, or something else. */
bool mux_late_catch_up(struct mux *mux, int client, bool now);
/** Nobody is late: the members go on each by itself. */
void mux_late_forget(struct mux *mux);
