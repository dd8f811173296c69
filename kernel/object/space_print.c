/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What an address space maps, as text: one line per run of neighbouring frames that lie one
 * after the other in memory and may be used alike. Part of the snapshot of all authority.
 */
#include "page_table.h"
#include <kernel/arch.h>
#include <kernel/printf.h>
#include <kernel/vspace.h>

/* Set by the processor, not by anybody's request. */
#define ENTRY_ACCESSED_DIRTY 0x60ull
#define ENTRY_NESTED_DIRTY   0x300ull /* Intel SDM vol. 3, 29.3.5 */
#define ENTRY_WRITE          (1ull << 1)
#define ENTRY_NX             (1ull << 63)
#define EPT_EXECUTE          (1ull << 2)
#define HOST_TOP_ENTRIES     256 /* the other half is the kernel's */

struct run {
    uint64_t start, length; /* addresses in the space */
    paddr_t paddr;
    uint64_t flags;
    unsigned bits; /* log2 of the page size */
};

struct printer {
    const struct table_format *format;
    bool nested;
    struct run run;
};

static void print_run(const struct printer *p)
{
    const struct run *r = &p->run;
    if (r->length == 0) {
        return;
    }
    /* Only EPT entries count as present for more than one bit. */
    bool is_ept = p->format->present != 1;
    bool execute = is_ept ? r->flags & EPT_EXECUTE : !(r->flags & ENTRY_NX);
    kprintf("  0x%lx+0x%lx frame 0x%lx page 0x%lx R%s%s flags 0x%lx\n", r->start, r->length,
            r->paddr, 1ul << r->bits, r->flags & ENTRY_WRITE ? "W" : "-", execute ? "X" : "-",
            r->flags);
}

static void add_leaf(struct printer *p, uint64_t address, uint64_t entry, unsigned level)
{
    struct run *r = &p->run;
    unsigned bits = level_bits(level);
    paddr_t paddr = entry & ENTRY_ADDR_MASK & ~((1ull << bits) - 1);
    uint64_t ignored = ENTRY_ADDR_MASK | ENTRY_ACCESSED_DIRTY;
    uint64_t flags = entry & ~(p->nested ? ignored | ENTRY_NESTED_DIRTY : ignored);
    if (r->length && r->bits == bits && r->flags == flags && r->start + r->length == address &&
        r->paddr + r->length == paddr) {
        r->length += 1ull << bits;
        return;
    }
    print_run(p);
    *r = (struct run){address, 1ull << bits, paddr, flags, bits};
}

/* At most four levels deep. */
static void walk_table(struct printer *p, paddr_t table, uint64_t base, unsigned level)
{
    const uint64_t *entries = phys_to_virt(table);
    unsigned count = level == LEVEL_PML4 && !p->nested ? HOST_TOP_ENTRIES : TABLE_ENTRIES;
    for (unsigned i = 0; i < count; i++) {
        uint64_t address = base + ((uint64_t)i << level_bits(level));
        if (!entry_present(p->format, entries[i])) {
            continue;
        }
        if (entry_is_leaf(p->format, entries[i], level)) {
            add_leaf(p, address, entries[i], level);
        } else {
            walk_table(p, entries[i] & ENTRY_ADDR_MASK, address, level - 1);
        }
    }
}

void space_print(paddr_t root, bool nested)
{
    struct printer p = {.format = space_format(nested ? &nested_space : &host_space),
                        .nested = nested};
    kprintf("%s 0x%lx\n", nested ? "ept" : "vspace", root);
    walk_table(&p, root, 0, LEVEL_PML4);
    print_run(&p);
}
