/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Frames: 4 KiB, 2 MiB and 1 GiB of memory that can be mapped. One capability holds at most
 * one mapping, in a VSpace or in a nested address space, and takes it along when it goes.
 */
#include "page_table.h"
#include <kernel/cspace.h>
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/vspace.h>

#define RIGHT_WRITE 1u
#define RIGHT_READ  2u

static cap_t frame_create(const struct new_object *o)
{
    cap_t cap = {.type = CAP_FRAME, .paddr = o->paddr};
    cap.frame.size = o->type == OBJECT_X86_4K                ? FRAME_4K
                     : o->type == OBJECT_X86_LargePageObject ? FRAME_2M
                                                             : FRAME_1G;
    cap.frame.can_read = 1;
    cap.frame.can_write = 1;
    cap.frame.is_device = o->is_device;
    return cap;
}

static enum invoke_status frame_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    cap->frame.map_type = MAP_NONE;
    cap->frame.asid = 0;
    cap->frame.vaddr = 0;
    return INVOKE_DONE;
}

static void frame_unmap(cap_t cap)
{
    struct page_leaf leaf = {.paddr = cap.paddr, .level = cap.frame.size};
    switch (cap.frame.map_type) {
    case MAP_VSPACE:
        space_unmap_frame(&host_space, cap.frame.asid, cap.frame.vaddr, &leaf);
        break;
    case MAP_EPT:
        space_unmap_frame(&nested_space, cap.frame.asid, cap.frame.vaddr, &leaf);
        break;
    default:
        break;
    }
}

static cap_t frame_finalise(cap_t cap, bool final)
{
    (void) final;
    frame_unmap(cap);
    return cap_null();
}

static void frame_remember(cte_t *slot, enum map_type type, word_t asid, word_t addr)
{
    slot->cap.frame.map_type = type;
    slot->cap.frame.asid = asid;
    slot->cap.frame.vaddr = addr;
}

static bool is_aligned(word_t addr, unsigned level)
{
    return (addr & ((1ull << level_bits(level)) - 1)) == 0;
}

/* Writes the leaf and flushes if it replaces a translation. */
static void frame_write(const struct address_space *space, uint64_t *entry, cte_t *slot,
                        const struct page_leaf *leaf)
{
    const struct table_format *f = space_format(space);
    bool replaces = entry_present(f, *entry);
    table_write(f, entry, f->leaf(leaf));
    if (replaces) {
        space_flush_page(space, slot->cap.frame.asid, slot->cap.frame.vaddr);
    }
}

/* Errors of Page_Map that concern where the capability is mapped already. */
static enum invoke_status check_place(cap_t frame, cap_t root, word_t vaddr)
{
    if (frame.frame.map_type != MAP_NONE) {
        if (frame.frame.asid != root.table.asid) {
            return invoke_error_capability(1);
        }
        if (frame.frame.map_type != MAP_VSPACE) {
            return invoke_error(ERROR_IllegalOperation);
        }
        return frame.frame.vaddr != vaddr ? invoke_error_argument(0) : INVOKE_DONE;
    }
    word_t size = 1ull << level_bits(frame.frame.size);
    if (vaddr > USER_TOP || vaddr + size > USER_TOP) {
        return invoke_error_argument(0);
    }
    return INVOKE_DONE;
}

/* seL4_X86_Page_Map: MR0 vaddr, MR1 rights, MR2 attributes; extra 0 the VSpace. */
static enum invoke_status frame_map(struct invocation *inv)
{
    if (inv->length < 3 || inv->extra[0] == NULL) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    word_t vaddr = invocation_mr(inv, 0);
    word_t rights = invocation_mr(inv, 1);
    cap_t root = inv->extra[0]->cap;
    unsigned level = inv->cap.frame.size;
    enum invoke_status status = space_check_root_cap(&host_space, root);
    if (status == INVOKE_DONE) {
        status = check_place(inv->cap, root, vaddr);
    }
    if (status == INVOKE_DONE) {
        status = space_check_root_asid(&host_space, root);
    }
    if (status != INVOKE_DONE) {
        return status;
    }
    if (!is_aligned(vaddr, level)) {
        return invoke_error(ERROR_AlignmentError);
    }
    if (level == LEVEL_PDPT && !arch_has_1g_pages()) {
        return invoke_error(ERROR_IllegalOperation);
    }
    struct table_walk w = table_walk(&host_format, root.paddr, vaddr, level);
    if (w.entry == NULL) {
        return invoke_error_missing(w.missing);
    }
    if (entry_present(&host_format, *w.entry) && !entry_is_leaf(&host_format, *w.entry, level)) {
        return invoke_error(ERROR_DeleteFirst);
    }
    struct page_leaf leaf = {
        .paddr = inv->cap.paddr,
        .level = level,
        .read = (rights & RIGHT_READ) && inv->cap.frame.can_read,
        .write = (rights & RIGHT_WRITE) && inv->cap.frame.can_write,
        .attributes = invocation_mr(inv, 2),
    };
    frame_remember(inv->slot, MAP_VSPACE, root.table.asid, vaddr);
    frame_write(&host_space, w.entry, inv->slot, &leaf);
    return INVOKE_DONE;
}

/* seL4_X86_Page_MapEPT: MR0 guest-physical address, MR1 rights, MR2 memory type; extra 0 root. */
static enum invoke_status frame_map_ept(struct invocation *inv)
{
    if (inv->length < 3 || inv->extra[0] == NULL) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    unsigned level = inv->cap.frame.size;
    if (inv->cap.frame.map_type != MAP_NONE || (level == LEVEL_PDPT && !nested_has_1g_pages)) {
        return invoke_error_capability(0);
    }
    cap_t root = inv->extra[0]->cap;
    enum invoke_status status = space_check_root_cap(&nested_space, root);
    if (status == INVOKE_DONE) {
        status = space_check_root_asid(&nested_space, root);
    }
    if (status != INVOKE_DONE) {
        return status;
    }
    word_t gpa = invocation_mr(inv, 0) & ~0xfffull;
    if (gpa > nested_space.top) {
        return invoke_error_argument(0);
    }
    if (!is_aligned(gpa, level)) {
        return invoke_error(ERROR_AlignmentError);
    }
    const struct table_format *f = space_format(&nested_space);
    struct table_walk w = table_walk(f, root.paddr, gpa, level);
    if (w.entry == NULL) {
        return invoke_error_missing(w.missing);
    }
    if (entry_present(f, *w.entry)) {
        return invoke_error(ERROR_DeleteFirst);
    }
    struct page_leaf leaf = {
        .paddr = inv->cap.paddr,
        .level = level,
        .read = true,
        .write = (invocation_mr(inv, 1) & RIGHT_WRITE) && inv->cap.frame.can_write,
        .attributes = invocation_mr(inv, 2),
    };
    frame_remember(inv->slot, MAP_EPT, root.table.asid, gpa);
    frame_write(&nested_space, w.entry, inv->slot, &leaf);
    return INVOKE_DONE;
}

static enum invoke_status frame_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_X86PageMap:
        return frame_map(inv);
    case LABEL_X86PageMapEPT:
        return frame_map_ept(inv);
    case LABEL_X86PageUnmap:
        frame_unmap(inv->cap);
        frame_remember(inv->slot, MAP_NONE, 0, 0);
        return INVOKE_DONE;
    case LABEL_X86PageGetAddress:
        invocation_set_result(inv, 0, inv->cap.paddr);
        return INVOKE_DONE;
    default:
        return invoke_error(ERROR_IllegalOperation);
    }
}

const struct object_ops frame_ops = {
    .create = frame_create,
    .derive = frame_derive,
    .finalise = frame_finalise,
    .invoke = frame_invoke,
};
