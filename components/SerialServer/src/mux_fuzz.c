/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * libFuzzer target: any mix of output, typed bytes and ticks. Checks that
 *   - no buffer overflows, and nothing waits for ever;
 *   - each stream's bytes come out complete and in order: they are counted where the multiplexer
 *     prints them, either in the stream's turn or for all in common;
 *   - no attribute is left on after the multiplexer's own messages.
 */
#include "input.h"
#include <string.h>

static struct mux mux;
static struct input input;
static bool attributes; /* the terminal draws in something else than its default */
static size_t marks_out;
static struct vt terminal;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void emit(void *context, const char *text, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++) {
        marks_out += (unsigned char)text[i] == 0xfe;
        vt_feed(&terminal, text[i]);
    }
    attributes = terminal.sgr_used != 0;
}

static void deliver(void *context, int client, char c)
{
    (void)context;
    (void)c;
    if (client < 0 || client >= input.clients)
        __builtin_trap();
}

static void nothing(void *context)
{
    (void)context;
}

static void nothing_for(void *context, int client)
{
    (void)context;
    if (client < 0 || client >= input.clients)
        __builtin_trap();
}

static bool yes(void *context, int client)
{
    nothing_for(context, client);
    return (client & 1) == 0;
}

static const struct input_ops ops = {.deliver = deliver,
                                     .dump_scheduler = nothing,
                                     .list = nothing,
                                     .history = nothing_for,
                                     .inspect = nothing_for,
                                     .reset = nothing_for,
                                     .stop_start = nothing_for,
                                     .controls = yes,
                                     .runs = yes};

static void check_streams(void)
{
    for (int k = 0; k < MUX_STREAMS; k++)
        if (mux.stream[k].used > MUX_BUFFER)
            __builtin_trap();
}

/* Two seconds: everything that waits has appeared. */
static void let_out(void)
{
    for (int k = 0; k < 40; k++)
        mux_tick(&mux);
    for (int k = 0; k < MUX_STREAMS; k++)
        if (mux.stream[k].used != 0)
            __builtin_trap();
}

/* A message ends in default attributes, whatever came before. */
static void check_message(void)
{
    mux_write(&mux, MUX_RAW(0), "\r\n", 2);
    let_out();
    mux_message(&mux, "message");
    if (attributes || mux.current != MUX_NONE)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t marks_in = 0;
    bool multi = false;
    marks_out = 0;
    vt_init(&terminal);
    mux_init(&mux, emit, NULL);
    input_init(&input, &mux, &ops, NULL);
    input.clients = 12;
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint8_t what = data[i] % 32;
        char c = (char)data[i + 1];
        if (what < MUX_STREAMS) {
            marks_in += (uint8_t)c == 0xfe;
            mux_write(&mux, what, &c, 1);
        } else if (what == 31) {
            mux_tick(&mux);
        } else if (what >= 28) {
            /* The same from all guests. */
            marks_in += (uint8_t)c == 0xfe ? MUX_CLIENTS : 0;
            for (int k = 0; k < MUX_CLIENTS; k++)
                mux_write(&mux, MUX_RAW(k), &c, 1);
        } else {
            input_byte(&input, c);
        }
        multi = multi || mux.multi.on;
        check_streams();
    }
    let_out();
    if (multi ? marks_out > marks_in : marks_out != marks_in)
        __builtin_trap();
    check_message();
    return 0;
}
