/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Deleting and revoking, in bounded steps.
 *
 * Destroying a CNode or a TCB means emptying its slots, which may hold the last capabilities
 * of further CNodes and TCBs, to any depth. The work list of such dead objects is kept in
 * the dead objects themselves:
 *
 *   holder slot:  Zombie(A, n slots to go, has_next)
 *   link slot of A (its last one):  Zombie(B, m slots to go, has_next)
 *   link slot of B: ...
 *
 * The holder is the slot that slot_delete() was called on. One step either empties one slot
 * of the first object, or pushes a further dead object in front of the list (what lay in its
 * link slot moves up into the slot that named it), or takes the emptied first object off.
 * All state is in capabilities, so a preempted deletion goes on when it, or any other deletion
 * that meets one of these slots, is called again; a list found inside a dead object is taken
 * over one object at a time.
 *
 * The holder itself may lie in a dead object (when it was reached by revoking an untyped).
 * Such an object is emptied around the holder and taken off last, since its memory may be
 * reused as soon as no capability names it.
 */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/printf.h>

static cte_t *zombie_slots(cap_t z)
{
    return phys_to_virt(z.paddr);
}

static word_t zombie_total(cap_t z)
{
    return z.zombie.is_tcb ? sizeof(((struct tcb *)0)->slots) / sizeof(cte_t)
                           : 1ull << z.zombie.radix;
}

static bool zombie_contains(cap_t z, const cte_t *slot)
{
    return slot >= zombie_slots(z) && slot < zombie_slots(z) + zombie_total(z);
}

static cte_t *zombie_link(cap_t z)
{
    return &zombie_slots(z)[zombie_total(z) - 1 - z.zombie.link_below];
}

/* Asks the type what leaves with this capability; returns what stays: null or a zombie. */
static cap_t slot_finalise(cte_t *slot)
{
    const struct object_ops *ops = object_ops(slot->cap.type);
    if (slot->cap.type == CAP_ZOMBIE) {
        return slot->cap;
    }
    return ops->finalise ? ops->finalise(slot->cap, mdb_is_final(slot)) : cap_null();
}

/*
 * entry, a slot of the holder's first object or its link slot, holds a zombie: its object
 * becomes the first of the list and what its link slot held moves to entry.
 */
static void zombie_push(cte_t *holder, cte_t *entry)
{
    cap_t z = holder->cap, inner = entry->cap;
    if (!inner.zombie.has_next || zombie_link(inner) == holder) {
        inner.zombie.link_below = 0;
        inner.zombie.link_below = zombie_link(inner) == holder;
    }
    cte_t *link = zombie_link(inner);
    inner.zombie.has_next = 1;
    mdb_swap(entry, inner, link, link->cap);
    mdb_swap(holder, z, link, inner);
}

/* The first object is empty: go on with the next one. */
static void zombie_pop(cte_t *holder)
{
    cap_t z = holder->cap;
    cte_t *link = zombie_link(z);
    if (!z.zombie.has_next) {
        mdb_remove(holder);
        return;
    }
    kassert(link != holder);
    if (link->cap.type == CAP_NULL) {
        holder->cap.zombie.has_next = 0;
    } else if (zombie_contains(z, holder)) {
        /* Swap it with the next object; see above why it must stay. */
        if (!link->cap.zombie.has_next) {
            holder->cap.zombie.has_next = 0;
            holder->cap.zombie.number = (word_t)(link - zombie_slots(z)) + 1;
        }
        zombie_push(holder, link);
    } else {
        mdb_remove(holder);
        mdb_move(holder, link->cap, link);
    }
}

/* One bounded step of emptying what the zombie in holder names. */
static void zombie_step(cte_t *holder)
{
    cap_t z = holder->cap;
    if (z.zombie.number == 0) {
        zombie_pop(holder);
        return;
    }
    cte_t *entry = &zombie_slots(z)[z.zombie.number - 1];
    bool is_link = z.zombie.has_next && entry == zombie_link(z);
    if (entry != holder && !is_link && entry->cap.type != CAP_NULL) {
        cap_t rest = slot_finalise(entry);
        if (rest.type == CAP_ZOMBIE) {
            entry->cap = rest;
            zombie_push(holder, entry);
            return;
        }
        mdb_remove(entry);
    }
    holder->cap.zombie.number--;
}

enum invoke_status slot_delete(cte_t *slot)
{
    if (slot->cap.type == CAP_NULL) {
        return INVOKE_DONE;
    }
    cap_t rest = slot_finalise(slot);
    if (rest.type == CAP_NULL) {
        mdb_remove(slot);
        return INVOKE_DONE;
    }
    slot->cap = rest;
    for (;;) {
        zombie_step(slot);
        if (slot->cap.type != CAP_ZOMBIE) {
            return INVOKE_DONE;
        }
        if (preemption_point()) {
            return INVOKE_PREEMPTED;
        }
    }
}

enum invoke_status slot_revoke(cte_t *slot)
{
    /* Deleting may empty slot itself; an empty slot has no children. */
    while (mdb_has_children(slot)) {
        enum invoke_status status = slot_delete(mdb_next(slot));
        if (status != INVOKE_DONE) {
            return status;
        }
        if (preemption_point()) {
            return INVOKE_PREEMPTED;
        }
    }
    return INVOKE_DONE;
}

void slot_delete_simple(cte_t *slot)
{
    if (slot->cap.type != CAP_NULL) {
        cap_t rest = slot_finalise(slot);
        kassert(rest.type == CAP_NULL);
        mdb_remove(slot);
    }
}
