/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * First-fit allocator whose book-keeping lies in the free memory itself: an allocated block costs
 * nothing but its size rounded up to the granule, and a pool that is freed completely can be
 * handed out whole.
 */
#include <stddef.h>
#include <stdint.h>

/** Unit of allocation: a free block must hold its descriptor. */
#define DMA_GRANULE 16u

/** A free block; the list is sorted by address and no two neighbours touch. */
struct dma_free_block {
    size_t size;
    struct dma_free_block *next;
};

/** A pool. */
struct dma_pool {
    struct dma_free_block *first;
    uintptr_t base;
    size_t size;
    size_t free_bytes;
};

/** Makes all of [memory, memory + size) free; both multiples of DMA_GRANULE. */
void camkes_dma_pool_init(struct dma_pool *pool, void *memory, size_t size);
/** Bytes a request really takes; 0 if size is 0 or too large. */
size_t camkes_dma_pool_round(size_t size);
/** Allocates; align is a power of two or 0. NULL: no block fits. */
void *camkes_dma_pool_alloc(struct dma_pool *pool, size_t size, size_t align);
/** Frees a block of that size; 0, or -1 if it does not lie in the pool or is free already. */
int camkes_dma_pool_free(struct dma_pool *pool, void *memory, size_t size);
