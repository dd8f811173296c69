/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Memory for devices: the instance's DMA pool (setting dma_pool), physically contiguous. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sel4/sel4.h>
#include <platsupport/io.h>

/** Counters of the pool. */
typedef struct {
    size_t heap_size;                                /**< bytes of the pool */
    size_t minimum_heap_size;                        /**< fewest bytes that were ever free */
    size_t current_outstanding;                      /**< bytes handed out now */
    uint64_t total_allocations;                      /**< requests */
    uint64_t succeeded_allocations_on_first_attempt; /**< requests served */
    uint64_t failed_allocations_out_of_memory;       /**< refused: no block large enough */
    uint64_t failed_allocations_other;               /**< refused: bad arguments */
} camkes_dma_stats_t;

/**
 * Allocates from the pool.
 *
 * @param size    bytes
 * @param align   power of two, 0: none
 * @param cached  must be what the pool is (setting dma_pool_cached)
 * @return virtual address, contiguous also for the device; NULL: refused
 */
void *camkes_dma_alloc(size_t size, unsigned align, bool cached);

/** Frees what camkes_dma_alloc returned, with the same size. NULL is allowed. */
void camkes_dma_free(void *ptr, size_t size);

/** Address a device uses for `ptr`, anywhere inside the pool; 0 outside it. */
uintptr_t camkes_dma_get_paddr(void *ptr);

/** Capability of the frame that holds `ptr`; 0 outside the pool. */
seL4_CPtr camkes_dma_get_cptr(void *ptr);

/** Fills a driver's DMA operations. 0. */
int camkes_dma_manager(ps_dma_man_t *man);

/** Counters of the pool. */
const camkes_dma_stats_t *camkes_dma_stats(void);

/** One page, as camkes_dma_alloc. Kept for old drivers. */
void *camkes_dma_alloc_page(void) __attribute__((deprecated));
/** See camkes_dma_alloc_page. */
void camkes_dma_free_page(void *ptr) __attribute__((deprecated));
