/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The first errors of every invocation on memory and vCPU objects: wrong label, short message. */
#include "test.h"

struct method {
    seL4_Word type; /* object to invoke, 0: cap */
    seL4_CPtr cap;  /* a capability that exists from the start */
    seL4_Word label;
    seL4_Word words, caps; /* what it needs at least */
};

static const struct method methods[] = {
    {seL4_X86_PDPTObject, 0, X86PDPTMap, 2, 1},
    {seL4_X86_PageDirectoryObject, 0, X86PageDirectoryMap, 2, 1},
    {seL4_X86_PageTableObject, 0, X86PageTableMap, 2, 1},
    {seL4_X86_4K, 0, X86PageMap, 3, 1},
    {seL4_X86_LargePageObject, 0, X86PageMap, 3, 1},
    {seL4_X86_4K, 0, X86PageMapEPT, 3, 1},
    {seL4_X86_EPTPDPTObject, 0, X86EPTPDPTMap, 2, 1},
    {seL4_X86_EPTPDObject, 0, X86EPTPDMap, 2, 1},
    {seL4_X86_EPTPTObject, 0, X86EPTPTMap, 2, 1},
    {0, seL4_CapASIDControl, X86ASIDControlMakePool, 2, 2},
    {0, seL4_CapInitThreadASIDPool, X86ASIDPoolAssign, 0, 1},
    {seL4_X86_VCPUObject, 0, X86VCPUSetTCB, 0, 1},
    {seL4_X86_VCPUObject, 0, X86VCPUEnableIOPort, 2, 1},
    {seL4_X86_VCPUObject, 0, X86VCPUDisableIOPort, 2, 0},
    {seL4_X86_VCPUObject, 0, X86VCPUGetState, 1, 0},
    {seL4_X86_VCPUObject, 0, X86VCPUSetState, 1, 0},
    {0, seL4_CapInitThreadTCB, TCBSetEPTRoot, 0, 1},
    {0, seL4_CapInitThreadTCB, TCBSetRunPage, 0, 1},
};

#define NUM_METHODS (sizeof(methods) / sizeof(methods[0]))

/* 0: this machine has no such objects. */
static seL4_CPtr object_of(const struct method *m)
{
    if (m->type == 0) {
        return m->cap;
    }
    seL4_CPtr slot = new_slot();
    seL4_CPtr untyped = new_untyped(m->type == seL4_X86_LargePageObject ? 21 : 15);
    return seL4_Untyped_Retype(untyped, m->type, 0, ROOT_CNODE, 0, 0, slot, 1) == seL4_NoError
               ? slot
               : 0;
}

static seL4_Error invoke(seL4_CPtr object, seL4_Word label, seL4_Word words, seL4_Word caps)
{
    seL4_Word mr[4] = {0};
    seL4_SetCap(0, seL4_CapInitThreadCNode);
    seL4_SetCap(1, seL4_CapInitThreadCNode);
    return sel4_invoke(object, label, caps, words, mr);
}

TEST(memory_labels_of_other_objects_are_illegal)
{
    for (unsigned i = 0; i < NUM_METHODS; i++) {
        seL4_CPtr object = object_of(&methods[i]);
        if (object != 0) {
            CHECK_EQ(invoke(object, CNodeRevoke, 4, 2), seL4_IllegalOperation);
            CHECK_EQ(invoke(object, 0, 4, 2), seL4_IllegalOperation);
            CHECK_EQ(invoke(object, 1000, 4, 2), seL4_IllegalOperation);
        }
    }
}

TEST(memory_short_messages_are_refused)
{
    for (unsigned i = 0; i < NUM_METHODS; i++) {
        const struct method *m = &methods[i];
        seL4_CPtr object = object_of(m);
        if (object == 0) {
            continue;
        }
        if (m->words > 0) {
            CHECK_EQ(invoke(object, m->label, m->words - 1, m->caps), seL4_TruncatedMessage);
        }
        if (m->caps > 0) {
            CHECK_EQ(invoke(object, m->label, m->words, m->caps - 1), seL4_TruncatedMessage);
        }
    }
}

/* A CNode where the other object should be. */
TEST(memory_wrong_objects_are_refused)
{
    for (unsigned i = 0; i < NUM_METHODS; i++) {
        const struct method *m = &methods[i];
        seL4_CPtr object = object_of(m);
        if (object == 0 || m->caps == 0) {
            continue;
        }
        seL4_Error error = invoke(object, m->label, m->words, m->caps);
        bool is_operation = m->label == X86VCPUSetTCB || m->label == X86VCPUEnableIOPort ||
                            m->label == TCBSetEPTRoot || m->label == TCBSetRunPage;
        CHECK_EQ(error, is_operation ? seL4_IllegalOperation : seL4_InvalidCapability);
        if (!is_operation) {
            CHECK_EQ(seL4_GetMR(0), 1);
        }
    }
}

/* Unmapping and asking never fail. */
TEST(memory_unmapping_the_unmapped)
{
    CHECK_EQ(seL4_X86_Page_Unmap(new_object(seL4_X86_4K, 0)), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_Unmap(new_object(seL4_X86_LargePageObject, 0)), seL4_NoError);
    CHECK_EQ(seL4_X86_PageTable_Unmap(new_object(seL4_X86_PageTableObject, 0)), seL4_NoError);
    CHECK_EQ(seL4_X86_PageDirectory_Unmap(new_object(seL4_X86_PageDirectoryObject, 0)),
             seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPT_Unmap(new_object(seL4_X86_EPTPTObject, 0)), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPD_Unmap(new_object(seL4_X86_EPTPDObject, 0)), seL4_NoError);
    CHECK_EQ(seL4_X86_EPTPDPT_Unmap(new_object(seL4_X86_EPTPDPTObject, 0)), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_GetAddress(new_object(seL4_X86_4K, 0)).error, seL4_NoError);
    /* Roots have no methods. */
    CHECK_EQ(invoke(new_object(seL4_X64_PML4Object, 0), X86PDPTMap, 2, 1), seL4_IllegalOperation);
    CHECK_EQ(invoke(new_object(seL4_X86_EPTPML4Object, 0), X86EPTPDPTMap, 2, 1),
             seL4_IllegalOperation);
}
