/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Device side: chains, what a hostile driver can write, event index. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "test_memory.h"

#define N 8u

static struct test_memory *setup(void)
{
    struct test_memory *m = test_memory_new();
    const struct virtio_queue_config config = test_queue_config(N);
    assert_int_equal(virtio_queue_start(&m->queue, &m->memory, &config), 0);
    return m;
}

static void put_desc(struct test_memory *m, unsigned n, struct virtio_desc desc)
{
    *test_desc(m, n) = desc;
}

static void offer(struct test_memory *m, unsigned head)
{
    struct virtio_avail *avail = test_avail(m);
    avail->ring[avail->index++ % N] = (uint16_t)head;
}

static struct virtio_desc piece(unsigned offset, unsigned size, unsigned flags, unsigned next)
{
    return (struct virtio_desc){TEST_BASE + TEST_DATA + offset, size, (uint16_t)flags,
                                (uint16_t)next};
}

static void test_start_checks(void **state)
{
    (void)state;
    struct test_memory *m = test_memory_new();
    struct virtio_queue_config c = test_queue_config(N);
    c.size = 0;
    assert_int_equal(virtio_queue_start(&m->queue, &m->memory, &c), -1);
    c.size = 6;
    assert_int_equal(virtio_queue_start(&m->queue, &m->memory, &c), -1);
    c = test_queue_config(N);
    c.desc += 8;
    assert_int_equal(virtio_queue_start(&m->queue, &m->memory, &c), -1);
    c = test_queue_config(N);
    c.used = TEST_BASE + TEST_SIZE - 8;
    assert_int_equal(virtio_queue_start(&m->queue, &m->memory, &c), -1);
    assert_false(virtio_queue_running(&m->queue));
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 0);
    assert_int_equal(virtio_queue_waiting(&m->queue), 0);
    assert_false(virtio_queue_enable_notify(&m->queue));
    test_memory_free(m);
}

static void test_chain(void **state)
{
    (void)state;
    struct test_memory *m = setup();
    put_desc(m, 3, piece(0, 12, VIRTIO_DESC_NEXT, 5));
    put_desc(m, 5, piece(100, 40, VIRTIO_DESC_NEXT, 1));
    put_desc(m, 1, piece(200, 60, VIRTIO_DESC_WRITE, 0));
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 0);
    offer(m, 3);
    assert_int_equal(virtio_queue_waiting(&m->queue), 1);
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 1);
    assert_int_equal(m->chain.head, 3);
    assert_int_equal(m->chain.num_out, 2);
    assert_int_equal(m->chain.num_in, 1);
    assert_int_equal(m->chain.out_bytes, 52);
    assert_int_equal(m->chain.in_bytes, 60);
    assert_ptr_equal(m->chain.segments[2].data, m->bytes + TEST_DATA + 200);
    virtio_queue_unpop(&m->queue, 1);
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 1);
    virtio_queue_push(&m->queue, m->chain.head, 44);
    assert_int_equal(test_used(m)->index, 0);
    virtio_queue_publish(&m->queue);
    assert_int_equal(test_used(m)->index, 1);
    assert_int_equal(test_used(m)->ring[0].id, 3);
    assert_int_equal(test_used(m)->ring[0].written, 44);
    test_memory_free(m);
}

static void test_indirect(void **state)
{
    (void)state;
    struct test_memory *m = setup();
    struct virtio_desc *table = (void *)(m->bytes + TEST_DATA);
    table[0] = piece(0x1000, 10, VIRTIO_DESC_NEXT, 2);
    table[2] = piece(0x2000, 20, VIRTIO_DESC_WRITE, 0);
    put_desc(m, 0, piece(0, 3 * sizeof table[0], VIRTIO_DESC_INDIRECT, 0));
    offer(m, 0);
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 1);
    assert_int_equal(m->chain.out_bytes, 10);
    assert_int_equal(m->chain.in_bytes, 20);
    test_memory_free(m);
}

/* Each of these breaks the queue, and only the queue. */
static void expect_broken(struct test_memory *m)
{
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), -1);
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), -1);
    assert_false(virtio_queue_running(&m->queue));
    assert_false(virtio_queue_should_notify(&m->queue));
    test_memory_free(m);
}

static void test_hostile_index(void **state)
{
    (void)state;
    struct test_memory *m = setup();
    test_avail(m)->index = N + 1;
    expect_broken(m);
    m = setup();
    offer(m, N);
    expect_broken(m);
    m = setup();
    put_desc(m, 0, piece(0, 4, VIRTIO_DESC_NEXT, N));
    offer(m, 0);
    expect_broken(m);
}

static void test_hostile_loop(void **state)
{
    (void)state;
    struct test_memory *m = setup();
    put_desc(m, 0, piece(0, 4, VIRTIO_DESC_NEXT, 1));
    put_desc(m, 1, piece(0, 4, VIRTIO_DESC_NEXT, 0));
    offer(m, 0);
    expect_broken(m);
    m = setup();
    put_desc(m, 0, piece(0, 0, VIRTIO_DESC_NEXT, 0)); /* empty pieces are not counted: still ends */
    offer(m, 0);
    expect_broken(m);
}

static void test_hostile_pieces(void **state)
{
    (void)state;
    struct test_memory *m = setup();
    put_desc(m, 0, piece(TEST_SIZE, 4, 0, 0)); /* outside */
    offer(m, 0);
    expect_broken(m);
    m = setup();
    put_desc(m, 0, (struct virtio_desc){UINT64_MAX - 1, 4, 0, 0});
    offer(m, 0);
    expect_broken(m);
    m = setup(); /* a piece to read after one to write */
    put_desc(m, 0, piece(0, 4, VIRTIO_DESC_WRITE | VIRTIO_DESC_NEXT, 1));
    put_desc(m, 1, piece(0, 4, 0, 0));
    offer(m, 0);
    expect_broken(m);
}

static void one_table(struct test_memory *m, struct virtio_desc desc)
{
    put_desc(m, 0, desc);
    offer(m, 0);
    expect_broken(m);
}

static void test_hostile_indirect(void **state)
{
    (void)state;
    one_table(setup(), piece(0, 0, VIRTIO_DESC_INDIRECT, 0));
    one_table(setup(), piece(0, 17, VIRTIO_DESC_INDIRECT, 0));
    one_table(setup(), piece(TEST_SIZE, 32, VIRTIO_DESC_INDIRECT, 0));
    one_table(setup(), piece(0, 32, VIRTIO_DESC_INDIRECT | VIRTIO_DESC_NEXT, 0));
    struct test_memory *m = setup(); /* a table in a table */
    struct virtio_desc *table = (void *)(m->bytes + TEST_DATA);
    table[0] = piece(0, 16, VIRTIO_DESC_INDIRECT, 0);
    one_table(m, piece(0, 16, VIRTIO_DESC_INDIRECT, 0));
    m = setup();
    m->queue.indirect = false; /* not negotiated */
    table = (void *)(m->bytes + TEST_DATA);
    table[0] = piece(0, 16, 0, 0);
    one_table(m, piece(0, 16, VIRTIO_DESC_INDIRECT, 0));
    m = setup(); /* longer than anything we take */
    table = (void *)(m->bytes + TEST_DATA);
    for (unsigned i = 0; i <= VIRTIO_MAX_SEGMENTS; i++) {
        table[i] = piece(0, 1, VIRTIO_DESC_NEXT, i + 1);
    }
    one_table(m, piece(0, 16 * (VIRTIO_MAX_SEGMENTS + 1), VIRTIO_DESC_INDIRECT, 0));
}

static void test_notify_by_event(void **state)
{
    (void)state;
    struct test_memory *m = setup();
    struct virtio_avail *avail = test_avail(m);
    avail->ring[N] = 1; /* used_event: tell me after the second */
    assert_false(virtio_queue_should_notify(&m->queue));
    virtio_queue_push(&m->queue, 0, 0);
    virtio_queue_publish(&m->queue);
    assert_false(virtio_queue_should_notify(&m->queue));
    virtio_queue_push(&m->queue, 1, 0);
    virtio_queue_publish(&m->queue);
    assert_true(virtio_queue_should_notify(&m->queue));
    assert_false(virtio_queue_should_notify(&m->queue));
    /* a batch that jumps over the event */
    avail->ring[N] = 3;
    for (unsigned i = 0; i < 4; i++) {
        virtio_queue_push(&m->queue, 0, 0);
    }
    virtio_queue_publish(&m->queue);
    assert_true(virtio_queue_should_notify(&m->queue));
    /* the other direction: avail_event follows what was taken */
    put_desc(m, 0, piece(0, 4, 0, 0));
    assert_false(virtio_queue_enable_notify(&m->queue));
    offer(m, 0);
    assert_true(virtio_queue_enable_notify(&m->queue));
    assert_int_equal(virtio_queue_pop(&m->queue, &m->chain), 1);
    assert_false(virtio_queue_enable_notify(&m->queue));
    const uint16_t *event = (const uint16_t *)(const void *)&test_used(m)->ring[N];
    assert_int_equal(*event, 1);
    test_memory_free(m);
}

static void test_notify_by_flag(void **state)
{
    (void)state;
    struct test_memory *m = test_memory_new();
    struct virtio_queue_config c = test_queue_config(N);
    c.event_index = false;
    assert_int_equal(virtio_queue_start(&m->queue, &m->memory, &c), 0);
    virtio_queue_disable_notify(&m->queue);
    assert_int_equal(test_used(m)->flags, VIRTIO_USED_NO_NOTIFY);
    virtio_queue_enable_notify(&m->queue);
    assert_int_equal(test_used(m)->flags, 0);
    virtio_queue_push(&m->queue, 0, 0);
    virtio_queue_publish(&m->queue);
    assert_true(virtio_queue_should_notify(&m->queue));
    test_avail(m)->flags = VIRTIO_AVAIL_NO_INTERRUPT;
    virtio_queue_push(&m->queue, 0, 0);
    virtio_queue_publish(&m->queue);
    assert_false(virtio_queue_should_notify(&m->queue));
    test_memory_free(m);
}

static void test_event_wraps(void **state)
{
    (void)state;
    assert_true(virtio_need_event(0xffff, 0, 0xffff));
    assert_false(virtio_need_event(0, 0, 0xffff));
    assert_true(virtio_need_event(0xfffe, 2, 0xfff0));
    assert_false(virtio_need_event(0x8000, 2, 0xfff0));
    assert_false(virtio_need_event(5, 5, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_checks),     cmocka_unit_test(test_chain),
        cmocka_unit_test(test_indirect),         cmocka_unit_test(test_hostile_index),
        cmocka_unit_test(test_hostile_loop),     cmocka_unit_test(test_hostile_pieces),
        cmocka_unit_test(test_hostile_indirect), cmocka_unit_test(test_notify_by_event),
        cmocka_unit_test(test_notify_by_flag),   cmocka_unit_test(test_event_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
