/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The object graph of a capability specification: address spaces and what is mapped in them. */
#include "spec.h"
#include "spec_internal.h"
#include "arena.h"

void spec_set_elf(struct spec *spec, struct spec_object *space, const char *name)
{
    if (space->type != CAPSPEC_PML4)
        spec_error(spec, "image '%s' for '%s': not a pml4", name, space->name);
    space->elf = arena_printf(spec->arena, "%s", name);
}

static bool spec_check_space(struct spec *spec, const struct spec_object *space)
{
    if (spec_is_space(space))
        return true;
    spec_error(spec, "'%s' is %s, not an address space", space->name, spec_type_word(space->type));
    return false;
}

static const struct spec_region *spec_find_region(const struct spec_object *space, uint64_t start,
                                                  uint64_t end)
{
    for (const struct spec_region *r = space->regions; r; r = r->next)
        if (start < r->end && r->start < end)
            return r;
    return NULL;
}

void spec_reserve_at(struct spec *spec, struct spec_object *space, uint64_t vaddr, uint64_t bytes)
{
    if (!spec_check_space(spec, space))
        return;
    const struct spec_region *taken = spec_find_region(space, vaddr, vaddr + bytes);
    if (taken)
        spec_error(spec, "'%s': 0x%llx..0x%llx overlaps the reserved 0x%llx..0x%llx", space->name,
                   (unsigned long long)vaddr, (unsigned long long)(vaddr + bytes),
                   (unsigned long long)taken->start, (unsigned long long)taken->end);
    struct spec_region *r = arena_new(spec->arena, struct spec_region);
    r->start = vaddr;
    r->end = vaddr + bytes;
    r->next = space->regions;
    space->regions = r;
}

uint64_t spec_reserve(struct spec *spec, struct spec_object *space, uint64_t bytes, uint64_t align)
{
    if (!spec_check_space(spec, space))
        return 0;
    bool large = bytes >= SPEC_2M || align > 4096;
    uint64_t *next = large ? &space->next_large : &space->next_small;
    uint64_t limit = large ? SPEC_LARGE_WINDOW_END : SPEC_SMALL_WINDOW_END;
    bytes = (bytes + 4095) & ~4095ull;
    if (align < 4096)
        align = 4096;
    uint64_t start = *next;
    const struct spec_region *taken;
    do {
        start = (start + 4096 + align - 1) & ~(align - 1);
        taken = spec_find_region(space, start - 4096, start + bytes + 4096);
        if (taken)
            start = taken->end;
    } while (taken);
    if (start + bytes > limit)
        spec_error(spec, "'%s': no room for %llu bytes of addresses", space->name,
                   (unsigned long long)bytes);
    *next = start + bytes;
    return start;
}

struct spec_map *spec_append_map(struct spec *spec, const struct spec_map *map)
{
    struct spec_map *m = arena_new(spec->arena, struct spec_map);
    *m = *map;
    m->next = NULL;
    m->slot = CAPSPEC_NONE;
    *spec->maps_tail = m;
    spec->maps_tail = &m->next;
    return m;
}

static void spec_check_map(struct spec *spec, const struct spec_map *m)
{
    spec_check_space(spec, m->space);
    if (!spec_is_frame(m->object))
        spec_error(spec, "mapping of '%s' in '%s': not a frame", m->object->name, m->space->name);
    if (m->index + (uint64_t)m->count > m->object->count)
        spec_error(spec, "mapping of '%s[%u..%u]' in '%s': the run has %u", m->object->name,
                   m->index, m->index + m->count - 1, m->space->name, m->object->count);
    if (m->vaddr & ((1ull << m->object->size_bits) - 1))
        spec_error(spec, "mapping of '%s' in '%s': 0x%llx is not aligned to its frames",
                   m->object->name, m->space->name, (unsigned long long)m->vaddr);
    if ((m->rights & (CAPSPEC_WRITE | SPEC_EXECUTE)) == (CAPSPEC_WRITE | SPEC_EXECUTE) &&
        m->space->type == CAPSPEC_PML4)
        spec_error(spec, "mapping of '%s' in '%s': writable and executable", m->object->name,
                   m->space->name);
}

void spec_map(struct spec *spec, struct spec_object *space, uint64_t vaddr,
              struct spec_object *frames, uint32_t index, uint32_t count, uint32_t rights)
{
    struct spec_map m = {.space = space,
                         .object = frames,
                         .index = index,
                         .count = count,
                         .vaddr = vaddr,
                         .rights = rights};
    spec_check_map(spec, spec_append_map(spec, &m));
}

void spec_map_symbol(struct spec *spec, struct spec_object *space, const char *symbol,
                     struct spec_object *frames, uint32_t index, uint32_t count, uint32_t rights)
{
    struct spec_map m = {.space = space,
                         .object = frames,
                         .index = index,
                         .count = count,
                         .symbol = arena_printf(spec->arena, "%s", symbol),
                         .rights = rights};
    spec_check_map(spec, spec_append_map(spec, &m));
}

struct spec_memory spec_add_memory(struct spec *spec, struct spec_object *space, const char *name,
                                   uint64_t bytes, uint32_t rights)
{
    bool large = bytes >= SPEC_2M && !(rights & SPEC_SMALL_FRAMES);
    uint64_t unit = large ? SPEC_2M : 4096;
    uint32_t count = (uint32_t)((bytes + unit - 1) / unit);
    struct spec_object *o = spec_add_object(
        spec, space->owner, large ? CAPSPEC_FRAME_2M : CAPSPEC_FRAME_4K, name, 0, count);
    if (rights & SPEC_CONTIGUOUS)
        o->flags |= CAPSPEC_OBJ_CONTIGUOUS;
    struct spec_memory memory = {.frames = o, .size = count * unit};
    memory.vaddr = spec_reserve(spec, space, memory.size, unit);
    spec_map(spec, space, memory.vaddr, o, 0, count,
             rights & ~(uint32_t)(SPEC_CONTIGUOUS | SPEC_SMALL_FRAMES));
    return memory;
}
