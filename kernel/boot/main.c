/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The way from the boot loader to the first thread. */
#include "boot.h"
#include "memory.h"
#include "selfcheck.h"
#include <kernel/kernel.h>
#include <kernel/vcpu.h>
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/layout.h>
#include <x86/paging.h>
#include <x86/percpu.h>
#include <x86/screen.h>
#include <x86/time.h>
#include <x86/trap.h>
#include <x86/uart.h>

#define MSI_WINDOW     0xfee00000
#define MSI_WINDOW_END 0xfef00000

extern const char kernel_end[];

static paddr_t table_for_window(void)
{
    return memory_allocate(PAGE_SIZE, PAGE_SIZE);
}

static void map_ram(paddr_t base, paddr_t end)
{
    paging_map_ram(base, end, table_for_window);
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

/* Whether the command line holds this word. */
static bool has_option(const char *word)
{
    const char *at = boot_params.cmdline;
    while (*at) {
        const char *w = word;
        while (*w && *at == *w) {
            at++;
            w++;
        }
        if (!*w && (!*at || *at == ' ')) {
            return true;
        }
        while (*at && *at != ' ') {
            at++;
        }
        at += *at == ' ';
    }
    return false;
}

/* The frame buffer that the boot loader set up, or else what the BIOS left. */
static struct screen_mode find_screen(void)
{
    const struct boot_display *d = &boot_params.display;
    struct screen_mode mode = {.kind = SCREEN_NONE};
    if (has_option("screen=off")) {
        return mode;
    }
    if (d->has_framebuffer && d->type != DISPLAY_INDEXED) {
        mode.kind = d->type == DISPLAY_RGB ? SCREEN_PIXELS : SCREEN_TEXT;
        mode.address = d->address;
        mode.pitch = d->pitch;
        mode.width = d->width;
        mode.height = d->height;
        mode.bits = d->bpp;
        mode.red = (struct screen_channel){d->red[0], d->red[1]};
        mode.green = (struct screen_channel){d->green[0], d->green[1]};
        mode.blue = (struct screen_channel){d->blue[0], d->blue[1]};
    } else if (!boot_params.is_uefi) {
        mode = screen_find_text();
    }
    return mode;
}

/* Twice: as early as possible, and once memory above 4 GiB can be mapped. */
static void init_screen(bool can_map)
{
    struct screen_mode mode = find_screen();
    paddr_t end = mode.address + screen_size(&mode);
    if (mode.kind == SCREEN_NONE || screen_mode()->kind != SCREEN_NONE || end < mode.address ||
        end > PHYS_WINDOW_SIZE) {
        return;
    }
    if (end > PHYS_WINDOW_BOOT_END) {
        if (!can_map) {
            return;
        }
        paging_map_ram(mode.address, end, table_for_window);
    }
    uint64_t length;
    const char *log = log_start(&length);
    screen_start(&mode, log, length);
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
    init_screen(false);
    payload_read();
    kprintf("boot: command line \"%s\"\n", boot_params.cmdline);
    acpi_init(boot_params.has_rsdp ? boot_params.rsdp : NULL);
    init_interrupts();
    time_init();

    struct boot_module root = payload_take_root();
    memory_read_map(boot_params.region, boot_params.num_regions, x86_features.phys_bits);
    reserve_memory(&root);
    memory_for_each_ram(map_ram);
    init_screen(true);

    kernel_lock();
    kernel_init();
    cpu_init_kernel();
    vcpu_init_boot();
    vcpu_init_cpu();
    selfcheck_print();
    root_task_create(&root);
    trap_exit();
}
