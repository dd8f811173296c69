/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Two pretended ports: what comes goes back to where it came from, and both are served in turn. */
#include "serve.h"
#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

enum { SIZE = 16 };

static unsigned waiting[2], length; /* datagrams of each port; bytes of each datagram */
static char buffers[2][SIZE], story[100];

static void tell(const char *what, int port)
{
    size_t at = strlen(story);
    snprintf(story + at, sizeof story - at, "%s%d ", what, port);
}

/* UDPRecv: 0 more wait, 1 the last one, -1 none. */
static int poll(int which, unsigned *len, uint16_t *port, uint32_t *address)
{
    if (waiting[which] == 0)
        return -1;
    *len = length;
    *port = 5000;
    *address = 0x0100000a;
    return --waiting[which] == 0;
}

static int answer(int which, uintptr_t data, unsigned len, uint32_t address)
{
    assert_int_equal(data, (uintptr_t)buffers[which]);
    assert_int_equal(len, length);
    assert_int_equal(address, 0x0100000a);
    return 0;
}

#define PORT(n)                                                                                    \
    static int poll##n(unsigned *len, uint16_t *port, uint32_t *address)                           \
    {                                                                                              \
        return poll(n, len, port, address);                                                        \
    }                                                                                              \
    static int send##n(uintptr_t data, unsigned len, uint32_t address)                             \
    {                                                                                              \
        tell("fixed", n);                                                                          \
        return answer(n, data, len, address);                                                      \
    }                                                                                              \
    static int send_to##n(uintptr_t data, unsigned len, uint32_t address, uint16_t port)           \
    {                                                                                              \
        assert_int_equal(port, 5000);                                                              \
        tell("", n);                                                                               \
        return answer(n, data, len, address);                                                      \
    }
PORT(0)
PORT(1)

static const struct echo_port ports[] = {{poll0, send0, send_to0, buffers[0], SIZE},
                                         {poll1, send1, send_to1, buffers[1], SIZE}};

static void expect(unsigned first, unsigned second, bool fixed, const char *wanted)
{
    waiting[0] = first;
    waiting[1] = second;
    story[0] = 0;
    echo_serve(ports, 2, fixed);
    assert_string_equal(story, wanted);
    assert_int_equal(waiting[0] + waiting[1], 0);
}

static void test_in_turn(void **state)
{
    (void)state;
    length = SIZE;
    expect(0, 0, false, "");
    expect(1, 0, false, "0 ");
    expect(5, 2, false, "0 1 0 1 0 0 0 ");
    expect(1, 3, false, "0 1 1 1 ");
}

static void test_fixed_port(void **state)
{
    (void)state;
    length = 0;
    expect(2, 1, true, "fixed0 fixed1 fixed0 ");
}

/* A server that says more than fits is not believed. */
static void test_too_long(void **state)
{
    (void)state;
    length = SIZE + 1;
    expect(2, 0, false, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_turn),
        cmocka_unit_test(test_fixed_port),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
