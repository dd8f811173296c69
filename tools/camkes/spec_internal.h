/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Shared by the parts of the specification library; not for the plan. */
#include "spec.h"

#define SPEC_2M 0x200000ull
#define SPEC_1G 0x40000000ull

/* Component images start at 4 MiB. The small window shares their page directory, so that an
 * ordinary component needs one PDPT and one page directory in all. */
#define SPEC_SMALL_WINDOW     0x20000000ull
#define SPEC_SMALL_WINDOW_END 0x40000000ull
#define SPEC_LARGE_WINDOW     0x100000000ull
#define SPEC_LARGE_WINDOW_END 0x7f0000000000ull

#define SPEC_DEFAULT_PRIORITY 100
#define SPEC_INDEX_SIZE       4096

/** A reserved range of a space. */
struct spec_region {
    uint64_t start, end;
    struct spec_region *next;
};

/** Whether objects of this run are frames. */
static inline bool spec_is_frame(const struct spec_object *o)
{
    return o->type == CAPSPEC_FRAME_4K || o->type == CAPSPEC_FRAME_2M ||
           o->type == CAPSPEC_FRAME_1G;
}

/** Whether the object is the root of an address space, a component's or a guest's. */
static inline bool spec_is_space(const struct spec_object *o)
{
    return o->type == CAPSPEC_PML4 || o->type == CAPSPEC_EPT_PML4;
}

/** The word of the text form for a type, and back. */
const char *spec_type_word(enum capspec_type type);
bool spec_type_from_word(const char *word, enum capspec_type *type);
/** Whether a name can stand in the text form. */
bool spec_name_valid(const char *name);
/** Adds a thread record whose TCB exists already. */
void spec_append_thread(struct spec *spec, struct spec_thread *thread);
/** Adds a mapping record as it is. */
struct spec_map *spec_append_map(struct spec *spec, const struct spec_map *map);
