/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* What the kernel takes from the firmware's ACPI tables. */
#include <kernel/object.h>

#define ACPI_MAX_IOAPICS 8
#define ACPI_MAX_CPUS    64
#define ACPI_RSDP_SIZE   36

struct acpi_info {
    uint8_t rsdp[ACPI_RSDP_SIZE]; /* copy; all zero if there is none */
    paddr_t lapic;
    uint8_t revision; /* of the RSDP; 0: ACPI 1.0 */
    char oem[7];      /* who made the tables, from the RSDP */
    paddr_t hpet;     /* its registers; 0: none in memory */
    bool has_hpet, has_dmar, has_ivrs;
    unsigned num_cpus; /* enabled ones */
    uint32_t cpu_apic_id[ACPI_MAX_CPUS];
    unsigned num_ioapics;
    struct {
        paddr_t base;
        uint32_t gsi_base;
    } ioapic[ACPI_MAX_IOAPICS];
};

extern struct acpi_info acpi_info;

/**
 * Reads RSDP, RSDT or XSDT and MADT. Without a MADT the PC's usual addresses are assumed.
 * @param rsdp copy of the RSDP the boot loader gave, or NULL to search the BIOS area
 */
void acpi_init(const void *rsdp);
