/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The output side of the console multiplexer: many byte streams onto one terminal, without mixing
 * lines, told apart by colour. Pure: bytes in, bytes out through one function, time as ticks.
 *
 * Streams: for each client n a processed one (log of a component or VMM; LF becomes CR LF) and a
 * raw one (a guest's serial port, bytes as they are), and one for the kernel's log.
 *
 * Rules
 *   - A stream is held back while another one stands in the middle of a line, until that line
 *     ends or nothing more of it comes for a tick. Two ticks are the longest anything waits.
 *   - While the terminal stands at the start of a line, or in the stream's own line, bytes pass
 *     through at once, so typed characters echo without delay.
 *   - A full buffer is never a reason to lose bytes: it goes out.
 *   - In multi-client mode, equal output of the selected guests is printed once, without colour.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUX_CLIENTS 12
#define MUX_STREAMS (2 * MUX_CLIENTS + 1)
#define MUX_BUFFER  4096

/** Index of a client's streams. */
#define MUX_PROCESSED(client) (client)
#define MUX_RAW(client)       ((client) + MUX_CLIENTS)
#define MUX_KERNEL            (2 * MUX_CLIENTS)
#define MUX_NONE              (-1)

/** One stream. */
struct mux_stream {
    char data[MUX_BUFFER]; /**< not yet printed */
    size_t used;
    const char *prefix; /**< printed before each line with ": ", without colour; NULL: coloured */
    bool line_open;     /**< a line has begun: no prefix until it ends */
};

/** State of the output side. */
struct mux {
    struct mux_stream stream[MUX_STREAMS];
    int current;         /**< whose colour the terminal has, MUX_NONE: default attributes */
    bool mid_line;       /**< the terminal stands in a line */
    bool multi;          /**< equal output of `selected` is printed once */
    bool diverged;       /**< the selected guests said different things; until both are quiet */
    uint32_t selected;   /**< clients of multi mode, bit n: client n */
    uint32_t absent;     /**< selected clients that fell silent while others spoke */
    unsigned debug;      /**< 0 none, 1 coalescing, 2 line flushing */
    bool printed;        /**< something was printed since the last tick */
    unsigned held_ticks; /**< ticks for which something has been held back */
    void (*emit)(void *context, const char *data, size_t size);
    void *context;
};

/** Empty buffers, default attributes. */
void mux_init(struct mux *mux, void (*emit)(void *, const char *, size_t), void *context);

/** Gives the processed stream of a client a name to prefix lines with, instead of a colour. */
void mux_set_prefix(struct mux *mux, int stream, const char *prefix);

/** Takes bytes of a stream (0 .. MUX_STREAMS - 1; others are ignored). */
void mux_write(struct mux *mux, int stream, const char *data, size_t size);

/** Every half second: lets out what waits. */
void mux_tick(struct mux *mux);

/** Prints a message of the multiplexer itself on a line of its own, in default attributes. */
void mux_message(struct mux *mux, const char *text);
/** Part of such a message: opens it if `start`, and leaves the line open. */
void mux_message_part(struct mux *mux, const char *text, bool start);

/** Enters (or leaves, with multi false) multi-client mode. */
void mux_set_multi(struct mux *mux, bool multi, uint32_t selected);
/** Input went to the selected clients: their next output may be equal again. */
void mux_note_input(struct mux *mux);
