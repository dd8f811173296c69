/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "filter.h"
#include <stdio.h>
#include <string.h>

enum { REG_COMMAND = 0x04, REG_LATENCY = 0x0c, REG_CAPABILITIES = 0x34, REG_INTERRUPT = 0x3c };
enum { FIRST_DEVICE_REGISTER = 0x40, CONFIG_BYTES = 256 };
enum { STATUS_CAPABILITIES = 1 << 20 };
enum { CAP_POWER = 0x01, CAP_MSI = 0x05, CAP_MSIX = 0x11 };
/* A list cannot be longer than the space holds; the bound ends lists that loop. */
enum { MAX_CAPABILITIES = (CONFIG_BYTES - FIRST_DEVICE_REGISTER) / 4 };
/* Command: I/O, memory, bus master, parity, SERR, interrupt disable; status: the bits cleared by
 * writing one. */
#define COMMAND_WRITABLE 0xf9000547u

bool filter_parse(const char *text, struct pci_permission *permission)
{
    unsigned bus, dev, fun;
    char rest;
    if (sscanf(text, "%63s %x:%x.%x %c", permission->client, &bus, &dev, &fun, &rest) != 4)
        return false;
    if (bus > 255 || dev > 31 || fun > 7)
        return false;
    permission->function = (struct pci_function){(uint8_t)bus, (uint8_t)dev, (uint8_t)fun};
    return true;
}

bool filter_access_valid(unsigned offset, unsigned size)
{
    return offset < CONFIG_BYTES && (size == 1 || size == 2 || size == 4) && offset % size == 0;
}

/* Bytes an MSI capability takes, by its control word: 64-bit address, per-vector masking. */
static unsigned filter_msi_size(uint32_t header)
{
    unsigned size = 12;
    if ((header & 1u << 23) != 0)
        size += 4;
    if ((header & 1u << 24) != 0)
        size += 8;
    return size;
}

/* What the register belongs to: id and start of its capability, 0 if none. */
static unsigned filter_capability(unsigned offset, filter_read_t read, void *context,
                                  unsigned *start)
{
    if ((read(context, REG_COMMAND) & STATUS_CAPABILITIES) == 0)
        return 0;
    unsigned at = read(context, REG_CAPABILITIES) & 0xfc;
    unsigned found = 0;
    *start = 0;
    for (int i = 0; i < MAX_CAPABILITIES && at >= FIRST_DEVICE_REGISTER; i++) {
        uint32_t header = read(context, at);
        unsigned id = header & 0xff;
        unsigned size = id == CAP_MSI ? filter_msi_size(header) : id == CAP_MSIX ? 12 : 0;
        if (size != 0 && offset >= at && offset < at + size) {
            *start = at;
            return id;
        }
        if (at <= offset && at > *start) {
            *start = at;
            found = id;
        }
        at = header >> 8 & 0xfc;
    }
    return found;
}

uint32_t filter_writable(unsigned offset, filter_read_t read, void *context)
{
    unsigned start = 0;
    switch (offset) {
    case REG_COMMAND:
        return COMMAND_WRITABLE;
    case REG_LATENCY:
        return 0xffff; /* cache line size, latency timer */
    case REG_INTERRUPT:
        return 0xff; /* interrupt line: software's own note */
    default:
        break;
    }
    if (offset < FIRST_DEVICE_REGISTER)
        return 0;
    switch (filter_capability(offset, read, context, &start)) {
    case CAP_MSI:
    case CAP_MSIX:
        return 0;
    case CAP_POWER:
        return offset == start + 4 ? 0xffff : 0;
    default:
        return UINT32_MAX; /* the device's own registers */
    }
}
