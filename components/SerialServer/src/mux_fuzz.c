/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * libFuzzer target: any mix of output, typed bytes and ticks. Checks that
 *   - no buffer overflows, and nothing waits for ever;
 *   - each stream's bytes come out complete and in order, whether in its own turn or, in
 *     multi-client mode, for it and others in common. Marks are followed: bytes that are neither
 *     text nor part of an escape sequence or a UTF-8 character, so that the multiplexer never
 *     prints one of its own accord;
 *   - no attribute is left on after the multiplexer's own messages.
 */
#include "input.h"
#include <string.h>

enum { FIRST_MARK = 0xf5, STREAMS = 25, MAX_MARKS = 4096 };

/* What a stream said, or what appeared of it. A guest that was left out may say later what was
 * printed for the others meanwhile: `may` marks that, and then it does not appear once more. */
struct marks {
    size_t count;
    struct {
        uint8_t c;
        bool may;
    } mark[MAX_MARKS];
};

static struct mux mux;
static struct input input;
static bool attributes; /* the terminal draws in something else than its default */
static struct marks said[MUX_STREAMS], seen[MUX_STREAMS];
static struct vt terminal;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct marks *marks, char c, bool may)
{
    if ((unsigned char)c < FIRST_MARK || marks->count == MAX_MARKS)
        return;
    marks->mark[marks->count].c = (uint8_t)c;
    marks->mark[marks->count++].may = may;
}

static void write_byte(int stream, char c)
{
    note(&said[stream], c, false);
    mux_write(&mux, stream, &c, 1);
}

/* What is printed in common counts for each guest that is waited for, and may for the others. */
static void note_printed(char c)
{
    if (mux.current >= 0 && mux.current < MUX_STREAMS)
        note(&seen[mux.current], c, false);
    for (int i = 0; mux.current == MUX_COMMON && i < MUX_CLIENTS; i++)
        if ((mux.multi.selected >> i & 1) != 0)
            note(&seen[MUX_RAW(i)], c, (mux.multi.absent >> i & 1) != 0);
}

static void emit(void *context, const char *text, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++) {
        note_printed(text[i]);
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

static bool anything_waits(void)
{
    for (int k = 0; k < MUX_STREAMS; k++)
        if (mux.stream[k].used != 0)
            return true;
    return false;
}

/* Seven seconds are the longest that somebody's line or picture waits for others before one of them
 * is left out: after that, once for each guest, everything has appeared. */
static void let_out(void)
{
    for (int k = 0; k < 70 || (anything_waits() && k < 70 * MUX_CLIENTS); k++)
        mux_tick(&mux);
    if (anything_waits())
        __builtin_trap();
}

/* Modes that streams do not share are all as on a fresh terminal, as far as it knows. */
static bool modes_left(void)
{
    const struct vt_modes *m = &terminal.modes, *d = &vt_default_modes;
    return m->bottom != 0 || m->origin || m->insert || m->no_wrap || m->hidden || m->shifted ||
           m->charset[0] != d->charset[0] || m->charset[1] != d->charset[1];
}

/* Can what was seen be what was said, with or without each mark that may count? */
static bool explains(const struct marks *all, const struct marks *told)
{
    static bool reached[MAX_MARKS + 1]; /* so many of the told marks are explained */
    memset(reached, 0, sizeof(reached));
    reached[0] = true;
    for (size_t i = 0; i < all->count; i++)
        for (size_t k = told->count + 1; k-- > 0;) {
            bool goes_on = k != 0 && reached[k - 1] && told->mark[k - 1].c == all->mark[i].c;
            reached[k] = goes_on || (reached[k] && all->mark[i].may);
        }
    return reached[told->count];
}

static void check_complete(void)
{
    for (int k = 0; k < MUX_STREAMS; k++)
        if (said[k].count < MAX_MARKS && seen[k].count < MAX_MARKS && !explains(&seen[k], &said[k]))
            __builtin_trap();
}

/* A message ends in default attributes, whatever came before. */
static void check_message(void)
{
    mux_write(&mux, MUX_RAW(0), "\r\n", 2);
    let_out();
    mux_message(&mux, "message");
    if (attributes || modes_left() || mux.current != MUX_NONE)
        __builtin_trap();
}

static void type(const char *keys)
{
    while (*keys != '\0')
        input_byte(&input, *keys++);
}

/* What random bytes seldom are: input is switched, a guest is reset or draws a picture. */
static void fuzz_screens(uint8_t what)
{
    static const char *const draws[] = {
        "\033[H\033[J",  "\033[5;9H",         "\033[?1049h",  "\033[?1049l",
        "\033[3;9r",     "\033[?6h\033[?25l", "\033)0\016",   "\033[7;31;1mx",
        "\033[?1h\033=", "\033[4h\033[?7l",   "\033[2L\033M", "\033c"};
    int client = what % 4;
    char keys[] = {'\r', '@', (char)('0' + client), '\0'};
    if (what >= 240)
        type(keys);
    else if (what >= 236)
        mux_forget(&mux, client);
    else
        for (const char *c = draws[what / 4 % 12]; *c != '\0'; c++)
            write_byte(MUX_RAW(client), *c);
}

/* All guests say a line, one of them later than the others. */
static void fuzz_late(uint8_t what)
{
    const char line[] = {(char)(FIRST_MARK + what % 8), '\n'};
    int late = what % MUX_CLIENTS;
    for (int k = 0; k < 15; k++)
        mux_tick(&mux); /* who is apart comes together */
    for (int k = 0; k < MUX_CLIENTS; k++)
        for (size_t i = 0; i < sizeof(line) && k != late; i++)
            write_byte(MUX_RAW(k), line[i]);
    for (int k = 0; k < what / 16; k++)
        mux_tick(&mux);
    for (size_t i = 0; i < sizeof(line); i++)
        write_byte(MUX_RAW(late), line[i]);
}

/* `alike`: most output is that of all guests. */
static void one_event(uint8_t what, char c, bool alike)
{
    if (alike && what >= 4 && what < STREAMS)
        what = 28;
    if (what < STREAMS) {
        write_byte(what, c);
    } else if (what == 31) {
        mux_tick(&mux);
    } else if (what == 30) {
        fuzz_screens((uint8_t)c);
    } else if (what == 29) {
        fuzz_late((uint8_t)c);
    } else if (what == 28) {
        /* The same from all guests. */
        for (int k = 0; k < MUX_CLIENTS; k++)
            write_byte(MUX_RAW(k), c);
    } else {
        input_byte(&input, c);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int k = 0; k < MUX_STREAMS; k++)
        said[k].count = seen[k].count = 0;
    vt_init(&terminal);
    mux_init(&mux, emit, NULL);
    input_init(&input, &mux, &ops, NULL);
    input.clients = 12;
    /* The first byte decides whether it starts with several clients chosen. */
    if (size != 0 && data[0] % 2 != 0)
        type("@m0123456789:;\r");
    for (size_t i = 0; i + 1 < size; i += 2) {
        one_event(data[i] % 32, (char)data[i + 1], data[0] % 4 == 3);
        check_streams();
    }
    let_out();
    check_complete();
    check_message();
    return 0;
}
