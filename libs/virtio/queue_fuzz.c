/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Both sides against memory that anybody writes: the input is a script of writes into the region
 * and calls of either side. Every segment given out must lie in the region.
 */
#include "test_memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void touch(const struct virtio_chain *chain)
{
    size_t sum = 0;
    for (unsigned i = 0; i < chain->num_out + chain->num_in; i++) {
        const struct virtio_segment *s = &chain->segments[i];
        volatile uint8_t *first = s->data, *last = s->data + s->size - 1;
        *last = (uint8_t)(*first + 1);
        sum += s->size;
    }
    if (sum != chain->out_bytes + chain->in_bytes) {
        abort();
    }
}

static void device_step(struct test_memory *m, unsigned op)
{
    if (op & 1u) {
        virtio_queue_enable_notify(&m->queue);
        virtio_queue_should_notify(&m->queue);
    }
    for (unsigned i = 0; i < (op & 6u) && virtio_queue_pop(&m->queue, &m->chain) == 1; i++) {
        touch(&m->chain);
        virtio_queue_push(&m->queue, m->chain.head, (uint32_t)m->chain.in_bytes);
        virtio_queue_publish(&m->queue);
    }
}

static void driver_step(struct test_memory *m, unsigned op)
{
    const struct virtio_piece pieces[3] = {{TEST_BASE + TEST_DATA, 64},
                                           {TEST_BASE + TEST_DATA + 64, 100},
                                           {TEST_BASE + TEST_DATA + 256, 200}};
    const struct virtio_offer offer = {
        .pieces = pieces, .num_out = op & 1u, .num_in = 1 + (op >> 1 & 1u), .token = op};
    uint32_t token, written;
    virtio_driver_add(&m->driver, &offer);
    virtio_driver_publish(&m->driver);
    virtio_driver_should_kick(&m->driver);
    while (virtio_driver_take(&m->driver, &token, &written) == 1) {
        if (written > 300) {
            abort();
        }
    }
    virtio_driver_enable_interrupt_after(&m->driver, 1 + (op & 3u));
    if (m->driver.num_free > m->driver.ring.size) {
        abort();
    }
}

static void poke(struct test_memory *m, const uint8_t *d)
{
    static const uint32_t bases[4] = {TEST_DESC, TEST_AVAIL, TEST_USED, TEST_DATA};
    uint32_t at = bases[d[1] & 3u] + (d[2] | (d[3] & 1u) << 8);
    uint32_t value = d[4] | (uint32_t)d[5] << 8 | (uint32_t)(d[6] & 3u) << 16;
    unsigned size = 1u << (d[0] >> 6);
    uint64_t wide = d[7] & 1u ? value : (uint64_t)value << 48 | value;
    memcpy(m->bytes + at, &wide, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct test_memory *m = test_memory_new();
    unsigned size = 1u << (n ? data[0] % 7 : 3);
    struct virtio_queue_config qc = test_queue_config(size);
    struct virtio_driver_config dc = test_driver_config(m, size);
    virtio_driver_start(&m->driver, &dc);
    virtio_queue_start(&m->queue, &m->memory, &qc);
    for (size_t i = 1; i + 8 <= n; i += 8) {
        const uint8_t *d = data + i;
        switch (d[0] & 7u) {
        case 0:
        case 1:
            device_step(m, d[1]);
            break;
        case 2:
            driver_step(m, d[1]);
            break;
        case 3: /* a good offer by hand, so that indices advance */
            test_avail(m)->ring[test_avail(m)->index % size] = (uint16_t)(d[1] % size);
            test_avail(m)->index++;
            break;
        default:
            poke(m, d);
        }
        if (m->queue.broken && d[7] == 0) {
            virtio_queue_start(&m->queue, &m->memory, &qc);
            m->queue.last_avail = test_avail(m)->index;
        }
    }
    test_memory_free(m);
    return 0;
}
