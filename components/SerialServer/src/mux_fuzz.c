/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * libFuzzer target: any mix of output, typed bytes and ticks. Checks that no buffer overflows and
 * that what guests print comes out: bytes in equal bytes out, but for the multiplexer's own text.
 */
#include "input.h"

static struct mux mux;
static struct input input;
static size_t printed;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void emit(void *context, const char *text, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++)
        printed += (unsigned char)text[i] == 0xfe;
}

static void deliver(void *context, int client, char c)
{
    (void)context;
    (void)c;
    if (client < 0 || client >= input.clients)
        __builtin_trap();
}

static void dump(void *context)
{
    (void)context;
}

static const struct input_ops ops = {deliver, dump};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t sent = 0;
    bool multi = false;
    printed = 0;
    mux_init(&mux, emit, NULL);
    input_init(&input, &mux, &ops, NULL);
    input.clients = 12;
    for (size_t i = 0; i + 1 < size; i += 2) {
        uint8_t what = data[i] % 32;
        char c = (char)data[i + 1];
        if (what < MUX_STREAMS) {
            sent += (uint8_t)c == 0xfe;
            mux_write(&mux, what, &c, 1);
        } else if (what == 31) {
            mux_tick(&mux);
        } else {
            input_byte(&input, c);
        }
        multi = multi || mux.multi;
        for (int k = 0; k < MUX_STREAMS; k++)
            if (mux.stream[k].used > MUX_BUFFER)
                __builtin_trap();
    }
    mux_set_multi(&mux, false, 0);
    for (int k = 0; k < 4; k++)
        mux_tick(&mux);
    for (int k = 0; k < MUX_STREAMS; k++)
        if (mux.stream[k].used != 0)
            __builtin_trap();
    if (multi ? printed > sent : printed != sent)
        __builtin_trap();
    return 0;
}
