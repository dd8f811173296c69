/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Capabilities to page tables of every level, host and nested: copying, mapping into the
 * table above, and what happens when the last capability goes.
 */
#include "page_table.h"
#include <kernel/kernel.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/vspace.h>
#include <string.h>

unsigned table_level(const struct address_space *space, enum cap_type type)
{
    unsigned level = LEVEL_PT;
    while (level < LEVEL_PML4 && space->table[level] != type) {
        level++;
    }
    return level;
}

enum invoke_status space_check_root_cap(const struct address_space *space, cap_t root_cap)
{
    if (root_cap.type != space->table[LEVEL_PML4] || !root_cap.table.is_mapped) {
        return invoke_error_capability(1);
    }
    return INVOKE_DONE;
}

enum invoke_status space_check_root_asid(const struct address_space *space, cap_t root_cap)
{
    paddr_t root = asid_root(root_cap.table.asid, space->nested);
    if (root == 0) {
        return invoke_error_lookup(false, (struct lookup_fault){.type = LOOKUP_INVALID_ROOT});
    }
    if (root != root_cap.paddr) {
        return invoke_error_capability(1);
    }
    return INVOKE_DONE;
}

/* An unmapped table or a root without ASID must not be copied: a copy would not learn of the
 * mapping its sibling gets later. */
enum invoke_status table_derive(cap_t cap)
{
    return cap.table.is_mapped ? INVOKE_DONE : invoke_error(ERROR_IllegalOperation);
}

/* Takes the table out of the one above, if it is still there. */
static void table_unlink(const struct address_space *space, cap_t cap)
{
    paddr_t root = asid_root(cap.table.asid, space->nested);
    if (root == 0) {
        return;
    }
    const struct table_format *f = space_format(space);
    unsigned level = table_level(space, cap.type) + 1;
    struct table_walk w = table_walk(f, root, cap.table.vaddr, level);
    if (w.entry != NULL && entry_present(f, *w.entry) && !entry_is_leaf(f, *w.entry, level) &&
        (*w.entry & ENTRY_ADDR_MASK) == cap.paddr) {
        table_write(f, w.entry, 0);
        space_flush(space, cap.table.asid);
    }
}

void table_finalise(const struct address_space *space, cap_t cap, bool final)
{
    if (!final || !cap.table.is_mapped) {
        return;
    }
    if (cap.type == space->table[LEVEL_PML4]) {
        asid_release(cap.table.asid, cap.paddr, space->nested);
    } else {
        table_unlink(space, cap);
    }
}

static enum invoke_status table_unmap(const struct address_space *space, struct invocation *inv)
{
    if (!mdb_is_final(inv->slot)) {
        return invoke_error(ERROR_RevokeFirst);
    }
    if (inv->cap.table.is_mapped) {
        table_unlink(space, inv->cap);
        memset(phys_to_virt(inv->cap.paddr), 0, TABLE_BYTES);
        inv->slot->cap.table.is_mapped = 0;
    }
    return INVOKE_DONE;
}

static enum invoke_status table_map(const struct address_space *space, struct invocation *inv,
                                    unsigned level)
{
    if (inv->length < 2 || inv->extra[0] == NULL) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    if (inv->cap.table.is_mapped) {
        return invoke_error_capability(0);
    }
    cap_t root = inv->extra[0]->cap;
    enum invoke_status status = space_check_root_cap(space, root);
    if (status != INVOKE_DONE) {
        return status;
    }
    word_t addr = invocation_mr(inv, 0) & ~((1ull << level_bits(level + 1)) - 1);
    if (addr > space->top) {
        return invoke_error_argument(0);
    }
    status = space_check_root_asid(space, root);
    if (status != INVOKE_DONE) {
        return status;
    }
    const struct table_format *f = space_format(space);
    struct table_walk w = table_walk(f, root.paddr, addr, level + 1);
    if (w.entry == NULL) {
        return invoke_error_missing(w.missing);
    }
    if (entry_present(f, *w.entry)) {
        return invoke_error(ERROR_DeleteFirst);
    }
    inv->slot->cap.table.is_mapped = 1;
    inv->slot->cap.table.asid = root.table.asid;
    inv->slot->cap.table.vaddr = addr;
    table_write(f, w.entry, inv->cap.paddr | f->table);
    return INVOKE_DONE;
}

enum invoke_status table_invoke(const struct address_space *space, struct invocation *inv)
{
    unsigned level = table_level(space, inv->cap.type);
    if (level == LEVEL_PML4) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (inv->label == space->unmap_label[level]) {
        return table_unmap(space, inv);
    }
    if (inv->label == space->map_label[level]) {
        return table_map(space, inv, level);
    }
    return invoke_error(ERROR_IllegalOperation);
}
