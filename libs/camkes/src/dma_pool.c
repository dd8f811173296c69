/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "dma_pool.h"
#include <stdbool.h>

void camkes_dma_pool_init(struct dma_pool *pool, void *memory, size_t size)
{
    *pool = (struct dma_pool){.base = (uintptr_t)memory, .size = size, .free_bytes = size};
    if (size == 0)
        return;
    pool->first = memory;
    *pool->first = (struct dma_free_block){.size = size};
}

size_t camkes_dma_pool_round(size_t size)
{
    if (size > SIZE_MAX - DMA_GRANULE)
        return 0;
    return (size + DMA_GRANULE - 1) & ~(size_t)(DMA_GRANULE - 1);
}

/* Takes [start, start + size) out of the free block *link. */
static void dma_pool_carve(struct dma_free_block **link, uintptr_t start, size_t size)
{
    struct dma_free_block *block = *link;
    uintptr_t block_end = (uintptr_t)block + block->size;
    struct dma_free_block *rest = block->next;
    if (start + size < block_end) {
        rest = (struct dma_free_block *)(start + size);
        *rest = (struct dma_free_block){.size = block_end - (start + size), .next = block->next};
    }
    if (start == (uintptr_t)block) {
        *link = rest;
    } else {
        block->size = start - (uintptr_t)block;
        block->next = rest;
    }
}

void *camkes_dma_pool_alloc(struct dma_pool *pool, size_t size, size_t align)
{
    size = camkes_dma_pool_round(size);
    if (align < DMA_GRANULE)
        align = DMA_GRANULE;
    if (size == 0 || (align & (align - 1)) != 0)
        return NULL;
    for (struct dma_free_block **link = &pool->first; *link != NULL; link = &(*link)->next) {
        uintptr_t start = ((uintptr_t)*link + align - 1) & ~(uintptr_t)(align - 1);
        size_t skipped = start - (uintptr_t)*link;
        if (skipped > (*link)->size || size > (*link)->size - skipped)
            continue;
        dma_pool_carve(link, start, size);
        pool->free_bytes -= size;
        return (void *)start;
    }
    return NULL;
}

static bool dma_pool_merge(struct dma_free_block *block)
{
    struct dma_free_block *next = block->next;
    if (next == NULL || (uintptr_t)block + block->size != (uintptr_t)next)
        return false;
    block->size += next->size;
    block->next = next->next;
    return true;
}

int camkes_dma_pool_free(struct dma_pool *pool, void *memory, size_t size)
{
    uintptr_t start = (uintptr_t)memory;
    size = camkes_dma_pool_round(size);
    if (size == 0 || start % DMA_GRANULE != 0 || start < pool->base || size > pool->size ||
        start - pool->base > pool->size - size)
        return -1;
    struct dma_free_block *before = NULL;
    struct dma_free_block *after = pool->first;
    while (after != NULL && (uintptr_t)after < start) {
        before = after;
        after = after->next;
    }
    if ((before != NULL && (uintptr_t)before + before->size > start) ||
        (after != NULL && start + size > (uintptr_t)after))
        return -1;
    struct dma_free_block *block = memory;
    *block = (struct dma_free_block){.size = size, .next = after};
    pool->free_bytes += size;
    dma_pool_merge(block);
    if (before == NULL) {
        pool->first = block;
    } else {
        before->next = block;
        dma_pool_merge(before);
    }
    return 0;
}
