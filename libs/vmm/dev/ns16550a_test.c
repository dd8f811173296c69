/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "ns16550a.h"
#include "test_machine.h"

#define PORT 0x3f8
enum { THR, IER, FCR, LCR, MCR, LSR, MSR, SCR };

struct fixture {
    struct test_machine *m;
    struct ns16550a uart;
    struct test_line irq;
    uint8_t out[4096];
    size_t num_out, room; /* room: how much the back end takes before it is full */
    const char *in;
};

static size_t back_write(void *ctx, const uint8_t *data, size_t n)
{
    struct fixture *f = ctx;
    n = n < f->room ? n : f->room;
    memcpy(f->out + f->num_out, data, n);
    f->num_out += n;
    f->room -= n;
    return n;
}

static size_t back_read(void *ctx, uint8_t *data, size_t n)
{
    struct fixture *f = ctx;
    size_t have = strlen(f->in);
    n = n < have ? n : have;
    memcpy(data, f->in, n);
    f->in += n;
    return n;
}

static const struct vmm_console_ops back_end = {.write = back_write, .read = back_read};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(1);
    f->room = sizeof f->out;
    f->in = "";
    struct ns16550a_config config = {
        .id = "com1", .port = PORT, .irq = 4, .console = &back_end, .console_ctx = f};
    ns16550a_create(&f->uart, &f->m->vm, &config);
    f->uart.irq = test_line_wire(&f->irq);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->m);
    free(f);
    return 0;
}

static uint8_t in(struct fixture *f, unsigned reg)
{
    return test_in(f->m, (uint16_t)(PORT + reg));
}

static void out(struct fixture *f, unsigned reg, uint8_t value)
{
    test_out(f->m, (uint16_t)(PORT + reg), value);
}

/* As a driver opens it: FIFO with trigger 8, DTR, RTS, OUT2, receive and line interrupts. */
static void open_port(struct fixture *f)
{
    out(f, FCR, 0x81);
    out(f, MCR, 0x0b);
    out(f, IER, 0x05);
}

static void type(struct fixture *f, const char *text)
{
    f->in = text;
    f->uart.dev.ops->poll(&f->uart.dev);
}

static void reset_values(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(in(f, IER), 0);
    assert_int_equal(in(f, FCR), 0x01);
    assert_int_equal(in(f, LCR), 0);
    assert_int_equal(in(f, MCR), 0);
    assert_int_equal(in(f, LSR), 0x60);
    assert_int_equal(in(f, MSR), 0xb0);
    out(f, LCR, 0x80);
    assert_int_equal(in(f, THR), 12);
    assert_int_equal(in(f, IER), 0);
    out(f, SCR, 0x5a);
    assert_int_equal(in(f, SCR), 0x5a);
}

static void bytes_go_out_at_once(void **state)
{
    struct fixture *f = *state;
    for (const char *p = "hello"; *p; p++) {
        assert_int_equal(in(f, LSR) & 0x60, 0x60);
        out(f, THR, (uint8_t)*p);
    }
    assert_int_equal(f->num_out, 5);
    assert_memory_equal(f->out, "hello", 5);
}

static void full_back_end_holds_the_guest_back(void **state)
{
    struct fixture *f = *state;
    out(f, FCR, 0x01);
    out(f, MCR, 0x0b);
    out(f, IER, 0x02);
    in(f, FCR);
    f->room = 3;
    for (unsigned i = 0; i < 10; i++) {
        out(f, THR, (uint8_t)('a' + i));
    }
    assert_int_equal(f->num_out, 3);
    assert_int_equal(in(f, LSR) & 0x60, 0);
    assert_false(f->irq.level);
    f->room = 100;
    f->uart.dev.ops->poll(&f->uart.dev);
    assert_int_equal(f->num_out, 10);
    assert_memory_equal(f->out, "abcdefghij", 10);
    assert_true(f->irq.level);
    assert_int_equal(in(f, FCR), 0xc2);
    assert_false(f->irq.level);
}

static void back_end_is_retried_without_a_poll(void **state)
{
    struct fixture *f = *state;
    f->room = 0;
    out(f, THR, 'x');
    f->room = 100;
    test_advance(f->m, 5000000);
    assert_int_equal(f->num_out, 1);
    assert_int_equal(in(f, LSR), 0x60);
}

static void clearing_the_transmitter_loses_nothing(void **state)
{
    struct fixture *f = *state;
    out(f, FCR, 0x01);
    f->room = 0;
    out(f, THR, 'x');
    out(f, FCR, 0x07);
    f->room = 10;
    test_advance(f->m, 5000000);
    assert_int_equal(f->num_out, 1);
}

static void thre_interrupt(void **state)
{
    struct fixture *f = *state;
    out(f, MCR, 0x0b);
    out(f, IER, 0x02);
    assert_true(f->irq.level); /* enabling it with an empty transmitter */
    assert_int_equal(in(f, FCR), 0x02);
    assert_int_equal(in(f, FCR), 0x01); /* reading it cleared it */
    assert_false(f->irq.level);
    out(f, THR, 'x');
    assert_true(f->irq.level);
    out(f, IER, 0x00);
    assert_false(f->irq.level);
    out(f, IER, 0x02);
    assert_int_equal(in(f, FCR), 0x02);
}

static void input_waits_for_rts(void **state)
{
    struct fixture *f = *state;
    type(f, "early");
    assert_int_equal(in(f, LSR) & 1, 0);
    out(f, FCR, 0x07);
    in(f, THR);
    out(f, MCR, 0x0b);
    const char *expected = "early";
    while (in(f, LSR) & 1) {
        assert_int_equal(in(f, THR), *expected++);
    }
    assert_int_equal(*expected, 0);
}

static void receive_interrupt_at_the_trigger(void **state)
{
    struct fixture *f = *state;
    open_port(f);
    type(f, "1234567");
    assert_false(f->irq.level);
    type(f, "8");
    assert_true(f->irq.level);
    assert_int_equal(in(f, FCR), 0xc4);
    in(f, THR);
    assert_false(f->irq.level); /* below the trigger again */
}

static void character_timeout(void **state)
{
    struct fixture *f = *state;
    open_port(f);
    type(f, "ab");
    assert_false(f->irq.level);
    test_advance(f->m, 1000000); /* 9600 baud: four characters are 4.2 ms */
    assert_false(f->irq.level);
    test_advance(f->m, 4000000);
    assert_true(f->irq.level);
    assert_int_equal(in(f, FCR), 0xcc);
    assert_int_equal(in(f, THR), 'a');
    assert_false(f->irq.level);
    test_advance(f->m, 5000000);
    assert_true(f->irq.level); /* 'b' grew old too */
    assert_int_equal(in(f, THR), 'b');
    test_advance(f->m, 50000000);
    assert_false(f->irq.level);
}

static void nothing_is_lost_in_a_long_paste(void **state)
{
    struct fixture *f = *state;
    static char text[3000];
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        text[i] = (char)('!' + i % 90);
    }
    open_port(f);
    type(f, text);
    size_t got = 0;
    while (got + 1 < sizeof text) {
        if (!f->irq.level) {
            test_advance(f->m, 10000000);
        }
        assert_true(f->irq.level);
        while (in(f, LSR) & 1) {
            assert_int_equal(in(f, THR), (uint8_t)text[got]);
            got++;
        }
    }
    assert_int_equal(f->uart.overruns, 0);
}

static void interrupt_priorities(void **state)
{
    struct fixture *f = *state;
    out(f, FCR, 0x01);
    out(f, MCR, 0x1a); /* loop, RTS, OUT2 */
    out(f, IER, 0x0f);
    for (unsigned i = 0; i < 17; i++) {
        out(f, THR, (uint8_t)i); /* one more than fits: overrun */
    }
    out(f, MCR, 0x18);
    assert_int_equal(in(f, FCR), 0xc6);
    assert_int_equal(in(f, LSR) & 0x03, 0x03);
    assert_int_equal(in(f, LSR) & 0x02, 0); /* cleared by the read */
    assert_int_equal(in(f, FCR), 0xc4);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(in(f, THR), i); /* the old ones were kept */
    }
    assert_int_equal(in(f, FCR), 0xc2);
    assert_int_equal(in(f, FCR), 0xc0);
    assert_int_equal(in(f, MSR) & 0x01, 0x01);
    assert_int_equal(in(f, FCR), 0xc1);
}

static void loopback_shows_own_modem_lines(void **state)
{
    struct fixture *f = *state;
    in(f, MSR);
    out(f, MCR, 0x10);
    assert_int_equal(in(f, MSR), 0x0b);
    out(f, MCR, 0x1f);
    assert_int_equal(in(f, MSR), 0xfb); /* RI rising is no event */
    out(f, MCR, 0x1b);
    assert_int_equal(in(f, MSR), 0xb4); /* RI falling is */
    out(f, MCR, 0x0b);
    assert_int_equal(in(f, MSR), 0xb0);
    assert_int_equal(f->num_out, 0);
}

static void interrupt_needs_out2(void **state)
{
    struct fixture *f = *state;
    out(f, MCR, 0x03);
    out(f, IER, 0x02);
    assert_false(f->irq.level);
    out(f, MCR, 0x0b);
    assert_true(f->irq.level);
}

static void without_fifo_one_byte_at_a_time(void **state)
{
    struct fixture *f = *state;
    out(f, MCR, 0x0b);
    out(f, IER, 0x01);
    type(f, "xyz");
    assert_int_equal(in(f, FCR), 0x04);
    assert_int_equal(in(f, THR), 'x');
    assert_int_equal(in(f, THR), 'y');
    assert_int_equal(in(f, THR), 'z');
    assert_int_equal(in(f, LSR) & 1, 0);
}

static void wide_accesses(void **state)
{
    struct fixture *f = *state;
    /* 16-bit write to THR and IER; 32-bit read of LCR, MCR, LSR, MSR */
    test_write(f->m, VMM_SPACE_IO, PORT, (uint64_t[]){0x0541, 2}, 0);
    assert_int_equal(f->num_out, 1);
    assert_int_equal(f->out[0], 'A');
    assert_int_equal(in(f, IER), 0x05);
    assert_int_equal(test_read(f->m, VMM_SPACE_IO, PORT + 3, 4, 0), 0xb0600000);
}

static void port_without_back_end(void **state)
{
    struct fixture *f = *state;
    struct ns16550a other = {0};
    struct ns16550a_config config = {.id = "com2", .port = 0x2f8, .irq = 3};
    ns16550a_create(&other, &f->m->vm, &config);
    test_out(f->m, 0x2f8, 'x');
    test_out(f->m, 0x2fc, 0x0b);
    assert_int_equal(test_in(f->m, 0x2fd), 0x60);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(reset_values),
        CASE(bytes_go_out_at_once),
        CASE(full_back_end_holds_the_guest_back),
        CASE(back_end_is_retried_without_a_poll),
        CASE(clearing_the_transmitter_loses_nothing),
        CASE(thre_interrupt),
        CASE(input_waits_for_rts),
        CASE(receive_interrupt_at_the_trigger),
        CASE(character_timeout),
        CASE(nothing_is_lost_in_a_long_paste),
        CASE(interrupt_priorities),
        CASE(loopback_shows_own_modem_lines),
        CASE(interrupt_needs_out2),
        CASE(without_fifo_one_byte_at_a_time),
        CASE(wide_accesses),
        CASE(port_without_back_end),
    };
    return cmocka_run_group_tests_name("ns16550a", tests, NULL, NULL);
}
