/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The derivation list: all capabilities in one doubly linked list in pre-order, so that the
 * descendants of a capability follow it directly. Rules: docs/kernel-api.md, "Capabilities".
 */
#include <kernel/object.h>

/** Neighbours; NULL at the ends. */
cte_t *mdb_next(const cte_t *slot);
cte_t *mdb_prev(const cte_t *slot);
/** "May have children" and "first of a badge" flags. */
bool mdb_revocable(const cte_t *slot);
bool mdb_first_badged(const cte_t *slot);

/** Stores cap, derived from parent's capability, in the empty slot dest. */
void mdb_insert(cte_t *dest, cap_t cap, cte_t *parent);
/** Stores cap in the empty slot dest as the child of parent made by Retype, or with parent NULL as
 * a root. */
void mdb_insert_object(cte_t *dest, cap_t cap, cte_t *parent);
/**
 * The same for a reply capability below its master, which is alone in its list, and back. Short
 * for the fast paths; the result is that of mdb_insert() and mdb_remove().
 */
void mdb_insert_only_child(cte_t *dest, cap_t cap, cte_t *parent);
void mdb_remove_only_child(cte_t *slot);
/** Moves src's capability (as cap: it may have a new guard) and list place to the empty slot dest.
 */
void mdb_move(cte_t *dest, cap_t cap, cte_t *src);
/** Exchanges the places of two different slots, storing cap_a in b and cap_b in a. Either may be
 * empty. */
void mdb_swap(cte_t *a, cap_t cap_a, cte_t *b, cap_t cap_b);
/** Empties the slot without finalising its capability. */
void mdb_remove(cte_t *slot);

/**
 * Sets or clears a mark that walks over all slots may use (also on empty slots), and returns
 * the old one. It must be clear again before the list changes.
 */
bool mdb_mark(cte_t *slot, bool mark);

/** True if parent's capability is an ancestor of child's, both in the list, child after parent. */
bool mdb_is_parent_of(const cte_t *parent, const cte_t *child);
/** True if the slot's capability has descendants. */
bool mdb_has_children(const cte_t *slot);
/** True if no other capability refers to the slot's object. */
bool mdb_is_final(const cte_t *slot);
/** mdb_is_final for capabilities whose deletion takes long (CNode, TCB, zombie): see TCB_SetSpace.
 */
bool mdb_is_long_running_delete(const cte_t *slot);
