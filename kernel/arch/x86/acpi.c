/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * ACPI tables, read without trusting their lengths. ACPI Specification 6.5, 5.2.5 (RSDP), 5.2.7
 * (RSDT), 5.2.8 (XSDT), 5.2.12 (MADT). The rest of ACPI is the business of user mode.
 */
#include <kernel/arch.h>
#include <kernel/printf.h>
#include <x86/acpi.h>
#include <string.h>
#include <x86/paging.h>

#define BIOS_AREA      0xe0000
#define BIOS_AREA_END  0x100000
#define RSDP_V1_SIZE   20
#define TABLE_MAX      0x100000
#define HEADER_SIZE    36
#define DEFAULT_LAPIC  0xfee00000
#define DEFAULT_IOAPIC 0xfec00000
enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_LAPIC_ADDRESS = 5, MADT_X2APIC = 9 };
#define MADT_ENTRIES 44
#define HPET_ADDRESS 40
#define HPET_SIZE    56
#define CPU_ENABLED  1u

struct acpi_info acpi_info;

static uint32_t read32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t read64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static bool acpi_checksum_good(const uint8_t *p, uint32_t size)
{
    uint8_t sum = 0;
    for (uint32_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + p[i]);
    }
    return sum == 0;
}

/*
 * The table at paddr, wherever it lies, if its length is sensible and its checksum is right. It
 * stays mapped until the next one is asked for in the same window.
 */
static const uint8_t *acpi_table(enum boot_window window, paddr_t paddr, uint32_t *size)
{
    if (paddr == 0) {
        return NULL;
    }
    const uint8_t *t = paging_boot_window(window, paddr, HEADER_SIZE);
    if (!t) {
        return NULL;
    }
    *size = read32(t + 4);
    if (*size < HEADER_SIZE || *size > TABLE_MAX) {
        return NULL;
    }
    t = paging_boot_window(window, paddr, *size);
    return t && acpi_checksum_good(t, *size) ? t : NULL;
}

static const uint8_t *acpi_search_rsdp(void)
{
    for (paddr_t p = BIOS_AREA; p < BIOS_AREA_END; p += 16) {
        const uint8_t *r = phys_to_virt(p);
        if (memcmp(r, "RSD PTR ", 8) == 0 && acpi_checksum_good(r, RSDP_V1_SIZE)) {
            return r;
        }
    }
    return NULL;
}

static void acpi_add_cpu(uint32_t apic_id, uint32_t flags)
{
    if ((flags & CPU_ENABLED) && acpi_info.num_cpus < ACPI_MAX_CPUS) {
        acpi_info.cpu_apic_id[acpi_info.num_cpus++] = apic_id;
    }
}

static void acpi_read_madt_entry(const uint8_t *e, unsigned size)
{
    if (e[0] == MADT_LAPIC && size >= 8) {
        acpi_add_cpu(e[3], read32(e + 4));
    } else if (e[0] == MADT_X2APIC && size >= 16) {
        acpi_add_cpu(read32(e + 4), read32(e + 8));
    } else if (e[0] == MADT_LAPIC_ADDRESS && size >= 12) {
        acpi_info.lapic = read64(e + 4);
    } else if (e[0] == MADT_IOAPIC && size >= 12 && acpi_info.num_ioapics < ACPI_MAX_IOAPICS) {
        acpi_info.ioapic[acpi_info.num_ioapics].base = read32(e + 4);
        acpi_info.ioapic[acpi_info.num_ioapics].gsi_base = read32(e + 8);
        acpi_info.num_ioapics++;
    }
}

static void acpi_read_madt(const uint8_t *t, uint32_t size)
{
    if (size < MADT_ENTRIES) {
        return;
    }
    acpi_info.lapic = read32(t + HEADER_SIZE);
    for (uint32_t at = MADT_ENTRIES; at + 2 <= size && t[at + 1] >= 2 && at + t[at + 1] <= size;
         at += t[at + 1]) {
        acpi_read_madt_entry(t + at, t[at + 1]);
    }
}

static void acpi_read_table(const uint8_t *t, uint32_t size)
{
    if (memcmp(t, "APIC", 4) == 0) {
        acpi_read_madt(t, size);
    }
    /* Address of the registers: a generic address structure, 0 stands for memory. */
    if (memcmp(t, "HPET", 4) == 0 && size >= HPET_SIZE && t[HPET_ADDRESS] == 0) {
        acpi_info.hpet = read64(t + HPET_ADDRESS + 4);
    }
    acpi_info.has_hpet |= memcmp(t, "HPET", 4) == 0;
    acpi_info.has_dmar |= memcmp(t, "DMAR", 4) == 0;
    acpi_info.has_ivrs |= memcmp(t, "IVRS", 4) == 0;
}

static void acpi_read_tables(const uint8_t *rsdp)
{
    uint32_t size, width = rsdp[15] >= 2 ? 8 : 4;
    const uint8_t *root =
        acpi_table(BOOT_WINDOW_ROOT, width == 8 ? read64(rsdp + 24) : read32(rsdp + 16), &size);
    if (!root && width == 8) {
        width = 4;
        root = acpi_table(BOOT_WINDOW_ROOT, read32(rsdp + 16), &size);
    }
    for (uint32_t at = HEADER_SIZE; root && at + width <= size; at += width) {
        uint32_t table_size;
        paddr_t paddr = width == 8 ? read64(root + at) : read32(root + at);
        const uint8_t *t = acpi_table(BOOT_WINDOW_TABLE, paddr, &table_size);
        if (t) {
            acpi_read_table(t, table_size);
        }
    }
}

void acpi_init(const void *rsdp)
{
    const uint8_t *r = rsdp ? rsdp : acpi_search_rsdp();
    if (r) {
        memcpy(acpi_info.rsdp, r, r[15] >= 2 ? ACPI_RSDP_SIZE : RSDP_V1_SIZE);
        acpi_info.revision = r[15];
        for (unsigned i = 0; i < 6; i++) {
            acpi_info.oem[i] = r[9 + i] >= ' ' && r[9 + i] <= '~' ? (char)r[9 + i] : ' ';
        }
        for (unsigned i = 6; i > 0 && acpi_info.oem[i - 1] == ' '; i--) {
            acpi_info.oem[i - 1] = 0;
        }
        acpi_read_tables(acpi_info.rsdp);
    }
    if (acpi_info.num_ioapics == 0) {
        kprintf("acpi: no MADT found, assuming the usual addresses\n");
        acpi_info.lapic = DEFAULT_LAPIC;
        acpi_info.num_ioapics = 1;
        acpi_info.ioapic[0].base = DEFAULT_IOAPIC;
    }
}
