/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Address spaces in a link: symbols, overlaps, page tables, places of patches. */
#include "link.h"
#include "spec_internal.h"
#include "arena.h"

#include <stdlib.h>
#include <string.h>

static uint64_t map_bytes(const struct spec_map *m)
{
    return (uint64_t)m->count << m->object->size_bits;
}

/* The image of a space; reports its absence. */
static const struct link_elf *space_elf(struct link *link, const struct spec_object *space,
                                        const char *symbol)
{
    const struct link_elf *elf = space->elf ? link_find_elf(link, space->elf) : NULL;
    if (!elf)
        spec_error(link->spec, "symbol '%s' in '%s': the space has no image", symbol, space->name);
    return elf;
}

static void resolve_map(struct link *link, struct spec_map *m)
{
    uint64_t address, size;
    const struct link_elf *elf = space_elf(link, m->space, m->symbol);
    if (!elf)
        return;
    if (!link_find_symbol(elf, m->symbol, &address, &size))
        spec_error(link->spec, "%s: no symbol '%s' to map '%s' at", elf->path, m->symbol,
                   m->object->name);
    else if (address & ((1ull << m->object->size_bits) - 1))
        spec_error(link->spec, "%s: symbol '%s' at 0x%llx is not aligned to its frames", elf->path,
                   m->symbol, (unsigned long long)address);
    else if (size < map_bytes(m))
        spec_error(link->spec, "%s: symbol '%s' has %llu bytes, '%s' needs %llu", elf->path,
                   m->symbol, (unsigned long long)size, m->object->name,
                   (unsigned long long)map_bytes(m));
    m->vaddr = address;
    m->symbol = NULL;
}

static void resolve_entry(struct link *link, struct spec_thread *t)
{
    uint64_t address = 0, size;
    if (t->rip || !t->vspace)
        return;
    const struct link_elf *elf = space_elf(link, t->vspace, t->entry ? t->entry : "_camkes_start");
    if (!elf)
        return;
    char *own = arena_printf(link->spec->arena, "_camkes_start_%s", t->tcb->owner);
    for (char *c = own; *c; c++)
        if (*c == '.' || *c == '-')
            *c = '_';
    bool found = t->entry ? link_find_symbol(elf, t->entry, &address, &size)
                          : link_find_symbol(elf, own, &address, &size) ||
                                link_find_symbol(elf, "_camkes_start", &address, &size);
    if (!found)
        spec_error(link->spec, "%s: no symbol '%s', entry of thread '%s'", elf->path,
                   t->entry ? t->entry : "_camkes_start", t->tcb->name);
    t->rip = address;
}

void link_resolve_symbols(struct link *link)
{
    struct spec *spec = link->spec;
    for (struct spec_object *o = spec->objects; o; o = o->next)
        if (o->elf && !link_find_elf(link, o->elf))
            spec_error(spec, "'%s': no image '%s' was given (--elf %s=FILE)", o->name, o->elf,
                       o->elf);
    if (spec_errors(spec))
        return;
    for (struct spec_map *m = spec->maps; m; m = m->next)
        if (m->symbol)
            resolve_map(link, m);
    for (struct spec_thread *t = spec->threads; t; t = t->next)
        resolve_entry(link, t);
    for (struct spec_patch *p = spec->patches; p; p = p->next) {
        uint64_t address, size;
        const struct link_elf *elf = p->symbol ? space_elf(link, p->space, p->symbol) : NULL;
        if (!elf)
            continue;
        if (!link_find_symbol(elf, p->symbol, &address, &size))
            spec_error(spec, "%s: no symbol '%s' to patch", elf->path, p->symbol);
        p->vaddr += address;
        p->symbol = NULL;
    }
}

/* Mappings of one space by address. */
struct map_list {
    struct spec_map **map;
    size_t count;
};

static int compare_maps(const void *a, const void *b)
{
    const struct spec_map *x = *(struct spec_map *const *)a, *y = *(struct spec_map *const *)b;
    return x->vaddr < y->vaddr ? -1 : x->vaddr > y->vaddr;
}

static struct map_list list_maps(struct spec *spec, const struct spec_object *space)
{
    struct map_list list = {NULL, 0};
    size_t count = 0;
    for (struct spec_map *m = spec->maps; m; m = m->next)
        count += m->space == space && spec_is_frame(m->object);
    list.map = arena_alloc(spec->arena, (count + 1) * sizeof *list.map);
    for (struct spec_map *m = spec->maps; m; m = m->next)
        if (m->space == space && spec_is_frame(m->object))
            list.map[list.count++] = m;
    qsort(list.map, list.count, sizeof *list.map, compare_maps);
    return list;
}

static const struct spec_map *find_map(const struct spec *spec, const struct spec_object *space,
                                       uint64_t vaddr)
{
    for (const struct spec_map *m = spec->maps; m; m = m->next)
        if (m->space == space && spec_is_frame(m->object) && vaddr >= m->vaddr &&
            vaddr - m->vaddr < map_bytes(m))
            return m;
    return NULL;
}

static void check_overlaps(struct spec *spec, const struct spec_object *space)
{
    struct map_list list = list_maps(spec, space);
    for (size_t i = 0; i < list.count; i++) {
        const struct spec_map *m = list.map[i];
        uint64_t end = m->vaddr + map_bytes(m);
        if (end > 0x7fffffffffffull || end < m->vaddr)
            spec_error(spec, "'%s': '%s' at 0x%llx reaches beyond the address space", space->name,
                       m->object->name, (unsigned long long)m->vaddr);
        if (i + 1 < list.count && list.map[i + 1]->vaddr < end)
            spec_error(spec, "'%s': '%s' and '%s' overlap at 0x%llx", space->name, m->object->name,
                       list.map[i + 1]->object->name, (unsigned long long)list.map[i + 1]->vaddr);
    }
}

static void check_thread(struct spec *spec, const struct spec_thread *t)
{
    const char *name = t->tcb->name;
    if (!t->vspace || !t->cspace)
        spec_error(spec, "thread '%s' has no %s", name, t->vspace ? "cspace" : "vspace");
    if (t->priority > 255 || t->max_priority > 255 || t->priority > t->max_priority)
        spec_error(spec, "thread '%s': priority %u with maximum %u (at most 255)", name,
                   t->priority, t->max_priority);
    if (t->vspace && t->ipc_buffer) {
        const struct spec_map *m = find_map(spec, t->vspace, t->ipc_vaddr);
        if (!m || m->object != t->ipc_buffer)
            spec_error(spec, "thread '%s': its IPC buffer '%s' is not mapped at 0x%llx", name,
                       t->ipc_buffer->name, (unsigned long long)t->ipc_vaddr);
    }
    if (t->cspace && t->fault_ep >= t->cspace->next_slot)
        spec_error(spec, "thread '%s': fault endpoint in slot %llu, '%s' has only %llu", name,
                   (unsigned long long)t->fault_ep, t->cspace->name,
                   (unsigned long long)t->cspace->next_slot);
    for (const struct spec_thread *other = t->next; other; other = other->next)
        if (other->tcb == t->tcb)
            spec_error(spec, "thread '%s' is described twice", name);
}

void link_check_spaces(struct link *link)
{
    for (struct spec_object *o = link->spec->objects; o; o = o->next)
        if (spec_is_space(o))
            check_overlaps(link->spec, o);
    for (struct spec_thread *t = link->spec->threads; t; t = t->next)
        check_thread(link->spec, t);
}

/* One kind of table: which bits of an address it covers, and which frames need it. */
struct table_level {
    enum capspec_type type, ept_type;
    const char *word;
    unsigned shift;      /* one table covers 2^shift bytes */
    unsigned frame_bits; /* needed by frames up to this size */
};

static const struct table_level levels[] = {
    {CAPSPEC_PDPT, CAPSPEC_EPT_PDPT, "pdpt", 39, 30},
    {CAPSPEC_PD, CAPSPEC_EPT_PD, "pd", 30, 21},
    {CAPSPEC_PT, CAPSPEC_EPT_PT, "pt", 21, 12},
};

/* Sorted numbers (address >> shift) of the tables a space needs on one level. */
static uint64_t *table_numbers(struct spec *spec, const struct map_list *list,
                               const struct table_level *level, size_t *count)
{
    size_t most = 0;
    for (size_t i = 0; i < list->count; i++)
        most += (size_t)(map_bytes(list->map[i]) >> level->shift) + 2;
    uint64_t *numbers = arena_alloc(spec->arena, (most + 1) * sizeof *numbers);
    *count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct spec_map *m = list->map[i];
        if (m->object->size_bits > level->frame_bits)
            continue;
        uint64_t last = (m->vaddr + map_bytes(m) - 1) >> level->shift;
        for (uint64_t n = m->vaddr >> level->shift; n <= last; n++)
            if (!*count || numbers[*count - 1] < n)
                numbers[(*count)++] = n;
    }
    return numbers;
}

static void add_level(struct spec *spec, struct spec_object *space, const struct map_list *list,
                      const struct table_level *level)
{
    size_t count;
    uint64_t *numbers = table_numbers(spec, list, level, &count);
    if (!count)
        return;
    char *name = arena_printf(spec->arena, "%s_%s", space->name, level->word);
    enum capspec_type type = space->type == CAPSPEC_PML4 ? level->type : level->ept_type;
    struct spec_object *o = spec_add_object(spec, space->owner, type, name, 0, (uint32_t)count);
    o->from_link = true;
    for (size_t i = 0, n; i < count; i += n) {
        for (n = 1; i + n < count && numbers[i + n] == numbers[i] + n; n++)
            ;
        struct spec_map m = {.space = space,
                             .object = o,
                             .index = (uint32_t)i,
                             .count = (uint32_t)n,
                             .vaddr = numbers[i] << level->shift};
        spec_append_map(spec, &m);
    }
}

void link_add_tables(struct link *link)
{
    for (struct spec_object *o = link->spec->objects; o; o = o->next) {
        if (!spec_is_space(o))
            continue;
        struct map_list list = list_maps(link->spec, o);
        for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
            add_level(link->spec, o, &list, &levels[i]);
    }
}

void link_place_patches(struct link *link)
{
    for (struct spec_patch *p = link->spec->patches; p; p = p->next) {
        const struct spec_map *m = find_map(link->spec, p->space, p->vaddr);
        if (!m || p->vaddr % 8) {
            spec_error(link->spec, "patch at 0x%llx of '%s': %s", (unsigned long long)p->vaddr,
                       p->space->name, m ? "not 8-byte aligned" : "nothing is mapped there");
            continue;
        }
        p->object = m->object;
        p->offset = ((uint64_t)m->index << m->object->size_bits) + (p->vaddr - m->vaddr);
        if (p->kind == CAPSPEC_PATCH_PADDR ? !p->target
                                           : !p->hardware && p->kind != CAPSPEC_PATCH_TSC_HZ)
            spec_error(link->spec, "patch at 0x%llx of '%s' names no object or hardware",
                       (unsigned long long)p->vaddr, p->space->name);
    }
}
