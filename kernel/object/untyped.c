/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Untyped memory and Retype.
 *
 * The capability keeps a watermark: everything below it has been handed out. When no child
 * is left the watermark goes back to 0. Memory is cleared when it is handed out, exactly the
 * range of the new objects, in units after each of which the operation can be preempted;
 * how far it came is kept in the capability ("cleared" units beyond the watermark are known
 * to be zero), because between preemption and restart anybody may retype from it.
 */
#include <string.h>

#include <kernel/arch.h>
#include <kernel/cspace.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>

#define RETYPE_FAN_OUT    256
#define MAX_UNTYPED_BITS  47
#define MIN_UNTYPED_BITS  4
#define PAGE_BITS         12
#define CLEAR_CHECK_BYTES 0x10000 /* look for interrupts that often */
#define CLEARED_BITS      19      /* cap.untyped.cleared counts up to 2^19 units */

struct retype {
    enum kernel_object_type type;
    const struct object_ops *ops;
    unsigned size_bits;
    cte_t *dest; /* first slot */
    word_t count;
    bool reset;   /* no children: start again at 0 */
    word_t start; /* offset of the first object */
};

static word_t align_up(word_t value, unsigned bits)
{
    word_t mask = (1ull << bits) - 1;
    return (value + mask) & ~mask;
}

/* Steps 1 to 5 of the check order: label, message, type and sizes. */
static enum invoke_status retype_decode_type(struct invocation *inv, struct retype *r)
{
    if (inv->label != LABEL_UntypedRetype) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (inv->length < 6 || !inv->extra[0]) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t type = invocation_mr(inv, 0), size_bits = invocation_mr(inv, 1);
    r->ops = object_type_ops(type);
    if (!r->ops) {
        return invoke_error_argument(0);
    }
    r->type = (enum kernel_object_type)type;
    if (size_bits >= 64 || object_size_bits(r->type, size_bits) > MAX_UNTYPED_BITS) {
        return invoke_error_range(0, MAX_UNTYPED_BITS);
    }
    if ((r->type == OBJECT_CapTableObject && size_bits == 0) ||
        (r->type == OBJECT_UntypedObject && size_bits < MIN_UNTYPED_BITS)) {
        return invoke_error_argument(1);
    }
    r->size_bits = object_size_bits(r->type, size_bits);
    return INVOKE_DONE;
}

/* Steps 6 to 11: the destination CNode and its slots. */
static enum invoke_status retype_decode_slots(struct invocation *inv, struct retype *r)
{
    word_t depth = invocation_mr(inv, 3), offset = invocation_mr(inv, 4);
    r->count = invocation_mr(inv, 5);
    cte_t *node = inv->extra[0];
    if (depth != 0) {
        struct slot_argument arg = {
            .root = node->cap, .index = invocation_mr(inv, 2), .depth = depth};
        enum invoke_status status = cspace_lookup_slot(&arg, &node);
        if (status != INVOKE_DONE) {
            return status;
        }
    }
    if (node->cap.type != CAP_CNODE) {
        return invoke_error_lookup(false, (struct lookup_fault){.type = LOOKUP_MISSING_CAPABILITY,
                                                                .bits_left = (uint8_t)depth});
    }
    word_t size = 1ull << node->cap.cnode.radix;
    if (offset > size - 1) {
        return invoke_error_range(0, size - 1);
    }
    if (r->count < 1 || r->count > RETYPE_FAN_OUT) {
        return invoke_error_range(1, RETYPE_FAN_OUT);
    }
    if (r->count > size - offset) {
        return invoke_error_range(1, size - offset);
    }
    r->dest = (cte_t *)phys_to_virt(node->cap.paddr) + offset;
    for (word_t i = 0; i < r->count; i++) {
        if (r->dest[i].cap.type != CAP_NULL) {
            return invoke_error(ERROR_DeleteFirst);
        }
    }
    return INVOKE_DONE;
}

/* Steps 12 to 14: is there room, and may this memory become such objects. */
static enum invoke_status retype_decode_memory(struct invocation *inv, struct retype *r)
{
    cap_t cap = inv->slot->cap;
    r->reset = !mdb_has_children(inv->slot);
    word_t size = 1ull << cap.untyped.size_bits;
    word_t used = r->reset ? 0 : (word_t)cap.untyped.free_index << 4;
    word_t free = size - used;
    if (free >> r->size_bits < r->count) {
        return invoke_error_memory(free);
    }
    bool is_memory = r->type == OBJECT_UntypedObject || r->type == OBJECT_X86_4K ||
                     r->type == OBJECT_X86_LargePageObject || r->type == OBJECT_X64_HugePageObject;
    if (cap.untyped.is_device && !is_memory) {
        return invoke_error_argument(1);
    }
    r->start = align_up(used, r->size_bits);
    return INVOKE_DONE;
}

/* Moves the watermark, keeping what is known to be clear beyond it. */
static void untyped_advance(cte_t *slot, word_t to, unsigned unit_bits)
{
    word_t from = (word_t)slot->cap.untyped.free_index << 4;
    word_t cleared = (word_t)slot->cap.untyped.cleared << unit_bits;
    word_t gone = to - from;
    slot->cap.untyped.free_index = to >> 4;
    slot->cap.untyped.cleared = gone < cleared ? (cleared - gone) >> unit_bits : 0;
}

/* Clears what the objects will lie in; false: preempted. */
static bool retype_clear(cte_t *slot, const struct retype *r, unsigned unit_bits)
{
    word_t size = r->count << r->size_bits, unit = 1ull << unit_bits;
    char *memory = phys_to_virt(slot->cap.paddr + r->start);
    for (;;) {
        word_t done = (word_t)slot->cap.untyped.cleared << unit_bits;
        if (done >= size) {
            return true;
        }
        word_t left = size - done;
        memset(memory + done, 0, left < unit ? left : unit);
        if (left <= unit) {
            return true;
        }
        slot->cap.untyped.cleared++;
        if ((done + unit) % CLEAR_CHECK_BYTES == 0 && arch_interrupt_pending()) {
            return false;
        }
    }
}

static enum invoke_status retype_commit(struct invocation *inv, const struct retype *r)
{
    cte_t *slot = inv->slot;
    bool is_device = slot->cap.untyped.is_device;
    unsigned size_bits = slot->cap.untyped.size_bits;
    unsigned unit_bits =
        size_bits > PAGE_BITS + CLEARED_BITS ? size_bits - CLEARED_BITS : PAGE_BITS;
    if (r->reset && slot->cap.untyped.free_index != 0) {
        slot->cap.untyped.free_index = 0;
        slot->cap.untyped.cleared = 0;
    }
    untyped_advance(slot, r->start, unit_bits);
    /* A smaller untyped is cleared when it is retyped itself. */
    if (!is_device && r->type != OBJECT_UntypedObject && !retype_clear(slot, r, unit_bits)) {
        return INVOKE_PREEMPTED;
    }
    untyped_advance(slot, r->start + (r->count << r->size_bits), unit_bits);
    paddr_t paddr = slot->cap.paddr + r->start;
    if (is_device && r->type != OBJECT_UntypedObject) {
        arch_note_device_frame(paddr, r->count << r->size_bits);
    }
    for (word_t i = 0; i < r->count; i++) {
        struct new_object o = {.type = r->type,
                               .paddr = paddr + (i << r->size_bits),
                               .size_bits = r->size_bits,
                               .is_device = is_device};
        mdb_insert_object(&r->dest[i], r->ops->create(&o), slot);
    }
    return INVOKE_DONE;
}

static enum invoke_status untyped_invoke(struct invocation *inv)
{
    struct retype r = {.count = 0};
    enum invoke_status status = retype_decode_type(inv, &r);
    if (status == INVOKE_DONE) {
        status = retype_decode_slots(inv, &r);
    }
    if (status == INVOKE_DONE) {
        status = retype_decode_memory(inv, &r);
    }
    return status == INVOKE_DONE ? retype_commit(inv, &r) : status;
}

static cap_t untyped_create(const struct new_object *o)
{
    cap_t cap = {.type = CAP_UNTYPED, .paddr = o->paddr};
    cap.untyped.size_bits = o->size_bits;
    cap.untyped.is_device = o->is_device;
    return cap;
}

static enum invoke_status untyped_derive(const cte_t *slot, cap_t *cap)
{
    (void)cap;
    return mdb_has_children(slot) ? invoke_error(ERROR_RevokeFirst) : INVOKE_DONE;
}

const struct object_ops untyped_ops = {
    .create = untyped_create, .derive = untyped_derive, .invoke = untyped_invoke};
