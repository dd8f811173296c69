/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Numbers in a link: CNode sizes, memory, flat object numbers and custody slots.
 *
 * The custody of an owner holds the originals of its objects, the copies of frame capabilities
 * that carry mappings into its spaces, and the badged notification capabilities of its
 * interrupts: everything whose deletion would unmap or kill something.
 */
#include "link.h"
#include "spec_internal.h"
#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_BITS 5

static unsigned bits_for(uint64_t slots)
{
    unsigned bits = 1;
    while ((1ull << bits) < slots)
        bits++;
    return bits;
}

void link_size_cnodes(struct link *link)
{
    for (struct spec_object *o = link->spec->objects; o; o = o->next) {
        if (o->type != CAPSPEC_CNODE)
            continue;
        if (!o->size_bits)
            o->size_bits = bits_for(o->next_slot);
        else if (o->size_bits > 28 || 1ull << o->size_bits < o->next_slot)
            spec_error(link->spec, "cnode '%s': %u bits are too few for its %llu slots", o->name,
                       o->size_bits, (unsigned long long)o->next_slot);
    }
}

/* Bytes of ordinary memory an object run needs. */
static uint64_t object_memory(const struct spec_object *o)
{
    if (o->hardware || o->flags & CAPSPEC_OBJ_AT_PADDR || o->type >= CAPSPEC_IRQ)
        return o->type == CAPSPEC_ASID_POOL ? 4096ull * o->count : 0;
    unsigned bits = o->size_bits + (o->type == CAPSPEC_CNODE ? SLOT_BITS : 0);
    return (uint64_t)o->count << bits;
}

/* Names the largest runs, so that the reader sees what to make smaller. */
static void report_memory(struct link *link, uint64_t needed)
{
    struct spec *spec = link->spec;
    spec_error(spec,
               "memory: the system needs %llu MiB and its files %llu MiB, platform %s offers %llu "
               "MiB; largest:",
               (unsigned long long)(needed + 0xfffff) >> 20,
               (unsigned long long)(link->payload + 0xfffff) >> 20,
               link->platform ? link->platform : "", (unsigned long long)link->memory_limit >> 20);
    uint64_t below = UINT64_MAX;
    for (int line = 0; line < 5; line++) {
        const struct spec_object *best = NULL;
        for (const struct spec_object *o = spec->objects; o; o = o->next)
            if (object_memory(o) < below && (!best || object_memory(o) > object_memory(best)))
                best = o;
        if (!best || !object_memory(best))
            return;
        below = object_memory(best);
        spec_error(spec, "  %8llu KiB  %s (%s)", (unsigned long long)below >> 10, best->name,
                   *best->owner ? best->owner : "system");
    }
}

uint64_t link_check_memory(struct link *link)
{
    uint64_t needed = 0;
    for (const struct spec_object *o = link->spec->objects; o; o = o->next)
        needed += object_memory(o);
    struct link_custody *table;
    unsigned count = link_custodies(link->spec, &table);
    for (unsigned i = 0; i < count; i++)
        needed += 1ull << (bits_for(table[i].slots) + SLOT_BITS);
    if (link->memory_limit && needed + link->payload > link->memory_limit)
        report_memory(link, needed);
    return needed;
}

/* Objects at fixed places first (by place), then large before small: the loader takes them in
 * this order and never wastes memory on alignment. Ties keep the order of creation. */
static int rank_object(const struct spec_object *o)
{
    if (o->type >= CAPSPEC_IRQ && o->type != CAPSPEC_ASID_POOL)
        return -2;
    if (o->hardware)
        return 102;
    if (o->flags & CAPSPEC_OBJ_AT_PADDR)
        return 101;
    return (int)o->size_bits + (o->type == CAPSPEC_CNODE ? SLOT_BITS : 0);
}

static int compare_objects(const void *a, const void *b)
{
    const struct spec_object *x = *(struct spec_object *const *)a;
    const struct spec_object *y = *(struct spec_object *const *)b;
    int rx = rank_object(x), ry = rank_object(y);
    if (rx != ry)
        return rx > ry ? -1 : 1;
    if (x->source != y->source && rx == 101)
        return x->source < y->source ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first; /* creation order, see below */
}

struct spec_object **link_order_objects(const struct spec *spec, size_t *count)
{
    *count = 0;
    for (struct spec_object *o = spec->objects; o; o = o->next)
        ++*count;
    struct spec_object **order = calloc(*count + 1, sizeof *order);
    if (!order)
        abort();
    size_t i = 0;
    for (struct spec_object *o = spec->objects; o; o = o->next)
        order[i++] = o;
    return order;
}

static struct link_custody *custody_of(struct spec *spec, const char *owner, uint16_t *number)
{
    struct link_custody *table = spec->custody;
    for (unsigned i = 0; i < spec->num_custody; i++) {
        if (!strcmp(table[i].name, owner)) {
            *number = (uint16_t)i;
            return &table[i];
        }
    }
    struct link_custody *grown = arena_alloc(spec->arena, (spec->num_custody + 1) * sizeof *grown);
    if (spec->num_custody)
        memcpy(grown, table, spec->num_custody * sizeof *grown);
    spec->custody = grown;
    *number = (uint16_t)spec->num_custody;
    grown[spec->num_custody] = (struct link_custody){owner, 1};
    return &grown[spec->num_custody++];
}

unsigned link_custodies(const struct spec *spec, struct link_custody **table)
{
    *table = spec->custody;
    return spec->num_custody;
}

/* A mapping takes the originals if none of them has one yet, else copies in its own slots. */
static void assign_map(struct spec *spec, struct spec_map *m)
{
    struct spec_object *o = m->object;
    bool fresh = true;
    if (!spec_is_frame(o))
        return;
    if (!o->used)
        o->used = arena_alloc(spec->arena, o->count);
    for (uint32_t i = 0; i < m->count; i++)
        fresh &= !o->used[m->index + i];
    m->slot = CAPSPEC_NONE;
    if (fresh) {
        memset(o->used + m->index, 1, m->count);
        return;
    }
    uint16_t number;
    struct link_custody *custody = custody_of(spec, m->space->owner, &number);
    m->slot = custody->slots;
    custody->slots += m->count;
}

void link_assign_custody(struct link *link)
{
    struct spec *spec = link->spec;
    uint16_t number;
    spec->num_custody = 0;
    custody_of(spec, "", &number);
    uint32_t next = 0;
    for (struct spec_object *o = spec->objects; o; o = o->next)
        o->first = next++;
    size_t count;
    struct spec_object **order = link_order_objects(spec, &count);
    qsort(order, count, sizeof *order, compare_objects);
    next = 0;
    for (size_t i = 0; i < count; i++) {
        struct link_custody *custody = custody_of(spec, order[i]->owner, &number);
        order[i]->first = next;
        order[i]->custody = number;
        order[i]->slot = custody->slots;
        custody->slots += order[i]->count;
        next += order[i]->count;
    }
    free(order);
    for (struct spec_map *m = spec->maps; m; m = m->next)
        assign_map(spec, m);
    for (struct spec_irq *i = spec->irqs; i; i = i->next)
        i->slot = custody_of(spec, i->irq->owner, &number)->slots++;
}
