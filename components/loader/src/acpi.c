/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The part of ACPI the loader needs (ACPI 6.4, 5.2.5 RSDP, 5.2.12 MADT): which IOAPIC serves
 * which global interrupts, and where the ISA lines really arrive. Without tables: one IOAPIC,
 * ISA lines one to one.
 */
#include "loader.h"

#define MADT_IOAPIC       1
#define MADT_OVERRIDE     2
#define IOAPIC_PINS       24
#define MAX_TABLE_ENTRIES 256
#define MAX_MADT          0x10000 /* thousands of processors */

struct acpi_header {
    char signature[4];
    uint32_t length;
    uint8_t rest[28];
};

static uint32_t word32(const uint8_t *p)
{
    uint32_t w;
    __builtin_memcpy(&w, p, sizeof w);
    return w;
}

static bool same_signature(const char *a, const char *b)
{
    return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

static void take_override(struct loader *l, const uint8_t *e)
{
    unsigned line = e[3], flags = e[8] | (unsigned)e[9] << 8;
    if (line >= 16)
        return;
    l->isa[line].gsi = word32(e + 4);
    l->isa[line].low = (flags & 3) == 3;
    l->isa[line].level = (flags >> 2 & 3) == 3;
}

static void take_madt(struct loader *l, const uint8_t *madt, uint32_t length)
{
    l->num_ioapics = 0;
    for (uint32_t at = 44; at + 2 <= length && madt[at + 1] >= 2; at += madt[at + 1]) {
        const uint8_t *e = madt + at;
        if (at + e[1] > length)
            return;
        if (e[0] == MADT_IOAPIC && e[1] >= 12 && l->num_ioapics < LOADER_MAX_IOAPIC)
            l->ioapic[l->num_ioapics++].gsi_base = word32(e + 8);
        else if (e[0] == MADT_OVERRIDE && e[1] >= 10)
            take_override(l, e);
    }
}

static bool find_madt(struct loader *l, uint64_t root, unsigned entry_bytes)
{
    struct acpi_header h;
    if (!space_read(l, root, &h, sizeof h) || h.length < sizeof h)
        return false;
    unsigned count = (h.length - (unsigned)sizeof h) / entry_bytes;
    for (unsigned i = 0; i < count && i < MAX_TABLE_ENTRIES; i++) {
        static uint8_t madt[MAX_MADT];
        uint64_t table = 0;
        struct acpi_header t;
        if (!space_read(l, root + sizeof h + i * entry_bytes, &table, entry_bytes) ||
            !space_read(l, table, &t, sizeof t))
            continue;
        if (!same_signature(t.signature, "APIC"))
            continue;
        uint32_t length = t.length > MAX_MADT ? MAX_MADT : t.length;
        if (!space_read(l, table, madt, length))
            return false;
        take_madt(l, madt, length);
        return true;
    }
    return false;
}

void acpi_init(struct loader *l)
{
    for (unsigned i = 0; i < 16; i++)
        l->isa[i] = (struct isa_override){.gsi = i};
    l->isa[0].gsi = 2; /* the timer's pin on every IOAPIC without tables */
    const seL4_BootInfoHeader *h = space_record(l, SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP);
    l->num_ioapics = 1;
    if (!h || h->len < sizeof *h + 20) {
        loader_print("loader: no ACPI tables, ISA interrupts are taken one to one\n");
        return;
    }
    const uint8_t *rsdp = (const uint8_t *)(h + 1);
    uint64_t xsdt = 0;
    if (rsdp[15] >= 2 && h->len >= sizeof *h + 36)
        __builtin_memcpy(&xsdt, rsdp + 24, sizeof xsdt);
    bool found = xsdt ? find_madt(l, xsdt, 8) : find_madt(l, word32(rsdp + 16), 4);
    if (!found)
        loader_print("loader: no MADT, ISA interrupts are taken one to one\n");
    if (!l->num_ioapics)
        l->num_ioapics = 1;
}

bool acpi_route(const struct loader *l, uint32_t gsi, uint32_t *ioapic, uint32_t *pin)
{
    for (unsigned i = 0; i < l->num_ioapics; i++) {
        if (gsi < l->ioapic[i].gsi_base || gsi - l->ioapic[i].gsi_base >= IOAPIC_PINS)
            continue;
        *ioapic = i;
        *pin = gsi - l->ioapic[i].gsi_base;
        return true;
    }
    return false;
}
