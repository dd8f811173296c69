/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* A shared region for the tests: addresses in descriptors are TEST_BASE + offset. */
#include <stdlib.h>
#include <string.h>
#include <virtio/driver.h>
#include <virtio/queue.h>

#define TEST_BASE  0x10000u
#define TEST_SIZE  0x20000u
#define TEST_DESC  0x0000u
#define TEST_AVAIL 0x4000u
#define TEST_USED  0x5000u
#define TEST_DATA  0x8000u

/** Memory and both sides of one queue in it. */
struct test_memory {
    uint8_t *bytes;
    struct virtio_memory memory;
    struct virtio_queue queue;
    struct virtio_driver driver;
    struct virtio_driver_slot slots[1024];
    struct virtio_chain chain;
};

static inline void *test_map(void *ctx, uint64_t address, size_t n)
{
    struct test_memory *m = ctx;
    if (address < TEST_BASE || address - TEST_BASE >= TEST_SIZE ||
        n > TEST_SIZE - (address - TEST_BASE)) {
        return NULL;
    }
    return m->bytes + (address - TEST_BASE);
}

static inline struct test_memory *test_memory_new(void)
{
    struct test_memory *m = calloc(1, sizeof *m);
    m->bytes = aligned_alloc(4096, TEST_SIZE);
    memset(m->bytes, 0, TEST_SIZE);
    m->memory = (struct virtio_memory){test_map, m};
    return m;
}

static inline void test_memory_free(struct test_memory *m)
{
    free(m->bytes);
    free(m);
}

static inline struct virtio_queue_config test_queue_config(unsigned size)
{
    return (struct virtio_queue_config){.size = (uint16_t)size,
                                        .desc = TEST_BASE + TEST_DESC,
                                        .avail = TEST_BASE + TEST_AVAIL,
                                        .used = TEST_BASE + TEST_USED,
                                        .event_index = true,
                                        .indirect = true};
}

static inline struct virtio_driver_config test_driver_config(struct test_memory *m, unsigned size)
{
    return (struct virtio_driver_config){
        .size = (uint16_t)size,
        .desc = (void *)(m->bytes + TEST_DESC),
        .avail = (void *)(m->bytes + TEST_AVAIL),
        .used = (void *)(m->bytes + TEST_USED),
        .slots = m->slots,
        .event_index = true,
    };
}

static inline struct virtio_desc *test_desc(struct test_memory *m, unsigned n)
{
    return (struct virtio_desc *)(void *)(m->bytes + TEST_DESC) + n;
}
static inline struct virtio_avail *test_avail(struct test_memory *m)
{
    return (void *)(m->bytes + TEST_AVAIL);
}
static inline struct virtio_used *test_used(struct test_memory *m)
{
    return (void *)(m->bytes + TEST_USED);
}
