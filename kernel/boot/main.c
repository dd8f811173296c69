/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The way from the boot loader to the first thread. */
#include "boot.h"
#include "memory.h"
#include <kernel/kernel.h>
#include <kernel/vcpu.h>
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/layout.h>
#include <x86/paging.h>
#include <x86/percpu.h>
#include <x86/time.h>
#include <x86/trap.h>
#include <x86/uart.h>

#define LOW_MEMORY_END 0x100000
#define MSI_WINDOW     0xfee00000
#define MSI_WINDOW_END 0xfef00000
#define MAX_PHYS_BITS  47
#define USABLE_RAM     1

extern const char kernel_end[];

static paddr_t table_for_window(void)
{
    return memory_allocate(PAGE_SIZE, PAGE_SIZE);
}

static void map_ram(paddr_t base, paddr_t end)
{
    paging_map_ram(base, end, table_for_window);
}

/* RAM in whole pages; then everything that takes precedence over RAM. */
static void read_memory_map(void)
{
    unsigned bits = x86_features.phys_bits;
    /* Frames beyond the physical address width would set reserved bits of page tables. */
    memory_init(1ull << (bits < MAX_PHYS_BITS ? bits : MAX_PHYS_BITS));
    for (unsigned i = 0; i < boot_params.num_regions; i++) {
        const struct boot_region *r = &boot_params.region[i];
        if (r->type == USABLE_RAM) {
            memory_paint((r->base + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1),
                         (r->base + r->size) & ~(PAGE_SIZE - 1), MEMORY_RAM);
        }
    }
    for (unsigned i = 0; i < boot_params.num_regions; i++) {
        const struct boot_region *r = &boot_params.region[i];
        if (r->type != USABLE_RAM) {
            memory_paint(r->base, r->base + r->size, MEMORY_DEVICE);
        }
    }
    memory_paint(0, LOW_MEMORY_END, MEMORY_DEVICE);
    memory_paint(PHYS_WINDOW_SIZE, UINT64_MAX - PAGE_SIZE, MEMORY_DEVICE);
}

static void reserve_memory(const struct boot_module *root)
{
    memory_paint(KERNEL_LOAD, virt_to_phys(kernel_end), MEMORY_RESERVED);
    memory_paint(MSI_WINDOW, MSI_WINDOW_END, MEMORY_RESERVED);
    memory_paint(acpi_info.lapic, acpi_info.lapic + PAGE_SIZE, MEMORY_RESERVED);
    for (unsigned i = 0; i < acpi_info.num_ioapics; i++) {
        memory_paint(acpi_info.ioapic[i].base, acpi_info.ioapic[i].base + PAGE_SIZE,
                     MEMORY_RESERVED);
    }
    memory_paint(log_ring_paddr(), log_ring_paddr() + LOG_RING_SIZE, MEMORY_PAYLOAD);
    memory_paint(root->base, root->base + root->size, MEMORY_RESERVED);
    for (unsigned i = 0; i < boot_params.num_modules; i++) {
        const struct boot_module *m = &boot_params.module[i];
        memory_paint(m->base, m->base + m->size, MEMORY_PAYLOAD);
    }
}

static void init_interrupts(void)
{
    pic_disable();
    lapic_init(acpi_info.lapic);
    for (unsigned i = 0; i < acpi_info.num_ioapics; i++) {
        ioapic_add(acpi_info.ioapic[i].base, acpi_info.ioapic[i].gsi_base);
    }
}

void kernel_main(uint32_t magic, uint32_t info)
{
    uart_init();
    kprintf("\nCAmkES VMM kernel, debug build\n");
    features_probe();
    fpu_probe();
    paging_init();
    cpu_init_boot();
    features_print();

    multiboot_read(magic, info);
    payload_read();
    kprintf("boot: command line \"%s\"\n", boot_params.cmdline);
    acpi_init(boot_params.has_rsdp ? boot_params.rsdp : NULL);
    init_interrupts();
    time_init();

    struct boot_module root = payload_take_root();
    read_memory_map();
    reserve_memory(&root);
    memory_for_each_ram(map_ram);

    kernel_lock();
    kernel_init();
    cpu_init_kernel();
    vcpu_init_boot();
    vcpu_init_cpu();
    root_task_create(&root);
    trap_exit();
}
