/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The input side: escape only at line starts, commands, multi-client input. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "input.h"
#include "terminal_fake.h"

static struct mux mux;
static struct input input;
static struct terminal terminal;
static char received[MUX_CLIENTS][256];
static int dumps;

static void deliver(void *context, int client, char c)
{
    (void)context;
    size_t length = strlen(received[client]);
    assert_in_range(client, 0, MUX_CLIENTS - 1);
    if (length + 1 < sizeof(received[client]))
        received[client][length] = c;
}

static void dump(void *context)
{
    (void)context;
    dumps++;
}

static const struct input_ops ops = {deliver, dump};

static int setup(void **state)
{
    (void)state;
    memset(received, 0, sizeof(received));
    terminal_clear(&terminal);
    mux_init(&mux, terminal_emit, &terminal);
    input_init(&input, &mux, &ops, NULL);
    input.clients = 2;
    return 0;
}

static void type(const char *text)
{
    while (*text != '\0')
        input_byte(&input, *text++);
}

static int said(const char *text)
{
    int found = strstr(terminal.text, text) != NULL;
    terminal_clear(&terminal);
    return found;
}

static void test_switch(void **state)
{
    (void)state;
    type("ab\r@1cd\r@0e");
    assert_string_equal(received[0], "ab\re");
    assert_string_equal(received[1], "cd\r");
    assert_true(said("\033[0m\r\nSwitching input to 1\r\n"));
}

static void test_escape_only_at_line_start(void **state)
{
    (void)state;
    type("a@1");
    assert_string_equal(received[0], "a@1");
    type("\r@@x@1\r");
    assert_string_equal(received[0], "a@1\r@x@1\r");
    assert_int_equal(terminal.used, 0);
}

static void test_line_starts(void **state)
{
    (void)state;
    type("x\003@?");
    assert_true(said("Escape character: @"));
    type("y\032@?");
    assert_true(said("help"));
    type("z\n@?");
    assert_true(said("0 - 1"));
    type("@1@?"); /* commands chain */
    assert_true(said("now: client 1"));
}

static void test_invalid(void **state)
{
    (void)state;
    type("@9");
    assert_true(said("Invalid SerialServer command: 9\r\nUse @? for help"));
    type("@x");
    assert_true(said("Invalid SerialServer command: x"));
    type("@\033");
    assert_true(said("0x1b"));
    type("@\r");
    assert_int_equal(terminal.used, 0);
    type("ok");
    assert_string_equal(received[0], "ok");
}

static void test_twelve_clients(void **state)
{
    (void)state;
    input.clients = 12;
    type("@:a\r@;b\r@9c");
    assert_string_equal(received[10], "a\r");
    assert_string_equal(received[11], "b\r");
    assert_string_equal(received[9], "c");
    type("\r@<");
    assert_true(said("Invalid"));
}

static void test_multi(void **state)
{
    (void)state;
    input.clients = 3;
    type("@m0, 2,7x\rls\r");
    assert_string_equal(received[0], "ls\r");
    assert_string_equal(received[1], "");
    assert_string_equal(received[2], "ls\r");
    assert_true(said("Multi-client input to clients: 0,2"));
    assert_true(mux.multi && mux.selected == 5);
    type("@?");
    assert_true(said("now: clients 0 2"));
    type("@1x");
    assert_false(mux.multi);
    assert_string_equal(received[1], "x");
    type("\r@m0\033y");
    assert_true(said("cancelled"));
    assert_string_equal(received[1], "x\ry");
}

static void test_empty_set(void **state)
{
    (void)state;
    type("@m\rnowhere\r@m01m");
    assert_string_equal(received[0], "");
    assert_true(mux.multi && mux.selected == 3);
}

static void test_debug_and_dump(void **state)
{
    (void)state;
    type("@d");
    assert_true(said("Debug: 1"));
    type("@d@d");
    assert_true(said("Debug: 0"));
    type("@s");
    assert_int_equal(dumps, 1);
}

static void test_no_clients(void **state)
{
    (void)state;
    input.clients = 0;
    type("abc@0\r@?");
    assert_int_equal(terminal.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_switch, setup),
        cmocka_unit_test_setup(test_escape_only_at_line_start, setup),
        cmocka_unit_test_setup(test_line_starts, setup),
        cmocka_unit_test_setup(test_invalid, setup),
        cmocka_unit_test_setup(test_twelve_clients, setup),
        cmocka_unit_test_setup(test_multi, setup),
        cmocka_unit_test_setup(test_empty_set, setup),
        cmocka_unit_test_setup(test_debug_and_dump, setup),
        cmocka_unit_test_setup(test_no_clients, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
