/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Host address spaces: PML4, PDPT, PD and PT objects. */
#include "page_table.h"
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <kernel/vspace.h>

const struct address_space host_space = {
    .nested = false,
    .top = USER_TOP,
    .table = {CAP_PAGE_TABLE, CAP_PAGE_DIRECTORY, CAP_PDPT, CAP_PML4},
    .map_label = {LABEL_X86PageTableMap, LABEL_X86PageDirectoryMap, LABEL_X86PDPTMap},
    .unmap_label = {LABEL_X86PageTableUnmap, LABEL_X86PageDirectoryUnmap, LABEL_X86PDPTUnmap},
};

paddr_t vspace_root(cap_t cap)
{
    if (cap.type != CAP_PML4 || !cap.table.is_mapped) {
        return 0;
    }
    return asid_root(cap.table.asid, false) == cap.paddr ? cap.paddr : 0;
}

static cap_t vspace_create(const struct new_object *o)
{
    static const struct {
        enum kernel_object_type object;
        enum cap_type cap;
    } types[] = {
        {OBJECT_X86_PageTableObject, CAP_PAGE_TABLE},
        {OBJECT_X86_PageDirectoryObject, CAP_PAGE_DIRECTORY},
        {OBJECT_X86_PDPTObject, CAP_PDPT},
        {OBJECT_X64_PML4Object, CAP_PML4},
    };
    cap_t cap = {.paddr = o->paddr};
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].object == o->type) {
            cap.type = types[i].cap;
        }
    }
    if (cap.type == CAP_PML4) {
        arch_init_pml4(o->paddr);
    }
    return cap;
}

static enum invoke_status vspace_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    return table_derive(*cap);
}

static cap_t vspace_finalise(cap_t cap, bool final)
{
    table_finalise(&host_space, cap, final);
    return (cap_t){.w = {0, 0}};
}

static enum invoke_status vspace_invoke(struct invocation *inv)
{
    return table_invoke(&host_space, inv);
}

const struct object_ops vspace_table_ops = {
    .create = vspace_create,
    .derive = vspace_derive,
    .finalise = vspace_finalise,
    .invoke = vspace_invoke,
};
