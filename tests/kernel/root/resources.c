/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Slots, objects and addresses for tests. */
#include "harness.h"

#define AREA_START    0x10000000ul
#define POOL_MIN_BITS 22

static seL4_CPtr pool;      /* untyped behind all objects of tests */
static seL4_CPtr next_slot; /* first free slot of the root CNode */
static seL4_Word next_vaddr = AREA_START;

void resources_init(void)
{
    unsigned best = 0;
    const seL4_UntypedDesc *list = boot_info->untypedList;
    for (seL4_Word i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++) {
        if (!list[i].isDevice && list[i].sizeBits > best) {
            best = list[i].sizeBits;
            pool = boot_info->untyped.start + i;
        }
    }
    if (best < POOL_MIN_BITS) {
        print("Bail out! no untyped of 4 MiB or more\n");
        machine_exit(1);
    }
    next_slot = boot_info->empty.start;
}

void resources_reset(void)
{
    seL4_CNode_Revoke(ROOT_CNODE, pool, ROOT_DEPTH);
    while (next_slot > boot_info->empty.start) {
        seL4_CNode_Delete(ROOT_CNODE, --next_slot, ROOT_DEPTH);
    }
    next_vaddr = AREA_START;
}

seL4_CPtr new_slots(unsigned count)
{
    seL4_CPtr first = next_slot;
    next_slot += count;
    CHECK(next_slot <= boot_info->empty.end);
    return first;
}

seL4_CPtr new_slot(void)
{
    return new_slots(1);
}

seL4_CPtr new_object(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = new_slot();
    seL4_Error error = seL4_Untyped_Retype(pool, type, size_bits, ROOT_CNODE, 0, 0, slot, 1);
    if (error != seL4_NoError) {
        test_fail(__FILE__, __LINE__, "retype of type %lu, %lu bits: error %lu (mr0 %lu)", type,
                  size_bits, (seL4_Word)error, seL4_GetMR(0));
    }
    return slot;
}

seL4_CPtr new_untyped(seL4_Word size_bits)
{
    return new_object(seL4_UntypedObject, size_bits);
}

seL4_CPtr new_minted(seL4_CPtr from, seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(
        seL4_CNode_Mint(ROOT_CNODE, slot, ROOT_DEPTH, ROOT_CNODE, from, ROOT_DEPTH, rights, badge),
        seL4_NoError);
    return slot;
}

/* Makes the table that a failed mapping call named. */
static void add_table(seL4_CPtr vspace, seL4_Word vaddr)
{
    seL4_Error error = seL4_InvalidArgument;
    switch (seL4_MappingFailedLookupLevel()) {
    case SEL4_MAPPING_LOOKUP_NO_PT:
        error = seL4_X86_PageTable_Map(new_object(seL4_X86_PageTableObject, 0), vspace, vaddr, 0);
        break;
    case SEL4_MAPPING_LOOKUP_NO_PD:
        error = seL4_X86_PageDirectory_Map(new_object(seL4_X86_PageDirectoryObject, 0), vspace,
                                           vaddr, 0);
        break;
    case SEL4_MAPPING_LOOKUP_NO_PDPT:
        error = seL4_X86_PDPT_Map(new_object(seL4_X86_PDPTObject, 0), vspace, vaddr, 0);
        break;
    }
    /* A lower table may lack its upper one: the caller's next try says which. */
    if (error != seL4_NoError && error != seL4_FailedLookup) {
        test_fail(__FILE__, __LINE__, "table for %lx: error %lu", vaddr, (seL4_Word)error);
    }
}

void map_frame_at(seL4_CPtr vspace, seL4_CPtr frame, seL4_Word vaddr, seL4_CapRights_t rights,
                  seL4_Word attributes)
{
    for (int tries = 0; tries < 8; tries++) {
        seL4_Error error =
            seL4_X86_Page_Map(frame, vspace, vaddr, rights, (seL4_X86_VMAttributes)attributes);
        if (error == seL4_NoError) {
            return;
        }
        if (error != seL4_FailedLookup) {
            test_fail(__FILE__, __LINE__, "mapping at %lx: error %lu", vaddr, (seL4_Word)error);
        }
        seL4_Word level = seL4_MappingFailedLookupLevel();
        (void)level;
        add_table(vspace, vaddr);
    }
    test_fail(__FILE__, __LINE__, "mapping at %lx: tables stay missing", vaddr);
}

void *map_frame(seL4_CPtr frame, seL4_Word size_bits)
{
    seL4_Word size = 1ul << size_bits;
    next_vaddr = (next_vaddr + size - 1) & ~(size - 1);
    seL4_Word vaddr = next_vaddr;
    next_vaddr += size;
    map_frame_at(seL4_CapInitThreadVSpace, frame, vaddr, seL4_ReadWrite, 0);
    return (void *)vaddr;
}

void *new_pages(unsigned count)
{
    void *first = NULL;
    for (unsigned i = 0; i < count; i++) {
        void *page = map_frame(new_object(seL4_X86_4K, 0), seL4_PageBits);
        first = first ? first : page;
    }
    return first;
}

seL4_CPtr new_port(seL4_Word first, seL4_Word last)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(seL4_X86_IOPortControl_Issue(seL4_CapIOPortControl, first, last, ROOT_CNODE, slot,
                                          ROOT_DEPTH),
             seL4_NoError);
    return slot;
}
