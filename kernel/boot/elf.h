/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Loading of the root task's ELF file. */
#include <kernel/cap.h>

struct elf_image {
    const uint8_t *file;
    uint64_t size;
    uint64_t entry;
    uint64_t start, end; /* page-aligned range of user addresses over all segments */
};

/** Checks the file and fills image; a panic says what is wrong with it. */
void elf_open(struct elf_image *image, const void *file, uint64_t size);
/** Copies the segments to memory that stands for image->start .. image->end and is clear. */
void elf_copy(const struct elf_image *image, uint8_t *to);
