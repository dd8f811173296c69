/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The ACPI tables of the guest machine: RSDP, XSDT, FADT with reset register and power-off, FACS,
 * MADT, MCFG, HPET, DSDT. Written into guest memory at VMM_ACPI_BASE.
 */
#include <vmm/device.h>

/** Which optional tables the machine has. */
struct vmm_acpi_options {
    bool ecam;            /* MCFG and the configuration window */
    bool hpet;            /* HPET table */
    uint32_t level_lines; /* ISA lines 0..15 that are level-triggered, active high */
};

/** Build the tables in guest memory. Devices add their objects through ops->acpi. Returns the
 * guest-physical address of the RSDP, or 0 when they do not fit. */
uint64_t vmm_acpi_write(struct vmm *vm, const struct vmm_acpi_options *options);
