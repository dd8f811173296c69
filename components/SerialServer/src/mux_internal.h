/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the scheduler (mux.c), printing (mux_print.c) and coalescing (mux_coalesce.c). */
#include "mux.h"

/** Prints and forgets the first `size` bytes of a stream, with colour switch and prefixes. */
void mux_print(struct mux *mux, int stream, size_t size);
/** Prints in default attributes, whatever was current. */
void mux_print_plain(struct mux *mux, const char *data, size_t size);
/** Drops the first bytes of a stream's buffer. */
void mux_drop(struct mux_stream *stream, size_t size);
/** Length of the first line with its end, 0: the buffer holds no complete line. */
size_t mux_line_length(const struct mux_stream *stream);
/** Something of another stream than `except` waits. */
bool mux_others_wait(const struct mux *mux, int except);

/** What coalescing did with new bytes of a stream. */
enum mux_coalesce { MUX_ORDINARY, MUX_PRINTED, MUX_KEEP };
/** Tries to print what the selected guests agree on. */
enum mux_coalesce mux_coalesce(struct mux *mux, int stream);
/** An idle tick: members that did not speak are not waited for. */
void mux_coalesce_idle(struct mux *mux);
