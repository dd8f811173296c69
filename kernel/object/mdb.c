/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The derivation list. Every capability lies in one doubly linked list in pre-order: a
 * capability's descendants follow it without a gap. There is no parent pointer; who descends
 * from whom is computed from the capabilities and the two flags kept in next_.
 */
#include <kernel/cspace.h>
#include <kernel/mdb.h>
#include <kernel/printf.h>

#define MDB_REVOCABLE    1ull
#define MDB_FIRST_BADGED 2ull
#define MDB_MARK         4ull
#define MDB_FLAGS        7ull

static uint64_t mdb_flags(const cte_t *slot)
{
    return slot->next_ & MDB_FLAGS;
}

cte_t *mdb_next(const cte_t *slot)
{
    return (cte_t *)(slot->next_ & ~MDB_FLAGS);
}

cte_t *mdb_prev(const cte_t *slot)
{
    return (cte_t *)slot->prev_;
}

bool mdb_revocable(const cte_t *slot)
{
    return slot->next_ & MDB_REVOCABLE;
}

bool mdb_first_badged(const cte_t *slot)
{
    return slot->next_ & MDB_FIRST_BADGED;
}

static void mdb_set(cte_t *slot, cte_t *prev, cte_t *next, uint64_t flags)
{
    slot->prev_ = (uint64_t)prev;
    slot->next_ = (uint64_t)next | flags;
}

/* Makes next follow slot; either may be NULL. */
static void mdb_join(cte_t *slot, cte_t *next)
{
    if (slot) {
        slot->next_ = (uint64_t)next | mdb_flags(slot);
    }
    if (next) {
        next->prev_ = (uint64_t)slot;
    }
}

static void mdb_insert_after(cte_t *dest, cap_t cap, cte_t *parent, uint64_t flags)
{
    kassert(dest->cap.type == CAP_NULL && !dest->prev_ && !mdb_next(dest));
    cte_t *next = parent ? mdb_next(parent) : NULL;
    dest->cap = cap;
    mdb_set(dest, parent, next, flags);
    mdb_join(parent, dest);
    mdb_join(dest, next);
}

/* A copy may be revoked apart from its source if it names something the source does not. */
static bool mdb_is_own_subtree(cap_t copy, cap_t source)
{
    switch (copy.type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
        return copy.endpoint.badge != source.endpoint.badge;
    case CAP_IRQ_HANDLER:
        return source.type == CAP_IRQ_CONTROL;
    case CAP_IO_PORT:
        return source.type == CAP_IO_PORT_CONTROL;
    case CAP_UNTYPED:
        return true;
    default:
        return false;
    }
}

/* Two capabilities must never hand out the same memory: the source of a copy is used up. */
static void mdb_use_up_untyped(cte_t *source, cap_t copy)
{
    if (source->cap.type == CAP_UNTYPED && copy.type == CAP_UNTYPED &&
        source->cap.paddr == copy.paddr &&
        source->cap.untyped.size_bits == copy.untyped.size_bits) {
        source->cap.untyped.free_index = 1ull << (copy.untyped.size_bits - 4);
        source->cap.untyped.cleared = 0;
    }
}

void mdb_insert(cte_t *dest, cap_t cap, cte_t *parent)
{
    uint64_t flags = 0;
    if (mdb_is_own_subtree(cap, parent->cap)) {
        flags = MDB_REVOCABLE | MDB_FIRST_BADGED;
    }
    mdb_use_up_untyped(parent, cap);
    mdb_insert_after(dest, cap, parent, flags);
}

void mdb_insert_only_child(cte_t *dest, cap_t cap, cte_t *parent)
{
    dest->cap = cap;
    mdb_set(dest, parent, NULL, 0);
    parent->next_ = (uint64_t)dest | mdb_flags(parent);
}

void mdb_insert_object(cte_t *dest, cap_t cap, cte_t *parent)
{
    mdb_insert_after(dest, cap, parent, MDB_REVOCABLE | MDB_FIRST_BADGED);
}

void mdb_move(cte_t *dest, cap_t cap, cte_t *src)
{
    kassert(dest->cap.type == CAP_NULL && !dest->prev_ && !mdb_next(dest));
    dest->cap = cap;
    mdb_set(dest, mdb_prev(src), mdb_next(src), mdb_flags(src));
    mdb_join(mdb_prev(src), dest);
    mdb_join(dest, mdb_next(src));
    src->cap = cap_null();
    mdb_set(src, NULL, NULL, 0);
}

void mdb_swap(cte_t *a, cap_t cap_a, cte_t *b, cap_t cap_b)
{
    kassert(a != b);
    if (mdb_next(b) == a) {
        mdb_swap(b, cap_b, a, cap_a);
        return;
    }
    cte_t old_a = *a, old_b = *b;
    a->cap = cap_b;
    b->cap = cap_a;
    if (mdb_next(&old_a) == b) {
        mdb_set(b, mdb_prev(&old_a), a, mdb_flags(&old_a));
        mdb_set(a, b, mdb_next(&old_b), mdb_flags(&old_b));
        mdb_join(mdb_prev(&old_a), b);
        mdb_join(a, mdb_next(&old_b));
        return;
    }
    mdb_set(a, mdb_prev(&old_b), mdb_next(&old_b), mdb_flags(&old_b));
    mdb_set(b, mdb_prev(&old_a), mdb_next(&old_a), mdb_flags(&old_a));
    mdb_join(mdb_prev(a), a);
    mdb_join(a, mdb_next(a));
    mdb_join(mdb_prev(b), b);
    mdb_join(b, mdb_next(b));
}

void mdb_remove(cte_t *slot)
{
    cte_t *next = mdb_next(slot);
    mdb_join(mdb_prev(slot), next);
    if (next && mdb_first_badged(slot)) {
        /* The next one now starts the group of equal badges. */
        next->next_ |= MDB_FIRST_BADGED;
    }
    slot->cap = cap_null();
    mdb_set(slot, NULL, NULL, 0);
}

bool mdb_mark(cte_t *slot, bool mark)
{
    bool old = slot->next_ & MDB_MARK;
    slot->next_ = mark ? slot->next_ | MDB_MARK : slot->next_ & ~MDB_MARK;
    return old;
}

bool mdb_is_parent_of(const cte_t *parent, const cte_t *child)
{
    if (!mdb_revocable(parent) || !cap_same_region(parent->cap, child->cap)) {
        return false;
    }
    if (parent->cap.type != CAP_ENDPOINT && parent->cap.type != CAP_NOTIFICATION) {
        return true;
    }
    uint64_t badge = parent->cap.endpoint.badge;
    if (badge == 0) {
        return true;
    }
    return child->cap.endpoint.badge == badge && !mdb_first_badged(child);
}

void mdb_remove_only_child(cte_t *slot)
{
    cte_t *parent = mdb_prev(slot);
    parent->next_ = mdb_flags(parent);
    slot->cap = cap_null();
    mdb_set(slot, NULL, NULL, 0);
}

bool mdb_has_children(const cte_t *slot)
{
    const cte_t *next = mdb_next(slot);
    return next && mdb_is_parent_of(slot, next);
}

bool mdb_is_final(const cte_t *slot)
{
    const cte_t *prev = mdb_prev(slot), *next = mdb_next(slot);
    if (prev && cap_same_object(prev->cap, slot->cap)) {
        return false;
    }
    return !(next && cap_same_object(slot->cap, next->cap));
}

bool mdb_is_long_running_delete(const cte_t *slot)
{
    switch (slot->cap.type) {
    case CAP_CNODE:
    case CAP_THREAD:
    case CAP_ZOMBIE:
        return mdb_is_final(slot);
    default:
        return false;
    }
}
