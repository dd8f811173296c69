/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Which configuration registers of its own functions a client may write. Pure: the function's
 * registers are read through a callback. Registers: PCI Local Bus Specification 3.0, chapter 6.
 *
 * A client reads everything of a function it was given. It may not move the function (BARs, ROM,
 * bridge windows) nor send interrupts from it (MSI, MSI-X): the kernel programs those. Of a
 * function it was not given it sees nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A function on the bus. */
struct pci_function {
    uint8_t bus, dev, fun;
};

/** A permission: `client` is an instance name. */
struct pci_permission {
    char client[64];
    struct pci_function function;
};

/** Parses "client bus:dev.fun", numbers hexadecimal. False: malformed. */
bool filter_parse(const char *text, struct pci_permission *permission);

/** Is the access well formed: size 1, 2 or 4, aligned, inside 256 bytes? */
bool filter_access_valid(unsigned offset, unsigned size);

/** Reads an aligned 32-bit register of the function in question. */
typedef uint32_t (*filter_read_t)(void *context, unsigned offset);

/** Bits of the 32-bit register at `offset` (multiple of 4) the client may change. */
uint32_t filter_writable(unsigned offset, filter_read_t read, void *context);
