/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <crossvm/nested.h>

#define TABLE_BITS     21u
#define DIRECTORY_BITS 30u
#define LIMIT          (1ull << 32)

static bool use_directory(struct crossvm_nested *n, uint64_t gpa)
{
    unsigned i = (unsigned)(gpa >> DIRECTORY_BITS);
    if (!n->directory[i]) {
        uint64_t base = (uint64_t)i << DIRECTORY_BITS;
        n->directory[i] = n->ops->map_directory(n->ctx, n->first_directory + i, base) == 0;
    }
    return n->directory[i];
}

static struct crossvm_table *find_table(struct crossvm_nested *n, uint64_t base)
{
    for (unsigned i = 0; i < n->num_tables; i++) {
        if (n->tables[i].mapped && n->tables[i].gpa == base) {
            return &n->tables[i];
        }
    }
    return NULL;
}

/* One never used, otherwise one that nobody uses any more. */
static struct crossvm_table *free_table(struct crossvm_nested *n)
{
    struct crossvm_table *idle = NULL;
    for (unsigned i = 0; i < n->num_tables; i++) {
        struct crossvm_table *t = &n->tables[i];
        if (!t->mapped) {
            return t;
        }
        idle = t->users ? idle : t;
    }
    return idle;
}

static void remove_table(struct crossvm_nested *n, struct crossvm_table *t)
{
    n->ops->unmap_table(n->ctx, n->first_table + (uint64_t)(t - n->tables));
    t->mapped = false;
}

static bool use_table(struct crossvm_nested *n, uint64_t base)
{
    struct crossvm_table *t = find_table(n, base);
    if (!t) {
        t = free_table(n);
        if (!t) {
            return false;
        }
        if (t->mapped) {
            remove_table(n, t);
        }
        if (n->ops->map_table(n->ctx, n->first_table + (uint64_t)(t - n->tables), base) != 0) {
            return false;
        }
        *t = (struct crossvm_table){.gpa = base, .mapped = true};
    }
    t->users++;
    return true;
}

/* Whether frame i is the first of the dataport in its table. */
static bool enters_table(const struct crossvm_frames *frames, unsigned i, uint64_t at)
{
    return frames->bits < TABLE_BITS && (i == 0 || (at & ((1ull << TABLE_BITS) - 1)) == 0);
}

static bool map_one(struct crossvm_nested *n, const struct crossvm_frames *frames, unsigned i,
                    uint64_t at)
{
    bool enters = enters_table(frames, i, at);
    uint64_t base = at >> TABLE_BITS << TABLE_BITS;
    if (!use_directory(n, at) || (enters && !use_table(n, base))) {
        return false;
    }
    struct crossvm_table *left = frames->bits == TABLE_BITS ? find_table(n, base) : NULL;
    if (left && !left->users) { /* pages that were there before kept the place of a large one */
        remove_table(n, left);
    }
    if (n->ops->map_frame(n->ctx, crossvm_frame(frames, i), at, frames->writable) == 0) {
        return true;
    }
    if (enters) {
        find_table(n, base)->users--;
    }
    return false;
}

static void unmap_first(struct crossvm_nested *n, const struct crossvm_frames *frames, uint64_t gpa,
                        unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t at = gpa + ((uint64_t)i << frames->bits);
        n->ops->unmap_frame(n->ctx, crossvm_frame(frames, i));
        if (enters_table(frames, i, at)) {
            struct crossvm_table *t = find_table(n, at >> TABLE_BITS << TABLE_BITS);
            t->users -= t->users != 0;
        }
    }
}

bool crossvm_nested_map(struct crossvm_nested *n, const struct crossvm_frames *frames, uint64_t gpa)
{
    uint64_t size = (uint64_t)frames->count << frames->bits;
    if (gpa >= LIMIT || size > LIMIT - gpa || (gpa & ((1ull << frames->bits) - 1))) {
        return false;
    }
    for (unsigned i = 0; i < frames->count; i++) {
        if (!map_one(n, frames, i, gpa + ((uint64_t)i << frames->bits))) {
            unmap_first(n, frames, gpa, i);
            return false;
        }
    }
    return true;
}

void crossvm_nested_unmap(struct crossvm_nested *n, const struct crossvm_frames *frames,
                          uint64_t gpa)
{
    unmap_first(n, frames, gpa, frames->count);
}
