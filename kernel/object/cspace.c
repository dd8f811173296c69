/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Following capability pointers through CNodes. */
#include <kernel/arch.h>
#include <kernel/cspace.h>

#define WORD_BITS 64

/* Bits [at - count, at) of word. */
static word_t bits_below(word_t word, unsigned at, unsigned count)
{
    if (count == 0) {
        return 0;
    }
    word_t mask = count == WORD_BITS ? ~0ull : (1ull << count) - 1;
    return word >> (at - count) & mask;
}

static struct resolved resolve_failed(struct lookup_fault fault)
{
    return (struct resolved){.slot = NULL, .fault = fault};
}

/*
 * Each turn consumes guard and radix bits of one CNode; a CNode has a radix of at least 1, so
 * it ends after at most 64 turns whatever loops the capabilities form.
 */
struct resolved cspace_resolve(cap_t root, word_t cptr, unsigned depth)
{
    unsigned left = depth;
    if (root.type != CAP_CNODE) {
        return resolve_failed((struct lookup_fault){.type = LOOKUP_INVALID_ROOT});
    }
    for (;;) {
        unsigned guard_size = root.cnode.guard_size, radix = root.cnode.radix;
        unsigned level = guard_size + radix;
        if (guard_size > left || bits_below(cptr, left, guard_size) != root.cnode.guard) {
            return resolve_failed((struct lookup_fault){.type = LOOKUP_GUARD_MISMATCH,
                                                        .bits_left = left,
                                                        .bits_found = guard_size,
                                                        .guard_found = root.cnode.guard});
        }
        if (level > left) {
            return resolve_failed((struct lookup_fault){
                .type = LOOKUP_DEPTH_MISMATCH, .bits_left = left, .bits_found = level});
        }
        cte_t *slots = phys_to_virt(root.paddr);
        cte_t *slot = &slots[bits_below(cptr, left - guard_size, radix)];
        left -= level;
        if (left == 0 || slot->cap.type != CAP_CNODE) {
            return (struct resolved){.slot = slot, .bits_left = left};
        }
        root = slot->cap;
    }
}

struct resolved cspace_lookup(struct tcb *t, word_t cptr)
{
    return cspace_resolve(t->slots[TCB_CSPACE].cap, cptr, WORD_BITS);
}

enum invoke_status cspace_lookup_slot(const struct slot_argument *arg, cte_t **slot)
{
    if (arg->root.type != CAP_CNODE) {
        return invoke_error_lookup(arg->source, (struct lookup_fault){.type = LOOKUP_INVALID_ROOT});
    }
    if (arg->depth < 1 || arg->depth > WORD_BITS) {
        return invoke_error_range(1, WORD_BITS);
    }
    struct resolved r = cspace_resolve(arg->root, arg->index, arg->depth);
    if (!r.slot) {
        return invoke_error_lookup(arg->source, r.fault);
    }
    if (r.bits_left != 0) {
        return invoke_error_lookup(arg->source, (struct lookup_fault){.type = LOOKUP_DEPTH_MISMATCH,
                                                                      .bits_left = 0,
                                                                      .bits_found = r.bits_left});
    }
    *slot = r.slot;
    return INVOKE_DONE;
}

enum invoke_status cspace_lookup_empty(const struct slot_argument *arg, cte_t **slot)
{
    enum invoke_status status = cspace_lookup_slot(arg, slot);
    if (status == INVOKE_DONE && (*slot)->cap.type != CAP_NULL) {
        return invoke_error(ERROR_DeleteFirst);
    }
    return status;
}
