/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* ACPI tables; ACPI specification 6.4, chapter 5. */
#include <vmm/acpi.h>
#include "acpi.h"

#define OEM         "CAMKES"
#define TABLES_SIZE (size_t)(VMM_ACPI_END - VMM_ACPI_BASE)

/* The image of 0xe0000..0xeffff, built in place: no vCPU runs yet. */
struct tables {
    struct vmm *vm;
    uint8_t *data;
    size_t used;
    bool failed;
};

static void put(struct tables *t, size_t at, uint64_t value, unsigned size)
{
    if (at + size <= TABLES_SIZE) {
        memcpy(t->data + at, &value, size);
    }
}

static void add(struct tables *t, uint64_t value, unsigned size)
{
    if (t->used + size > TABLES_SIZE) {
        t->failed = true;
        return;
    }
    put(t, t->used, value, size);
    t->used += size;
}

static void add_bytes(struct tables *t, const void *bytes, size_t n)
{
    if (t->used + n > TABLES_SIZE) {
        t->failed = true;
        return;
    }
    memcpy(t->data + t->used, bytes, n);
    t->used += n;
}

static uint8_t sum(const uint8_t *bytes, size_t n)
{
    uint8_t s = 0;
    while (n--) {
        s = (uint8_t)(s + *bytes++);
    }
    return (uint8_t)-s;
}

/* Start a table: the 36-byte header, length and checksum follow in table_end(). */
static size_t table_begin(struct tables *t, const char *signature, unsigned revision)
{
    t->used = (t->used + 63) & ~(size_t)63;
    size_t start = t->used;
    add_bytes(t, signature, 4);
    add(t, 0, 4);
    add(t, revision, 1);
    add(t, 0, 1);
    add_bytes(t, OEM, 6);
    add_bytes(t, "CAMKESVM", 8);
    add(t, 1, 4);
    add_bytes(t, "CAVM", 4);
    add(t, 1, 4);
    return start;
}

static uint64_t table_end(struct tables *t, size_t start)
{
    put(t, start + 4, t->used - start, 4);
    if (!t->failed) {
        t->data[start + 9] = sum(t->data + start, t->used - start);
    }
    return VMM_ACPI_BASE + start;
}

static uint64_t write_dsdt(struct tables *t, const struct vmm_acpi_options *options)
{
    size_t start = table_begin(t, "DSDT", 2);
    struct aml aml = {.data = t->data + t->used, .size = TABLES_SIZE - t->used};
    acpi_dsdt(t->vm, options, &aml);
    t->used += aml.used;
    t->failed |= aml.failed;
    return table_end(t, start);
}

static uint64_t write_facs(struct tables *t)
{
    t->used = (t->used + 63) & ~(size_t)63;
    size_t start = t->used;
    add_bytes(t, "FACS", 4);
    add(t, 64, 4);
    t->used = start + 64;
    t->failed |= t->used > TABLES_SIZE;
    put(t, start + 32, 2, 1); /* version */
    return VMM_ACPI_BASE + start;
}

/* Generic address structure in port space. */
static void gas(struct tables *t, size_t at, uint64_t port, unsigned bytes)
{
    put(t, at, 1, 1); /* system I/O */
    put(t, at + 1, bytes * 8, 1);
    put(t, at + 3, bytes == 4 ? 3 : bytes, 1); /* access size */
    put(t, at + 4, port, 8);
}

#define FADT_LENGTH 268u
/* WBINVD works, C1 works, fixed power button, no sleep button, RTC wake not fixed, 24-bit timer,
 * reset register */
#define FADT_FLAGS (1u << 0 | 1u << 2 | 1u << 5 | 1u << 6 | 1u << 10)

static uint64_t write_fadt(struct tables *t, uint64_t dsdt, uint64_t facs)
{
    size_t s = table_begin(t, "FACP", 5);
    t->used = s + FADT_LENGTH;
    if (t->used > TABLES_SIZE) {
        t->failed = true;
        return 0;
    }
    put(t, s + 36, facs, 4);
    put(t, s + 40, dsdt, 4);
    put(t, s + 45, 0, 1); /* preferred profile: unspecified */
    put(t, s + 46, VMM_IRQ_SCI, 2);
    put(t, s + 56, VMM_PM1_EVENT_PORT, 4);
    put(t, s + 64, VMM_PM1_CONTROL_PORT, 4);
    put(t, s + 76, VMM_PM_TIMER_PORT, 4);
    put(t, s + 88, 4, 1);     /* PM1 event length */
    put(t, s + 89, 2, 1);     /* PM1 control length */
    put(t, s + 91, 4, 1);     /* PM timer length */
    put(t, s + 96, 0xfff, 2); /* no C2, no C3 */
    put(t, s + 98, 0xfff, 2);
    put(t, s + 108, 0x32, 1);              /* century byte of the CMOS clock */
    put(t, s + 109, 1u << 0 | 1u << 2, 2); /* legacy devices; no VGA */
    put(t, s + 112, FADT_FLAGS, 4);
    gas(t, s + 116, VMM_RESET_PORT, 1);
    put(t, s + 128, VMM_RESET_VALUE, 1);
    put(t, s + 140, dsdt, 8);
    gas(t, s + 148, VMM_PM1_EVENT_PORT, 4);
    gas(t, s + 172, VMM_PM1_CONTROL_PORT, 2);
    gas(t, s + 208, VMM_PM_TIMER_PORT, 4);
    return table_end(t, s);
}

static void add_override(struct tables *t, unsigned irq, unsigned gsi, unsigned flags)
{
    add(t, 2, 1);
    add(t, 10, 1);
    add(t, 0, 1); /* ISA */
    add(t, irq, 1);
    add(t, gsi, 4);
    add(t, flags, 2);
}

static uint64_t write_madt(struct tables *t, uint32_t level_lines)
{
    size_t start = table_begin(t, "APIC", 4);
    add(t, VMM_LAPIC_BASE, 4);
    add(t, 1, 4); /* 8259 pair present */
    for (unsigned i = 0; i < vmm_num_vcpus(t->vm); i++) {
        add(t, 0, 1);
        add(t, 8, 1);
        add(t, i, 1);
        add(t, i, 1);
        add(t, 1, 4); /* enabled */
    }
    add(t, 1, 1);
    add(t, 12, 1);
    add(t, VMM_IOAPIC_ID, 1);
    add(t, 0, 1);
    add(t, VMM_IOAPIC_BASE, 4);
    add(t, 0, 4);
    add_override(t, VMM_IRQ_TIMER, 2, 0);
    level_lines |= 1u << VMM_IRQ_SCI;
    for (unsigned irq = 1; irq < 16; irq++) {
        if (level_lines >> irq & 1u) {
            add_override(t, irq, irq, 0xd); /* active high, level */
        }
    }
    add(t, 4, 1); /* NMI at LINT1 of every processor */
    add(t, 6, 1);
    add(t, 0xff, 1);
    add(t, 0, 2);
    add(t, 1, 1);
    return table_end(t, start);
}

static uint64_t write_mcfg(struct tables *t)
{
    size_t start = table_begin(t, "MCFG", 1);
    add(t, 0, 8);
    add(t, VMM_ECAM_BASE, 8);
    add(t, 0, 2); /* segment */
    add(t, 0, 1); /* buses 0.. */
    add(t, VMM_ECAM_SIZE / 0x100000 - 1, 1);
    add(t, 0, 4);
    return table_end(t, start);
}

static uint64_t write_hpet(struct tables *t)
{
    size_t start = table_begin(t, "HPET", 1);
    add(t, 0x8086a201, 4);
    size_t at = t->used;
    add(t, 0, 8);
    add(t, 0, 4);
    put(t, at + 4, VMM_HPET_BASE, 8); /* address structure in memory space */
    add(t, 0, 1);
    add(t, 0x80, 2); /* shortest period */
    add(t, 0, 1);
    return table_end(t, start);
}

static void write_rsdp(struct tables *t, uint64_t xsdt)
{
    memcpy(t->data, "RSD PTR ", 8);
    memcpy(t->data + 9, OEM, 6);
    put(t, 15, 2, 1); /* revision */
    put(t, 20, 36, 4);
    put(t, 24, xsdt, 8);
    t->data[8] = sum(t->data, 20);
    t->data[32] = sum(t->data, 36);
}

uint64_t vmm_acpi_write(struct vmm *vm, const struct vmm_acpi_options *options)
{
    struct tables t = {.vm = vm, .used = 64 /* the RSDP */};
    t.data = vmm_memory_span(vm, VMM_ACPI_BASE, TABLES_SIZE);
    if (!t.data) {
        return 0;
    }
    memset(t.data, 0, TABLES_SIZE);
    uint64_t entries[8];
    unsigned n = 0;
    uint64_t dsdt = write_dsdt(&t, options);
    uint64_t facs = write_facs(&t);
    entries[n++] = write_fadt(&t, dsdt, facs);
    entries[n++] = write_madt(&t, options->level_lines);
    if (options->ecam) {
        entries[n++] = write_mcfg(&t);
    }
    if (options->hpet) {
        entries[n++] = write_hpet(&t);
    }
    size_t start = table_begin(&t, "XSDT", 1);
    add_bytes(&t, entries, n * sizeof entries[0]);
    write_rsdp(&t, table_end(&t, start));
    return t.failed ? 0 : VMM_ACPI_BASE;
}
