/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes/allocator.h>
#include <stdbool.h>
#include <stdlib.h>
#include <libc/lock.h>
#include "runtime.h"

/* One object of the pool. */
struct pool_entry {
    struct pool_entry *next;
    seL4_ObjectType type;
    seL4_CPtr cap;
    size_t size;
    unsigned attributes;
    bool used;
};

static struct pool_entry *entries;
static struct __lock entries_lock;

int camkes_provide(seL4_ObjectType type, seL4_CPtr cap, size_t size, unsigned attributes)
{
    struct pool_entry *entry = malloc(sizeof(*entry));
    if (entry == NULL)
        return -1;
    *entry = (struct pool_entry){.type = type, .cap = cap, .size = size, .attributes = attributes};
    libc_lock_acquire(&entries_lock);
    entry->next = entries;
    entries = entry;
    libc_lock_release(&entries_lock);
    return 0;
}

void camkes_alloc_init(void)
{
    for (size_t i = camkes_instance.pool_count; i-- > 0;) {
        const struct camkes_pool_object *o = &camkes_instance.pool[i];
        camkes_provide((seL4_ObjectType)o->type, o->cap, o->size_bits, o->attributes);
    }
}

static bool pool_fits(const struct pool_entry *entry, seL4_ObjectType type, size_t size,
                      unsigned flags)
{
    if (entry->used || entry->type != type || (entry->attributes & flags) != flags)
        return false;
    return type != seL4_UntypedObject || entry->size >= size;
}

seL4_CPtr camkes_alloc(seL4_ObjectType type, size_t size, unsigned flags)
{
    struct pool_entry *best = NULL;
    libc_lock_acquire(&entries_lock);
    for (struct pool_entry *e = entries; e != NULL; e = e->next)
        if (pool_fits(e, type, size, flags) && (best == NULL || e->size < best->size))
            best = e;
    if (best != NULL)
        best->used = true;
    libc_lock_release(&entries_lock);
    return best != NULL ? best->cap : 0;
}

void camkes_free(seL4_CPtr cap)
{
    libc_lock_acquire(&entries_lock);
    for (struct pool_entry *e = entries; e != NULL; e = e->next)
        if (e->cap == cap)
            e->used = false;
    libc_lock_release(&entries_lock);
}
