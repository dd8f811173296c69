/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Address spaces on real page tables: what a thread sees when mappings come and go. */
#include "test.h"

#define SELF     seL4_CapInitThreadVSpace
#define AREA     0x600000000000ul /* nothing of the harness is near */
#define LARGE    0x200000ul
#define EXEC_NOT 8 /* seL4_X86_ExecuteNever */
#define RET      0xc3

/* Does one access and tells the main thread. */
static void touch(struct thread *t)
{
    volatile unsigned char *at = (volatile unsigned char *)t->arg[0];
    switch (t->arg[1]) {
    case 'r':
        t->result = 0x100u + *at;
        break;
    case 'w':
        *at = 0x5a;
        t->result = 1;
        break;
    case 'x':
        ((void (*)(void))t->arg[0])();
        t->result = 1;
        break;
    }
}

/* True if the access works, false if it faults at the address. */
static bool can(char access, seL4_Word vaddr)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    struct thread *t = new_thread(touch, MAIN_PRIORITY + 1, ep);
    t->arg[0] = vaddr;
    t->arg[1] = (uintptr_t)access;
    thread_start(t);
    if (t->result != 0) {
        return true;
    }
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge);
    CHECK_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    CHECK_EQ(seL4_GetMR(seL4_VMFault_Addr), vaddr);
    return false;
}

static seL4_Error map(seL4_CPtr frame, seL4_Word vaddr, seL4_CapRights_t rights, int attributes)
{
    return seL4_X86_Page_Map(frame, SELF, vaddr, rights, (seL4_X86_VMAttributes)attributes);
}

TEST(vspace_missing_tables_are_named)
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    CHECK_EQ(map(frame, AREA, seL4_ReadWrite, 0), seL4_FailedLookup);
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PDPT);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(seL4_GetMR(1), 2);
    seL4_CPtr pdpt = new_object(seL4_X86_PDPTObject, 0);
    CHECK_EQ(seL4_X86_PDPT_Map(pdpt, SELF, AREA, 0), seL4_NoError);
    CHECK_EQ(map(frame, AREA, seL4_ReadWrite, 0), seL4_FailedLookup);
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PD);
    seL4_CPtr pt = new_object(seL4_X86_PageTableObject, 0);
    CHECK_EQ(seL4_X86_PageTable_Map(pt, SELF, AREA, 0), seL4_FailedLookup);
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PD);
    seL4_CPtr pd = new_object(seL4_X86_PageDirectoryObject, 0);
    CHECK_EQ(seL4_X86_PageDirectory_Map(pd, SELF, AREA, 0), seL4_NoError);
    CHECK_EQ(map(frame, AREA, seL4_ReadWrite, 0), seL4_FailedLookup);
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PT);
    CHECK_EQ(seL4_X86_PageTable_Map(pt, SELF, AREA, 0), seL4_NoError);
    CHECK_EQ(map(frame, AREA, seL4_ReadWrite, 0), seL4_NoError);
    CHECK(can('w', AREA));
    /* Taking out a table takes the pages along. */
    CHECK_EQ(seL4_X86_PageTable_Unmap(pt), seL4_NoError);
    CHECK(!can('r', AREA));
    CHECK_EQ(seL4_X86_PageTable_Map(pt, SELF, AREA, 0), seL4_NoError);
    CHECK(!can('r', AREA));
    CHECK_EQ(seL4_X86_PDPT_Unmap(pdpt), seL4_NoError);
    CHECK_EQ(seL4_X86_PageDirectory_Unmap(pd), seL4_NoError);
}

TEST(vspace_rights)
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    map_frame_at(SELF, frame, AREA, seL4_ReadWrite, 0);
    CHECK(can('w', AREA));
    CHECK_EQ(map(frame, AREA, seL4_CanRead, 0), seL4_NoError);
    CHECK(can('r', AREA));
    CHECK(!can('w', AREA));
    CHECK_EQ(map(frame, AREA, seL4_NoRights, 0), seL4_NoError);
    CHECK(!can('r', AREA));
    seL4_CPtr readable = new_minted(frame, seL4_CanRead, 0);
    CHECK_EQ(map(readable, AREA + PAGE_SIZE, seL4_ReadWrite, 0), seL4_NoError);
    CHECK(can('r', AREA + PAGE_SIZE));
    CHECK(!can('w', AREA + PAGE_SIZE));
}

TEST(vspace_execute_never)
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    map_frame_at(SELF, frame, AREA, seL4_ReadWrite, 0);
    *(volatile unsigned char *)AREA = RET;
    CHECK(can('x', AREA));
    CHECK_EQ(map(frame, AREA, seL4_ReadWrite, EXEC_NOT), seL4_NoError);
    CHECK(can('r', AREA));
    CHECK(!can('x', AREA));
    CHECK_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
}

TEST(vspace_frame_errors)
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0), other = new_object(seL4_X64_PML4Object, 0);
    map_frame_at(SELF, frame, AREA, seL4_ReadWrite, 0);
    CHECK_EQ(map(frame, AREA + PAGE_SIZE, seL4_ReadWrite, 0), seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 0);
    seL4_CPtr copy = new_minted(frame, seL4_AllRights, 0);
    CHECK_EQ(map(copy, AREA + 1, seL4_ReadWrite, 0), seL4_AlignmentError);
    CHECK_EQ(map(copy, 0xffff800000000000ul, seL4_ReadWrite, 0), seL4_InvalidArgument);
    CHECK_EQ(seL4_X86_Page_Map(copy, other, AREA, seL4_ReadWrite, 0), seL4_InvalidCapability);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_X86_Page_Map(copy, frame, AREA, seL4_ReadWrite, 0), seL4_InvalidCapability);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, other), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_Map(frame, other, AREA, seL4_ReadWrite, 0), seL4_InvalidCapability);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_X86_Page_Map(copy, other, AREA, seL4_ReadWrite, 0), seL4_FailedLookup);
    CHECK_EQ(seL4_X86_Page_Unmap(copy), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_Unmap(frame), seL4_NoError);
    CHECK(!can('r', AREA));
}

TEST(vspace_copies_unmap_only_themselves)
{
    seL4_CPtr frame = new_object(seL4_X86_4K, 0);
    seL4_CPtr copy = new_minted(frame, seL4_AllRights, 0);
    map_frame_at(SELF, frame, AREA, seL4_ReadWrite, 0);
    CHECK_EQ(map(copy, AREA + PAGE_SIZE, seL4_ReadWrite, 0), seL4_NoError);
    *(volatile unsigned char *)AREA = 0x77;
    CHECK_EQ(*(volatile unsigned char *)(AREA + PAGE_SIZE), 0x77);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, copy, ROOT_DEPTH), seL4_NoError);
    CHECK(can('r', AREA));
    CHECK(!can('r', AREA + PAGE_SIZE));
    /* A page replaces another silently. */
    seL4_CPtr second = new_object(seL4_X86_4K, 0);
    CHECK_EQ(map(second, AREA, seL4_ReadWrite, 0), seL4_NoError);
    CHECK_EQ(*(volatile unsigned char *)AREA, 0);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, frame, ROOT_DEPTH), seL4_NoError);
    CHECK(can('r', AREA));
}

TEST(vspace_revoked_memory_is_gone)
{
    seL4_CPtr untyped = new_untyped(12), frame = new_slot();
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, ROOT_CNODE, 0, 0, frame, 1),
                 seL4_NoError);
        map_frame_at(SELF, frame, AREA, seL4_ReadWrite, 0);
        CHECK_EQ(*(volatile unsigned char *)AREA, 0);
        *(volatile unsigned char *)AREA = 1;
        CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, untyped, ROOT_DEPTH), seL4_NoError);
        CHECK(!can('r', AREA));
    }
}

TEST(vspace_large_pages)
{
    seL4_CPtr large = new_object(seL4_X86_LargePageObject, 0);
    seL4_CPtr small = new_object(seL4_X86_4K, 0);
    map_frame_at(SELF, large, AREA, seL4_ReadWrite, 0);
    CHECK(can('w', AREA + LARGE - 1));
    CHECK(!can('r', AREA + LARGE));
    CHECK_EQ(map(small, AREA, seL4_ReadWrite, 0), seL4_FailedLookup);
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_PT);
    seL4_CPtr pt = new_object(seL4_X86_PageTableObject, 0);
    CHECK_EQ(seL4_X86_PageTable_Map(pt, SELF, AREA, 0), seL4_DeleteFirst);
    CHECK_EQ(seL4_X86_Page_Unmap(large), seL4_NoError);
    CHECK(!can('r', AREA));
    CHECK_EQ(seL4_X86_PageTable_Map(pt, SELF, AREA, 0), seL4_NoError);
    CHECK_EQ(map(large, AREA, seL4_ReadWrite, 0), seL4_DeleteFirst);
    CHECK_EQ(map(large, AREA + PAGE_SIZE, seL4_ReadWrite, 0), seL4_AlignmentError);
}

TEST(vspace_page_address)
{
    seL4_CPtr frames = new_slots(2);
    CHECK_EQ(seL4_Untyped_Retype(new_untyped(13), seL4_X86_4K, 0, ROOT_CNODE, 0, 0, frames, 2),
             seL4_NoError);
    seL4_X86_Page_GetAddress_t first = seL4_X86_Page_GetAddress(frames);
    seL4_X86_Page_GetAddress_t second = seL4_X86_Page_GetAddress(frames + 1);
    CHECK_EQ(first.error, seL4_NoError);
    CHECK_EQ(second.paddr, first.paddr + PAGE_SIZE);
}

TEST(vspace_tables_are_unmapped_by_their_last_capability)
{
    seL4_CPtr pdpt = new_object(seL4_X86_PDPTObject, 0);
    CHECK_EQ(seL4_CNode_Copy(ROOT_CNODE, new_slot(), ROOT_DEPTH, ROOT_CNODE, pdpt, ROOT_DEPTH,
                             seL4_AllRights),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_PDPT_Unmap(pdpt), seL4_NoError);
    CHECK_EQ(seL4_X86_PDPT_Map(pdpt, SELF, AREA, 0), seL4_NoError);
    CHECK_EQ(seL4_X86_PDPT_Map(pdpt, SELF, AREA, 0), seL4_InvalidCapability);
    CHECK_EQ(seL4_X86_PDPT_Map(new_object(seL4_X86_PDPTObject, 0), SELF, AREA, 0),
             seL4_DeleteFirst);
    seL4_CPtr copy = new_minted(pdpt, seL4_AllRights, 0);
    CHECK_EQ(seL4_X86_PDPT_Unmap(pdpt), seL4_RevokeFirst);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, copy, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_X86_PDPT_Unmap(pdpt), seL4_NoError);
}

TEST(vspace_asid_pools)
{
    seL4_CPtr untyped = new_untyped(12), pool = new_slot(),
              root = new_object(seL4_X64_PML4Object, 0);
    CHECK_EQ(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, new_untyped(13), ROOT_CNODE, pool,
                                           ROOT_DEPTH),
             seL4_InvalidCapability);
    CHECK_EQ(
        seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, ROOT_CNODE, pool, ROOT_DEPTH),
        seL4_NoError);
    CHECK_EQ(seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, untyped, ROOT_CNODE, new_slot(),
                                           ROOT_DEPTH),
             seL4_RevokeFirst);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(pool, root), seL4_NoError);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(pool, root), seL4_InvalidCapability);
    CHECK_EQ(seL4_GetMR(0), 1);
    seL4_CPtr pdpt = new_object(seL4_X86_PDPTObject, 0);
    CHECK_EQ(seL4_X86_PDPT_Map(pdpt, root, AREA, 0), seL4_NoError);
    /* Without its pool the space cannot be used any more. */
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, pool, ROOT_DEPTH), seL4_NoError);
    seL4_CPtr second = new_object(seL4_X86_PDPTObject, 0);
    CHECK_EQ(seL4_X86_PDPT_Map(second, root, AREA + (1ul << 39), 0), seL4_FailedLookup);
    CHECK_EQ(seL4_GetMR(1), 1);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, root, ROOT_DEPTH), seL4_NoError);
}

/* Seven more pools fit. */
TEST(vspace_asid_pools_run_out)
{
    unsigned made = 0;
    seL4_Error error = seL4_NoError;
    while (error == seL4_NoError) {
        error = seL4_X86_ASIDControl_MakePool(seL4_CapASIDControl, new_untyped(12), ROOT_CNODE,
                                              new_slot(), ROOT_DEPTH);
        made += error == seL4_NoError;
    }
    CHECK_EQ(error, seL4_DeleteFirst);
    CHECK_EQ(made, 7);
}

TEST(vspace_asids_run_out)
{
    unsigned made = 0;
    seL4_Error error = seL4_NoError;
    while (error == seL4_NoError) {
        error = seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool,
                                         new_object(seL4_X64_PML4Object, 0));
        made += error == seL4_NoError;
    }
    CHECK_EQ(error, seL4_DeleteFirst);
    CHECK_EQ(made, 510); /* 0 is never used, 1 is ours */
}

static void spin(struct thread *t)
{
    for (;;) {
        t->result++;
    }
}

/* A thread whose address space is deleted faults instead of running on. */
TEST(vspace_deleted_under_its_thread)
{
    seL4_CPtr root = new_object(seL4_X64_PML4Object, 0), ep = new_object(seL4_EndpointObject, 0);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, root), seL4_NoError);
    struct thread *t = new_thread(spin, MAIN_PRIORITY + 1, ep);
    CHECK_EQ(seL4_TCB_SetSpace(t->tcb, ep, ROOT_CNODE, 0, root, 0), seL4_NoError);
    thread_start(t);
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge);
    CHECK_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, root, ROOT_DEPTH), seL4_NoError);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    info = seL4_Recv(ep, &badge);
    CHECK_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    CHECK_EQ(t->result, 0);
}

/* Nested address spaces: rules that need no guest. */
TEST(vspace_nested_tables)
{
    const seL4_Word gpa = 1ul << 30;
    seL4_CPtr root = new_object(seL4_X86_EPTPML4Object, 0), frame = new_object(seL4_X86_4K, 0);
    seL4_CPtr pdpt = new_object(seL4_X86_EPTPDPTObject, 0);
    seL4_CPtr pd = new_object(seL4_X86_EPTPDObject, 0), pt = new_object(seL4_X86_EPTPTObject, 0);
    CHECK_EQ(seL4_X86_EPTPDPT_Map(pdpt, root, gpa, 0), seL4_InvalidCapability);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, root), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPT_Map(pt, root, gpa, 0), seL4_FailedLookup);
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_EPTPDPT);
    CHECK_EQ(seL4_X86_EPTPDPT_Map(pdpt, root, gpa, 0), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPD_Map(pd, root, gpa, 0), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_MapEPT(frame, root, gpa, seL4_AllRights, 6), seL4_FailedLookup);
    CHECK_EQ(seL4_MappingFailedLookupLevel(), SEL4_MAPPING_LOOKUP_NO_EPTPT);
    CHECK_EQ(seL4_X86_EPTPT_Map(pt, root, gpa, 0), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_MapEPT(frame, root, gpa, seL4_AllRights, 6), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_MapEPT(frame, root, gpa, seL4_AllRights, 6), seL4_InvalidCapability);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(map(frame, AREA, seL4_ReadWrite, 0), seL4_InvalidCapability);
    seL4_CPtr copy = new_minted(frame, seL4_AllRights, 0);
    CHECK_EQ(seL4_X86_Page_MapEPT(copy, root, gpa, seL4_AllRights, 6), seL4_DeleteFirst);
    map_frame_at(SELF, copy, AREA, seL4_ReadWrite, 0);
    CHECK(can('w', AREA));
    seL4_CPtr large = new_object(seL4_X86_LargePageObject, 0);
    CHECK_EQ(seL4_X86_Page_MapEPT(large, root, gpa, seL4_AllRights, 6), seL4_DeleteFirst);
    CHECK_EQ(seL4_X86_Page_MapEPT(large, root, gpa + PAGE_SIZE, seL4_AllRights, 6),
             seL4_AlignmentError);
    CHECK_EQ(seL4_X86_Page_MapEPT(large, root, gpa + LARGE, seL4_AllRights, 6), seL4_NoError);
    /* Any order of taking apart is fine. */
    CHECK_EQ(seL4_X86_EPTPDPT_Unmap(pdpt), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPD_Unmap(pd), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPT_Unmap(pt), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_Unmap(frame), seL4_NoError);
    CHECK(can('w', AREA));
}
