/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* A long paste arrives complete and once; a client that hangs holds up nobody for long. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "keyboard.h"
#include "terminal_fake.h"

enum { RING = 100, PASTE = 65536 };

static struct mux mux;
static struct input input;
static struct keyboard keyboard;
static struct terminal terminal;
static size_t fill[MUX_CLIENTS], taken[MUX_CLIENTS];
static uint32_t sum[MUX_CLIENTS];
static unsigned signals[MUX_CLIENTS];
static bool ready;

static size_t space(void *context, int client)
{
    (void)context;
    return RING - fill[client];
}

static size_t waiting(void *context, int client)
{
    (void)context;
    return fill[client];
}

static void put(void *context, int client, char c)
{
    (void)context;
    assert_true(fill[client] < RING);
    fill[client]++;
    taken[client]++;
    sum[client] = sum[client] * 31 + (unsigned char)c;
}

static void wake(void *context, int client)
{
    (void)context;
    signals[client]++;
}

static void set_ready(void *context, bool value)
{
    (void)context;
    ready = value;
}

static const struct keyboard_ops ops = {space, put, waiting, wake, set_ready};
static const struct input_ops input_callbacks = {.deliver = keyboard_deliver};

static int setup(void **state)
{
    (void)state;
    memset(fill, 0, sizeof(fill));
    memset(taken, 0, sizeof(taken));
    memset(sum, 0, sizeof(sum));
    memset(signals, 0, sizeof(signals));
    ready = true;
    terminal_clear(&terminal);
    mux_init(&mux, terminal_emit, &terminal);
    input_init(&input, &mux, &input_callbacks, &keyboard);
    input.clients = 3;
    keyboard_init(&keyboard, &input, &ops, NULL);
    return 0;
}

static void type(const char *text)
{
    for (; *text != '\0'; text++)
        keyboard_receive(&keyboard, *text);
    keyboard_process(&keyboard);
}

static void test_paste(void **state)
{
    (void)state;
    uint32_t expected = 0;
    bool paused = false;
    for (int i = 0; i < PASTE;) {
        char c = (char)('a' + i % 25);
        if (ready && keyboard_space(&keyboard) != 0) {
            expected = expected * 31 + (unsigned char)c;
            keyboard_receive(&keyboard, c);
            keyboard_process(&keyboard);
            i++;
        } else {
            paused = true;
            fill[0] = 0; /* the guest reads, a little late */
            keyboard_tick(&keyboard);
        }
    }
    for (int i = 0; i < 100; i++) {
        fill[0] = 0;
        keyboard_tick(&keyboard);
    }
    assert_true(paused);
    assert_int_equal(taken[0], PASTE);
    assert_int_equal(sum[0], expected);
    assert_int_equal(keyboard.dropped[0], 0);
    assert_true(ready);
}

static void test_stalled_client(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++)
        keyboard_receive(&keyboard, 'x');
    type("\r@1hello");
    assert_int_equal(taken[0], RING);
    assert_int_equal(taken[1], 0);
    for (int i = 0; i < 12; i++)
        keyboard_tick(&keyboard);
    assert_int_equal(taken[1], 5);
    assert_int_equal(keyboard.dropped[0], 401);
    /* Typing to it goes nowhere at once now; when it reads again it gets what comes. */
    type("\r@0y\r");
    assert_int_equal(keyboard.dropped[0], 403);
    fill[0] = 0;
    keyboard_tick(&keyboard);
    type("z");
    assert_int_equal(taken[0], RING + 1);
}

static void test_set_waits_for_all(void **state)
{
    (void)state;
    type("@m01\r");
    fill[1] = RING;
    type("ab");
    assert_int_equal(taken[0], 0);
    fill[1] = 0;
    keyboard_process(&keyboard);
    assert_int_equal(taken[0], 2);
    assert_int_equal(taken[1], 2);
}

static void test_signals(void **state)
{
    (void)state;
    type("abc");
    assert_int_equal(signals[0], 1);
    keyboard_tick(&keyboard); /* it has not taken them: again */
    assert_int_equal(signals[0], 2);
    fill[0] = 0;
    keyboard_tick(&keyboard);
    assert_int_equal(signals[0], 2);
    assert_int_equal(signals[1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_paste, setup),
        cmocka_unit_test_setup(test_stalled_client, setup),
        cmocka_unit_test_setup(test_set_waits_for_all, setup),
        cmocka_unit_test_setup(test_signals, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
