/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Regions of physical memory: a sorted list without gaps, changed by painting over it. */
#include "memory.h"
#include <kernel/arch.h>
#include <kernel/printf.h>
#include <string.h>
#include <x86/layout.h>
#include <x86/paging.h>

#define MAX_REGIONS    512
#define MIN_BLOCK_BITS 4
#define MAX_BLOCK_BITS 47
#define LOW_MEMORY_END 0x100000
#define USABLE_RAM     1

static struct region {
    paddr_t base, end;
    enum memory_kind kind;
} regions[MAX_REGIONS];
static unsigned num_regions;

void memory_init(paddr_t end)
{
    regions[0] = (struct region){0, end, MEMORY_DEVICE};
    num_regions = 1;
}

/* RAM in whole pages; then everything that takes precedence over RAM. */
void memory_read_map(const struct boot_region *map, unsigned count, unsigned phys_bits)
{
    /* Frames beyond the physical address width would set reserved bits of page tables. */
    memory_init(1ull << (phys_bits < MAX_BLOCK_BITS ? phys_bits : MAX_BLOCK_BITS));
    for (unsigned i = 0; i < count; i++) {
        const struct boot_region *r = &map[i];
        paddr_t end = r->base + r->size;
        if (r->type == USABLE_RAM && end > r->base && r->base <= UINT64_MAX - PAGE_SIZE) {
            memory_paint((r->base + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1), end & ~(PAGE_SIZE - 1),
                         MEMORY_RAM);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        const struct boot_region *r = &map[i];
        paddr_t end = r->base + r->size;
        if (r->type != USABLE_RAM) {
            memory_paint(r->base, end >= r->base ? end : UINT64_MAX, MEMORY_DEVICE);
        }
    }
    memory_paint(0, LOW_MEMORY_END, MEMORY_DEVICE);
    memory_paint(PHYS_WINDOW_SIZE, UINT64_MAX, MEMORY_DEVICE);
}

static void insert_region(unsigned at, struct region r)
{
    if (num_regions == MAX_REGIONS) {
        panic("memory map too fragmented");
    }
    for (unsigned i = num_regions; i > at; i--) {
        regions[i] = regions[i - 1];
    }
    regions[at] = r;
    num_regions++;
}

static void remove_region(unsigned at)
{
    num_regions--;
    for (unsigned i = at; i < num_regions; i++) {
        regions[i] = regions[i + 1];
    }
}

/* Makes `at` a boundary between two regions; returns the index of the one that starts there. */
static unsigned split_at(paddr_t at)
{
    unsigned i = 0;
    while (i < num_regions && regions[i].end <= at) {
        i++;
    }
    if (i < num_regions && regions[i].base < at) {
        struct region upper = {at, regions[i].end, regions[i].kind};
        regions[i].end = at;
        insert_region(++i, upper);
    }
    return i;
}

/* Joins free or device memory with its equal upper neighbour. */
static void merge_regions(void)
{
    for (unsigned i = 0; i + 1 < num_regions;) {
        if (regions[i].kind == regions[i + 1].kind && regions[i].kind != MEMORY_PAYLOAD) {
            regions[i].end = regions[i + 1].end;
            remove_region(i + 1);
        } else {
            i++;
        }
    }
}

void memory_paint(paddr_t base, paddr_t end, enum memory_kind kind)
{
    paddr_t limit = regions[num_regions - 1].end;
    base &= ~(PAGE_SIZE - 1);
    end = end > limit ? limit : (end + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    if (base >= end) {
        return;
    }
    unsigned first = split_at(base), last = split_at(end);
    while (last > first + 1) {
        remove_region(--last);
    }
    regions[first] = (struct region){base, end, kind};
    merge_regions();
}

paddr_t memory_allocate(uint64_t size, uint64_t align)
{
    size = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    for (unsigned i = 0; i < num_regions; i++) {
        paddr_t base = (regions[i].base + align - 1) & ~(align - 1);
        if (regions[i].kind == MEMORY_RAM && base < regions[i].end &&
            regions[i].end - base >= size) {
            memory_paint(base, base + size, MEMORY_RESERVED);
            memset(phys_to_virt(base), 0, size);
            return base;
        }
    }
    panic("no room for %lu KiB while booting", size >> 10);
}

/* log2 of the largest block that may start at `at` and ends before `end`. */
static unsigned block_bits(paddr_t at, paddr_t end)
{
    unsigned bits = at ? (unsigned)__builtin_ctzll(at) : MAX_BLOCK_BITS;
    if (bits > MAX_BLOCK_BITS) {
        bits = MAX_BLOCK_BITS;
    }
    while (bits > MIN_BLOCK_BITS && end - at < 1ull << bits) {
        bits--;
    }
    return bits;
}

void memory_for_each_block(unsigned kinds, void (*give)(paddr_t, unsigned, void *), void *context)
{
    for (unsigned i = 0; i < num_regions; i++) {
        for (paddr_t at = regions[i].base; (kinds >> regions[i].kind & 1) && at < regions[i].end;) {
            unsigned bits = block_bits(at, regions[i].end);
            give(at, bits, context);
            at += 1ull << bits;
        }
    }
}

void memory_for_each_ram(void (*visit)(paddr_t base, paddr_t end))
{
    /* By address, not by index: visiting may allocate and split regions. */
    for (paddr_t done = 0;;) {
        unsigned i = 0;
        while (i < num_regions && (regions[i].kind != MEMORY_RAM || regions[i].end <= done)) {
            i++;
        }
        if (i == num_regions) {
            return;
        }
        done = regions[i].end;
        visit(regions[i].base, regions[i].end);
    }
}

uint64_t memory_size(enum memory_kind kind)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < num_regions; i++) {
        size += regions[i].kind == kind ? regions[i].end - regions[i].base : 0;
    }
    return size;
}
