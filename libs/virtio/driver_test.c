/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Driver side against our device side, and against hostile devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "test_memory.h"

#define N 16u

static struct test_memory *setup(bool event_index)
{
    struct test_memory *m = test_memory_new();
    struct virtio_queue_config qc = test_queue_config(N);
    struct virtio_driver_config dc = test_driver_config(m, N);
    qc.event_index = dc.event_index = event_index;
    assert_int_equal(virtio_driver_start(&m->driver, &dc), 0);
    assert_int_equal(virtio_queue_start(&m->queue, &m->memory, &qc), 0);
    return m;
}

static int offer_n(struct test_memory *m, unsigned out, unsigned in, uint32_t token)
{
    struct virtio_piece pieces[N + 1];
    for (unsigned i = 0; i < out + in; i++) {
        pieces[i] = (struct virtio_piece){TEST_BASE + TEST_DATA + 64 * i, 10 + i};
    }
    const struct virtio_offer offer = {
        .pieces = pieces, .num_out = out, .num_in = in, .token = token};
    int result = virtio_driver_add(&m->driver, &offer);
    virtio_driver_publish(&m->driver);
    return result;
}

/* The device takes one and gives it back at once. */
static void serve(struct test_memory *m, uint32_t written)
{
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 1);
    virtio_queue_push(&m->queue, m->chain.head, written);
    virtio_queue_publish(&m->queue);
}

static void test_bad_size(void **state)
{
    (void)state;
    struct test_memory *m = test_memory_new();
    struct virtio_driver_config dc = test_driver_config(m, 12);
    assert_int_equal(virtio_driver_start(&m->driver, &dc), -1);
    assert_int_equal(offer_n(m, 1, 0, 0), -1);
    test_memory_free(m);
}

/* Many rounds of chains of all lengths: indices wrap, nothing leaks. */
static void test_rounds(void **state)
{
    (void)state;
    struct test_memory *m = setup(true);
    for (unsigned i = 0; i < 70000; i++) {
        unsigned out = i % 5, in = 1 + i % 3;
        uint32_t token, written;
        assert_int_equal(offer_n(m, out, in, i), 0);
        assert_int_equal(virtio_driver_take(&m->driver, &token, &written), 0);
        serve(m, in);
        assert_int_equal(m->chain.num_out, out);
        assert_int_equal(m->chain.num_in, in);
        assert_int_equal(virtio_driver_waiting(&m->driver), 1);
        assert_int_equal(virtio_driver_take(&m->driver, &token, &written), 1);
        assert_int_equal(token, i);
        assert_int_equal(written, in);
        assert_int_equal(m->driver.num_free, N);
    }
    test_memory_free(m);
}

static void test_full_and_out_of_order(void **state)
{
    (void)state;
    struct test_memory *m = setup(true);
    uint16_t heads[N / 2];
    for (unsigned i = 0; i < N / 2; i++) {
        assert_int_equal(offer_n(m, 1, 1, 100 + i), 0);
    }
    assert_int_equal(offer_n(m, 0, 1, 0), -1);
    for (unsigned i = 0; i < N / 2; i++) {
        assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 1);
        heads[i] = m->chain.head;
    }
    for (unsigned i = 0; i < N / 2; i++) {
        virtio_queue_push(&m->queue, heads[(i * 3) % (N / 2)], 0);
    }
    virtio_queue_publish(&m->queue);
    for (unsigned i = 0; i < N / 2; i++) {
        uint32_t token, written;
        assert_int_equal(virtio_driver_take(&m->driver, &token, &written), 1);
        assert_int_equal(token, 100 + (i * 3) % (N / 2));
    }
    assert_int_equal(m->driver.num_free, N);
    assert_int_equal(offer_n(m, N, 0, 0), 0);
    test_memory_free(m);
}

static void test_indirect(void **state)
{
    (void)state;
    struct test_memory *m = setup(true);
    struct virtio_piece pieces[20];
    for (unsigned i = 0; i < 20; i++) {
        pieces[i] = (struct virtio_piece){TEST_BASE + TEST_DATA + 0x1000 + i, 1};
    }
    const struct virtio_offer offer = {.pieces = pieces,
                                       .num_out = 18,
                                       .num_in = 2,
                                       .token = 7,
                                       .table = (void *)(m->bytes + TEST_DATA),
                                       .table_address = TEST_BASE + TEST_DATA};
    assert_int_equal(virtio_driver_add(&m->driver, &offer), 0);
    assert_int_equal(m->driver.num_free, N - 1);
    virtio_driver_publish(&m->driver);
    serve(m, 2);
    assert_int_equal(m->chain.out_bytes, 18);
    uint32_t token, written;
    assert_int_equal(virtio_driver_take(&m->driver, &token, &written), 1);
    assert_int_equal(m->driver.num_free, N);
    test_memory_free(m);
}

static void kicks(bool event_index)
{
    struct test_memory *m = setup(event_index);
    uint32_t token, written;
    assert_false(virtio_queue_enable_notify(&m->queue));
    assert_false(virtio_driver_should_kick(&m->driver));
    offer_n(m, 1, 0, 0);
    assert_true(virtio_driver_should_kick(&m->driver));
    virtio_queue_disable_notify(&m->queue);
    serve(m, 0);
    offer_n(m, 1, 0, 0); /* the device did not ask again */
    assert_false(virtio_driver_should_kick(&m->driver));
    assert_true(virtio_queue_enable_notify(&m->queue));
    /* and back: interrupts only when wished */
    assert_true(virtio_driver_enable_interrupt(&m->driver));
    assert_int_equal(virtio_driver_take(&m->driver, &token, &written), 1);
    assert_true(virtio_queue_should_notify(&m->queue));
    virtio_driver_disable_interrupt(&m->driver);
    serve(m, 0);
    assert_false(virtio_queue_should_notify(&m->queue));
    test_memory_free(m);
}

static void test_kicks(void **state)
{
    (void)state;
    kicks(true);
    kicks(false);
}

static void test_interrupt_after(void **state)
{
    (void)state;
    struct test_memory *m = setup(true);
    for (unsigned i = 0; i < 4; i++) {
        offer_n(m, 1, 0, i);
    }
    assert_false(virtio_driver_enable_interrupt_after(&m->driver, 3));
    serve(m, 0);
    assert_false(virtio_queue_should_notify(&m->queue));
    serve(m, 0);
    assert_false(virtio_queue_should_notify(&m->queue));
    serve(m, 0);
    assert_true(virtio_queue_should_notify(&m->queue));
    assert_true(virtio_driver_enable_interrupt_after(&m->driver, 3));
    test_memory_free(m);
}

static void expect_broken(struct test_memory *m)
{
    uint32_t token, written;
    assert_int_equal(virtio_driver_take(&m->driver, &token, &written), -1);
    assert_int_equal(virtio_driver_take(&m->driver, &token, &written), -1);
    assert_int_equal(virtio_driver_waiting(&m->driver), 0);
    assert_false(virtio_driver_should_kick(&m->driver));
    assert_int_equal(offer_n(m, 1, 0, 0), -1);
    test_memory_free(m);
}

static void hostile(uint32_t id, uint32_t written, uint16_t index)
{
    struct test_memory *m = setup(true);
    offer_n(m, 1, 1, 0); /* descriptors 0 and 1 */
    test_used(m)->ring[0] = (struct virtio_used_entry){id, written};
    test_used(m)->index = index;
    expect_broken(m);
}

static void test_hostile_device(void **state)
{
    (void)state;
    hostile(N, 0, 1); /* no such descriptor */
    hostile(UINT32_MAX, 0, 1);
    hostile(1, 0, 1);  /* not a head */
    hostile(5, 0, 1);  /* not in flight */
    hostile(0, 12, 1); /* more than the buffer has (11) */
    hostile(0, 0, 2);  /* more buffers than in flight */
    hostile(0, 0, 0xffff);
    struct test_memory *m = setup(true); /* the same buffer twice */
    offer_n(m, 1, 1, 0);
    offer_n(m, 1, 1, 1);
    serve(m, 0);
    uint32_t token, written;
    assert_int_equal(virtio_driver_take(&m->driver, &token, &written), 1);
    test_used(m)->ring[1] = test_used(m)->ring[0];
    test_used(m)->index = 2;
    expect_broken(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_size),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_full_and_out_of_order),
        cmocka_unit_test(test_indirect),
        cmocka_unit_test(test_kicks),
        cmocka_unit_test(test_interrupt_after),
        cmocka_unit_test(test_hostile_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
