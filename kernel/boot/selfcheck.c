/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Facts of the machine as text and bits; docs/boot.md shows the text. */
#include "selfcheck.h"
#include <kernel/printf.h>

#define MiB_SHIFT 20

uint64_t machine_present(const struct machine_facts *f)
{
    uint64_t bits = 0;
    bits |= f->guests ? SEL4_MACHINE_GUESTS : 0;
    bits |= f->iommu ? SEL4_MACHINE_IOMMU : 0;
    bits |= f->serial ? SEL4_MACHINE_SERIAL : 0;
    bits |= f->screen_columns ? SEL4_MACHINE_SCREEN : 0;
    bits |= f->tsc_invariant ? SEL4_MACHINE_TSC_INVARIANT : 0;
    bits |= f->tsc_deadline ? SEL4_MACHINE_TSC_DEADLINE : 0;
    bits |= f->hpet ? SEL4_MACHINE_HPET : 0;
    bits |= f->x2apic ? SEL4_MACHINE_X2APIC : 0;
    bits |= f->memory_above_4g ? SEL4_MACHINE_MEMORY_ABOVE_4G : 0;
    bits |= f->cpus > 1 ? SEL4_MACHINE_MANY_CPUS : 0;
    return bits;
}

static void print_processor(const struct machine_facts *f)
{
    kprintf("machine: processor   %s family %x model %x stepping %x, %u physical address bits\n",
            f->vendor, f->family, f->model, f->stepping, f->phys_bits);
    kprintf("machine: guests      %s%s\n", f->guests ? "" : "MISSING: ", f->guests_text);
    kprintf("machine: IOMMU       %s\n", f->iommu ? f->iommu : "missing: no DMAR or IVRS table");
}

static void print_clocks(const struct machine_facts *f)
{
    uint64_t khz = (f->timer_hz ? f->timer_hz : f->tsc_hz) / 1000;
    kprintf("machine: timers      TSC %lu.%03lu MHz%s, %s %lu.%03lu MHz, HPET %s\n",
            f->tsc_hz / 1000000, f->tsc_hz / 1000 % 1000,
            f->tsc_invariant ? " invariant" : " not invariant",
            f->timer_hz ? "local APIC timer" : "TSC deadline", khz / 1000, khz % 1000,
            f->hpet ? "present" : "missing");
    kprintf("machine: interrupts  x2APIC %s, %u I/O APICs\n",
            f->x2apic_on ? "switched on by firmware"
            : f->x2apic  ? "present, off"
                         : "missing",
            f->ioapics);
}

static void print_devices(const struct machine_facts *f)
{
    kprintf("machine: memory      %lu MiB, %lu MiB above 4 GiB, %lu MiB free\n",
            f->memory >> MiB_SHIFT, f->memory_above_4g >> MiB_SHIFT, f->memory_free >> MiB_SHIFT);
    kprintf("machine: CPUs        %u, 1 in use\n", f->cpus);
    kprintf("machine: serial      COM1 %s\n", f->serial ? "present" : "missing");
    if (f->screen_columns) {
        kprintf("machine: screen      %u x %u characters, ", f->screen_columns, f->screen_rows);
        if (f->screen_bits) {
            kprintf("frame buffer with %u bits per pixel\n", f->screen_bits);
        } else {
            kprintf("VGA text\n");
        }
    } else {
        kprintf("machine: screen      missing\n");
    }
    kprintf("machine: firmware    %s, ", f->uefi ? "UEFI" : "BIOS");
    if (f->acpi_oem) {
        kprintf("ACPI %s \"%s\"", f->acpi_revision >= 2 ? "2.0 or later" : "1.0", f->acpi_oem);
    } else {
        kprintf("ACPI missing");
    }
    kprintf(", loaded by %s\n", f->loader[0] ? f->loader : "an unnamed loader");
}

static void print_missing(uint64_t present)
{
    const char *between = "";
    kprintf("machine: missing     ");
#define PRINT_IF_MISSING(bit, name, text)                                                          \
    if (!(present & SEL4_MACHINE_##name)) {                                                        \
        kprintf("%s%s", between, text);                                                            \
        between = ", ";                                                                            \
    }
    SEL4_MACHINE_LIST(PRINT_IF_MISSING)
    kprintf("%s\n", between[0] ? "" : "nothing");
}

void machine_print(const struct machine_facts *f)
{
    print_processor(f);
    print_clocks(f);
    print_devices(f);
    print_missing(machine_present(f));
}
