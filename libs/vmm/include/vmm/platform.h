/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The guest machine's fixed addresses, in one place: chip models, ACPI tables and the memory
 * map all take them from here, so they cannot disagree.
 */

/** RAM: from 0 to at most VMM_LOW_RAM_END, the rest from 4 GiB up. */
#define VMM_LOW_RAM_END 0xc0000000ull
#define VMM_HIGH_RAM    0x100000000ull

/** 0xa0000..0xfffff is RAM underneath, but reserved in the memory map given to the guest. */
#define VMM_LEGACY_HOLE     0xa0000ull
#define VMM_LEGACY_HOLE_END 0x100000ull
/** ACPI tables: the RSDP must lie in 0xe0000..0xfffff on a 16-byte boundary (ACPI 5.2.5.1). */
#define VMM_ACPI_BASE 0xe0000ull
#define VMM_ACPI_END  0xf0000ull

/** Window for 32-bit memory BARs, and for I/O BARs. */
#define VMM_PCI_MMIO_BASE 0xc0000000ull
#define VMM_PCI_MMIO_END  0xe0000000ull
#define VMM_PCI_IO_BASE   0xc000u
#define VMM_PCI_IO_END    0x10000u
/** Enhanced configuration window (PCI Express Base, 7.2.2), bus 0 only: 1 MiB. */
#define VMM_ECAM_BASE 0xe0000000ull
#define VMM_ECAM_SIZE 0x100000ull

#define VMM_IOAPIC_BASE 0xfec00000ull
#define VMM_IOAPIC_ID   0x20u /* above every local APIC id */
#define VMM_HPET_BASE   0xfed00000ull
#define VMM_LAPIC_BASE  0xfee00000ull

/** ACPI fixed hardware (ACPI 4.8.3): PM1a event block 4 bytes, control 2 bytes, timer 4 bytes. */
#define VMM_PM1_EVENT_PORT   0x600u
#define VMM_PM1_CONTROL_PORT 0x604u
#define VMM_PM_TIMER_PORT    0x608u
/** SLP_TYP that means power off; the DSDT's \_S5 names it. */
#define VMM_SLP_TYP_S5 5u
/** Reset control register: bits 1 and 2 written as ones reset the machine. */
#define VMM_RESET_PORT  0xcf9u
#define VMM_RESET_VALUE 0x06u
/** Paravirtual panic device. */
#define VMM_PVPANIC_PORT 0x505u

/** Interrupts. */
#define VMM_IRQ_TIMER 0u
#define VMM_IRQ_COM1  4u
#define VMM_IRQ_RTC   8u
#define VMM_IRQ_SCI   9u
/** Global system interrupts of PCI INTA#..INTD#: one I/O APIC pin each, level, active high. */
#define VMM_PCI_GSI_BASE 16u
#define VMM_IOAPIC_PINS  24u
