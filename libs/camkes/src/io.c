/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Driver operations over the tables of camkes_instance: ports and device memory. */
#include <camkes/dma.h>
#include <camkes/io.h>
#include <stdlib.h>
#include "runtime.h"

static void ioport_failed(const char *interface, int error)
{
    camkes_error_t e = {.type = CE_SYSCALL_FAILED,
                        .instance = camkes_instance.name,
                        .interface = interface,
                        .filename = __FILE__,
                        .lineno = __LINE__,
                        .description = "I/O port access refused"};
    e.error = error;
    camkes_error_raise(NULL, &e);
}

static uint32_t ioport_read(const struct camkes_ioport_range *range, uint16_t port, int size)
{
    int error;
    uint32_t result;
    if (size == 1) {
        seL4_X86_IOPort_In8_t in = seL4_X86_IOPort_In8(range->cap, port);
        error = in.error, result = in.result;
    } else if (size == 2) {
        seL4_X86_IOPort_In16_t in = seL4_X86_IOPort_In16(range->cap, port);
        error = in.error, result = in.result;
    } else {
        seL4_X86_IOPort_In32_t in = seL4_X86_IOPort_In32(range->cap, port);
        error = in.error, result = in.result;
    }
    if (error == seL4_NoError)
        return result;
    ioport_failed(range->interface, error);
    return 0;
}

static void ioport_write(const struct camkes_ioport_range *range, uint16_t port, int size,
                         uint32_t value)
{
    seL4_Error error;
    if (size == 1)
        error = seL4_X86_IOPort_Out8(range->cap, port, value);
    else if (size == 2)
        error = seL4_X86_IOPort_Out16(range->cap, port, value);
    else
        error = seL4_X86_IOPort_Out32(range->cap, port, value);
    if (error != seL4_NoError)
        ioport_failed(range->interface, (int)error);
}

uint32_t camkes_ioport_in(size_t index, uint16_t offset, int size)
{
    const struct camkes_ioport_range *range = &camkes_instance.ioports[index];
    return ioport_read(range, (uint16_t)(range->first + offset), size);
}

void camkes_ioport_out(size_t index, uint16_t offset, int size, uint32_t value)
{
    const struct camkes_ioport_range *range = &camkes_instance.ioports[index];
    ioport_write(range, (uint16_t)(range->first + offset), size, value);
}

static const struct camkes_ioport_range *ioport_find(uint32_t port, int size)
{
    if (size != 1 && size != 2 && size != 4)
        return NULL;
    for (size_t i = 0; i < camkes_instance.ioport_count; i++) {
        const struct camkes_ioport_range *range = &camkes_instance.ioports[i];
        if (port >= range->first && port + (uint32_t)size - 1 <= range->last)
            return range;
    }
    return NULL;
}

static int io_port_in(void *cookie, uint32_t port, int io_size, uint32_t *result)
{
    const struct camkes_ioport_range *range = ioport_find(port, io_size);
    if (range == NULL)
        return -1;
    *result = ioport_read(range, (uint16_t)port, io_size);
    return 0;
}

static int io_port_out(void *cookie, uint32_t port, int io_size, uint32_t value)
{
    const struct camkes_ioport_range *range = ioport_find(port, io_size);
    if (range == NULL)
        return -1;
    ioport_write(range, (uint16_t)port, io_size, value);
    return 0;
}

int camkes_io_port_ops(ps_io_port_ops_t *ops)
{
    *ops = (ps_io_port_ops_t){.io_port_in_fn = io_port_in, .io_port_out_fn = io_port_out};
    return 0;
}

void *camkes_mmio_translate(size_t index, uintptr_t paddr, size_t size)
{
    const struct camkes_mmio_region *region = &camkes_instance.mmio[index];
    uint64_t base = region->paddr;
    if (base == 0 && region->frames != NULL)
        base = camkes_frame_paddr(region->frames[0]);
    if (base == 0 || paddr < base || paddr - base >= region->size ||
        size > region->size - (paddr - base))
        return NULL;
    return (void *)(region->vaddr + (paddr - base));
}

static void *io_map(void *cookie, uintptr_t paddr, size_t size, int cached, ps_mem_flags_t flags)
{
    for (size_t i = 0; i < camkes_instance.mmio_count; i++) {
        void *vaddr = camkes_mmio_translate(i, paddr, size);
        if (vaddr != NULL && camkes_instance.mmio[i].cached == (cached != 0))
            return vaddr;
    }
    return NULL;
}

/* The mapping belongs to the instance and stays. */
static void io_unmap(void *cookie, void *vaddr, size_t size) {}

int camkes_io_mapper(ps_io_mapper_t *mapper)
{
    *mapper = (ps_io_mapper_t){.io_map_fn = io_map, .io_unmap_fn = io_unmap};
    return 0;
}

static int io_malloc(void *cookie, size_t size, void **ptr)
{
    *ptr = malloc(size);
    return *ptr != NULL ? 0 : -1;
}

static int io_calloc(void *cookie, size_t nmemb, size_t size, void **ptr)
{
    *ptr = calloc(nmemb, size);
    return *ptr != NULL ? 0 : -1;
}

static int io_free(void *cookie, size_t size, void *ptr)
{
    free(ptr);
    return 0;
}

int camkes_ps_malloc_ops(ps_malloc_ops_t *ops)
{
    *ops = (ps_malloc_ops_t){.malloc = io_malloc, .calloc = io_calloc, .free = io_free};
    return 0;
}

static char *io_no_fdt(void *cookie)
{
    return NULL;
}

int camkes_io_fdt(ps_io_fdt_t *io_fdt)
{
    *io_fdt = (ps_io_fdt_t){.get_fn = io_no_fdt};
    return 0;
}

int camkes_io_ops(ps_io_ops_t *ops)
{
    camkes_io_mapper(&ops->io_mapper);
    camkes_io_port_ops(&ops->io_port_ops);
    camkes_dma_manager(&ops->dma_manager);
    camkes_ps_malloc_ops(&ops->malloc_ops);
    camkes_io_fdt(&ops->io_fdt);
    return camkes_irq_ops(&ops->irq_ops);
}

/* member.lds: the table of CAMKES_HARDWARE_INIT_MODULE_DEFINE. */
typedef int (*hardware_init_t)(ps_io_ops_t *ops);
extern const hardware_init_t camkes_hardware_init_start[], camkes_hardware_init_end[];

int camkes_call_hardware_init_modules(ps_io_ops_t *ops)
{
    for (const hardware_init_t *f = camkes_hardware_init_start; f < camkes_hardware_init_end; f++) {
        int error = (*f)(ops);
        if (error != 0)
            return error;
    }
    return 0;
}
