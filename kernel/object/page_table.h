/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Four-level page tables of 512 entries, host and nested: one walker for all of them.
 * A level is counted from the leaf: 0 PT, 1 PD, 2 PDPT, 3 PML4; an entry of level l maps
 * 4 KiB << 9l. Entry layout: AMD APM vol. 2, 5.3 (host and nested), Intel SDM vol. 3, 29.3.
 */
#include <kernel/invoke.h>

#define TABLE_ENTRIES   512u
#define TABLE_BYTES     4096u
#define LEVEL_PT        0u
#define LEVEL_PD        1u
#define LEVEL_PDPT      2u
#define LEVEL_PML4      3u
#define ENTRY_ADDR_MASK 0x000ffffffffff000ull

/** A leaf to be written: a frame and how it may be used. */
struct page_leaf {
    paddr_t paddr;
    unsigned level;    /* 0: 4 KiB, 1: 2 MiB, 2: 1 GiB */
    bool read, write;  /* what the mapping allows */
    word_t attributes; /* VM_ATTR_* (host) or memory type (nested) */
};

/** Layout of the entries of one kind of page tables. */
struct table_format {
    const char *name;
    uint64_t present; /* an entry is in use if any of these bits is set */
    uint64_t table;   /* bits of an entry that points to a table */
    uint64_t large;   /* set in an entry above level 0 that maps a frame */
    uint64_t (*leaf)(const struct page_leaf *leaf);
};

/** Nested page tables of the hardware at hand; chosen at boot, NPT until then. */
struct nested_ops {
    struct table_format format;
};
extern const struct nested_ops nested_npt, nested_ept;
extern const struct nested_ops *nested_ops;
/** True if they may map 1 GiB at once; chosen at boot. */
extern bool nested_has_1g_pages;
extern const struct table_format host_format;

/** A kind of address space: entry format and capability types by level. */
struct address_space {
    bool nested;
    uint64_t top; /* highest legal address */
    enum cap_type table[4];
    word_t map_label[3], unmap_label[3]; /* by level of the table */
};
extern const struct address_space host_space;
extern const struct address_space nested_space;

/** The entry layout of a kind of address space. */
const struct table_format *space_format(const struct address_space *space);

/** Bytes mapped by an entry of a level, as a power of two: 12, 21, 30, 39. */
static inline unsigned level_bits(unsigned level)
{
    return 12 + 9 * level;
}

/** Where a walk ended. */
struct table_walk {
    uint64_t *entry;  /* entry of the wanted level, NULL if a table is missing */
    unsigned missing; /* 39, 30, 21: which table (as in FailedLookup); 0 if none */
};

/** Finds the entry of addr at level under root. Large pages on the way count as missing. */
struct table_walk table_walk(const struct table_format *f, paddr_t root, uint64_t addr,
                             unsigned level);
bool entry_present(const struct table_format *f, uint64_t entry);
/** True if the entry of level maps a frame rather than a table. */
bool entry_is_leaf(const struct table_format *f, uint64_t entry, unsigned level);

/** The only writer of entries: remembers that a flush is owed when a translation changes. */
void table_write(const struct table_format *f, uint64_t *entry, uint64_t value);
/** Forgets one page, or everything, of an address space on all CPUs. */
void space_flush_page(const struct address_space *space, uint16_t asid, uint64_t addr);
void space_flush(const struct address_space *space, uint16_t asid);

/**
 * Checks that root_cap names a live root of the space. InvalidCapability 1 if it is not one or
 * has no ASID, FailedLookup if its ASID is gone, InvalidCapability 1 if that names another.
 */
enum invoke_status space_check_root_cap(const struct address_space *space, cap_t root_cap);
enum invoke_status space_check_root_asid(const struct address_space *space, cap_t root_cap);

/** derive, finalise and invoke of table capabilities, host and nested. */
enum invoke_status table_derive(cap_t cap);
void table_finalise(const struct address_space *space, cap_t cap, bool final);
enum invoke_status table_invoke(const struct address_space *space, struct invocation *inv);
/** The level of a table capability in its space. */
unsigned table_level(const struct address_space *space, enum cap_type type);

/** Takes a frame out of an address space if the entry at addr still maps it. */
void space_unmap_frame(const struct address_space *space, uint16_t asid, uint64_t addr,
                       const struct page_leaf *frame);

/** An ASID is given away: its root and everything cached of it. */
void asid_release(uint16_t asid, paddr_t root, bool nested);
