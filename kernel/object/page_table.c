/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The page table walker, entry formats, and flush accounting. */
#include "page_table.h"
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/vcpu.h>
#include <kernel/vspace.h>

#define PTE_PRESENT   (1ull << 0)
#define PTE_WRITE     (1ull << 1)
#define PTE_USER      (1ull << 2)
#define PTE_PWT       (1ull << 3)
#define PTE_PCD       (1ull << 4)
#define PTE_LARGE     (1ull << 7)
#define PTE_PAT_4K    (1ull << 7)
#define PTE_PAT_LARGE (1ull << 12)
#define PTE_NX        (1ull << 63)

#define EPT_READ       (1ull << 0)
#define EPT_WRITE      (1ull << 1)
#define EPT_EXECUTE    (1ull << 2)
#define EPT_TYPE_SHIFT 3
#define EPT_LARGE      (1ull << 7)
#define EPT_TYPE_WB    6u

/* Flush accounting. Guarded by the big lock. */
static struct {
    bool owed;
    uint64_t next_stamp;
    uint64_t stamp[NUM_ASID_POOLS * ASIDS_PER_POOL];
} flushes;

/* The page attribute table entry 4 is write-combining, 0 to 3 have their reset values. */
static uint64_t cache_bits(word_t attributes, unsigned level)
{
    uint64_t bits = 0;
    bits |= attributes & VM_ATTR_PWT ? PTE_PWT : 0;
    bits |= attributes & VM_ATTR_PCD ? PTE_PCD : 0;
    if (attributes & VM_ATTR_PAT) {
        bits |= level == LEVEL_PT ? PTE_PAT_4K : PTE_PAT_LARGE;
    }
    return bits;
}

static uint64_t host_leaf(const struct page_leaf *leaf)
{
    uint64_t entry = leaf->paddr | PTE_PRESENT | cache_bits(leaf->attributes, leaf->level);
    entry |= leaf->level == LEVEL_PT ? 0 : PTE_LARGE;
    entry |= leaf->read ? PTE_USER : 0;
    entry |= leaf->read && leaf->write ? PTE_WRITE : 0;
    entry |= leaf->attributes & VM_ATTR_EXECUTE_NEVER ? PTE_NX : 0;
    return entry;
}

/* Memory types of the published API: 0 UC, 1 WC, 4 WT, 6 and everything else WB. */
static uint64_t npt_leaf(const struct page_leaf *leaf)
{
    word_t cache = 0;
    switch (leaf->attributes) {
    case 0:
        cache = VM_ATTR_PCD | VM_ATTR_PWT;
        break;
    case 1:
        cache = VM_ATTR_PAT;
        break;
    case 4:
        cache = VM_ATTR_PWT;
        break;
    default:
        break;
    }
    uint64_t entry = leaf->paddr | PTE_PRESENT | PTE_USER | cache_bits(cache, leaf->level);
    entry |= leaf->level == LEVEL_PT ? 0 : PTE_LARGE;
    entry |= leaf->write ? PTE_WRITE : 0;
    return entry;
}

/* The memory types are EPT's own; 2, 3 and 7 are none, and write-protected memory is not offered.
 */
static uint64_t ept_leaf(const struct page_leaf *leaf)
{
    word_t type = leaf->attributes;
    type = type == 0 || type == 1 || type == 4 ? type : EPT_TYPE_WB;
    uint64_t entry = leaf->paddr | EPT_READ | EPT_EXECUTE | type << EPT_TYPE_SHIFT;
    entry |= leaf->level == LEVEL_PT ? 0 : EPT_LARGE;
    entry |= leaf->write ? EPT_WRITE : 0;
    return entry;
}

const struct table_format host_format = {
    .name = "host",
    .present = PTE_PRESENT,
    .table = PTE_PRESENT | PTE_WRITE | PTE_USER,
    .large = PTE_LARGE,
    .leaf = host_leaf,
};

/* A nested walk is a user access, tables and pages need the user bit (APM 15.25.5). */
const struct nested_ops nested_npt = {
    .format =
        {
            .name = "NPT",
            .present = PTE_PRESENT,
            .table = PTE_PRESENT | PTE_WRITE | PTE_USER,
            .large = PTE_LARGE,
            .leaf = npt_leaf,
        },
};

/* Intel SDM vol. 3, 28.2.2. */
const struct nested_ops nested_ept = {
    .format =
        {
            .name = "EPT",
            .present = EPT_READ | EPT_WRITE | EPT_EXECUTE,
            .table = EPT_READ | EPT_WRITE | EPT_EXECUTE,
            .large = EPT_LARGE,
            .leaf = ept_leaf,
        },
};

const struct nested_ops *nested_ops = &nested_npt;
bool nested_has_1g_pages;

const struct table_format *space_format(const struct address_space *space)
{
    return space->nested ? &nested_ops->format : &host_format;
}

bool entry_present(const struct table_format *f, uint64_t entry)
{
    return (entry & f->present) != 0;
}

bool entry_is_leaf(const struct table_format *f, uint64_t entry, unsigned level)
{
    return level == LEVEL_PT || (entry & f->large) != 0;
}

struct table_walk table_walk(const struct table_format *f, paddr_t root, uint64_t addr,
                             unsigned level)
{
    uint64_t *table = phys_to_virt(root);
    for (unsigned l = LEVEL_PML4;; l--) {
        uint64_t *entry = &table[(addr >> level_bits(l)) % TABLE_ENTRIES];
        if (l == level) {
            return (struct table_walk){.entry = entry};
        }
        if (!entry_present(f, *entry) || entry_is_leaf(f, *entry, l)) {
            return (struct table_walk){.missing = level_bits(l)};
        }
        table = phys_to_virt(*entry & ENTRY_ADDR_MASK);
    }
}

void table_write(const struct table_format *f, uint64_t *entry, uint64_t value)
{
    if (entry_present(f, *entry) && *entry != value) {
        flushes.owed = true;
    }
    /* One store: processors walk this table while we write. */
    *(volatile uint64_t *)entry = value;
}

/* A guest flush is a new stamp; CPUs in the guest leave it and see the stamp at re-entry. */
static void nested_flush(uint16_t asid)
{
    flushes.stamp[asid % (NUM_ASID_POOLS * ASIDS_PER_POOL)] = ++flushes.next_stamp;
    vcpu_shootdown(asid);
}

void space_flush_page(const struct address_space *space, uint16_t asid, uint64_t addr)
{
    if (space->nested) {
        nested_flush(asid);
    } else {
        arch_invalidate_page(asid, addr, false);
    }
    flushes.owed = false;
}

void space_flush(const struct address_space *space, uint16_t asid)
{
    if (space->nested) {
        nested_flush(asid);
    } else {
        arch_invalidate_asid(asid, false);
    }
    flushes.owed = false;
}

uint64_t ept_flush_stamp(uint16_t asid)
{
    return flushes.stamp[asid % (NUM_ASID_POOLS * ASIDS_PER_POOL)];
}

bool page_flush_owed(void)
{
    return flushes.owed;
}

void space_unmap_frame(const struct address_space *space, uint16_t asid, uint64_t addr,
                       const struct page_leaf *frame)
{
    paddr_t root = asid_root(asid, space->nested);
    if (root == 0) {
        return;
    }
    const struct table_format *f = space_format(space);
    struct table_walk w = table_walk(f, root, addr, frame->level);
    if (w.entry == NULL || !entry_present(f, *w.entry) ||
        !entry_is_leaf(f, *w.entry, frame->level)) {
        return;
    }
    /* Large entries keep a cache bit at bit 12: compare from the frame's own size on. */
    uint64_t mask = ENTRY_ADDR_MASK & ~((1ull << level_bits(frame->level)) - 1);
    if ((*w.entry & mask) == frame->paddr) {
        table_write(f, w.entry, 0);
        space_flush_page(space, asid, addr);
    }
}
