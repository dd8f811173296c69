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

/* What the operator's commands were called for: a letter and a client each. */
static char called[64];
static bool vm_runs;

static void call(char what, int client)
{
    size_t used = strlen(called);
    called[used] = what;
    called[used + 1] = (char)('0' + client);
    called[used + 2] = '\0';
}

static void list(void *context)
{
    (void)context;
    call('l', 0);
}

static void history(void *context, int client)
{
    (void)context;
    call('h', client);
}

static void inspect(void *context, int client)
{
    (void)context;
    call('i', client);
}

static void reset(void *context, int client)
{
    (void)context;
    call('r', client);
}

static void stop_start(void *context, int client)
{
    (void)context;
    call('x', client);
}

/* Client 1 is a program, all others are VMs. */
static bool controls(void *context, int client)
{
    (void)context;
    return client != 1;
}

static bool runs(void *context, int client)
{
    (void)context;
    (void)client;
    return vm_runs;
}

static const struct input_ops ops = {.deliver = deliver,
                                     .dump_scheduler = dump,
                                     .list = list,
                                     .history = history,
                                     .inspect = inspect,
                                     .reset = reset,
                                     .stop_start = stop_start,
                                     .controls = controls,
                                     .runs = runs};

static int setup(void **state)
{
    (void)state;
    memset(received, 0, sizeof(received));
    called[0] = '\0';
    vm_runs = true;
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

static void ticks(int n)
{
    while (n-- > 0)
        input_tick(&input);
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
    assert_true(said("input goes to: client 1"));
}

static void test_invalid(void **state)
{
    (void)state;
    type("@9");
    assert_true(said("Invalid SerialServer command: 9\r\nUse @? for help"));
    type("@z");
    assert_true(said("Invalid SerialServer command: z"));
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
    assert_true(mux.multi.on && mux.multi.selected == 5);
    type("@?");
    assert_true(said("input goes to: clients 0 2"));
    type("@1x");
    assert_false(mux.multi.on);
    assert_string_equal(received[1], "x");
    type("\r@m0\033y");
    assert_true(said("cancelled"));
    assert_string_equal(received[1], "x\ry");
}

static void test_empty_set(void **state)
{
    (void)state;
    type("@m\rnowhere\r");
    assert_true(said("Input goes to no client"));
    assert_false(said("these clients"));
    type("@m01m");
    assert_string_equal(received[0], "");
    assert_true(mux.multi.on && mux.multi.selected == 3);
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

static void test_help_lists_every_escape(void **state)
{
    (void)state;
    input.clients = 12;
    type("@?");
    for (const char *key = "@mlhtrxids?"; *key != '\0'; key++) {
        char line[8] = {'\n', '@', *key, '\0'};
        assert_non_null(strstr(terminal.text, line));
    }
    assert_true(said("@0 - 11"));
    assert_string_equal(received[0], "");
}

static void test_arguments(void **state)
{
    (void)state;
    input.clients = 12;
    type("@h3@i;@l@t");
    assert_string_equal(called, "h3i;l0");
    assert_true(mux.timestamps);
    /* Any other key cancels and goes nowhere. */
    type("@hq@h\r@h@@r\033");
    assert_string_equal(called, "h3i;l0");
    assert_true(said("cancelled"));
    type("@i1"); /* not a VM */
    assert_true(said("Client 1 is not a VM"));
    assert_string_equal(called, "h3i;l0");
    assert_string_equal(received[0], "");
    type("@t");
    assert_false(mux.timestamps);
    input.clients = 2;
    type("@h2");
    assert_true(said("cancelled"));
}

static void test_confirmation(void **state)
{
    (void)state;
    type("@r0");
    assert_true(said("Reset VM 0? (y/n) "));
    type("n");
    assert_true(said("cancelled"));
    type("@r0\r@r0@@x0q");
    assert_string_equal(called, "");
    type("@r0y");
    assert_string_equal(called, "r0");
    type("@x0");
    assert_true(said("Stop VM 0? (y/n) "));
    type("Y");
    vm_runs = false;
    type("@x0");
    assert_true(said("Start VM 0? (y/n) "));
    type("y");
    assert_string_equal(called, "r0x0x0");
    type("@r1");
    assert_true(said("not a VM"));
    assert_string_equal(received[0], "");
    type("a");
    assert_string_equal(received[0], "a");
}

/* Full-screen programs are asked for a fresh picture; shells are left alone. */
static void test_redraw(void **state)
{
    (void)state;
    type("@m01\r");
    ticks(10);
    assert_string_equal(received[0], "");
    type("@0");
    mux_write(&mux, MUX_RAW(1), "\033[5;5Hx", 7);
    type("@m01m");
    ticks(10);
    assert_string_equal(received[0], "");
    type("@m01\r");
    assert_string_equal(received[0], "");
    ticks(10);
    assert_string_equal(received[0], "\014");
    assert_string_equal(received[1], "\014");
}

static void test_targets(void **state)
{
    (void)state;
    assert_int_equal(input_targets(&input, 'a'), 1);
    assert_int_equal(input_targets(&input, '@'), 0);
    type("@1a");
    assert_int_equal(input_targets(&input, '@'), 2);
    type("\r@");
    assert_int_equal(input_targets(&input, 'm'), 0);
    assert_int_equal(input_targets(&input, '@'), 2);
    type("m01");
    assert_int_equal(input_targets(&input, 'a'), 0);
    type("\r");
    assert_int_equal(input_targets(&input, 'a'), 3);
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
        cmocka_unit_test_setup(test_help_lists_every_escape, setup),
        cmocka_unit_test_setup(test_arguments, setup),
        cmocka_unit_test_setup(test_confirmation, setup),
        cmocka_unit_test_setup(test_redraw, setup),
        cmocka_unit_test_setup(test_targets, setup),
        cmocka_unit_test_setup(test_no_clients, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
