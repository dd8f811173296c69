/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Where the facts of the self-check come from. */
#include "boot.h"
#include "memory.h"
#include "selfcheck.h"
#include <kernel/vcpu.h>
#include <x86/acpi.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/paging.h>
#include <x86/screen.h>
#include <x86/time.h>
#include <x86/uart.h>

#define USABLE_RAM 1

static void add_processor(struct machine_facts *f)
{
    const struct x86_features *x = &x86_features;
    f->vendor = x->vendor;
    f->family = x->family;
    f->model = x->model;
    f->stepping = x->stepping;
    f->phys_bits = x->phys_bits;
    f->guests = vcpu_available();
    f->guests_text = vcpu_describe();
    f->tsc_hz = time_tsc_hz();
    f->timer_hz = time_timer_hz();
    f->tsc_invariant = x->invariant_tsc;
    f->tsc_deadline = x->tsc_deadline;
    f->x2apic = x->x2apic;
    f->x2apic_on = lapic_is_x2apic();
}

static void add_memory(struct machine_facts *f)
{
    for (unsigned i = 0; i < boot_params.num_regions; i++) {
        const struct boot_region *r = &boot_params.region[i];
        paddr_t end = r->base + r->size;
        if (r->type == USABLE_RAM) {
            paddr_t from = r->base > PHYS_WINDOW_BOOT_END ? r->base : PHYS_WINDOW_BOOT_END;
            f->memory += r->size;
            f->memory_above_4g += end > from ? end - from : 0;
        }
    }
    f->memory_free = memory_size(MEMORY_RAM);
}

static void add_screen(struct machine_facts *f)
{
    const struct screen_mode *m = screen_mode();
    if (m->kind != SCREEN_NONE) {
        screen_size_in_cells(&f->screen_columns, &f->screen_rows);
        f->screen_bits = m->kind == SCREEN_PIXELS ? m->bits : 0;
    }
}

struct machine_facts machine_facts(void)
{
    struct machine_facts f = {
        .iommu = acpi_info.has_dmar   ? "VT-d (table DMAR), not used by this kernel"
                 : acpi_info.has_ivrs ? "AMD-Vi (table IVRS), not used by this kernel"
                                      : NULL,
        .hpet = acpi_info.has_hpet,
        .ioapics = acpi_info.num_ioapics,
        .cpus = acpi_info.num_cpus ? acpi_info.num_cpus : 1,
        .serial = uart_is_present(),
        .uefi = boot_params.is_uefi,
        .acpi_revision = acpi_info.revision,
        .acpi_oem = acpi_info.rsdp[0] ? acpi_info.oem : NULL,
        .loader = boot_params.loader,
    };
    add_processor(&f);
    add_memory(&f);
    add_screen(&f);
    return f;
}

void selfcheck_print(void)
{
    struct machine_facts f = machine_facts();
    machine_print(&f);
}

seL4_BootMachine selfcheck_record(void)
{
    struct machine_facts f = machine_facts();
    seL4_BootMachine record = {.present = machine_present(&f), .cpus = f.cpus};
    for (unsigned i = 0; i + 1 < sizeof(record.guests) && f.guests_text[i]; i++) {
        record.guests[i] = f.guests_text[i];
    }
    return record;
}
