/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The map of physical memory while booting: disjoint regions, each of one kind. */
#include "boot.h"

enum memory_kind {
    MEMORY_DEVICE,   /* given out as device untyped */
    MEMORY_RAM,      /* free: given out as untyped */
    MEMORY_RECYCLED, /* RAM used only while booting: given out as untyped */
    MEMORY_PAYLOAD,  /* given out as device untyped, never merged with neighbours */
    MEMORY_RESERVED, /* the kernel's */
};

/** Starts with everything below end (page-aligned) being device memory. */
void memory_init(paddr_t end);
/**
 * Starts a map from the boot loader's: usable RAM in whole pages, everything else over it, the
 * first megabyte and what the kernel cannot reach as devices. Entries may overlap, in any order.
 */
void memory_read_map(const struct boot_region *map, unsigned count, unsigned phys_bits);
/** Makes base .. end one kind, whatever it was; rounded outwards to pages. */
void memory_paint(paddr_t base, paddr_t end, enum memory_kind kind);
/** Clear, reserved memory out of RAM, lowest address first; a panic if there is none. */
paddr_t memory_allocate(uint64_t size, uint64_t align);
/**
 * Calls give(paddr, size_bits, context) for the largest aligned blocks of all regions of some
 * kinds, in ascending order.
 * @param kinds bit 1 << kind for each
 */
void memory_for_each_block(unsigned kinds, void (*give)(paddr_t, unsigned, void *), void *context);
/** Calls visit for each region of RAM. */
void memory_for_each_ram(void (*visit)(paddr_t base, paddr_t end));
/** Bytes of a kind. */
uint64_t memory_size(enum memory_kind kind);
