/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <vmm/boot.h>
#include "internal.h"

/* Where boot structures lie, all in the first 640 KiB. */
#define BOOT_GDT         0x1000u
#define BOOT_START_INFO  0x1100u
#define BOOT_MODULES     0x1200u
#define BOOT_PVH_MAP     0x1300u
#define BOOT_ZERO_PAGE   0x7000u
#define BOOT_STACK       0x8ff0u
#define BOOT_TABLES      0x9000u /* PML4, PDPT, four page directories: 0x9000..0xefff */
#define BOOT_CMDLINE     0x20000u
#define BOOT_CMDLINE_MAX 0x10000u
#define BOOT_AREA_END    0x30000u

#define SELECTOR_CODE 0x10u
#define SELECTOR_DATA 0x18u

/* State of one load. */
struct boot {
    struct vmm *vm;
    const struct vmm_boot_images *images;
    struct vmm_boot_entry *entry;
    uint64_t rsdp;
    uint64_t low_end;    /* end of RAM below the device hole */
    uint64_t initrd_max; /* highest address of the initrd's last byte */
    uint64_t cmdline_max;
    uint8_t header[0x280]; /* setup header for the zero page, offset 0x1f1 on */
    size_t header_size;
};

/* Little-endian reads with bounds: false when outside the image. */
bool image_read(const struct boot *b, uint64_t offset, void *out, size_t n);

/* Whether [start, start+size) is RAM above the boot area. */
bool boot_range_usable(const struct boot *b, uint64_t start, uint64_t size);
bool boot_zero(struct boot *b, uint64_t gpa, uint64_t size);

/* Format loaders: NULL or error text; fill entry->mode, rip, kernel_start, kernel_end and header.
 */
const char *boot_load_bzimage(struct boot *b);
const char *boot_load_elf(struct boot *b);
