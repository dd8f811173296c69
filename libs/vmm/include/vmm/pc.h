/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The PC: all chips of the guest machine put together, booted, reset.
 *
 *     vmm_init(&vm, ...); vmm_set_run_page(...); vmm_memory_add(...);
 *     vmm_pc_create(&pc, &vm, &config);  extra devices;  vmm_pc_boot(&pc);
 *     loop: vmm_vcpu_prepare, VMEnter, vmm_vcpu_exit, vmm_take_request -> vmm_pc_reset
 */
#include <vmm/acpi.h>
#include <vmm/boot.h>
#include <vmm/device.h>
#include <vmm/pci.h>

struct vmm_pc_chips; /* src/pc.c: the chip models */

/** What the machine is made of. */
struct vmm_pc_config {
    struct vmm_boot_images images;
    const struct vmm_console_ops *console; /* behind COM1 */
    void *console_ctx;
    const struct vmm_clock_ops *clock; /* behind the CMOS clock; NULL: it starts in 2000 */
    void *clock_ctx;
    bool ecam; /* enhanced configuration window and MCFG table */
    bool hpet; /* high precision event timer and its table */
    /* Interrupts of the real machine: lines 0..15 that are level-triggered, and who is told when
     * the guest ends an interrupt of ISA line 0..15 (edges only while it uses the 8259 pair). */
    uint32_t level_lines;
    void (*eoi)(void *ctx, unsigned line);
    void *eoi_ctx;
};

/** The machine. */
struct vmm_pc {
    struct vmm *vm;
    struct vmm_pc_config config;
    struct vmm_pci pci;
    struct vmm_boot_entry entry;
    struct vmm_pc_chips *chips;
};

/** Bytes vmm_pc_create() needs for the chip models. */
size_t vmm_pc_chips_size(void);

/** Build the machine. chips: vmm_pc_chips_size() bytes, 16-byte aligned, that live as long as it.
 */
void vmm_pc_create(struct vmm_pc *pc, struct vmm *vm, const struct vmm_pc_config *config,
                   void *chips);

/** Write tables, load the images and put vCPU 0 at the entry. NULL, or what is wrong. */
const char *vmm_pc_boot(struct vmm_pc *pc);

/** Reset everything and boot again. NULL, or what is wrong. */
const char *vmm_pc_reset(struct vmm_pc *pc);
