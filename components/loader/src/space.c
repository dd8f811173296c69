/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The loader's own CSpace and address space. */
#include "loader.h"

#define PAGE   4096ull
#define LARGE  0x200000ull
#define GIGA   0x40000000ull
#define LOOKUP 6 /* seL4_FailedLookup: a page table is missing */

const seL4_BootInfoHeader *space_record(const struct loader *l, uint64_t id)
{
    const char *at = (const char *)l->boot + PAGE;
    const char *end = at + l->boot->extraLen;
    while (end - at >= (long)sizeof(seL4_BootInfoHeader)) {
        const seL4_BootInfoHeader *h = (const void *)at;
        if (h->len < sizeof *h || h->len > (uint64_t)(end - at))
            return NULL;
        if (h->id == id)
            return h;
        at += h->len;
    }
    return NULL;
}

static bool same_name(const char *name, const char item[16])
{
    unsigned i = 0;
    while (i < 16 && item[i] && name[i] == item[i])
        i++;
    return (i == 16 || !item[i]) && !name[i];
}

bool space_item(const struct loader *l, const char *name, uint64_t *paddr, uint64_t *size)
{
    const seL4_BootPayload *p = (const void *)space_record(l, SEL4_BOOTINFO_HEADER_PAYLOAD);
    for (uint64_t i = 0; p && i < p->count; i++) {
        if (!same_name(name, p->item[i].name))
            continue;
        *paddr = p->item[i].paddr;
        *size = p->item[i].size;
        return true;
    }
    return false;
}

static void add_table(struct loader *l, unsigned type, uint64_t vaddr)
{
    cptr table = memory_own(l, type, 12, 12);
    loader_check(sys_map_table(type, table, seL4_CapInitThreadVSpace, vaddr), "mapping a table for",
                 "loader");
}

void space_make_windows(struct loader *l)
{
    add_table(l, CAPSPEC_PD, LOADER_SPEC_WINDOW & ~(GIGA - 1));
    add_table(l, CAPSPEC_PD, LOADER_ITEM_WINDOW & ~(GIGA - 1));
    add_table(l, CAPSPEC_PT, LOADER_ITEM_WINDOW);
    add_table(l, CAPSPEC_PT, LOADER_COPY_4K);
}

/* Maps one of the loader's frames, making the page table if there is none yet. */
static void map_own(struct loader *l, cptr frame, uint64_t vaddr)
{
    int error = sys_map_frame(frame, seL4_CapInitThreadVSpace, vaddr, CAPSPEC_READ, 0);
    if (error == LOOKUP) {
        add_table(l, CAPSPEC_PT, vaddr & ~(LARGE - 1));
        error = sys_map_frame(frame, seL4_CapInitThreadVSpace, vaddr, CAPSPEC_READ, 0);
    }
    loader_check(error, "mapping", "specification");
}

/* Maps what one untyped holds of [at, end); returns where it stopped. */
static uint64_t map_piece(struct loader *l, uint64_t at, uint64_t end, uint64_t to_vaddr)
{
    struct untyped *u = memory_find(l, at);
    if (!u)
        loader_fail("the specification's memory at 0x%lx is not in the boot information",
                    (unsigned long)at);
    uint64_t limit = u->paddr + (1ull << u->bits);
    bool large = u->bits >= 21 && !(at & (LARGE - 1));
    unsigned bits = large ? 21 : 12;
    if (limit > end)
        limit = (end + (1ull << bits) - 1) & ~((1ull << bits) - 1);
    unsigned count = (unsigned)((limit - at) >> bits);
    cptr frames = memory_own_at(l, at, bits, count);
    if (!frames)
        loader_fail("the specification at 0x%lx cannot be mapped", (unsigned long)at);
    for (unsigned i = 0; i < count; i++)
        map_own(l, frames + i, at + ((uint64_t)i << bits) + to_vaddr);
    return at + ((uint64_t)count << bits);
}

const void *space_map_spec(struct loader *l, uint64_t *size)
{
    uint64_t paddr;
    if (!space_item(l, "spec", &paddr, size))
        loader_fail("the image has no payload item 'spec'");
    if (paddr % PAGE || *size > LOADER_ITEM_WINDOW - LOADER_SPEC_WINDOW - LARGE)
        loader_fail("payload item 'spec' at 0x%lx is not on a page or too large",
                    (unsigned long)paddr);
    uint64_t vaddr = LOADER_SPEC_WINDOW + (paddr & (LARGE - 1));
    uint64_t end = (paddr + *size + PAGE - 1) & ~(PAGE - 1);
    for (uint64_t at = paddr; at < end;)
        at = map_piece(l, at, end, vaddr - paddr);
    return sys_memory(vaddr);
}

void space_make_cspace(struct loader *l)
{
    uint32_t count;
    const struct capspec_custody *c = view_section(l->spec, CAPSPEC_SEC_CUSTODY, &count);
    unsigned bits = l->spec->root_bits;
    cptr top = memory_own(l, CAPSPEC_CNODE, bits, bits + 5);
    for (uint32_t i = 0; i < count; i++) {
        cptr made = memory_own(l, CAPSPEC_CNODE, c[i].bits, c[i].bits + 5);
        struct sys_slot to = {top, i + 1, bits};
        loader_check(sys_mutate(to, memory_initial(l, made), 64 - bits - c[i].bits),
                     "making the custody of", view_string(l->spec, c[i].name));
    }
    struct sys_slot first = {top, 0, bits};
    uint64_t guard = 64 - bits - l->boot->initThreadCNodeSizeBits;
    loader_check(
        sys_mint(first, memory_initial(l, seL4_CapInitThreadCNode), CAPSPEC_ALL_RIGHTS, guard),
        "making", "top CNode");
    loader_check(sys_tcb_set_space(seL4_CapInitThreadTCB, top, seL4_CapInitThreadVSpace),
                 "entering", "top CNode");
    l->top = top;
    l->top_bits = bits;
}

cptr space_custody(const struct loader *l, unsigned custody, uint64_t slot)
{
    return ((uint64_t)(custody + 1) << (64 - l->top_bits)) | slot;
}

cptr space_object(const struct loader *l, uint32_t n)
{
    const struct capspec_object *o = view_object(l->spec, n);
    return space_custody(l, o->custody, o->slot + (n - o->first));
}

const char *space_name(const struct loader *l, uint32_t n)
{
    return view_string(l->spec, view_object(l->spec, n)->name);
}

/* One page, or the part of it from paddr on. The untyped is reset afterwards, so that the
 * system's own objects can still be made there. */
static bool read_page(struct loader *l, uint64_t paddr, void *to, size_t size)
{
    struct untyped *u = memory_find(l, paddr);
    if (!u || u->used)
        return false;
    cptr slots = l->next_slot;
    cptr frame = memory_own_at(l, paddr & ~(PAGE - 1), 12, 1);
    if (!frame)
        return false;
    loader_check(
        sys_map_frame(frame, seL4_CapInitThreadVSpace, LOADER_ITEM_WINDOW, CAPSPEC_READ, 0),
        "mapping", "ACPI table");
    const char *from = (const char *)sys_memory(LOADER_ITEM_WINDOW) + (paddr & (PAGE - 1));
    __builtin_memcpy(to, from, size);
    loader_check(sys_revoke(memory_initial(l, u->cap)), "resetting", "ACPI memory");
    u->used = 0;
    for (cptr s = slots; s < l->next_slot && s < LOADER_MAX_SLOTS; s++)
        l->filler[s / 8] &= (uint8_t) ~(1u << s % 8);
    l->next_slot = slots;
    return true;
}

bool space_read(struct loader *l, uint64_t paddr, void *to, size_t size)
{
    char *out = to;
    while (size) {
        size_t part = (size_t)(PAGE - (paddr & (PAGE - 1)));
        if (part > size)
            part = size;
        if (!read_page(l, paddr, out, part))
            return false;
        paddr += part;
        out += part;
        size -= part;
    }
    return true;
}
