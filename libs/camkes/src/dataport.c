/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes/generated.h>

dataport_ptr_t dataport_wrap_ptr(void *ptr)
{
    uintptr_t address = (uintptr_t)ptr;
    for (size_t i = 0; i < camkes_instance.dataport_count; i++) {
        const struct camkes_dataport_region *d = &camkes_instance.dataports[i];
        if (address >= d->vaddr && address - d->vaddr < d->size)
            return (dataport_ptr_t){.id = d->id, .offset = (off_t)(address - d->vaddr)};
    }
    return (dataport_ptr_t){.id = -1, .offset = 0};
}

void *dataport_unwrap_ptr(dataport_ptr_t ptr)
{
    for (size_t i = 0; i < camkes_instance.dataport_count; i++) {
        const struct camkes_dataport_region *d = &camkes_instance.dataports[i];
        if (d->id == ptr.id && ptr.offset >= 0 && (uint64_t)ptr.offset < d->size)
            return (void *)(d->vaddr + (uintptr_t)ptr.offset);
    }
    return NULL;
}

int camkes_dataport_flush_cache(size_t start, size_t size, uintptr_t dataport_start,
                                size_t dataport_size, dma_cache_op_t op)
{
    (void)dataport_start;
    (void)op;
    return start <= dataport_size && size <= dataport_size - start ? 0 : -1;
}
