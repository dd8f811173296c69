/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The UART driver against a small model, and the kernel log reader. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "klog.h"
#include "uart.h"

/* The model: `room` bytes fit the transmitter, 16 come free whenever it reads as empty. */
static struct {
    uint8_t reg[8];
    bool absent;
    int room, busy_reads;
    char sent[65536];
    size_t count;
    const char *typed;
} model;

static uint8_t model_in(unsigned offset)
{
    if (model.absent)
        return 0xff;
    if (offset == 0 && (model.reg[3] & 0x80) == 0)
        return (uint8_t)*model.typed++;
    if (offset != 5)
        return model.reg[offset];
    if (model.room == 0 && model.busy_reads-- == 0)
        model.room = 16;
    return (uint8_t)((model.room == 16 ? 0x60 : 0) | (*model.typed != '\0'));
}

static void model_out(unsigned offset, uint8_t value)
{
    if (offset == 0 && (model.reg[3] & 0x80) == 0) {
        assert_true(model.room > 0);
        if (--model.room == 0)
            model.busy_reads = 3;
        model.sent[model.count++] = (char)value;
    } else {
        model.reg[offset] = value;
    }
}

static const struct uart_port port = {model_in, model_out};
static struct uart uart;

static int setup(void **state)
{
    (void)state;
    memset(&model, 0, sizeof(model));
    model.room = 16;
    model.typed = "";
    return 0;
}

static void test_init(void **state)
{
    (void)state;
    assert_true(uart_init(&uart, &port));
    assert_int_equal(model.reg[1], 1);
    assert_int_equal(model.reg[3], 3);
    assert_int_equal(model.reg[4], 0xb);
    model.absent = true;
    assert_false(uart_init(&uart, &port));
    char c;
    assert_false(uart_read(&uart, &c));
    uart_write(&uart, "dropped", 7);
    assert_int_equal(uart.used, 0);
}

static void test_queue(void **state)
{
    (void)state;
    static char text[40000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)(i * 13);
    uart_init(&uart, &port);
    uart_write(&uart, text, 1000);
    uart_pump(&uart);
    assert_int_equal(model.count, 16);
    assert_int_equal(model.reg[1], 3); /* the rest goes by interrupt */
    model.room = 16;
    uart_pump(&uart);
    assert_int_equal(model.count, 32);
    uart_write(&uart, text + 1000, sizeof(text) - 1000); /* more than the queue holds */
    while (uart.used != 0)
        uart_pump(&uart);
    assert_int_equal(model.count, sizeof(text));
    assert_memory_equal(model.sent, text, sizeof(text));
    assert_int_equal(model.reg[1], 1);
    assert_int_equal(uart_space(&uart), UART_QUEUE);
}

static void test_read(void **state)
{
    (void)state;
    char c;
    uart_init(&uart, &port);
    model.typed = "ab";
    assert_true(uart_read(&uart, &c) && c == 'a');
    assert_true(uart_read(&uart, &c) && c == 'b');
    assert_false(uart_read(&uart, &c));
}

static void test_klog(void **state)
{
    (void)state;
    struct klog_ring *ring = calloc(1, sizeof(*ring) + 64);
    struct klog log;
    char text[200];
    ring->size = 1 << 20; /* more than is mapped: cut */
    ring->written = 10;
    klog_init(&log, ring, sizeof(*ring) + 64);
    assert_int_equal(log.size, 64);
    assert_int_equal(klog_read(&log, text, sizeof(text)), 0);
    memcpy(ring->data + 10, "hello", 5);
    ring->written = 15;
    assert_int_equal(klog_read(&log, text, 2), 2);
    assert_int_equal(klog_read(&log, text + 2, 100), 3);
    assert_memory_equal(text, "hello", 5);
    ring->written = 15 + 200;
    assert_int_equal(klog_read(&log, text, sizeof(text)), 64);
    assert_int_equal(log.lost, 136);
    klog_init(&log, NULL, 0);
    assert_int_equal(klog_read(&log, text, 1), 0);
    free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_init, setup),
        cmocka_unit_test_setup(test_queue, setup),
        cmocka_unit_test_setup(test_read, setup),
        cmocka_unit_test_setup(test_klog, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
