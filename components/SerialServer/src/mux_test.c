/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The output side: lines stay whole, colours, no byte lost, prompts within a second, coalescing. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "mux.h"
#include "natives.h"
#include "terminal_fake.h"

#define RAW0 "\033[0m\033[31;47m"
#define RAW1 "\033[0m\033[32;47m"
#define LOG0 "\033[0m\033[31m"

static struct mux mux;
static struct terminal terminal;

static int setup(void **state)
{
    (void)state;
    mux_init(&mux, terminal_emit, &terminal);
    terminal_clear(&terminal);
    return 0;
}

static void write_text(int stream, const char *text)
{
    mux_write(&mux, stream, text, strlen(text));
}

static void expect(const char *text)
{
    assert_string_equal(terminal.text, text);
    terminal_clear(&terminal);
}

/* Half a second. */
static void idle(void)
{
    for (int i = 0; i < 500 / MUX_TICK_MS; i++)
        mux_tick(&mux);
}

static void test_colours_and_newlines(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "boot\r\n");
    write_text(MUX_PROCESSED(0), "log\n");
    write_text(MUX_RAW(1), "x\n");
    expect(RAW0 "boot\r\n" LOG0 "log\r\n" RAW1 "x\n");
    write_text(MUX_PROCESSED(11), "a\n");
    expect("\033[0m\033[36;1ma\r\n");
    write_text(MUX_RAW(6), "a\r\n");
    expect("\033[0m\033[31;47;1ma\r\n");
    mux_write(&mux, MUX_STREAMS, "x", 1);
    mux_write(&mux, -1, "x", 1);
    expect("");
}

/* Slot n is client n's in both streams: six colours, the upper six in bold, guests on white. */
static void test_every_colour(void **state)
{
    (void)state;
    static const int colours[] = {31, 32, 34, 35, 33, 36};
    for (int n = 0; n < MUX_CLIENTS; n++) {
        char text[64];
        const char *bold = n < 6 ? "" : ";1";
        write_text(MUX_RAW(n), "guest\r\n");
        write_text(MUX_PROCESSED(n), "log\n");
        snprintf(text, sizeof(text), "\033[0m\033[%d;47%smguest\r\n\033[0m\033[%d%smlog\r\n",
                 colours[n % 6], bold, colours[n % 6], bold);
        expect(text);
    }
}

/* Whoever stands in a line, all others wait for its end, whichever client they are. */
static void test_everybody_waits(void **state)
{
    (void)state;
    for (int current = 0; current < MUX_GUESTS_END; current++) {
        write_text(current, "begun ");
        terminal_clear(&terminal);
        for (int other = 0; other < MUX_GUESTS_END; other++)
            if (other != current)
                write_text(other, "waits\r\n");
        expect("");
        /* Then they are next, before another line of it. */
        write_text(current, "line\r\nnext");
        assert_int_equal(strncmp(terminal.text, "line\r", 5), 0);
        const char *next = strstr(terminal.text, "next");
        assert_true(next == NULL || strstr(next, "waits") == NULL);
        int waited = 0;
        for (const char *at = terminal.text; (at = strstr(at, "waits")) != NULL; at++)
            waited++;
        assert_int_equal(waited, MUX_GUESTS_END - 1);
        write_text(current, "\r\n");
        terminal_clear(&terminal);
    }
}

static void test_lines_never_mix(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "first ");
    write_text(MUX_RAW(1), "second line\r\nthird ");
    write_text(MUX_RAW(0), "line\r\n");
    expect(RAW0 "first line\r\n" RAW1 "second line\r\n");
    write_text(MUX_RAW(1), "line\r\n");
    expect("third line\r\n");
}

static void test_echo_is_immediate(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "~ # ");
    expect(RAW0 "~ # ");
    write_text(MUX_RAW(0), "l");
    expect("l");
    write_text(MUX_RAW(1), "log line\r\n"); /* waits for the typed line */
    write_text(MUX_RAW(0), "s");
    expect("s");
    write_text(MUX_RAW(0), "\r\n");
    expect("\r\n" RAW1 "log line\r\n");
}

static void test_prompt_within_a_second(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "vm0 login: ");
    write_text(MUX_RAW(1), "vm1 login: ");
    expect(RAW0 "vm0 login: ");
    idle(); /* something was printed since the tick before */
    idle();
    expect("\033[0m\r\n\033[32;47mvm1 login: ");
}

/* A guest that never ends its line holds up the others for two ticks at most. */
static void test_endless_line(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), ".");
    write_text(MUX_RAW(1), "line\r\n");
    for (int tick = 0; tick < 2; tick++) {
        write_text(MUX_RAW(0), ".");
        idle();
    }
    assert_non_null(strstr(terminal.text, "line\r\n"));
}

static void test_full_buffer_is_printed(void **state)
{
    (void)state;
    char *text = malloc(5001);
    memset(text, 'x', 5000);
    text[5000] = '\0';
    write_text(MUX_RAW(0), "current");
    write_text(MUX_RAW(1), text);
    idle();
    idle();
    size_t count = 0;
    for (size_t i = 0; i < terminal.used; i++)
        count += terminal.text[i] == 'x';
    assert_int_equal(count, 5000);
    free(text);
}

static void test_prefix(void **state)
{
    (void)state;
    mux_set_prefix(&mux, MUX_PROCESSED(3), "rtc");
    write_text(MUX_PROCESSED(3), "one\ntwo\n\nthree");
    idle();
    idle();
    expect("\033[0mrtc: one\r\nrtc: two\r\nrtc: \r\nrtc: three");
}

/* A name stands at each line start on the terminal, also after another stream came between. */
static void test_prefix_after_interruption(void **state)
{
    (void)state;
    mux_set_prefix(&mux, MUX_PROCESSED(3), "rtc");
    write_text(MUX_PROCESSED(3), "one");
    write_text(MUX_RAW(0), "x\r\n");
    idle();
    idle();
    write_text(MUX_PROCESSED(3), "two\n");
    expect("\033[0mrtc: one\033[0m\r\n\033[31;47mx\r\n\033[0mrtc: two\r\n");
}

static void test_natives(void **state)
{
    (void)state;
    struct natives natives = {.used = 0};
    int rtc = natives_stream(&natives, &mux, 3, "rtc");
    int net = natives_stream(&natives, &mux, 900, "net");
    assert_int_equal(natives_stream(&natives, &mux, 3, "rtc"), rtc);
    write_text(rtc, "a\n");
    write_text(net, "b\n");
    expect("\033[0mrtc: a\r\n\033[0mnet: b\r\n");
    /* More than there are streams for. */
    for (unsigned i = 0; i < 40; i++)
        natives_stream(&natives, &mux, i, "n");
    assert_int_equal(natives_stream(&natives, &mux, 77, "late"), MUX_NATIVE(MUX_NATIVES - 1));
    write_text(MUX_NATIVE(MUX_NATIVES - 1), "c\n");
    expect("\033[0mothers: c\r\n");
}

static void test_timestamps(void **state)
{
    (void)state;
    mux.timestamps = true;
    mux.now_ms = 12345;
    mux_set_prefix(&mux, MUX_PROCESSED(3), "rtc");
    write_text(MUX_RAW(0), "ab");
    write_text(MUX_RAW(0), "c\r\n");
    write_text(MUX_PROCESSED(3), "x\n");
    expect(RAW0 "[    12.345] abc\r\n\033[0m[    12.345] rtc: x\r\n");
}

/* What the guest sets stays its own: default is its colour, and it is put back after others. */
static void test_attributes_of_guests(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "\033[1mbold\033[0m\033[4mline\r\n");
    expect(RAW0 "\033[1mbold\033[0m\033[31;47m\033[4mline\r\n");
    write_text(MUX_RAW(1), "x\r\n");
    expect(RAW1 "x\r\n");
    write_text(MUX_RAW(0), "y\r\n");
    expect(RAW0 "\033[4my\r\n");
    mux_message(&mux, "hello");
    expect("\033[0m\r\nhello\r\n");
}

static void test_sequences_are_whole(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "a\033[1");
    expect(RAW0 "a");
    write_text(MUX_RAW(1), "line\r\n");
    write_text(MUX_RAW(0), ";4mb\r\n");
    expect("\033[1;4mb\r\n" RAW1 "line\r\n");
}

static void test_kernel_log(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "x\r\n");
    write_text(MUX_KERNEL, "FAULT HANDLER: data fault\n");
    expect(RAW0 "x\r\n\033[0mFAULT HANDLER: data fault\r\n");
}

static void test_message(void **state)
{
    (void)state;
    write_text(MUX_RAW(0), "half");
    mux_message(&mux, "Switching input to 1");
    expect(RAW0 "half\033[0m\r\nSwitching input to 1\r\n");
    write_text(MUX_RAW(0), "x");
    expect(RAW0 "x");
}

/* Random writers: each stream's bytes come out complete and in order, whatever the mode. */
static void test_nothing_lost(void **state)
{
    enum { STREAMS = 4, ROUNDS = 20000 };
    unsigned sent[STREAMS] = {0}, seen[STREAMS] = {0};
    srand(3);
    for (int round = 0; round < ROUNDS; round++) {
        int i = rand() % STREAMS;
        /* Letters of stream i: i, i + 4, … so that a letter tells its stream. */
        char c = (char)(rand() % 8 == 0 ? '\n' : 'A' + i + STREAMS * (int)(sent[i]++ % 6));
        mux_write(&mux, MUX_RAW(i), &c, 1);
        if (rand() % 200 == 0)
            idle();
        if (rand() % 500 == 0)
            mux_set_multi(&mux, rand() % 2 != 0, (uint32_t)rand() % 16);
    }
    mux_set_multi(&mux, false, 0);
    idle();
    idle();
    idle();
    for (size_t k = 0; k < terminal.used; k++) {
        int letter = terminal.text[k] - 'A';
        if (letter < 0 || letter >= STREAMS * 6)
            continue;
        int i = letter % STREAMS;
        assert_int_equal(letter / STREAMS, seen[i] % 6);
        seen[i]++;
    }
    for (int i = 0; i < STREAMS; i++)
        assert_int_equal(seen[i], sent[i]);
    setup(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_colours_and_newlines, setup),
        cmocka_unit_test_setup(test_every_colour, setup),
        cmocka_unit_test_setup(test_lines_never_mix, setup),
        cmocka_unit_test_setup(test_everybody_waits, setup),
        cmocka_unit_test_setup(test_echo_is_immediate, setup),
        cmocka_unit_test_setup(test_prompt_within_a_second, setup),
        cmocka_unit_test_setup(test_endless_line, setup),
        cmocka_unit_test_setup(test_full_buffer_is_printed, setup),
        cmocka_unit_test_setup(test_prefix, setup),
        cmocka_unit_test_setup(test_prefix_after_interruption, setup),
        cmocka_unit_test_setup(test_natives, setup),
        cmocka_unit_test_setup(test_timestamps, setup),
        cmocka_unit_test_setup(test_attributes_of_guests, setup),
        cmocka_unit_test_setup(test_sequences_are_whole, setup),
        cmocka_unit_test_setup(test_kernel_log, setup),
        cmocka_unit_test_setup(test_message, setup),
        cmocka_unit_test_setup(test_nothing_lost, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
