/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Nested address spaces: the EPT objects of the API. They hold the nested page tables of
 * whichever virtualization extension the machine has (nested_ops).
 */
#include "page_table.h"
#include <kernel/objects.h>
#include <kernel/vspace.h>

/* A four-level tree translates 48 bits of guest-physical address. */
#define NESTED_TOP 0xffffffffffffull

const struct address_space nested_space = {
    .nested = true,
    .top = NESTED_TOP,
    .table = {CAP_EPT_PT, CAP_EPT_PD, CAP_EPT_PDPT, CAP_EPT_PML4},
    .map_label = {LABEL_X86EPTPTMap, LABEL_X86EPTPDMap, LABEL_X86EPTPDPTMap},
    .unmap_label = {LABEL_X86EPTPTUnmap, LABEL_X86EPTPDUnmap, LABEL_X86EPTPDPTUnmap},
};

paddr_t ept_root(cap_t cap)
{
    if (cap.type != CAP_EPT_PML4 || !cap.table.is_mapped) {
        return 0;
    }
    return asid_root(cap.table.asid, true) == cap.paddr ? cap.paddr : 0;
}

static cap_t ept_create(const struct new_object *o)
{
    static const struct {
        enum kernel_object_type object;
        enum cap_type cap;
    } types[] = {
        {OBJECT_X86_EPTPTObject, CAP_EPT_PT},
        {OBJECT_X86_EPTPDObject, CAP_EPT_PD},
        {OBJECT_X86_EPTPDPTObject, CAP_EPT_PDPT},
        {OBJECT_X86_EPTPML4Object, CAP_EPT_PML4},
    };
    cap_t cap = {.paddr = o->paddr};
    for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (types[i].object == o->type) {
            cap.type = types[i].cap;
        }
    }
    return cap;
}

static enum invoke_status ept_derive(const cte_t *slot, cap_t *cap)
{
    (void)slot;
    return table_derive(*cap);
}

static cap_t ept_finalise(cap_t cap, bool final)
{
    table_finalise(&nested_space, cap, final);
    return (cap_t){.w = {0, 0}};
}

static enum invoke_status ept_invoke(struct invocation *inv)
{
    return table_invoke(&nested_space, inv);
}

const struct object_ops ept_table_ops = {
    .create = ept_create,
    .derive = ept_derive,
    .finalise = ept_finalise,
    .invoke = ept_invoke,
};
