/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The kernel's own page tables. Mappings of user address spaces are made by object/vspace.c. */
#include <kernel/object.h>

#define PAGE_SIZE  4096ull
#define LARGE_PAGE 0x200000ull

/** Replaces the boot mappings by the final ones: window not executable, image W^X, nothing low. */
void paging_init(void);
/**
 * Adds RAM above 4 GiB to the physical window, in whole 2 MiB pages around base .. end.
 * @param table gives clear pages for page directories
 */
void paging_map_ram(paddr_t base, paddr_t end, paddr_t (*table)(void));
/** Windows for what lies anywhere in physical memory, while booting. */
enum boot_window { BOOT_WINDOW_ROOT, BOOT_WINDOW_TABLE, NUM_BOOT_WINDOWS };
/**
 * Makes size bytes of physical memory readable; at most 2 MiB.
 * @return where; valid until the window is used again; NULL beyond what the processor can address
 */
const void *paging_boot_window(enum boot_window window, paddr_t paddr, uint64_t size);
/** Maps one page of device registers uncached; at most 64 pages. */
volatile void *paging_map_device(paddr_t paddr);
/** Takes a page of the kernel image out of its window: touching it is a panic. */
void paging_unmap_image_page(const void *page);
/** Physical address of the kernel's root table, the address space of idle CPUs. */
paddr_t paging_kernel_root(void);
/** First byte after the part of the physical window that is mapped without paging_map_ram. */
#define PHYS_WINDOW_BOOT_END (4ull << 30)
