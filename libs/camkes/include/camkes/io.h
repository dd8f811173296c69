/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Driver operations of the instance: everything the assembly connected it to, and no more. */
#include <sel4/sel4.h>
#include <platsupport/io.h>

/** Fills all operations. 0. */
int camkes_io_ops(ps_io_ops_t *ops);
/** Device memory the instance has through seL4HardwareMMIO, found by physical address. 0. */
int camkes_io_mapper(ps_io_mapper_t *mapper);
/** I/O ports the instance has through seL4HardwareIOPort, by absolute number. 0. */
int camkes_io_port_ops(ps_io_port_ops_t *ops);
/** Heap of the instance. 0. */
int camkes_ps_malloc_ops(ps_malloc_ops_t *ops);
/** Device tree: none. 0. */
int camkes_io_fdt(ps_io_fdt_t *io_fdt);
/** Interrupts the instance has through seL4HardwareInterrupt. 0. */
int camkes_irq_ops(ps_irq_ops_t *irq_ops);

/** Runs the functions placed with CAMKES_HARDWARE_INIT_MODULE_DEFINE; the first error, or 0. */
int camkes_call_hardware_init_modules(ps_io_ops_t *ops);

/** X_translate_paddr: address where [paddr, paddr + size) is mapped, or NULL. */
void *camkes_mmio_translate(size_t index, uintptr_t paddr, size_t size);
