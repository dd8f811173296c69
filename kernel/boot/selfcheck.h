/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The boot self-check: what this machine has, as text for a report and as bits for the loader. */
#include <kernel/object.h>
#include <sel4/bootinfo_types.h>

/** What is known about the machine once the kernel is ready. */
struct machine_facts {
    const char *vendor;
    unsigned family, model, stepping, phys_bits;
    bool guests;               /* virtual machines can run */
    const char *guests_text;   /* by what, or why not */
    const char *iommu;         /* name of the ACPI table; NULL: none */
    uint64_t tsc_hz, timer_hz; /* timer_hz 0: TSC deadline */
    bool tsc_invariant, tsc_deadline, hpet;
    bool x2apic, x2apic_on;
    unsigned ioapics, cpus;
    uint64_t memory, memory_above_4g, memory_free; /* bytes */
    bool serial;
    unsigned screen_columns, screen_rows, screen_bits; /* columns 0: none; bits 0: text */
    bool uefi;
    unsigned acpi_revision;
    const char *acpi_oem; /* NULL: no ACPI */
    const char *loader;
};

/** Fills in the facts; the kernel must be ready. */
struct machine_facts machine_facts(void);
/** SEL4_MACHINE_* of the facts. */
uint64_t machine_present(const struct machine_facts *f);
/** Prints the facts, one line each. */
void machine_print(const struct machine_facts *f);

/** Prints the self-check of this machine. */
void selfcheck_print(void);
/** The same for the boot information; the header is not filled in. */
seL4_BootMachine selfcheck_record(void);
