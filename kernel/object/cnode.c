/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* CNodes: tables of capability slots, and the operations on slots. */
#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/ipc.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>

/* Deletes, revokes and such of the one slot the first two words name. */
static enum invoke_status cnode_invoke_slot(struct invocation *inv, cte_t *slot)
{
    switch (inv->label) {
    case LABEL_CNodeRevoke:
        return slot_revoke(slot);
    case LABEL_CNodeDelete:
        return slot_delete(slot);
    case LABEL_CNodeSaveCaller: {
        cte_t *caller = &inv->thread->slots[TCB_CALLER];
        if (slot->cap.type != CAP_NULL) {
            return invoke_error(ERROR_DeleteFirst);
        }
        if (caller->cap.type != CAP_NULL) {
            mdb_move(slot, caller->cap, caller);
        }
        return INVOKE_DONE;
    }
    default: { /* LABEL_CNodeCancelBadgedSends */
        cap_t cap = slot->cap;
        if (cap.type != CAP_ENDPOINT || !cap.endpoint.can_write || !cap.endpoint.can_read ||
            !cap.endpoint.can_grant || !cap.endpoint.can_grant_reply) {
            return invoke_error(ERROR_IllegalOperation);
        }
        if (cap.endpoint.badge) {
            endpoint_cancel_badged(cap_endpoint(cap), cap.endpoint.badge);
        }
        return INVOKE_DONE;
    }
    }
}

static enum invoke_status cnode_missing(bool source, word_t depth)
{
    return invoke_error_lookup(source, (struct lookup_fault){.type = LOOKUP_MISSING_CAPABILITY,
                                                             .bits_left = (uint8_t)depth});
}

static enum invoke_status cnode_invoke_copy(struct invocation *inv, cte_t *dest, cte_t *src)
{
    bool is_mint = inv->label == LABEL_CNodeMint;
    if (inv->length < (is_mint ? 6 : 5)) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    cap_t cap = cap_mask_rights(src->cap, invocation_mr(inv, 4));
    if (is_mint) {
        cap = cap_update_data(cap, invocation_mr(inv, 5), false);
    }
    enum invoke_status status = cap_derive(src, &cap);
    if (status != INVOKE_DONE) {
        return status;
    }
    if (cap.type == CAP_NULL) {
        return invoke_error(ERROR_IllegalOperation);
    }
    mdb_insert(dest, cap, src);
    return INVOKE_DONE;
}

static enum invoke_status cnode_invoke_move(struct invocation *inv, cte_t *dest, cte_t *src)
{
    cap_t cap = src->cap;
    if (inv->label == LABEL_CNodeMutate) {
        if (inv->length < 5) {
            return invoke_error(ERROR_TruncatedMessage);
        }
        cap = cap_update_data(cap, invocation_mr(inv, 4), true);
        if (cap.type == CAP_NULL) {
            return invoke_error(ERROR_IllegalOperation);
        }
    }
    mdb_move(dest, cap, src);
    return INVOKE_DONE;
}

/* Copy, Mint, Move, Mutate. */
static enum invoke_status cnode_invoke_two(struct invocation *inv, cte_t *dest)
{
    if (inv->length < 4 || !inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    if (dest->cap.type != CAP_NULL) {
        return invoke_error(ERROR_DeleteFirst);
    }
    struct slot_argument arg = {.root = inv->extra[0]->cap,
                                .index = invocation_mr(inv, 2),
                                .depth = invocation_mr(inv, 3),
                                .source = true};
    cte_t *src;
    enum invoke_status status = cspace_lookup_slot(&arg, &src);
    if (status != INVOKE_DONE) {
        return status;
    }
    if (src->cap.type == CAP_NULL) {
        return cnode_missing(true, arg.depth);
    }
    if (inv->label == LABEL_CNodeCopy || inv->label == LABEL_CNodeMint) {
        return cnode_invoke_copy(inv, dest, src);
    }
    return cnode_invoke_move(inv, dest, src);
}

/* The three slots of a Rotate, found and checked. */
static enum invoke_status cnode_rotate_slots(const struct invocation *inv, cte_t *dest,
                                             cte_t **pivot, cte_t **src)
{
    struct slot_argument src_arg = {.root = inv->extra[1]->cap,
                                    .index = invocation_mr(inv, 6),
                                    .depth = invocation_mr(inv, 7),
                                    .source = true};
    struct slot_argument pivot_arg = {
        .root = inv->extra[0]->cap, .index = invocation_mr(inv, 3), .depth = invocation_mr(inv, 4)};
    enum invoke_status status = cspace_lookup_slot(&src_arg, src);
    if (status == INVOKE_DONE) {
        status = cspace_lookup_slot(&pivot_arg, pivot);
    }
    if (status != INVOKE_DONE) {
        return status;
    }
    if (*pivot == *src || *pivot == dest) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (dest != *src && dest->cap.type != CAP_NULL) {
        return invoke_error(ERROR_DeleteFirst);
    }
    if ((*src)->cap.type == CAP_NULL) {
        return cnode_missing(true, src_arg.depth);
    }
    if ((*pivot)->cap.type == CAP_NULL) {
        return cnode_missing(false, pivot_arg.depth);
    }
    return INVOKE_DONE;
}

static enum invoke_status cnode_invoke_rotate(struct invocation *inv, cte_t *dest)
{
    if (inv->length < 8 || !inv->extra[0] || !inv->extra[1]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    cte_t *pivot, *src;
    enum invoke_status status = cnode_rotate_slots(inv, dest, &pivot, &src);
    if (status != INVOKE_DONE) {
        return status;
    }
    cap_t to_dest = cap_update_data(pivot->cap, invocation_mr(inv, 2), true);
    cap_t to_pivot = cap_update_data(src->cap, invocation_mr(inv, 5), true);
    if (to_dest.type == CAP_NULL || to_pivot.type == CAP_NULL) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (src == dest) {
        mdb_swap(src, to_pivot, pivot, to_dest);
    } else {
        mdb_move(dest, to_dest, pivot);
        mdb_move(pivot, to_pivot, src);
    }
    return INVOKE_DONE;
}

static enum invoke_status cnode_invoke(struct invocation *inv)
{
    if (inv->label < LABEL_CNodeRevoke || inv->label > LABEL_CNodeSaveCaller) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (inv->length < 2) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    struct slot_argument arg = {
        .root = inv->cap, .index = invocation_mr(inv, 0), .depth = invocation_mr(inv, 1)};
    cte_t *slot;
    enum invoke_status status = cspace_lookup_slot(&arg, &slot);
    if (status != INVOKE_DONE) {
        return status;
    }
    switch (inv->label) {
    case LABEL_CNodeCopy:
    case LABEL_CNodeMint:
    case LABEL_CNodeMove:
    case LABEL_CNodeMutate:
        return cnode_invoke_two(inv, slot);
    case LABEL_CNodeRotate:
        return cnode_invoke_rotate(inv, slot);
    default:
        return cnode_invoke_slot(inv, slot);
    }
}

static cap_t cnode_create(const struct new_object *o)
{
    cap_t cap = {.type = CAP_CNODE, .paddr = o->paddr};
    cap.cnode.radix = o->size_bits - 5;
    return cap;
}

static cap_t cnode_finalise(cap_t cap, bool final)
{
    if (!final) {
        return cap_null();
    }
    cap_t zombie = {.type = CAP_ZOMBIE, .paddr = cap.paddr};
    zombie.zombie.radix = cap.cnode.radix;
    zombie.zombie.number = 1ull << cap.cnode.radix;
    return zombie;
}

const struct object_ops cnode_ops = {
    .create = cnode_create, .finalise = cnode_finalise, .invoke = cnode_invoke};
