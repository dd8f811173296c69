/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <console/ring.h>

static struct console_ring ring;
static struct console_ring_end writer, reader;

static int setup(void **state)
{
    (void)state;
    memset(&ring, 0, sizeof(ring));
    console_ring_attach_writer(&writer, &ring);
    console_ring_attach_reader(&reader, &ring);
    return 0;
}

static void test_fill_and_drain(void **state)
{
    (void)state;
    char data[5000], back[5000];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 7);
    assert_int_equal(console_ring_put(&writer, data, sizeof(data)), CONSOLE_RING_BYTES - 1);
    assert_int_equal(console_ring_put(&writer, data, 1), 0);
    assert_int_equal(console_ring_waiting(&reader), CONSOLE_RING_BYTES - 1);
    assert_int_equal(console_ring_get(&reader, back, 1000), 1000);
    assert_int_equal(console_ring_put(&writer, data + CONSOLE_RING_BYTES - 1, 900), 900);
    assert_int_equal(console_ring_get(&reader, back + 1000, 4000), CONSOLE_RING_BYTES - 1 - 100);
    assert_memory_equal(back, data, 1000 + CONSOLE_RING_BYTES - 1 - 100);
    assert_int_equal(console_ring_get(&reader, back, 1), 0);
}

static void test_unconnected(void **state)
{
    (void)state;
    struct console_ring_end none;
    console_ring_attach_writer(&none, NULL);
    assert_int_equal(console_ring_put(&none, "x", 1), 0);
    console_ring_attach_reader(&none, NULL);
    char c;
    assert_int_equal(console_ring_get(&none, &c, 1), 0);
}

static void test_hostile_peer(void **state)
{
    (void)state;
    static char sink[1 << 16];
    srand(2);
    for (int i = 0; i < 20000; i++) {
        ring.head = rand() % 3 ? (uint32_t)rand() % CONSOLE_RING_BYTES : (uint32_t)rand() << 1;
        ring.tail = rand() % 3 ? (uint32_t)rand() % CONSOLE_RING_BYTES : UINT32_MAX - rand();
        size_t got = console_ring_get(&reader, sink, sizeof(sink));
        assert_true(got < CONSOLE_RING_BYTES && reader.own < CONSOLE_RING_BYTES);
        size_t put = console_ring_put(&writer, sink, sizeof(sink));
        assert_true(put < CONSOLE_RING_BYTES && writer.own < CONSOLE_RING_BYTES);
    }
    assert_true(reader.faults > 0 && writer.faults > 0);
    ring.head = UINT32_MAX;
    console_ring_attach_reader(&reader, &ring);
    assert_int_equal(reader.own, 0);
}

enum { TOTAL = 2000000 };

static void *producer(void *argument)
{
    char block[300];
    for (int sent = 0; sent < TOTAL;) {
        int size = 1 + rand() % (int)sizeof(block);
        if (size > TOTAL - sent)
            size = TOTAL - sent;
        for (int i = 0; i < size; i++)
            block[i] = (char)((sent + i) * 31);
        size_t put = console_ring_put(&writer, block, (size_t)size);
        sent += (int)put;
        if (put == 0)
            sched_yield();
    }
    return argument;
}

static void test_two_threads(void **state)
{
    (void)state;
    pthread_t thread;
    pthread_create(&thread, NULL, producer, NULL);
    char block[517];
    for (int seen = 0; seen < TOTAL;) {
        size_t got = console_ring_get(&reader, block, sizeof(block));
        for (size_t i = 0; i < got; i++)
            assert_int_equal(block[i], (char)((seen + (int)i) * 31));
        seen += (int)got;
        if (got == 0)
            sched_yield();
    }
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_fill_and_drain, setup),
        cmocka_unit_test_setup(test_unconnected, setup),
        cmocka_unit_test_setup(test_hostile_peer, setup),
        cmocka_unit_test_setup(test_two_threads, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
