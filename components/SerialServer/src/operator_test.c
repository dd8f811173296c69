/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Looking back, the list of clients, commands to VMs and their answers. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include "operator.h"
#include "terminal_fake.h"

static struct mux mux;
static struct operator operator;
static struct terminal terminal;
static struct console_control page;
static unsigned signals;

static void wake(void *context, int client)
{
    (void)context;
    assert_int_equal(client, 0);
    signals++;
}

static int setup(void **state)
{
    (void)state;
    signals = 0;
    memset(&page, 0, sizeof(page));
    terminal_clear(&terminal);
    mux_init(&mux, terminal_emit, &terminal);
    operator_init(&operator, & mux, wake, NULL);
    operator.page[0] = & page;
    console_control_publish(&page, 1, 256);
    console_control_set_state(&page, CONSOLE_VM_RUNNING);
    return 0;
}

static int said(const char *text)
{
    return strstr(terminal.text, text) != NULL;
}

static void print_all(void)
{
    while (operator_pump(&operator))
        ;
}

static void note(int stream, const char *text)
{
    operator_note_output(&operator, stream, text, strlen(text));
}

static void test_history(void **state)
{
    (void)state;
    note(MUX_RAW(2), "boot\r\n\033[1;32mgreen\033[0m \303\251\r\nhalf");
    note(MUX_PROCESSED(2), "log\n");
    note(MUX_RAW(1), "other\r\n");
    operator_history(&operator, 2);
    print_all();
    assert_true(said("\033[34;47mboot\033[0m\r\n\033[34;47mgreen \303\251\033[0m\r\n"
                     "\033[34mlog\033[0m\r\n--- end ---\r\n"));
    assert_true(said("last 3 lines"));
    assert_false(said("other"));
}

static void test_history_is_long(void **state)
{
    (void)state;
    static char text[500];
    memset(text, 'x', 390);
    for (int i = 0; i < 3000; i++) {
        snprintf(text + 390, 20, "line %d\r\n", i);
        note(MUX_RAW(0), text);
    }
    operator_history(&operator, 0);
    print_all();
    assert_true(said("last 200 lines"));
    assert_false(said("line 2799\033"));
    for (int i = 2800; i < 3000; i++) {
        snprintf(text, sizeof(text), "line %d\033", i);
        assert_true(said(text));
    }
    /* A line without an end. */
    memset(text, 'z', 499);
    for (int i = 0; i < 1000; i++)
        operator_note_output(&operator, MUX_RAW(0), text, 499);
    terminal_clear(&terminal);
    operator_history(&operator, 0);
    for (int i = 0; i < 5000; i++) /* and it grows faster than it is shown */
        note(MUX_RAW(0), "growing\r\n");
    print_all();
    assert_true(said("--- end ---"));
}

static void test_list(void **state)
{
    (void)state;
    uint64_t dropped[MUX_CLIENTS] = {0, 7};
    page.exits[0] = 1000;
    page.resets = 3;
    for (int i = 0; i < 10; i++)
        operator_tick(&operator);
    page.exits[0] = 1500;
    for (int i = 0; i < 10; i++)
        operator_tick(&operator);
    operator_list(&operator, 2, 1, dropped);
    assert_true(said("    0*  running        500         256       3           0"));
    assert_true(said("    1   program          -           -       -           7"));
}

static void test_commands(void **state)
{
    (void)state;
    uint32_t last = 0;
    assert_true(operator_controls(&operator, 0));
    assert_false(operator_controls(&operator, 1));
    operator_reset(&operator, 0);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_RESET);
    console_control_finish(&page, last, 0);
    operator_tick(&operator);
    operator_stop_start(&operator, 0);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_STOP);
    /* One at a time: the next one waits until that is done. */
    operator_inspect(&operator, 0);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_NONE);
    assert_false(said("busy"));
    operator_reset(&operator, 0);
    assert_true(said("VM 0 is busy with earlier commands: not carried out"));
    console_control_set_state(&page, CONSOLE_VM_STOPPED);
    console_control_finish(&page, last, 0);
    operator_tick(&operator);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_INSPECT);
    /* And until the answer to that has been printed. */
    memcpy(page.text, "rax 0\n", 6);
    console_control_finish(&page, last, 6);
    operator_check(&operator);
    operator_reset(&operator, 0);
    operator_tick(&operator);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_NONE);
    print_all();
    assert_true(said("rax 0"));
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_RESET);
    console_control_finish(&page, last, 0);
    operator_tick(&operator);
    assert_int_equal(signals, 4);
    assert_false(operator_runs(&operator, 0));
    operator_stop_start(&operator, 0);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_START);
    assert_int_equal(signals, 5);
    for (int i = 0; i < 60; i++)
        operator_tick(&operator);
    assert_true(said("VM 0 does not answer"));
    operator_reset(&operator, 0); /* it is not waited for */
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_RESET);
    assert_int_equal(signals, 6);
    operator_reset(&operator, 1); /* not a VM: nothing */
    assert_int_equal(signals, 6);
}

static void test_inspection(void **state)
{
    (void)state;
    uint32_t last = 0;
    operator_inspect(&operator, 0);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_INSPECT);
    memcpy(page.text, "rax 0\nrip \0331\n", 13);
    operator_check(&operator);
    assert_false(operator_pump(&operator));
    console_control_finish(&page, last, 13);
    operator_check(&operator);
    print_all();
    assert_true(said("\033[31mrax 0\r\nrip ?1\r\n"));
    /* A monitor that lies about the length, and keeps answering. */
    operator_inspect(&operator, 0);
    console_control_take(&page, &last);
    console_control_finish(&page, last, 1u << 31);
    operator_check(&operator);
    print_all();
    assert_true(said("--- end ---"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_history, setup),
        cmocka_unit_test_setup(test_history_is_long, setup),
        cmocka_unit_test_setup(test_list, setup),
        cmocka_unit_test_setup(test_commands, setup),
        cmocka_unit_test_setup(test_inspection, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
