/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Capability lookup and the operations on slots. */
#include <kernel/invoke.h>

/** Result of following a capability pointer. */
struct resolved {
    cte_t *slot; /* NULL: failed, see fault */
    unsigned bits_left;
    struct lookup_fault fault;
};

/** Follows the low depth bits of cptr from the CNode root. */
struct resolved cspace_resolve(cap_t root, word_t cptr, unsigned depth);
/** The slot that a capability pointer of thread t names for an invocation. */
struct resolved cspace_lookup(struct tcb *t, word_t cptr);

/** A slot argument: CNode, index and depth as words of a message. */
struct slot_argument {
    cap_t root;
    word_t index, depth;
    bool source;
};
/** Finds the slot of an argument; on error fills syscall_error. */
enum invoke_status cspace_lookup_slot(const struct slot_argument *arg, cte_t **slot);
/** The same, and the slot must be empty (DeleteFirst). */
enum invoke_status cspace_lookup_empty(const struct slot_argument *arg, cte_t **slot);

/** A copy of slot's capability fit for another slot; null with INVOKE_DONE: must not be copied. */
enum invoke_status cap_derive(const cte_t *slot, cap_t *cap);
/** Rights removed (mask: seL4_CapRights_t bits). */
cap_t cap_mask_rights(cap_t cap, word_t mask);
/** Badge or guard applied; null when not allowed. preserve: badges may not change (Mutate). */
cap_t cap_update_data(cap_t cap, word_t data, bool preserve);
/** The physical range of the object; size 0 when the capability names no memory. */
paddr_t cap_base(cap_t cap);
word_t cap_size(cap_t cap);
/** See docs/kernel-api.md, "Capabilities": does a cover b, are they the same object. */
bool cap_same_region(cap_t a, cap_t b);
bool cap_same_object(cap_t a, cap_t b);
/** The capability that names nothing. */
static inline cap_t cap_null(void)
{
    return (cap_t){.w = {0, 0}};
}

/** Deletes the slot's capability; preemptible, continues when called again. */
enum invoke_status slot_delete(cte_t *slot);
/** Deletes all descendants of the slot's capability; preemptible, continues when called again. */
enum invoke_status slot_revoke(cte_t *slot);
/** Deletes a capability that never needs long: not a CNode, TCB or zombie whose last one this is.
 */
void slot_delete_simple(cte_t *slot);
