/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the scheduler (mux.c), printing (mux_print.c) and coalescing (mux_coalesce.c). */
#include "mux.h"

/** Prints and forgets the first `size` bytes of a stream, with colour switch and prefixes. Stops
 * where something unfinished begins, unless mux->force. */
void mux_print(struct mux *mux, int stream, size_t size);
/** Forgets the first `size` bytes of a stream. */
void mux_drop(struct mux *mux, int stream, size_t size);
/** Colour of a stream, as a control sequence. */
const char *mux_colour(const struct mux *mux, int stream);
/** What a stream has done to its terminal; NULL for MUX_NONE. */
struct vt *mux_vt(struct mux *mux, int stream);
/** Bytes to the terminal. */
void mux_emit(struct mux *mux, const char *data, size_t size);
void mux_emit_text(struct mux *mux, const char *text);
/** The terminal is the stream's now: its colour, attributes, modes and cursor. */
void mux_switch(struct mux *mux, int stream);

/** mux_screen.c: a byte of a stream takes effect on its vt and picture. */
void mux_feed(struct mux *mux, int stream, char c);
/** The stream prints: all others' pictures are drawn over. */
void mux_cover(struct mux *mux, int stream);
/** Sets the terminal's modes; those for keys and the alternate screen stay as they are. */
void mux_set_modes(struct mux *mux, const struct vt_modes *wanted);
/** The terminal's modes are those of the stream that has printed. */
void mux_note_modes(struct mux *mux, const struct vt *vt);
/** Text follows a picture: in the last row. */
void mux_leave_picture(struct mux *mux);
/** Draws the picture that the clients of the mask have in common, in default attributes. False:
 * they have none, or not the same one. */
bool mux_redraw_common(struct mux *mux, uint32_t clients);
/** Puts the cursor where a full-screen program has it. */
void mux_place_cursor(struct mux *mux, int stream);

/** Prints in default attributes what the clients of the mask have in common; theirs to drop. */
void mux_print_common(struct mux *mux, uint32_t clients, size_t size);
/** Length of the first line with its end, 0: the buffer holds no complete line. */
size_t mux_line_length(const struct mux_stream *stream);
/** Something of another stream than `except` waits, and not for its peers. */
bool mux_others_wait(const struct mux *mux, int except);

/** What coalescing did with new bytes of a stream: not its business; done all it can. */
enum mux_coalesce { MUX_ORDINARY, MUX_KEEP };
/** Tries to print what the selected guests agree on. */
enum mux_coalesce mux_coalesce(struct mux *mux, int stream);
/** A tick: who does not speak is not waited for; who was apart may be together again. */
void mux_coalesce_tick(struct mux *mux);
/** The stream's bytes wait for those of its peers: the scheduler leaves them alone. */
bool mux_coalesce_holds(const struct mux *mux, int stream);
/** The stream's buffer is full: its group is taken apart, so that the scheduler can print it. */
void mux_coalesce_give_up(struct mux *mux, int stream);
