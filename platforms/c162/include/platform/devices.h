/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Devices of the Aitech C162 as its historical configurations (2014 to 2018) used them. Every
 * number can be overridden: make … PLATFORM=c162 PLATFORM_FLAGS="-DC162_USB_IRQ=19".
 *
 * One I/O APIC. Interrupts: pin of the I/O APIC → ISA line of the guest. What is not known of the
 * board: CPU model, amount of memory, firmware, VME slot role.
 */
#include "../../../pc/include/platform/devices.h"

#define C162_BOARD 1

/* ---- ISA devices ---------------------------------------------------------------------------- */

/* COM2 and COM4 (share interrupt 3): see platforms/pc. */
#ifndef PLATFORM_PLD_FIRST /* registers of the programmable logic device */
#define PLATFORM_PLD_FIRST 0x162e
#define PLATFORM_PLD_LAST  0x162f
#endif
#ifndef PLATFORM_DISCRETE_IO_FIRST /* its discrete inputs and outputs: where LPT1 is elsewhere */
#define PLATFORM_DISCRETE_IO_FIRST 0x378
#define PLATFORM_DISCRETE_IO_LAST  0x37f
#endif
#ifndef PLATFORM_PLD_EXTENDED_FIRST
#define PLATFORM_PLD_EXTENDED_FIRST 0x3f0
#define PLATFORM_PLD_EXTENDED_LAST  0x3f7
#endif
#ifndef PLATFORM_CAN1_FIRST /* two-address mode */
#define PLATFORM_CAN1_FIRST 0x160e
#define PLATFORM_CAN1_LAST  0x160f
#endif
#ifndef PLATFORM_CAN1_MULTI_FIRST /* multi-address mode */
#define PLATFORM_CAN1_MULTI_FIRST 0x1680
#define PLATFORM_CAN1_MULTI_LAST  0x16a0
#endif
#ifndef PLATFORM_CAN2_FIRST
#define PLATFORM_CAN2_FIRST 0x161e
#define PLATFORM_CAN2_LAST  0x161f
#endif
#ifndef PLATFORM_CAN2_MULTI_FIRST
#define PLATFORM_CAN2_MULTI_FIRST 0x16c0
#define PLATFORM_CAN2_MULTI_LAST  0x16e0
#endif

/* ---- PCI devices ---------------------------------------------------------------------------- */
/* Bus, device, function; vendor and device id; interrupt and the guest's line (all level-triggered,
 * active low); base and size of its memory. */

#ifndef C162_SATA_BUS
#define C162_SATA_BUS 0
#define C162_SATA_DEV 0x1f
#define C162_SATA_FUN 2
#endif

#ifndef C162_USB_BUS /* EHCI */
#define C162_USB_BUS    0
#define C162_USB_DEV    0x1d
#define C162_USB_FUN    0
#define C162_USB_VENDOR 0x8086
#define C162_USB_DEVICE 0x3b34
#endif
#ifndef C162_USB_IRQ
#define C162_USB_IRQ  23
#define C162_USB_LINE 14
#endif
#ifndef C162_USB_MEMORY
#define C162_USB_MEMORY 0xf2c07000
#define C162_USB_SIZE   0x400
#endif

#ifndef C162_SMBUS_BUS
#define C162_SMBUS_BUS    0
#define C162_SMBUS_DEV    0x1f
#define C162_SMBUS_FUN    3
#define C162_SMBUS_VENDOR 0x8086
#define C162_SMBUS_DEVICE 0x3b30
#endif
#ifndef C162_SMBUS_IRQ
#define C162_SMBUS_IRQ  18
#define C162_SMBUS_LINE 12
#endif
#ifndef C162_SMBUS_MEMORY
#define C162_SMBUS_MEMORY      0xf2c05000
#define C162_SMBUS_SIZE        0x100
#define C162_SMBUS_PORTS_FIRST 0xe000
#define C162_SMBUS_PORTS_LAST  0xe01f
#endif

#ifndef C162_VME_BUS /* Tsi148: registers only; master windows need memory entries of their own */
#define C162_VME_BUS    5
#define C162_VME_DEV    8
#define C162_VME_FUN    0
#define C162_VME_VENDOR 0x10e3
#define C162_VME_DEVICE 0x0148
#endif
#ifndef C162_VME_IRQ
#define C162_VME_IRQ  11
#define C162_VME_LINE 10
#endif
#ifndef C162_VME_MEMORY
#define C162_VME_MEMORY 0xe0000000
#define C162_VME_SIZE   0x1000
#endif

#ifndef C162_ETHERNET0_BUS /* 82580, port 0 */
#define C162_ETHERNET0_BUS    1
#define C162_ETHERNET0_DEV    0
#define C162_ETHERNET0_FUN    0
#define C162_ETHERNET0_VENDOR 0x8086
#define C162_ETHERNET0_DEVICE 0x150e
#endif
#ifndef C162_ETHERNET0_IRQ
#define C162_ETHERNET0_IRQ 16
#endif
#ifndef C162_ETHERNET0_MEMORY
#define C162_ETHERNET0_MEMORY 0xf1b80000 /* C162_ETHERNET_SIZE bytes */
#endif

#ifndef C162_ETHERNET1_BUS /* 82580, port 1 */
#define C162_ETHERNET1_BUS    1
#define C162_ETHERNET1_DEV    0
#define C162_ETHERNET1_FUN    1
#define C162_ETHERNET1_VENDOR 0x8086
#define C162_ETHERNET1_DEVICE 0x150e
#endif
#ifndef C162_ETHERNET1_IRQ
#define C162_ETHERNET1_IRQ  17
#define C162_ETHERNET1_LINE 11 /* when a guest has it */
#endif
#ifndef C162_ETHERNET1_MEMORY
#define C162_ETHERNET1_MEMORY      0xf1a80000
#define C162_ETHERNET1_SIZE        0x80000
#define C162_ETHERNET1_MEMORY3     0xf1c08000
#define C162_ETHERNET1_SIZE3       0x4000
#define C162_ETHERNET1_PORTS_FIRST 0xd040
#define C162_ETHERNET1_PORTS_LAST  0xd05f
#endif

/* The driver of the Ethernet ports, and the size of their registers. */
#ifndef C162_ETHERNET_DRIVER
#define C162_ETHERNET_DRIVER 82580
#define C162_ETHERNET_SIZE   0x80000
#endif

/* The driver component `name` of Ethernet port 0 or 1, with <configurations/ethdriver.h>. The
 * loader checks that the controller is at its place, and finds its memory and interrupt by itself.
 */
#define C162_ETHERNET_DEF_(model, name) ETHDRIVER_DEF_(model, name)
#define C162_ETHERNET_DEF(name)         C162_ETHERNET_DEF_(C162_ETHERNET_DRIVER, name)
#define C162_PLACE(device)                                                                           \
    VAR_STRINGIZE(C162_##device##_BUS)                                                               \
    ":" VAR_STRINGIZE(C162_##device##_DEV) "." VAR_STRINGIZE(C162_##device##_FUN) "=" VAR_STRINGIZE( \
        C162_##device##_VENDOR) ":" VAR_STRINGIZE(C162_##device##_DEVICE)
#define C162_ETHERNET_CONFIG(name, port)                                                           \
    ETHDRIVER_CONFIG_(name, C162_PLACE(ETHERNET##port), C162_ETHERNET_SIZE)

/* ---- guests --------------------------------------------------------------------------------- */

/* Historically 80 MiB, for a kernel of that time; Debian's needs more to unpack its root file
 * system. */
#ifndef C162_GUEST_RAM_MB
#define C162_GUEST_RAM_MB 128
#endif

/* Their kernel's arguments; the historical ones without those for devices that are not there. */
#define C162_KERNEL_CMDLINE(vm) "console=ttyS0,115200 io_delay=udelay camkes.vm=" VAR_STRINGIZE(vm)

/* PCI devices for guests (settings pci_devices, vm_ioports, vm_irqs). They need an IOMMU and are
 * refused by this version; see docs/platforms.md. */
/* clang-format off */
#define C162_PCI_DEVICE(device) {                                                                  \
        "name": #device, "bus": C162_##device##_BUS, "dev": C162_##device##_DEV,                   \
        "fun": C162_##device##_FUN, "irq": #device,                                                \
        "memory": [{"paddr": C162_##device##_MEMORY, "size": C162_##device##_SIZE,                 \
                    "page_bits": 12}] }
#define C162_PCI_PORTS(device) {                                                                   \
        "start": C162_##device##_PORTS_FIRST, "end": C162_##device##_PORTS_LAST,                   \
        "pci_device": C162_##device##_DEV, "name": #device }
#define C162_PCI_IRQ(device) {                                                                     \
        "name": #device, "ioapic": 0, "source": C162_##device##_IRQ, "level_trig": 1,              \
        "active_low": 1, "dest": C162_##device##_LINE }
/* clang-format on */
