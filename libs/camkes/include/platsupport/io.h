/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The operations through which portable drivers reach their hardware. Source compatible with the
 * names existing drivers use; camkes_io_ops() fills them for a component.
 */
#include <stddef.h>
#include <stdint.h>
#include <platsupport/irq.h>

/** How memory will be used; a hint. */
typedef enum ps_mem_flags {
    PS_MEM_NORMAL, /**< read and written */
    PS_MEM_HR,     /**< host mostly reads */
    PS_MEM_HW,     /**< host mostly writes */
} ps_mem_flags_t;

/** Cache maintenance; x86 DMA is coherent, so none of these does more than order accesses. */
typedef enum dma_cache_op {
    DMA_CACHE_OP_CLEAN,
    DMA_CACHE_OP_INVALIDATE,
    DMA_CACHE_OP_CLEAN_INVALIDATE,
} dma_cache_op_t;

/** Finds the mapping of device memory [paddr, paddr + size); NULL if the instance has none. */
typedef void *(*ps_io_map_fn_t)(void *cookie, uintptr_t paddr, size_t size, int cached,
                                ps_mem_flags_t flags);
/** Ends the use of a mapping. */
typedef void (*ps_io_unmap_fn_t)(void *cookie, void *vaddr, size_t size);

/** Device memory. */
typedef struct ps_io_mapper {
    ps_io_map_fn_t io_map_fn;
    ps_io_unmap_fn_t io_unmap_fn;
    void *cookie;
} ps_io_mapper_t;

/** Reads io_size bytes (1, 2, 4) from an absolute port; 0 on success. */
typedef int (*ps_io_port_in_fn_t)(void *cookie, uint32_t port, int io_size, uint32_t *result);
/** Writes io_size bytes (1, 2, 4) to an absolute port; 0 on success. */
typedef int (*ps_io_port_out_fn_t)(void *cookie, uint32_t port, int io_size, uint32_t val);

/** I/O ports. */
typedef struct ps_io_port_ops {
    ps_io_port_in_fn_t io_port_in_fn;
    ps_io_port_out_fn_t io_port_out_fn;
    void *cookie;
} ps_io_port_ops_t;

/** Allocates memory a device can reach. */
typedef void *(*ps_dma_alloc_fn_t)(void *cookie, size_t size, int align, int cached,
                                   ps_mem_flags_t flags);
/** Frees it. */
typedef void (*ps_dma_free_fn_t)(void *cookie, void *addr, size_t size);
/** Address for the device. */
typedef uintptr_t (*ps_dma_pin_fn_t)(void *cookie, void *addr, size_t size);
/** Ends the device's use. */
typedef void (*ps_dma_unpin_fn_t)(void *cookie, void *addr, size_t size);
/** Cache maintenance. */
typedef void (*ps_dma_cache_op_fn_t)(void *cookie, void *addr, size_t size, dma_cache_op_t op);

/** DMA memory. */
typedef struct ps_dma_man {
    void *cookie;
    ps_dma_alloc_fn_t dma_alloc_fn;
    ps_dma_free_fn_t dma_free_fn;
    ps_dma_pin_fn_t dma_pin_fn;
    ps_dma_unpin_fn_t dma_unpin_fn;
    ps_dma_cache_op_fn_t dma_cache_op_fn;
} ps_dma_man_t;

/** Heap: results through `ptr`, 0 on success. */
typedef struct {
    int (*malloc)(void *cookie, size_t size, void **ptr);
    int (*calloc)(void *cookie, size_t nmemb, size_t size, void **ptr);
    int (*free)(void *cookie, size_t size, void *ptr);
    void *cookie;
} ps_malloc_ops_t;

/** A flattened device tree; there is none on x86: get_fn returns NULL. */
typedef struct ps_io_fdt {
    void *cookie;
    char *(*get_fn)(void *cookie);
} ps_io_fdt_t;

/** Everything together. */
typedef struct ps_io_ops {
    ps_io_mapper_t io_mapper;
    ps_io_port_ops_t io_port_ops;
    ps_dma_man_t dma_manager;
    ps_malloc_ops_t malloc_ops;
    ps_io_fdt_t io_fdt;
    ps_irq_ops_t irq_ops;
} ps_io_ops_t;

/** See ps_io_map_fn_t. */
static inline void *ps_io_map(const ps_io_mapper_t *io_mapper, uintptr_t paddr, size_t size,
                              int cached, ps_mem_flags_t flags)
{
    return io_mapper->io_map_fn(io_mapper->cookie, paddr, size, cached, flags);
}

/** See ps_io_unmap_fn_t. */
static inline void ps_io_unmap(const ps_io_mapper_t *io_mapper, void *vaddr, size_t size)
{
    io_mapper->io_unmap_fn(io_mapper->cookie, vaddr, size);
}

/** See ps_io_port_in_fn_t. */
static inline int ps_io_port_in(const ps_io_port_ops_t *ops, uint32_t port, int io_size,
                                uint32_t *result)
{
    return ops->io_port_in_fn(ops->cookie, port, io_size, result);
}

/** See ps_io_port_out_fn_t. */
static inline int ps_io_port_out(const ps_io_port_ops_t *ops, uint32_t port, int io_size,
                                 uint32_t val)
{
    return ops->io_port_out_fn(ops->cookie, port, io_size, val);
}

/** See ps_dma_alloc_fn_t. */
static inline void *ps_dma_alloc(const ps_dma_man_t *man, size_t size, int align, int cached,
                                 ps_mem_flags_t flags)
{
    return man->dma_alloc_fn(man->cookie, size, align, cached, flags);
}

/** See ps_dma_free_fn_t. */
static inline void ps_dma_free(const ps_dma_man_t *man, void *addr, size_t size)
{
    man->dma_free_fn(man->cookie, addr, size);
}

/** See ps_dma_pin_fn_t. */
static inline uintptr_t ps_dma_pin(const ps_dma_man_t *man, void *addr, size_t size)
{
    return man->dma_pin_fn(man->cookie, addr, size);
}

/** See ps_dma_unpin_fn_t. */
static inline void ps_dma_unpin(const ps_dma_man_t *man, void *addr, size_t size)
{
    man->dma_unpin_fn(man->cookie, addr, size);
}

/** See ps_malloc_ops_t. */
static inline int ps_malloc(const ps_malloc_ops_t *ops, size_t size, void **ptr)
{
    return ops->malloc(ops->cookie, size, ptr);
}

/** See ps_malloc_ops_t. */
static inline int ps_calloc(const ps_malloc_ops_t *ops, size_t nmemb, size_t size, void **ptr)
{
    return ops->calloc(ops->cookie, nmemb, size, ptr);
}

/** See ps_malloc_ops_t. */
static inline int ps_free(const ps_malloc_ops_t *ops, size_t size, void *ptr)
{
    return ops->free(ops->cookie, size, ptr);
}
