/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The DMA allocator: no overhead, alignment, coalescing, refusal of wrong frees, random mixes. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "dma_pool.h"

enum { POOL = 4 << 20, PAGE = 4096 };

static char *memory;
static struct dma_pool pool;

static int setup(void **state)
{
    (void)state;
    memory = aligned_alloc(1 << 21, POOL);
    camkes_dma_pool_init(&pool, memory, POOL);
    return memory == NULL;
}

static int teardown(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static void test_pages_then_whole(void **state)
{
    (void)state;
    static void *pages[POOL / PAGE];
    for (int i = 0; i < POOL / PAGE; i++) {
        pages[i] = camkes_dma_pool_alloc(&pool, PAGE, PAGE);
        assert_non_null(pages[i]);
        memset(pages[i], i, PAGE);
    }
    assert_null(camkes_dma_pool_alloc(&pool, 1, 0));
    for (int i = 0; i < POOL / PAGE; i += 2)
        assert_int_equal(camkes_dma_pool_free(&pool, pages[i], PAGE), 0);
    assert_null(camkes_dma_pool_alloc(&pool, 2 * PAGE, 0));
    for (int i = 1; i < POOL / PAGE; i += 2)
        assert_int_equal(camkes_dma_pool_free(&pool, pages[i], PAGE), 0);
    assert_ptr_equal(camkes_dma_pool_alloc(&pool, POOL, 0), memory);
    assert_int_equal(pool.free_bytes, 0);
    assert_int_equal(camkes_dma_pool_free(&pool, memory, POOL), 0);
}

static void test_alignment(void **state)
{
    (void)state;
    void *small = camkes_dma_pool_alloc(&pool, 1, 0);
    void *large = camkes_dma_pool_alloc(&pool, 100, 1 << 21);
    assert_non_null(large);
    assert_int_equal((uintptr_t)large % (1 << 21), 0);
    void *between = camkes_dma_pool_alloc(&pool, PAGE, PAGE);
    assert_true(between > small && between < large);
    assert_null(camkes_dma_pool_alloc(&pool, 16, 24));
    camkes_dma_pool_free(&pool, small, 1);
    camkes_dma_pool_free(&pool, large, 100);
    camkes_dma_pool_free(&pool, between, PAGE);
    assert_int_equal(pool.first->size, POOL);
}

static void test_bad_arguments(void **state)
{
    (void)state;
    assert_null(camkes_dma_pool_alloc(&pool, 0, 0));
    assert_null(camkes_dma_pool_alloc(&pool, SIZE_MAX, 0));
    assert_null(camkes_dma_pool_alloc(&pool, POOL + 1, 0));
    void *block = camkes_dma_pool_alloc(&pool, 64, 0);
    assert_int_equal(camkes_dma_pool_free(&pool, memory - 64, 64), -1);
    assert_int_equal(camkes_dma_pool_free(&pool, memory + POOL, 64), -1);
    assert_int_equal(camkes_dma_pool_free(&pool, (char *)block + 1, 16), -1);
    assert_int_equal(camkes_dma_pool_free(&pool, block, 64), 0);
    assert_int_equal(camkes_dma_pool_free(&pool, block, 64), -1);
    assert_int_equal(camkes_dma_pool_free(&pool, block, POOL), -1);
}

static void test_random(void **state)
{
    (void)state;
    enum { BLOCKS = 64, ROUNDS = 20000 };
    struct {
        unsigned char *at;
        size_t size;
    } blocks[BLOCKS] = {{0}};
    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        int i = rand() % BLOCKS;
        if (blocks[i].at != NULL) {
            for (size_t k = 0; k < blocks[i].size; k += 997)
                assert_int_equal(blocks[i].at[k], i);
            assert_int_equal(camkes_dma_pool_free(&pool, blocks[i].at, blocks[i].size), 0);
            blocks[i].at = NULL;
            continue;
        }
        size_t align = (size_t)1 << (rand() % 17);
        blocks[i].size = 1 + (size_t)rand() % 100000;
        blocks[i].at = camkes_dma_pool_alloc(&pool, blocks[i].size, align);
        if (blocks[i].at != NULL) {
            assert_int_equal((uintptr_t)blocks[i].at % align, 0);
            memset(blocks[i].at, i, blocks[i].size);
        }
    }
    for (int i = 0; i < BLOCKS; i++)
        if (blocks[i].at != NULL)
            camkes_dma_pool_free(&pool, blocks[i].at, blocks[i].size);
    assert_ptr_equal(pool.first, memory);
    assert_int_equal(pool.first->size, POOL);
    assert_null(pool.first->next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages_then_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(test_alignment, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_arguments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
