/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The instance's DMA pool: one allocator, one lock, physical addresses asked of the kernel. */
#include <camkes/dma.h>
#include <libc/lock.h>
#include "dma_pool.h"
#include "runtime.h"

enum { DMA_PAGE = 4096 };

static struct dma_pool pool;
static struct __lock pool_lock;
static uintptr_t pool_paddr; /* of the first byte, 0: not yet asked */
static camkes_dma_stats_t stats;

void camkes_dma_init_pool(void)
{
    const struct camkes_dma_pool *p = &camkes_instance.dma;
    camkes_dma_pool_init(&pool, (void *)p->vaddr, p->size);
    stats.heap_size = p->size;
    stats.minimum_heap_size = p->size;
}

uintptr_t camkes_frame_paddr(seL4_CPtr frame)
{
    seL4_X86_Page_GetAddress_t result = seL4_X86_Page_GetAddress(frame);
    return result.error == seL4_NoError ? result.paddr : 0;
}

void *camkes_dma_alloc(size_t size, unsigned align, bool cached)
{
    void *memory = NULL;
    bool valid = size != 0 && (align & (align - 1)) == 0 && cached == camkes_instance.dma.cached;
    libc_lock_acquire(&pool_lock);
    stats.total_allocations++;
    if (!valid) {
        stats.failed_allocations_other++;
    } else {
        memory = camkes_dma_pool_alloc(&pool, size, align);
        if (memory != NULL)
            stats.succeeded_allocations_on_first_attempt++;
        else
            stats.failed_allocations_out_of_memory++;
    }
    stats.current_outstanding = pool.size - pool.free_bytes;
    if (pool.free_bytes < stats.minimum_heap_size)
        stats.minimum_heap_size = pool.free_bytes;
    libc_lock_release(&pool_lock);
    return memory;
}

void camkes_dma_free(void *ptr, size_t size)
{
    if (ptr == NULL)
        return;
    libc_lock_acquire(&pool_lock);
    camkes_dma_pool_free(&pool, ptr, size);
    stats.current_outstanding = pool.size - pool.free_bytes;
    libc_lock_release(&pool_lock);
}

static bool dma_contains(const void *ptr)
{
    uintptr_t address = (uintptr_t)ptr;
    return address >= pool.base && address - pool.base < pool.size;
}

uintptr_t camkes_dma_get_paddr(void *ptr)
{
    if (!dma_contains(ptr))
        return 0;
    /* The frames are contiguous, so the first one answers for all. */
    uintptr_t first = __atomic_load_n(&pool_paddr, __ATOMIC_RELAXED);
    if (first == 0) {
        first = camkes_frame_paddr(camkes_instance.dma.frames[0]);
        __atomic_store_n(&pool_paddr, first, __ATOMIC_RELAXED);
    }
    return first == 0 ? 0 : first + ((uintptr_t)ptr - pool.base);
}

seL4_CPtr camkes_dma_get_cptr(void *ptr)
{
    if (!dma_contains(ptr) || camkes_instance.dma.frames == NULL)
        return 0;
    return camkes_instance.dma
        .frames[((uintptr_t)ptr - pool.base) / camkes_instance.dma.frame_size];
}

const camkes_dma_stats_t *camkes_dma_stats(void)
{
    return &stats;
}

void *camkes_dma_alloc_page(void)
{
    return camkes_dma_alloc(DMA_PAGE, DMA_PAGE, camkes_instance.dma.cached);
}

void camkes_dma_free_page(void *ptr)
{
    camkes_dma_free(ptr, DMA_PAGE);
}

static void *dma_man_alloc(void *cookie, size_t size, int align, int cached, ps_mem_flags_t flags)
{
    return camkes_dma_alloc(size, (unsigned)align, cached != 0);
}

static void dma_man_free(void *cookie, void *addr, size_t size)
{
    camkes_dma_free(addr, size);
}

static uintptr_t dma_man_pin(void *cookie, void *addr, size_t size)
{
    return camkes_dma_get_paddr(addr);
}

static void dma_man_unpin(void *cookie, void *addr, size_t size) {}

/* DMA is coherent on x86: only the order of the accesses matters. */
static void dma_man_cache_op(void *cookie, void *addr, size_t size, dma_cache_op_t op)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int camkes_dma_manager(ps_dma_man_t *man)
{
    *man = (ps_dma_man_t){.dma_alloc_fn = dma_man_alloc,
                          .dma_free_fn = dma_man_free,
                          .dma_pin_fn = dma_man_pin,
                          .dma_unpin_fn = dma_man_unpin,
                          .dma_cache_op_fn = dma_man_cache_op};
    return 0;
}
