/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Multi-client mode: equality, divergence, resynchronisation, silence; nothing lost, split or
 * reordered. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include "mux.h"
#include "terminal_fake.h"

#define RED   "\033[0m\033[31;47m"
#define GREEN "\033[0m\033[32;47m"
#define BLUE  "\033[0m\033[34;47m"

static struct mux mux;
static struct terminal terminal;

static int setup(void **state)
{
    (void)state;
    mux_init(&mux, terminal_emit, &terminal);
    terminal_clear(&terminal);
    mux_set_multi(&mux, true, 7);
    mux_tick(&mux);
    mux_tick(&mux);
    return 0;
}

static void say(int client, const char *text)
{
    mux_write(&mux, MUX_RAW(client), text, strlen(text));
}

static void all_say(const char *text)
{
    for (int i = 0; i < 3; i++)
        say(i, text);
}

static void ticks(int n)
{
    while (n-- > 0)
        mux_tick(&mux);
}

static void expect(const char *text)
{
    assert_string_equal(terminal.text, text);
    terminal_clear(&terminal);
}

static void test_echo(void **state)
{
    (void)state;
    for (const char *c = "ls"; *c != '\0'; c++) {
        char text[2] = {*c, '\0'};
        mux_note_input(&mux);
        say(0, text);
        say(1, text);
        expect("");
        say(2, text);
        expect(text); /* at once */
    }
    mux_note_input(&mux);
    all_say("\r\n");
    all_say("bin  etc\r\n~ # ");
    expect("\r\nbin  etc\r\n");
    ticks(2);
    expect("~ # ");
}

static void test_others_are_ordinary(void **state)
{
    (void)state;
    all_say("same\r\n");
    say(3, "other\r\n");
    expect("same\r\n\033[0m\033[35;47mother\r\n");
    mux_write(&mux, MUX_PROCESSED(0), "log\n", 4);
    expect("\033[0m\033[31mlog\r\n");
    all_say("same\r\n");
    expect("\033[0msame\r\n");
}

static void test_different_lines(void **state)
{
    (void)state;
    say(0, "vm0\r\n~ # ");
    say(1, "vm1\r\n~ # ");
    expect("");
    say(2, "vm2\r\n~ # ");
    expect(RED "vm0\r\n" GREEN "vm1\r\n" BLUE "vm2\r\n");
    ticks(2);
    expect("\033[0m~ # "); /* together again */
}

static void test_one_is_different(void **state)
{
    (void)state;
    say(0, "a\r\nb\r\nc\r\n");
    say(1, "a\r\nx\r\nc\r\n");
    say(2, "a\r\nb\r\nc\r\n");
    expect("a\r\n" RED "b\r\n" GREEN "x\r\n" BLUE "b\r\n\033[0mc\r\n");
}

/* A line of one of them takes long to come: the others wait, whether it is the same or not. */
static void test_line_that_is_late(void **state)
{
    (void)state;
    say(0, "value 5\r\n");
    say(1, "value 5\r\n");
    say(2, "val");
    ticks(9);
    expect("");
    say(2, "ue 5\r\n");
    expect("value 5\r\n");
    say(0, "value 5\r\nmore\r\n");
    say(1, "value 6\r\n");
    say(2, "value");
    ticks(9);
    expect("");
    say(2, " 7\r\n");
    expect(RED "value 5\r\n" GREEN "value 6\r\n" BLUE "value 7\r\n");
    say(0, "value 5\r\n");
    say(1, "more\r\nvalue 6\r\n");
    say(2, "more\r\nvalu");
    ticks(9);
    assert_false(mux.multi.apart);
    say(2, "e 5\r\n");
    expect("\033[0mmore\r\n" RED "value 5\r\n" GREEN "value 6\r\n" BLUE "value 5\r\n");
    /* Not for ever. */
    say(0, "value 5\r\n");
    say(1, "value 6\r\n");
    say(2, "vilu");
    ticks(10);
    assert_non_null(strstr(terminal.text, BLUE "vilu"));
}

static void test_different_prompts(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        char text[] = "vm0 login: ";
        text[2] = (char)('0' + i);
        say(i, text);
    }
    ticks(3);
    expect("");
    ticks(1);
    expect(RED "vm0 login: \033[0m\r\n\033[32;47mvm1 login: \033[0m\r\n\033[34;47mvm2 login: ");
    /* A key brings them together. */
    mux_note_input(&mux);
    all_say("r");
    expect("\033[0m\r\nr");
}

static void test_quiet_brings_together(void **state)
{
    (void)state;
    say(0, "a");
    say(1, "b");
    say(2, "c");
    ticks(4);
    assert_true(mux.multi.apart);
    say(0, "1\r\n");
    say(1, "2\r\n");
    ticks(1);
    assert_true(mux.multi.apart);
    ticks(20);
    assert_false(mux.multi.apart);
    terminal_clear(&terminal);
    all_say("line\r\n");
    expect("\033[0mline\r\n");
}

/* One of them hangs: the others appear after LATE ticks, and then without delay. */
static void test_silent_member(void **state)
{
    (void)state;
    say(0, "alive\r\n");
    say(1, "alive\r\n");
    expect("");
    ticks(10);
    expect("alive\r\n");
    say(0, "at once\r\n");
    say(1, "at once\r\n");
    expect("at once\r\n");
    /* It comes back with what the others have said before: that is there already. */
    say(2, "alive\r\nat ");
    ticks(9);
    say(2, "once\r\n");
    ticks(20);
    expect("");
    all_say("x\r\n");
    expect("x\r\n");
    /* And with something else. */
    say(0, "alive\r\nvalue 5\r\n");
    say(1, "alive\r\nvalue 5\r\n");
    ticks(10);
    expect("alive\r\nvalue 5\r\n");
    say(2, "alive\r\nvalue 6\r\nother\r\n");
    ticks(10);
    expect(BLUE "value 6\r\nother\r\n");
    mux_note_input(&mux);
    all_say("x\r\n");
    expect("\033[0mx\r\n");
}

/* What a late one has begun to say again is taken when it does not go on; the rest of it too. */
static void test_late_beginning(void **state)
{
    (void)state;
    say(0, "\033[1mone two\r\n");
    say(2, "\033[1mone two\r\n");
    ticks(10);
    expect("\033[1mone two\r\n");
    say(1, "\033[1mone");
    ticks(9);
    assert_int_equal(mux.stream[MUX_RAW(1)].used, 3); /* a sequence is no beginning of a line */
    ticks(3);
    assert_int_equal(mux.stream[MUX_RAW(1)].used, 0);
    mux_note_input(&mux); /* it is still late, and nobody waits for it */
    say(0, "k\r\n");
    say(2, "k\r\n");
    expect("k\r\n");
    say(1, " two\r\nk\r\n");
    all_say("next\r\n");
    expect("next\r\n");
    assert_int_equal(mux.multi.absent, 0);
}

/* More has been printed than is kept: it is on its own. */
static void test_too_late(void **state)
{
    (void)state;
    for (int i = 0; i < MUX_LATE / 64 + 1; i++) {
        char line[67];
        snprintf(line, sizeof(line), "%064d\r\n", i);
        say(0, line);
        say(1, line);
        if (i == 0)
            ticks(10);
    }
    terminal_clear(&terminal);
    say(2, "0000");
    ticks(10);
    expect(BLUE "0000");
}

/* Whose attributes and modes the common output has may change without anybody else's in between. */
static void test_another_first_member(void **state)
{
    (void)state;
    say(1, "1\r\n");
    say(2, "2\r\n");
    ticks(10); /* client 0 is left out, and has missed lines that differ */
    terminal_clear(&terminal);
    say(1, "\033[4m\033[3;9rx\r\n");
    say(2, "\033[4m\033[3;9rx\r\n");
    expect("\033[0m\033[4m\033[3;9rx\r\n");
    all_say("y\r\n");
    expect("\033[0m\033[r\033[999;1Hy\r\n");
}

static void test_only_one_speaks(void **state)
{
    (void)state;
    say(1, "alone\r\n");
    ticks(10);
    expect(GREEN "alone\r\n");
    say(1, "still\r\n");
    expect("still\r\n");
}

static void test_sequences_are_whole(void **state)
{
    (void)state;
    mux_note_input(&mux);
    all_say("\033[1;3");
    expect("");
    all_say("1mX");
    expect("\033[1;31mX");
    all_say("\303");
    expect("");
    mux_note_input(&mux);
    all_say("\251");
    expect("\303\251");
    /* Attributes that all have set stay with each when they part. */
    say(0, "a\r\n");
    say(1, "b\r\n");
    say(2, "a\r\n");
    assert_non_null(strstr(terminal.text, "\033[31;47m\033[1;31ma"));
}

/* Editors: equal drawing once, at once; different drawing in colours at its own place. */
static void test_full_screen(void **state)
{
    (void)state;
    all_say("\033[2;1Htext");
    ticks(2);
    expect("\033[2;1Htext");
    all_say("\033[3;1Hmore");
    expect("\033[3;1Hmore"); /* nothing is held back now */
    say(0, "\033[24;1Hfile0");
    say(1, "\033[24;1Hfile1");
    say(2, "\033[24;1Hfile2");
    /* The terminal's cursor is put where each one's was. No line feed scrolls the picture. */
    ticks(1);
    assert_null(strchr(terminal.text, '\n'));
    assert_non_null(strstr(terminal.text, "\033[31;47m\033[24;5H0"));
    assert_non_null(strstr(terminal.text, "\033[32;47m\033[24;5H1"));
    assert_non_null(strstr(terminal.text, "\033[34;47m\033[24;5H2"));
    terminal_clear(&terminal);
    /* A redraw after a pause is common again. */
    ticks(2);
    mux_note_input(&mux);
    all_say("\033[1;1H\033[J\033[3;1H~");
    assert_non_null(strstr(terminal.text, "\033[1;1H\033[J"));
    assert_null(strstr(terminal.text, "47m"));
    assert_true(mux_full_screen(&mux, 2));
    assert_false(mux_full_screen(&mux, 8));
}

/* Programs like top: home, lines, and no end of the last one. */
static void picture(int client, const char *cpu, const char *last)
{
    say(client, "\033[H\033[JMem 8\r\nCPU ");
    say(client, cpu);
    say(client, "\r\n1 init\r\n2 ");
    say(client, last);
}

static void test_pictures(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        /* Each at its own time: nothing appears before all have drawn. */
        picture(0, "5", "sh\r");
        ticks(20);
        picture(1, "5", "sh\r");
        ticks(20);
        expect("");
        picture(2, "5", "sh\r");
        ticks(2);
        expect("\033[H\033[JMem 8\r\nCPU 5\r\n1 init\r\n2 sh\r");
        ticks(3);
    }
    /* What differs is there once for each, also in the first line and in the last. */
    for (int i = 0; i < 3; i++)
        picture(i, i == 1 ? "6" : "5", i == 1 ? "ls" : "sh");
    expect("\033[H\033[JMem 8\r\n" RED "CPU 5\r\n" GREEN "CPU 6\r\n" BLUE
           "CPU 5\r\n\033[0m1 init\r\n");
    ticks(4);
    expect(RED "2 sh\033[0m\r\n\033[32;47m2 ls\033[0m\r\n\033[34;47m2 sh");
    assert_false(mux.multi.apart);
    for (int i = 0; i < 3; i++)
        say(i, i == 1 ? "\033[H\033[JMem 9\r\n" : "\033[H\033[JMem 8\r\n");
    expect("\033[0m\r\n\033[H\033[J" RED "Mem 8\r\n" GREEN "Mem 9\r\n" BLUE "Mem 8\r\n");
}

/* What differs from the first row on waits for the last of them, too. */
static void test_pictures_that_differ(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
            char text[64];
            snprintf(text, sizeof(text), "\033[H\033[JMem %d\r\nPID\r\n", i);
            say(i, text);
            ticks(i < 2 ? 20 : 5); /* the last one comes four seconds after the first */
        }
        expect("\033[H\033[J" RED "Mem 0\r\n" GREEN "Mem 1\r\n" BLUE "Mem 2\r\n\033[0mPID\r\n");
        assert_false(mux.multi.apart);
    }
}

/* One of them is a picture behind: its rows come before anybody's next picture. */
static void test_picture_that_is_late(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        say(i, "\033[H\033[JMem 8\r\n");
    say(0, "CPU 5\r\n1 init\r");
    say(2, "CPU 5\r\n1 init\r");
    ticks(9);
    expect("\033[H\033[JMem 8\r\n");
    say(0, "\033[H\033[JMem 7\r\n");
    say(2, "\033[H\033[JMem 7\r\n");
    say(1, "CPU 6\r\n");
    expect(RED "CPU 5\r\n" GREEN "CPU 6\r\n" BLUE "CPU 5\r\n");
    say(1, "2 sh\r\n3 ls\r\n");
    expect(RED "1 init\r\033[0m\r\n\033[32;47m2 sh\r\n" BLUE
               "1 init\r\033[0m\r\n\033[32;47m3 ls\r\n");
    ticks(50); /* the next picture is waited for as long as any */
    expect("");
    say(1, "\033[H\033[JMem 7\r\n");
    expect("\033[0m\033[H\033[JMem 7\r\n");
    assert_false(mux.multi.apart);
}

/* Before them, a program that addressed the cursor: the clearing ends that. */
static void test_pictures_after_an_editor(void **state)
{
    (void)state;
    all_say("\033[24;1H- file\033[24;1H\033[K~ # top\r\n");
    ticks(3);
    terminal_clear(&terminal);
    picture(0, "5", "sh");
    picture(1, "6", "sh");
    picture(2, "5", "sh");
    expect("\033[H\033[JMem 8\r\n" RED "CPU 5\r\n" GREEN "CPU 6\r\n" BLUE
           "CPU 5\r\n\033[0m1 init\r\n");
}

/* The last row and the next picture lie there together: no copy wipes out another. */
static void test_pictures_in_a_row(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        picture(i, "5", i == 1 ? "ls\r\033[H\033[JMem 9\r\n" : "sh\r\033[H\033[JMem 9\r\n");
    expect("\033[H\033[JMem 8\r\nCPU 5\r\n1 init\r\n" RED "2 sh\r\033[0m\r\n\033[32;47m2 ls\r"
           "\033[0m\r\n\033[34;47m2 sh\r\033[0m\r\n\033[H\033[JMem 9\r\n");
}

/* One of them has ended: its shell speaks, and nobody waits for its picture. */
static void test_picture_of_some(void **state)
{
    (void)state;
    picture(0, "5", "sh");
    picture(2, "5", "sh");
    ticks(54);
    expect("");
    ticks(4);
    expect("\033[H\033[JMem 8\r\nCPU 5\r\n1 init\r\n2 sh");
}

static void test_debug_report(void **state)
{
    (void)state;
    mux.debug = 1;
    say(0, "ab\r\n");
    say(1, "ac\r\n");
    say(2, "ab\r\n");
    assert_non_null(
        strstr(terminal.text, "Different contents: client 0 '620d0a' vs client 1 '630d0a'"));
}

static void test_full_buffer(void **state)
{
    (void)state;
    static char text[6001];
    memset(text, 'y', 6000);
    say(0, text); /* more than is kept for the others to say it too */
    size_t count = 0;
    for (size_t i = 0; i < terminal.used; i++)
        count += terminal.text[i] == 'y';
    count += mux.stream[MUX_RAW(0)].used;
    assert_int_equal(count, 6000);
}

/* A busy machine: all say the same, in pieces and each at its own time; one of them lags by up to
 * four seconds, the others by less than one. Everything appears exactly once, in nobody's colour.
 */
static void test_busy_machine(void **state)
{
    (void)state;
    enum { LINES = 600 };
    static char script[LINES * 64];
    size_t size = 0, position[3] = {0}, due[3] = {0};
    static const char *const words[] = {"ls", "\033[1mbold\033[m", "\303\251t\303\251", "~ # "};
    srand(7);
    for (int i = 0; i < LINES; i++) {
        size += (size_t)sprintf(script + size, "%d", i);
        for (int k = rand() % 6; k > 0; k--)
            size += (size_t)sprintf(script + size, "%s ", words[rand() % 4]);
        size += (size_t)sprintf(script + size, "\r\n");
    }
    for (size_t tick = 0; position[0] + position[1] + position[2] < 3 * size; tick++) {
        for (int i = 0; i < 3; i++) {
            size_t chunk = (size_t)rand() % 120 + 1;
            if (tick < due[i])
                continue;
            if (chunk > size - position[i])
                chunk = size - position[i];
            mux_write(&mux, MUX_RAW(i), script + position[i], chunk);
            position[i] += chunk;
            due[i] = tick + (size_t)rand() % (i == 1 && rand() % 20 == 0 ? 40 : 5);
        }
        mux_tick(&mux);
    }
    ticks(20);
    script[size] = '\0';
    expect(script);
}

/* The set of members that a byte with this style belongs to is told by the last colour. */
static int owner(const char *text, size_t at)
{
    for (size_t i = at; i > 0; i--) {
        const char *s = text + i - 1;
        if (strncmp(s, "\033[31;47m", 8) == 0)
            return 0;
        if (strncmp(s, "\033[32;47m", 8) == 0)
            return 1;
        if (strncmp(s, "\033[34;47m", 8) == 0)
            return 2;
        if (strncmp(s, "\033[0m", 4) == 0)
            return -1;
    }
    return -1;
}

/* Random talk, mostly equal: what each said is what appears for it or for all, in order. */
static void test_each_stream_is_complete(void **state)
{
    (void)state;
    enum { ROUNDS = 4000 };
    static char said[3][ROUNDS * 8], seen[3][ROUNDS * 8];
    size_t said_used[3] = {0}, seen_used[3] = {0};
    srand(11);
    for (int round = 0; round < ROUNDS; round++) {
        bool equal = rand() % 10 != 0;
        char common = (char)(rand() % 7 == 0 ? '\n' : 'a' + rand() % 26);
        for (int i = 0; i < 3; i++) {
            char c = equal ? common : (char)('A' + rand() % 26);
            said[i][said_used[i]++] = c;
            mux_write(&mux, MUX_RAW(i), &c, 1);
        }
        if (rand() % 9 == 0)
            mux_tick(&mux);
        if (rand() % 31 == 0)
            mux_note_input(&mux);
    }
    ticks(30);
    for (size_t k = 0; k < terminal.used; k++) {
        char c = terminal.text[k];
        if (c == '\033') {
            k += strcspn(terminal.text + k, "m");
            continue;
        }
        if (c == '\r') { /* never said: the multiplexer's own line end */
            k++;
            continue;
        }
        int who = owner(terminal.text, k + 1);
        for (int i = 0; i < 3; i++)
            if (who < 0 || who == i)
                seen[i][seen_used[i]++] = c;
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(seen_used[i], said_used[i]);
        assert_memory_equal(seen[i], said[i], said_used[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_echo, setup),
        cmocka_unit_test_setup(test_others_are_ordinary, setup),
        cmocka_unit_test_setup(test_different_lines, setup),
        cmocka_unit_test_setup(test_one_is_different, setup),
        cmocka_unit_test_setup(test_line_that_is_late, setup),
        cmocka_unit_test_setup(test_different_prompts, setup),
        cmocka_unit_test_setup(test_quiet_brings_together, setup),
        cmocka_unit_test_setup(test_silent_member, setup),
        cmocka_unit_test_setup(test_too_late, setup),
        cmocka_unit_test_setup(test_late_beginning, setup),
        cmocka_unit_test_setup(test_another_first_member, setup),
        cmocka_unit_test_setup(test_only_one_speaks, setup),
        cmocka_unit_test_setup(test_sequences_are_whole, setup),
        cmocka_unit_test_setup(test_full_screen, setup),
        cmocka_unit_test_setup(test_pictures, setup),
        cmocka_unit_test_setup(test_pictures_in_a_row, setup),
        cmocka_unit_test_setup(test_pictures_that_differ, setup),
        cmocka_unit_test_setup(test_picture_that_is_late, setup),
        cmocka_unit_test_setup(test_pictures_after_an_editor, setup),
        cmocka_unit_test_setup(test_picture_of_some, setup),
        cmocka_unit_test_setup(test_debug_report, setup),
        cmocka_unit_test_setup(test_full_buffer, setup),
        cmocka_unit_test_setup(test_busy_machine, setup),
        cmocka_unit_test_setup(test_each_stream_is_complete, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
