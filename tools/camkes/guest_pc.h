/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Ports and interrupt lines that every guest machine has already, so that no real device can be put
 * there. libs/vmm is what really claims them; its passthrough test compares this table with the
 * bus.
 */

/** Ports `first` to `last` of an emulated device. */
struct guest_pc_ports {
    unsigned first, last;
    const char *name;
};

/** Ascending. */
static const struct guest_pc_ports guest_pc_ports[] = {
    {0x20, 0x21, "interrupt controller"},
    {0x40, 0x43, "timer"},
    {0x60, 0x60, "keyboard controller"},
    {0x61, 0x61, "timer"},
    {0x64, 0x64, "keyboard controller"},
    {0x70, 0x73, "clock"},
    {0x80, 0x80, "POST code port"},
    {0x92, 0x92, "system control port"},
    {0xa0, 0xa1, "interrupt controller"},
    {0x3f8, 0x3ff, "COM1"},
    {0x4d0, 0x4d1, "interrupt controller"},
    {0x505, 0x505, "panic device"},
    {0x600, 0x60b, "power management"},
    {0xcf8, 0xcff, "PCI configuration"},
    {0xc000, 0xffff, "window of PCI devices"},
};

/** What drives ISA line 0 to 15 of every guest; NULL: free. */
static const char *const guest_pc_lines[16] = {
    [0] = "timer",
    [2] = "second interrupt controller",
    [4] = "COM1",
    [8] = "clock",
    [9] = "power management",
};

/** Line of the older cross-VM transport, in a guest with the setting crossvm_legacy. */
#define GUEST_PC_LEGACY_LINE 12u

/** Lines that PCI devices share while the guest uses the 8259 pair: level-triggered only. */
#define GUEST_PC_SHARED_LINES (1u << 10 | 1u << 11)
