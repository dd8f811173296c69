/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* ACPI tables, good ones and hostile ones. */
#include "../../boot/fixture.h"
#include <kernel/arch.h>
#include <string.h>
#include <x86/acpi.h>

#define RSDP 0xf5000
#define ROOT 0x7000
#define MADT 0x8000

static void put(paddr_t at, const void *from, size_t size)
{
    memcpy(phys_to_virt(at), from, size);
}

static void put32(paddr_t at, uint32_t value)
{
    put(at, &value, sizeof(value));
}

static void put64(paddr_t at, uint64_t value)
{
    put(at, &value, sizeof(value));
}

/* Makes the bytes sum up to 0 with the one at `field`. */
static void fix_checksum(paddr_t at, uint32_t size, uint32_t field)
{
    uint8_t *p = phys_to_virt(at), sum = 0;
    p[field] = 0;
    for (uint32_t i = 0; i < size; i++) {
        sum = (uint8_t)(sum + p[i]);
    }
    p[field] = (uint8_t)-sum;
}

static void put_table(paddr_t at, const char *name, uint32_t size)
{
    put(at, name, 4);
    put32(at + 4, size);
    fix_checksum(at, size, 9);
}

static const uint8_t madt_entries[] = {
    0, 8,  0, 0, 1,    0,    0,    0,                             /* CPU, APIC id 0, enabled */
    0, 8,  1, 4, 0,    0,    0,    0,                             /* CPU, disabled */
    9, 16, 0, 0, 0x23, 1,    0,    0,    1,  0, 0, 0, 0, 0, 0, 0, /* x2APIC id 0x123 */
    1, 12, 0, 0, 0,    0,    0xc0, 0xfe, 0,  0, 0, 0,             /* I/O APIC */
    1, 12, 1, 0, 0,    0x10, 0xc0, 0xfe, 24, 0, 0, 0,             /* I/O APIC */
    5, 12, 0, 0, 0,    0,    0xe1, 0xfe, 0,  0, 0, 0,             /* local APIC address */
};

static int setup(void **state)
{
    memset(&acpi_info, 0, sizeof(acpi_info));
    fixture_setup(state);
    put(MADT + 44, madt_entries, sizeof(madt_entries));
    put32(MADT + 36, 0xfee00000);
    put_table(MADT, "APIC", 44 + sizeof(madt_entries));
    put32(ROOT + 36, MADT);
    put_table(ROOT, "RSDT", 40);
    put(RSDP, "RSD PTR ", 8);
    put32(RSDP + 16, ROOT);
    fix_checksum(RSDP, 20, 8);
    return 0;
}

static void check_madt_read(void)
{
    assert_int_equal(acpi_info.num_cpus, 2);
    assert_int_equal(acpi_info.cpu_apic_id[1], 0x123);
    assert_int_equal(acpi_info.num_ioapics, 2);
    assert_int_equal(acpi_info.ioapic[1].base, 0xfec01000);
    assert_int_equal(acpi_info.ioapic[1].gsi_base, 24);
    assert_int_equal(acpi_info.lapic, 0xfee10000);
}

static void check_defaults(void)
{
    assert_int_equal(acpi_info.num_ioapics, 1);
    assert_int_equal(acpi_info.ioapic[0].base, 0xfec00000);
    assert_int_equal(acpi_info.lapic, 0xfee00000);
}

static void test_rsdt_found_in_the_bios_area(void **state)
{
    (void)state;
    acpi_init(NULL);
    check_madt_read();
    assert_memory_equal(acpi_info.rsdp, "RSD PTR ", 8);
}

static void test_xsdt_is_preferred(void **state)
{
    (void)state;
    uint8_t rsdp[36] = "RSD PTR ";
    rsdp[15] = 2;
    uint64_t root = 0x9000;
    memcpy(rsdp + 24, &root, sizeof(root));
    put64(0x9000 + 36, MADT);
    put_table(0x9000, "XSDT", 44);
    acpi_init(rsdp);
    check_madt_read();
}

static void test_bad_xsdt_falls_back_to_rsdt(void **state)
{
    (void)state;
    uint8_t rsdp[36] = "RSD PTR ";
    rsdp[15] = 2;
    uint64_t xsdt = 0x123456789000; /* out of reach */
    uint32_t rsdt = ROOT;
    memcpy(rsdp + 24, &xsdt, sizeof(xsdt));
    memcpy(rsdp + 16, &rsdt, sizeof(rsdt));
    acpi_init(rsdp);
    check_madt_read();
}

static void test_bad_checksums_are_refused(void **state)
{
    (void)state;
    *(uint8_t *)phys_to_virt(MADT + 50) ^= 1;
    acpi_init(NULL);
    check_defaults();
    setup(state);
    *(uint8_t *)phys_to_virt(RSDP + 16) ^= 1;
    acpi_init(NULL);
    check_defaults();
}

static void test_broken_lengths_are_survived(void **state)
{
    (void)state;
    put32(MADT + 4, 0xffffffff);
    acpi_init(NULL);
    check_defaults();
    setup(state);
    *(uint8_t *)phys_to_virt(MADT + 45) = 0; /* an entry without length */
    fix_checksum(MADT, 44 + sizeof(madt_entries), 9);
    acpi_init(NULL);
    assert_int_equal(acpi_info.num_cpus, 0);
    setup(state);
    *(uint8_t *)phys_to_virt(MADT + 45) = 255; /* an entry beyond the table */
    fix_checksum(MADT, 44 + sizeof(madt_entries), 9);
    acpi_init(NULL);
    assert_int_equal(acpi_info.num_cpus, 0);
}

/* Places a table above 4 GiB: built low, where put_table() writes, then moved. */
static paddr_t move_high(paddr_t from, paddr_t offset, size_t size)
{
    memcpy(fixture_high_memory + offset, phys_to_virt(from), size);
    memset(phys_to_virt(from), 0, size);
    return FIXTURE_HIGH_MEMORY + offset;
}

static void test_tables_above_4_gib(void **state)
{
    (void)state;
    paddr_t madt = move_high(MADT, 0x3000, 44 + sizeof(madt_entries));
    put64(0xa000 + 44, 0xfed00000);
    put_table(0xa000, "HPET", 56);
    put_table(0xb000, "DMAR", 48);
    put64(0x9000 + 36, 0xb000);
    put64(0x9000 + 44, move_high(0xa000, 0x1ff0, 56)); /* across a page boundary */
    put64(0x9000 + 52, madt);
    put_table(0x9000, "XSDT", 60);
    uint8_t rsdp[36] = "RSD PTR ";
    uint64_t root = move_high(0x9000, 0x800000, 60);
    rsdp[15] = 2;
    memcpy(rsdp + 9, "TESTER", 6);
    memcpy(rsdp + 24, &root, sizeof(root));
    acpi_init(rsdp);
    check_madt_read();
    assert_true(acpi_info.has_hpet && acpi_info.has_dmar && !acpi_info.has_ivrs);
    assert_int_equal(acpi_info.hpet, 0xfed00000);
    assert_int_equal(acpi_info.revision, 2);
    assert_string_equal(acpi_info.oem, "TESTER");
}

/* Every table is looked at in its own turn: one that lies nowhere does not hide the next. */
static void test_unreachable_tables_are_skipped(void **state)
{
    (void)state;
    uint8_t rsdp[36] = "RSD PTR ";
    rsdp[15] = 2;
    uint64_t root = 0x9000;
    memcpy(rsdp + 24, &root, sizeof(root));
    put64(0x9000 + 36, UINT64_MAX);
    put64(0x9000 + 44, FIXTURE_HIGH_MEMORY + FIXTURE_MEMORY - 8); /* header beyond memory */
    put64(0x9000 + 52, 0);
    put64(0x9000 + 60, MADT);
    put_table(0x9000, "XSDT", 68);
    acpi_init(rsdp);
    check_madt_read();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rsdt_found_in_the_bios_area, setup),
        cmocka_unit_test_setup(test_xsdt_is_preferred, setup),
        cmocka_unit_test_setup(test_bad_xsdt_falls_back_to_rsdt, setup),
        cmocka_unit_test_setup(test_bad_checksums_are_refused, setup),
        cmocka_unit_test_setup(test_broken_lengths_are_survived, setup),
        cmocka_unit_test_setup(test_tables_above_4_gib, setup),
        cmocka_unit_test_setup(test_unreachable_tables_are_skipped, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
