/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The output side of the console multiplexer: many byte streams onto one terminal, without mixing
 * lines, told apart by colour. Pure: bytes in, bytes out through one function, time as ticks.
 *
 * Streams: for each client n a processed one (log of its VMM; LF becomes CR LF) and a raw one (a
 * guest's serial port, bytes as they are), one for the kernel's log, and processed ones of native
 * components.
 *
 * Rules
 *   - A stream is held back while another one stands in the middle of a line, until that line
 *     ends or nothing more of it comes for half a second. A second is the longest anything waits.
 *   - While the terminal stands at the start of a line, or in the stream's own line, bytes pass
 *     through at once, so typed characters echo without delay.
 *   - Escape sequences and UTF-8 characters are never split between streams.
 *   - A backlog is let out a line of each stream in turn, as far as the line has room, so that
 *     nobody waits for all of it.
 *   - A full buffer is never a reason to lose bytes: it goes out.
 *   - In multi-client mode, equal output of the selected guests is printed once, in default
 *     attributes; see mux_coalesce.c.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "screen.h"

#define MUX_CLIENTS 12
#define MUX_NATIVES 16
#define MUX_STREAMS (2 * MUX_CLIENTS + 1 + MUX_NATIVES)
#define MUX_BUFFER  4096
#define MUX_LATE    32768 /**< nearly three seconds of the serial line */

/** Index of a client's streams. */
#define MUX_PROCESSED(client) (client)
#define MUX_RAW(client)       ((client) + MUX_CLIENTS)
#define MUX_GUESTS_END        (2 * MUX_CLIENTS)       /* behind the last raw stream */
#define MUX_NATIVE(i)         (2 * MUX_CLIENTS + (i)) /**< of components without a number */
#define MUX_KERNEL            (MUX_STREAMS - 1)
/** What the terminal's attributes belong to when no stream owns them. */
#define MUX_COMMON MUX_STREAMS /**< output that selected guests have in common */
#define MUX_NONE   (-1)        /**< nobody: default attributes */

/** Milliseconds between two calls of mux_tick(). */
#define MUX_TICK_MS 100

/** One stream. */
struct mux_stream {
    char *data; /**< not yet printed: `used` bytes, in buffer[] */
    size_t used;
    char buffer[2 * MUX_BUFFER]; /**< twice the size: what is left seldom has to be moved */
    const char *prefix; /**< printed before each line with ": ", without colour; NULL: coloured */
    struct vt vt;       /**< of what was printed */
};

/** What was printed for all while one of them was left out: it may still say the same. */
struct mux_late {
    char log[MUX_LATE];         /**< a ring */
    uint64_t end;               /**< bytes ever put there */
    uint64_t said[MUX_CLIENTS]; /**< how many of them each client has said, or will never say */
    uint32_t lost; /**< clients that have missed what is not kept: what they say is their own */
    unsigned wait; /**< ticks for which somebody's beginning of a line waits */
};

/** Multi-client mode. */
struct mux_multi {
    bool on;
    bool apart;        /**< the guests said different things: each appears in its colour */
    bool reported;     /**< debug mode 1 has told about this difference */
    uint32_t selected; /**< the clients, bit n: client n */
    uint32_t absent;   /**< those that are not waited for */
    unsigned wait;     /**< ticks for which output of some has waited for others */
    unsigned quiet;    /**< ticks without output of any */
    unsigned credit;   /**< bytes of a begun line that may appear at once: echo of typed keys */
    uint8_t unanswered[MUX_CLIENTS]; /**< keys typed since the client last said something */
    bool coloured; /**< one alone has printed since they last had a picture in common */
    int first;     /**< the lowest client of what was printed for all … */
    struct vt vt;  /**< … and the state after it */
    struct mux_late late;
};

/** State of the output side. */
struct mux {
    struct mux_stream stream[MUX_STREAMS];
    struct mux_multi multi;
    uint64_t waiting;    /**< streams that hold bytes, bit n: stream n */
    int current;         /**< whose colour the terminal has: a stream, MUX_COMMON or MUX_NONE */
    bool mid_line;       /**< the terminal stands in a line */
    bool line_begun;     /**< time and name of this line are printed */
    bool force;          /**< what is unfinished goes out too */
    bool timestamps;     /**< each line starts with the time */
    unsigned debug;      /**< 0 none, 1 coalescing, 2 line flushing */
    bool printed;        /**< something was printed since the last half second */
    unsigned ticks;      /**< since start */
    unsigned held_ticks; /**< half seconds for which something has been held back */
    uint64_t now_ms;     /**< time of day of the machine, for timestamps; set by the caller */
    void (*emit)(void *context, const char *data, size_t size);
    size_t (*room)(void *context); /**< bytes the line takes now; NULL: any number */
    void *context;
    bool flushing; /**< lines wait for room */
    int turn;      /**< whose line is next then */

    struct screen screen[MUX_CLIENTS]; /**< pictures of full-screen programs of guests */
    struct vt_modes modes;             /**< the terminal's */
    uint32_t covered;                  /**< guests over whose picture something was printed */
};

/** Empty buffers, default attributes. */
void mux_init(struct mux *mux, void (*emit)(void *, const char *, size_t), void *context);

/** Gives a stream a name to prefix lines with, instead of a colour. */
void mux_set_prefix(struct mux *mux, int stream, const char *prefix);

/** Takes bytes of a stream (0 .. MUX_STREAMS - 1; others are ignored). */
void mux_write(struct mux *mux, int stream, const char *data, size_t size);

/** The line has room again: goes on letting out lines. */
void mux_pump(struct mux *mux);

/** Every MUX_TICK_MS: lets out what waits. */
void mux_tick(struct mux *mux);

/** Prints a message of the multiplexer itself on a line of its own, in default attributes. */
void mux_message(struct mux *mux, const char *text);
/** Part of such a message: opens it if `start`, and leaves the line open. */
void mux_message_part(struct mux *mux, const char *text, bool start);
/** Part of such a message in the colour of a stream; ends in default attributes. */
void mux_message_colour(struct mux *mux, int stream, const char *data, size_t size);

/** Enters (or leaves, with multi false) multi-client mode. */
void mux_set_multi(struct mux *mux, bool multi, uint32_t selected);
/** A key was typed to the selected clients: their next output may be equal again. */
void mux_note_input(struct mux *mux);
/** One of these clients runs a program that addresses the cursor. */
bool mux_full_screen(const struct mux *mux, uint32_t clients);

/** Input goes to this client alone now: the terminal sends keys as its program wants them. */
void mux_focus(struct mux *mux, int client);
/** Draws the picture of a client's full-screen program again. False: it has none. */
bool mux_redraw(struct mux *mux, int client);
/** A key was typed to this client alone: if others have drawn over its picture, draws it again. */
void mux_key(struct mux *mux, int client);
/** The client's guest was reset: what it had set on its terminal is no longer so. */
void mux_forget(struct mux *mux, int client);
