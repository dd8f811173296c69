/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The image tool: packs a kernel and its payload into one bootable file; builds file archives. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Items the kernel's payload table can hold. */
#define IMAGE_MAX_ITEMS 8

/** A payload item: bytes under a name of at most 15 characters. */
struct image_item {
    const char *name;
    const uint8_t *data;
    size_t size;
};

/** The kernel's payload table, in its section .payload (see kernel/boot/payload.c). */
struct image_table {
    char magic[16];
    uint32_t version, count;
    struct {
        uint64_t paddr, size;
        char name[16];
    } item[IMAGE_MAX_ITEMS];
};

#define IMAGE_MAGIC   "CAMKES-VM-IMAGE"
#define IMAGE_VERSION 1

/**
 * Writes the image: the kernel ELF with its bss as bytes, then the items on page (large ones on
 * 2 MiB) boundaries, with file offset minus physical address one constant over all of it; the
 * payload table, the multiboot header and the last program header are adjusted. Returns NULL or
 * what is wrong with the kernel file or the items.
 */
const char *image_pack(const uint8_t *kernel, size_t size, const struct image_item *items,
                       unsigned count, FILE *out);

/** Writes a newc cpio archive of the items, in order, with no times or owners: equal input,
 * equal bytes. Returns NULL or an error. */
const char *image_archive(const struct image_item *items, unsigned count, FILE *out);
