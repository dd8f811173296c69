/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Address space identifiers. A pool is a page of 512 entries: the physical address of the
 * root table the ASID names, bit 0 set for nested ones; 0 is free. ASID 0 is never used.
 */
#include "page_table.h"
#include <kernel/cspace.h>
#include <kernel/kernel.h>
#include <kernel/mdb.h>
#include <kernel/objects.h>
#include <kernel/vspace.h>
#include <string.h>

#define ASID_NESTED 1ull

static uint64_t *asid_entry(uint16_t asid)
{
    unsigned index = asid / ASIDS_PER_POOL;
    if (index >= NUM_ASID_POOLS || kernel.asid_pool[index] == 0) {
        return NULL;
    }
    uint64_t *pool = phys_to_virt(kernel.asid_pool[index]);
    return &pool[asid % ASIDS_PER_POOL];
}

paddr_t asid_root(uint16_t asid, bool nested)
{
    const uint64_t *entry = asid_entry(asid);
    if (entry == NULL || asid == 0 || ((*entry & ASID_NESTED) != 0) != nested) {
        return 0;
    }
    return *entry & ~ASID_NESTED;
}

void asid_boot_assign(uint16_t asid, paddr_t root)
{
    uint64_t *entry = asid_entry(asid);
    kassert(entry != NULL && asid != 0);
    *entry = root;
}

/* Threads may still run in the address space: they fall back to the kernel's empty one. */
static void leave_vspace(paddr_t root)
{
    struct cpu *cpu = this_cpu();
    if (cpu->current_root == root && cpu->current != NULL) {
        arch_set_vspace(cpu->current);
    }
}

void asid_release(uint16_t asid, paddr_t root, bool nested)
{
    uint64_t *entry = asid_entry(asid);
    if (entry == NULL || asid_root(asid, nested) != root) {
        return;
    }
    *entry = 0;
    space_flush(nested ? &nested_space : &host_space, asid);
    if (!nested) {
        leave_vspace(root);
    }
}

static cap_t asid_pool_finalise(cap_t cap, bool final)
{
    unsigned index = cap.asid_pool.base / ASIDS_PER_POOL;
    if (final && kernel.asid_pool[index] == cap.paddr) {
        for (unsigned i = 0; i < ASIDS_PER_POOL; i++) {
            uint16_t asid = (uint16_t)(cap.asid_pool.base + i);
            uint64_t entry = *asid_entry(asid);
            if (entry != 0) {
                asid_release(asid, entry & ~ASID_NESTED, (entry & ASID_NESTED) != 0);
            }
        }
        kernel.asid_pool[index] = 0;
    }
    return cap_null();
}

static bool is_unassigned_root(cap_t cap)
{
    return (cap.type == CAP_PML4 || cap.type == CAP_EPT_PML4) && !cap.table.is_mapped;
}

static enum invoke_status asid_pool_invoke(struct invocation *inv)
{
    if (inv->label != LABEL_X86ASIDPoolAssign) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (inv->extra[0] == NULL) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    cte_t *root = inv->extra[0];
    if (!is_unassigned_root(root->cap)) {
        return invoke_error_capability(1);
    }
    unsigned base = inv->cap.asid_pool.base;
    paddr_t pool = kernel.asid_pool[base / ASIDS_PER_POOL];
    if (pool == 0) {
        return invoke_error_lookup(false, (struct lookup_fault){.type = LOOKUP_INVALID_ROOT});
    }
    if (pool != inv->cap.paddr) {
        return invoke_error_capability(0);
    }
    uint64_t *entries = phys_to_virt(pool);
    unsigned i = base == 0 ? 1 : 0;
    while (i < ASIDS_PER_POOL && entries[i] != 0) {
        i++;
    }
    if (i == ASIDS_PER_POOL) {
        return invoke_error(ERROR_DeleteFirst);
    }
    bool nested = root->cap.type == CAP_EPT_PML4;
    entries[i] = root->cap.paddr | (nested ? ASID_NESTED : 0);
    root->cap.table.is_mapped = 1;
    root->cap.table.asid = base + i;
    return INVOKE_DONE;
}

/* Arguments of MakePool: MR0 index, MR1 depth; extra 0 untyped, extra 1 destination root. */
static enum invoke_status asid_control_invoke(struct invocation *inv)
{
    if (inv->label != LABEL_X86ASIDControlMakePool) {
        return invoke_error(ERROR_IllegalOperation);
    }
    if (inv->length < 2 || inv->extra[0] == NULL || inv->extra[1] == NULL) {
        return invoke_error(ERROR_TruncatedMessage);
    }
    unsigned index = 0;
    while (index < NUM_ASID_POOLS && kernel.asid_pool[index] != 0) {
        index++;
    }
    if (index == NUM_ASID_POOLS) {
        return invoke_error(ERROR_DeleteFirst);
    }
    cte_t *untyped = inv->extra[0];
    if (untyped->cap.type != CAP_UNTYPED || untyped->cap.untyped.size_bits != 12 ||
        untyped->cap.untyped.is_device) {
        return invoke_error_capability(1);
    }
    if (mdb_has_children(untyped)) {
        return invoke_error(ERROR_RevokeFirst);
    }
    cte_t *dest;
    enum invoke_status status =
        cspace_lookup_empty(&(struct slot_argument){.root = inv->extra[1]->cap,
                                                    .index = invocation_mr(inv, 0),
                                                    .depth = invocation_mr(inv, 1)},
                            &dest);
    if (status != INVOKE_DONE) {
        return status;
    }
    /* The pool takes the whole untyped: nothing is left to retype. */
    untyped->cap.untyped.free_index = TABLE_BYTES >> 4;
    paddr_t paddr = untyped->cap.paddr;
    memset(phys_to_virt(paddr), 0, TABLE_BYTES);
    kernel.asid_pool[index] = paddr;
    cap_t pool = {.type = CAP_ASID_POOL, .paddr = paddr};
    pool.asid_pool.base = index * ASIDS_PER_POOL;
    mdb_insert_object(dest, pool, untyped);
    return INVOKE_DONE;
}

const struct object_ops asid_control_ops = {.invoke = asid_control_invoke};
const struct object_ops asid_pool_ops = {
    .finalise = asid_pool_finalise,
    .invoke = asid_pool_invoke,
};
