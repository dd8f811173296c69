/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Untyped memory. The kernel allocates from an untyped upwards and aligns each object to its
 * size, so its next place is known here without asking. The specification lists objects by
 * falling size; each run goes to the smallest untyped with room, which keeps the large ones
 * for contiguous runs.
 */
#include "loader.h"

#define MAX_RETYPE 256
/* Steps of advance() at most: up and down the sizes from 2^4 to 2^47. */
#define MAX_FILLERS 96

static uint64_t align_up(uint64_t n, unsigned bits)
{
    return (n + (1ull << bits) - 1) & ~((1ull << bits) - 1);
}

void memory_init(struct loader *l)
{
    const seL4_BootInfo *b = l->boot;
    unsigned count = (unsigned)(b->untyped.end - b->untyped.start);
    for (unsigned i = 0; i < count && i < LOADER_MAX_UNTYPED; i++) {
        const seL4_UntypedDesc *d = &b->untypedList[i];
        l->untyped[l->num_untyped++] =
            (struct untyped){b->untyped.start + i, d->paddr, 0, d->sizeBits, d->isDevice != 0};
    }
    l->next_slot = b->empty.start;
    l->last_slot = b->empty.end;
}

cptr memory_slot(struct loader *l)
{
    if (l->next_slot == l->last_slot)
        loader_fail("the initial CNode has no free slot");
    return l->next_slot++;
}

struct sys_slot memory_full(const struct loader *l, cptr slot)
{
    return (struct sys_slot){l->top, slot, 64};
}

struct sys_slot memory_initial(const struct loader *l, cptr slot)
{
    (void)l; /* its guard takes the bits above its radix */
    return (struct sys_slot){seL4_CapInitThreadCNode, slot, 64};
}

unsigned memory_bits(const struct capspec_object *o)
{
    return o->size_bits + (o->type == CAPSPEC_CNODE ? 5 : 0);
}

uint64_t memory_free(const struct loader *l)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < l->num_untyped; i++)
        if (!l->untyped[i].device)
            bytes += (1ull << l->untyped[i].bits) - l->untyped[i].used;
    return bytes;
}

/* How many objects of 2^bits bytes still fit. */
static uint64_t room_for(const struct untyped *u, unsigned bits)
{
    uint64_t start = align_up(u->used, bits), size = 1ull << u->bits;
    return start < size ? (size - start) >> bits : 0;
}

/* The smallest ordinary untyped with room for `need` objects, or NULL. */
static struct untyped *choose(struct loader *l, unsigned bits, uint64_t need)
{
    struct untyped *best = NULL;
    for (unsigned i = 0; i < l->num_untyped; i++) {
        struct untyped *u = &l->untyped[i];
        if (u->device || room_for(u, bits) < need)
            continue;
        if (!best || u->bits < best->bits)
            best = u;
    }
    return best;
}

/* One run in the making. */
struct run {
    unsigned type, size_bits, bits; /* bits: log2 of the memory of one */
    struct sys_slot node;
    uint64_t offset;
    uint64_t count;
    const char *name;
};

static void retype(struct run *r, struct untyped *u, uint64_t count)
{
    while (count) {
        unsigned n = count > MAX_RETYPE ? MAX_RETYPE : (unsigned)count;
        struct sys_retype call = {u->cap, r->type, r->size_bits, r->node, r->offset, n};
        loader_check(sys_retype(&call), "making", r->name);
        u->used = align_up(u->used, r->bits) + ((uint64_t)n << r->bits);
        r->offset += n;
        r->count -= n;
        count -= n;
    }
}

static void create(struct loader *l, struct run *r, bool contiguous)
{
    while (r->count) {
        uint64_t need = contiguous ? r->count : 1;
        struct untyped *u = choose(l, r->bits, need);
        if (!u)
            loader_fail("out of memory at '%s': %lu of 2^%u bytes missing, %lu KiB free", r->name,
                        (unsigned long)r->count, r->bits, (unsigned long)(memory_free(l) >> 10));
        uint64_t room = room_for(u, r->bits);
        retype(r, u, room < r->count ? room : r->count);
    }
}

static struct run run_of(struct loader *l, const struct capspec_object *o)
{
    struct run r = {.type = o->type,
                    .size_bits = o->size_bits,
                    .bits = memory_bits(o),
                    .offset = o->slot,
                    .count = o->count};
    r.node = (struct sys_slot){l->top, o->custody + 1u, l->top_bits};
    r.name = view_string(l->spec, o->name);
    return r;
}

void memory_create(struct loader *l, const struct capspec_object *o)
{
    struct run r = run_of(l, o);
    create(l, &r, o->flags & CAPSPEC_OBJ_CONTIGUOUS);
}

cptr memory_own(struct loader *l, unsigned type, unsigned size_bits, unsigned bytes_bits)
{
    cptr slot = memory_slot(l);
    struct run r = {.type = type,
                    .size_bits = size_bits,
                    .bits = bytes_bits,
                    .offset = slot,
                    .count = 1,
                    .name = "loader"};
    r.node = (struct sys_slot){seL4_CapInitThreadCNode, 0, 0};
    create(l, &r, false);
    return slot;
}

struct untyped *memory_find(struct loader *l, uint64_t paddr)
{
    for (unsigned i = 0; i < l->num_untyped; i++) {
        struct untyped *u = &l->untyped[i];
        if (paddr >= u->paddr && paddr - u->paddr < 1ull << u->bits)
            return u;
    }
    return NULL;
}

/* Uses up memory of u until its next place is `offset`, in the largest aligned steps. The
 * fillers stay as untyped capabilities in the initial CNode until authority_drop(). */
static bool advance(struct loader *l, struct untyped *u, uint64_t offset)
{
    while (u->used < offset) {
        unsigned bits = 4;
        cptr slot = memory_slot(l);
        while (!(u->used & (1ull << bits)) && u->used + (2ull << bits) <= offset)
            bits++;
        struct run r = {.type = CAPSPEC_UNTYPED,
                        .size_bits = bits,
                        .bits = bits,
                        .node = {seL4_CapInitThreadCNode, 0, 0},
                        .offset = slot,
                        .count = 1,
                        .name = "gap"};
        if (slot < LOADER_MAX_SLOTS)
            l->filler[slot / 8] |= (uint8_t)(1u << slot % 8);
        retype(&r, u, 1);
    }
    return u->used == offset;
}

static bool create_at(struct loader *l, struct run *r, uint64_t paddr)
{
    while (r->count) {
        struct untyped *u = memory_find(l, paddr);
        if (!u || !advance(l, u, paddr - u->paddr))
            return false;
        uint64_t room = room_for(u, r->bits);
        uint64_t n = room < r->count ? room : r->count;
        if (!n || align_up(u->used, r->bits) != u->used)
            return false;
        retype(r, u, n);
        paddr += n << r->bits;
    }
    return true;
}

bool memory_create_at(struct loader *l, const struct capspec_object *o, uint64_t paddr)
{
    struct run r = run_of(l, o);
    return create_at(l, &r, paddr);
}

cptr memory_own_at(struct loader *l, uint64_t paddr, unsigned bits, unsigned count)
{
    cptr first = l->next_slot;
    /* the fillers take slots too: put the frames behind the most there can be */
    struct run r = {.type = bits == 21 ? CAPSPEC_FRAME_2M : CAPSPEC_FRAME_4K,
                    .bits = bits,
                    .node = {seL4_CapInitThreadCNode, 0, 0},
                    .count = count,
                    .name = "page"};
    first += MAX_FILLERS;
    if (first + count > l->last_slot)
        return 0;
    r.offset = first;
    if (!create_at(l, &r, paddr))
        return 0;
    l->next_slot = first + count;
    return first;
}
