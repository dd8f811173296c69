/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What must hold between any two system calls, whatever programs do:
 * links are mutual; capabilities of one object are neighbours; every slot in use lies in an
 * object that some capability names; different objects do not overlap; nothing alive lies in
 * memory that its untyped would hand out again.
 */
#include <stdio.h>
#include <stdlib.h>

#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/mdb.h>

#include "check.h"
#include "host.h"

#define MAX_SLOTS 100000

struct checker {
    cte_t **slot; /* sorted by address once collected */
    unsigned count;
};

static bool fault(const char *what, const cte_t *slot)
{
    fprintf(stderr, "inconsistent: %s (slot %p, capability %016lx %016lx)\n", what,
            (const void *)slot, slot->cap.w[0], slot->cap.w[1]);
    const cte_t *next = mdb_next(slot);
    if (next) {
        fprintf(stderr, "  next %p: capability %016lx %016lx, back to %p; RAM is at %p\n",
                (const void *)next, next->cap.w[0], next->cap.w[1], (const void *)mdb_prev(next),
                (const void *)host.ram);
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    const cte_t *x = *(cte_t *const *)a, *y = *(cte_t *const *)b;
    return x < y ? -1 : x > y;
}

/* Adds the whole list that contains start; false: broken links. */
static bool collect_list(struct checker *c, cte_t *start)
{
    unsigned steps = 0;
    while (mdb_prev(start)) {
        start = mdb_prev(start);
        if (++steps > MAX_SLOTS) {
            return fault("the list goes round backwards", start);
        }
    }
    for (cte_t *s = start; s; s = mdb_next(s)) {
        if (c->count == MAX_SLOTS) {
            return fault("the list goes round", s);
        }
        if (s->cap.type == CAP_NULL) {
            return fault("an empty slot is in the list", s);
        }
        if (mdb_next(s) && mdb_prev(mdb_next(s)) != s) {
            return fault("links are not mutual", s);
        }
        c->slot[c->count++] = s;
    }
    return true;
}

/* Slots of the object that a capability holds, as far as it has slots. */
static cte_t *object_slots(cap_t cap, word_t *count)
{
    *count = 0;
    if (cap.type == CAP_CNODE) {
        *count = 1ull << cap.cnode.radix;
    } else if (cap.type == CAP_THREAD || (cap.type == CAP_ZOMBIE && cap.zombie.is_tcb)) {
        *count = sizeof(((struct tcb *)0)->slots) / sizeof(cte_t);
    } else if (cap.type == CAP_ZOMBIE) {
        *count = 1ull << cap.zombie.radix;
    }
    return *count ? phys_to_virt(cap.paddr) : NULL;
}

/* All slots that can be found: initial ones, and those in objects of slots found. */
static bool collect(struct checker *c, cte_t *root, word_t count)
{
    /* marks of this run; a new number each time saves clearing them */
    static unsigned seen[HOST_RAM_SIZE / sizeof(cte_t)], run;
    struct {
        cte_t *slots;
        word_t count;
    } todo[4096];
    unsigned n = 1;
    bool good = true;
    run++;
    todo[0].slots = root;
    todo[0].count = count;
    while (n && good) {
        n--;
        cte_t *slots = todo[n].slots;
        word_t size = todo[n].count;
        for (word_t i = 0; i < size && good; i++) {
            size_t index = (size_t)((char *)&slots[i] - host.ram) / sizeof(cte_t);
            if (slots[i].cap.type == CAP_NULL || seen[index] == run) {
                continue;
            }
            unsigned first = c->count;
            good = collect_list(c, &slots[i]);
            for (unsigned k = first; k < c->count; k++) {
                if ((char *)c->slot[k] >= host.ram &&
                    (char *)c->slot[k] < host.ram + HOST_RAM_SIZE) {
                    seen[((char *)c->slot[k] - host.ram) / sizeof(cte_t)] = run;
                }
                word_t inner;
                cte_t *inner_slots = object_slots(c->slot[k]->cap, &inner);
                if (inner && n < 4096) {
                    todo[n].slots = inner_slots;
                    todo[n++].count = inner;
                }
            }
        }
    }
    return good;
}

/* Which object a capability names, comparable; group: run of neighbours with the same. */
struct identity {
    uint64_t object, detail;
    unsigned group;
    const cte_t *slot;
};

static int compare_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;
    if (x->object != y->object) {
        return x->object < y->object ? -1 : 1;
    }
    return x->detail < y->detail ? -1 : x->detail > y->detail;
}

/* False for capabilities that are never the same object as another. */
static bool identify(cap_t cap, struct identity *id)
{
    id->object = (uint64_t)cap.paddr << 5 | cap.type;
    id->detail = 0;
    switch (cap.type) {
    case CAP_UNTYPED:
    case CAP_IRQ_CONTROL:
    case CAP_ZOMBIE:
        return false;
    case CAP_FRAME:
        id->detail = cap.frame.size | (uint64_t)cap.frame.is_device << 2;
        return true;
    case CAP_CNODE:
        id->detail = cap.cnode.radix;
        return true;
    case CAP_IRQ_HANDLER:
        id->detail = cap.irq_handler.irq;
        return true;
    case CAP_IO_PORT:
        id->detail = cap.io_port.first | (uint64_t)cap.io_port.last << 16;
        return true;
    default:
        return true;
    }
}

/*
 * Capabilities of one object lie together, so that "final" can be seen from the neighbours.
 * The slots are still in the order of their lists.
 */
static bool check_neighbours(const struct checker *c)
{
    struct identity *id = calloc(c->count + 1, sizeof(*id));
    unsigned n = 0, group = 0;
    bool good = true;
    for (unsigned i = 0; i < c->count; i++) {
        const cte_t *s = c->slot[i], *prev = mdb_prev(s);
        group += !prev || !cap_same_object(prev->cap, s->cap);
        id[n].group = group;
        id[n].slot = s;
        n += identify(s->cap, &id[n]);
    }
    qsort(id, n, sizeof(*id), compare_identity);
    for (unsigned i = 1; i < n && good; i++) {
        good = compare_identity(&id[i], &id[i - 1]) != 0 || id[i].group == id[i - 1].group ||
               fault("capabilities of one object are apart", id[i].slot);
    }
    free(id);
    return good;
}

struct range {
    paddr_t base;
    word_t size;
    bool has_slots;
    const cte_t *owner;
};

static int compare_range(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->base != y->base) {
        return x->base < y->base ? -1 : 1;
    }
    return x->size > y->size ? -1 : x->size < y->size;
}

/* Objects other than untypeds either coincide or are apart. */
static bool check_overlap(const struct range *r, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        if (r[i].base < r[i - 1].base + r[i - 1].size &&
            (r[i].base != r[i - 1].base || r[i].size != r[i - 1].size)) {
            return fault("objects overlap", r[i].owner);
        }
        if (r[i].base == r[i - 1].base && !cap_same_object(r[i].owner->cap, r[i - 1].owner->cap) &&
            !cap_same_object(r[i - 1].owner->cap, r[i].owner->cap)) {
            return fault("two kinds of objects in one place", r[i].owner);
        }
    }
    return true;
}

static bool check_slot_is_owned(const cte_t *s, const struct range *r, unsigned count)
{
    const char *p = (const char *)s;
    if (p < host.ram || p >= host.ram + HOST_RAM_SIZE) {
        return true; /* a slot of the kernel itself */
    }
    paddr_t at = virt_to_phys(s);
    unsigned low = 0, high = count;
    while (low < high) {
        unsigned mid = (low + high) / 2;
        if (r[mid].base + r[mid].size <= at) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return (low < count && r[low].base <= at && r[low].has_slots) ||
           fault("the slot lies in no object", s);
}

static bool check_objects(const struct checker *c, paddr_t root, word_t count)
{
    struct range *r = calloc(c->count + 1, sizeof(*r));
    unsigned n = 0;
    for (unsigned i = 0; i < c->count; i++) {
        cap_t cap = c->slot[i]->cap;
        word_t slots;
        if (cap.type == CAP_UNTYPED || !cap_size(cap)) {
            continue;
        }
        object_slots(cap, &slots);
        r[n++] = (struct range){cap.paddr, cap_size(cap), slots != 0, c->slot[i]};
    }
    qsort(r, n, sizeof(*r), compare_range);
    bool good = check_overlap(r, n);
    for (unsigned i = 0; i < c->count && good; i++) {
        paddr_t at = (char *)c->slot[i] >= host.ram && (char *)c->slot[i] < host.ram + HOST_RAM_SIZE
                         ? virt_to_phys(c->slot[i])
                         : 0;
        bool initial = at >= root && at < root + count * sizeof(cte_t);
        good = initial || check_slot_is_owned(c->slot[i], r, n);
    }
    free(r);
    return good;
}

static bool is_covered(const cte_t *u, const cte_t *s)
{
    return s != u && s->cap.type != CAP_UNTYPED && cap_same_region(u->cap, s->cap);
}

/*
 * Everything in the memory of an untyped is its descendant, or it would be handed out again;
 * and lies below its watermark.
 */
static bool check_untyped(const struct checker *c, const cte_t *u)
{
    paddr_t free = u->cap.paddr + ((paddr_t)u->cap.untyped.free_index << 4);
    unsigned descendants = 0, covered = 0;
    if (free > u->cap.paddr + cap_size(u->cap)) {
        return fault("watermark beyond the end", u);
    }
    for (const cte_t *s = mdb_next(u); s && mdb_is_parent_of(u, s); s = mdb_next(s)) {
        if (cap_base(s->cap) + cap_size(s->cap) > free) {
            return fault("an object lies above the watermark", s);
        }
        descendants += is_covered(u, s);
    }
    for (unsigned k = 0; k < c->count; k++) {
        covered += is_covered(u, c->slot[k]);
    }
    return covered == descendants || fault("objects in this memory are not descendants", u);
}

static bool check_untypeds(const struct checker *c)
{
    bool good = true;
    for (unsigned i = 0; i < c->count && good; i++) {
        if (c->slot[i]->cap.type == CAP_UNTYPED) {
            good = check_untyped(c, c->slot[i]);
        }
    }
    return good;
}

bool check_consistency(cte_t *root, word_t count)
{
    struct checker c = {.slot = malloc(MAX_SLOTS * sizeof(cte_t *))};
    bool good = collect(&c, root, count) && check_neighbours(&c);
    if (good) {
        qsort(c.slot, c.count, sizeof(c.slot[0]), compare);
        for (unsigned i = 1; i < c.count && good; i++) {
            good = c.slot[i] != c.slot[i - 1] || fault("a slot is in two lists", c.slot[i]);
        }
    }
    good = good && check_objects(&c, virt_to_phys(root), count) && check_untypeds(&c);
    free(c.slot);
    return good;
}
