/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What is at the same place in every PC, for vm_ioports and vm_irqs. Ports: first and last. COM1 is
 * the console and cannot be given to a guest.
 */
#define PLATFORM_COM2_FIRST 0x2f8
#define PLATFORM_COM2_LAST  0x2ff
#define PLATFORM_COM3_FIRST 0x3e8
#define PLATFORM_COM3_LAST  0x3ef
#define PLATFORM_COM4_FIRST 0x2e8
#define PLATFORM_COM4_LAST  0x2ef
#define PLATFORM_LPT1_FIRST 0x378
#define PLATFORM_LPT1_LAST  0x37f

/* Interrupts: pins of I/O APIC 0. COM2 and COM4 share one. */
#define PLATFORM_COM2_IRQ 3
#define PLATFORM_LPT1_IRQ 7

/* An entry of vm_ioports for a device above, and one of vm_irqs for an ISA interrupt. */
/* clang-format off */
#define PLATFORM_PORTS(device) {                                                                   \
        "start": PLATFORM_##device##_FIRST, "end": PLATFORM_##device##_LAST,                       \
        "pci_device": 0, "name": #device }
#define PLATFORM_ISA_IRQ(device) {                                                                 \
        "name": #device, "ioapic": 0, "source": PLATFORM_##device##_IRQ,                           \
        "level_trig": 0, "active_low": 0, "dest": PLATFORM_##device##_IRQ }
/* clang-format on */
