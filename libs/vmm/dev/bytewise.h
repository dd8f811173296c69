/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Chips with byte-wide registers: a 16-bit or 32-bit access is what the ISA bus makes of it, one
 * byte cycle per register, lowest address first.
 */
#include <vmm/device.h>

/** Read of one byte register. */
typedef uint8_t (*bytewise_read_fn)(struct vmm_device *dev, const struct vmm_access *at);
/** Write of one byte register; the byte is at->value. */
typedef void (*bytewise_write_fn)(struct vmm_device *dev, const struct vmm_access *at);

/** Carry out a read of any size with read. Always true. */
static inline bool bytewise_read(struct vmm_device *dev, struct vmm_access *access,
                                 bytewise_read_fn read)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < access->size; i++) {
        struct vmm_access byte = *access;
        byte.offset = access->offset + i;
        byte.size = 1;
        value |= (uint64_t)read(dev, &byte) << (8 * i);
    }
    access->value = value;
    return true;
}

/** Carry out a write of any size with write. Always true. */
static inline bool bytewise_write(struct vmm_device *dev, const struct vmm_access *access,
                                  bytewise_write_fn write)
{
    for (unsigned i = 0; i < access->size; i++) {
        struct vmm_access byte = *access;
        byte.offset = access->offset + i;
        byte.size = 1;
        byte.value = (access->value >> (8 * i)) & 0xff;
        write(dev, &byte);
    }
    return true;
}
