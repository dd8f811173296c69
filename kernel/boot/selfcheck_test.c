/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The text of the self-check, for a machine that has everything and for one that has nothing. */
#include "selfcheck.h"
#include "fixture.h"
#include <string.h>

/* Facts come from the machine; here tests make them up. */
static struct machine_facts facts;

static int setup(void **state)
{
    facts = (struct machine_facts){
        .vendor = "GenuineIntel",
        .family = 6,
        .model = 0x3c,
        .stepping = 3,
        .phys_bits = 39,
        .guests = true,
        .guests_text = "Intel VT-x",
        .iommu = "VT-d",
        .tsc_hz = 3400000500,
        .tsc_invariant = true,
        .tsc_deadline = true,
        .hpet = true,
        .x2apic = true,
        .x2apic_on = true,
        .ioapics = 2,
        .cpus = 4,
        .memory = 6ull << 30,
        .memory_above_4g = 2ull << 30,
        .memory_free = 5ull << 30,
        .serial = true,
        .screen_columns = 128,
        .screen_rows = 48,
        .screen_bits = 32,
        .uefi = true,
        .acpi_revision = 2,
        .acpi_oem = "ALASKA",
        .loader = "GRUB 2.06",
    };
    return fixture_setup(state);
}

static void test_a_complete_machine(void **state)
{
    (void)state;
    machine_print(&facts);
    assert_string_equal(
        fixture_printed,
        "machine: processor   GenuineIntel family 6 model 3c stepping 3, 39 physical address bits\n"
        "machine: guests      Intel VT-x\n"
        "machine: IOMMU       VT-d\n"
        "machine: timers      TSC 3400.000 MHz invariant, TSC deadline 3400.000 MHz, HPET present\n"
        "machine: interrupts  x2APIC switched on by firmware, 2 I/O APICs\n"
        "machine: memory      6144 MiB, 2048 MiB above 4 GiB, 5120 MiB free\n"
        "machine: CPUs        4, 1 in use\n"
        "machine: serial      COM1 present\n"
        "machine: screen      128 x 48 characters, frame buffer with 32 bits per pixel\n"
        "machine: firmware    UEFI, ACPI 2.0 or later \"ALASKA\", loaded by GRUB 2.06\n"
        "machine: missing     nothing\n");
    assert_int_equal(machine_present(&facts), 0x3ff);
}

static void test_a_machine_that_lacks_everything(void **state)
{
    (void)state;
    facts = (struct machine_facts){
        .vendor = "GenuineIntel",
        .guests_text = "VT-x has no EPT",
        .tsc_hz = 1000000000,
        .timer_hz = 66000000,
        .cpus = 1,
        .memory = 512ull << 20,
        .loader = "",
    };
    machine_print(&facts);
    assert_int_equal(machine_present(&facts), 0);
    assert_non_null(strstr(fixture_printed, "guests      MISSING: VT-x has no EPT\n"));
    assert_non_null(
        strstr(fixture_printed, "not invariant, local APIC timer 66.000 MHz, HPET missing"));
    assert_non_null(strstr(fixture_printed, "screen      missing\n"));
    assert_non_null(strstr(fixture_printed, "BIOS, ACPI missing, loaded by an unnamed loader\n"));
    assert_non_null(strstr(fixture_printed,
                           "missing     virtual machines, IOMMU, serial port COM1, screen, "
                           "invariant TSC, TSC deadline timer, HPET, x2APIC, "
                           "memory above 4 GiB, more than one CPU\n"));
}

/* One fact at a time: each has a bit of its own. */
static void test_each_fact_has_its_bit(void **state)
{
    (void)state;
    uint64_t all = machine_present(&facts);
    facts.hpet = false;
    assert_int_equal(machine_present(&facts), all & ~(uint64_t)SEL4_MACHINE_HPET);
    facts.cpus = 1;
    assert_int_equal(machine_present(&facts),
                     all & ~(uint64_t)(SEL4_MACHINE_HPET | SEL4_MACHINE_MANY_CPUS));
    facts.guests = false;
    assert_false(machine_present(&facts) & SEL4_MACHINE_GUESTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_complete_machine, setup),
        cmocka_unit_test_setup(test_a_machine_that_lacks_everything, setup),
        cmocka_unit_test_setup(test_each_fact_has_its_bit, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
