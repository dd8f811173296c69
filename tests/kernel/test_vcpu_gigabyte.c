/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* One nested page of 1 GiB. */
#include "vcpu_guest.h"

#define GIGABYTE_BITS 30
#define EPT_WB        6
#define FIRST         0x12345678u
#define LAST          0x51515151u

static bool make_gigabyte(seL4_CPtr frame, bool is_memory)
{
    const seL4_UntypedDesc *u = boot_info->untypedList;
    seL4_Word count = boot_info->untyped.end - boot_info->untyped.start;
    for (seL4_Word i = 0; i < count; i++) {
        if (u[i].sizeBits >= GIGABYTE_BITS && u[i].isDevice == !is_memory &&
            seL4_Untyped_Retype(boot_info->untyped.start + i, seL4_X64_HugePageObject, 0,
                                ROOT_CNODE, 0, 0, frame, 1) == seL4_NoError) {
            return true;
        }
    }
    return false;
}

/* Memory if the machine has so much to spare in one piece, else addresses where nothing is. */
static seL4_CPtr new_gigabyte(bool *is_memory)
{
    seL4_CPtr frame = new_slot();
    *is_memory = make_gigabyte(frame, true);
    if (!*is_memory && !make_gigabyte(frame, false)) {
        SKIP("no 1 GiB pages");
    }
    return frame;
}

static seL4_Error map(seL4_CPtr frame, seL4_Word gpa)
{
    return seL4_X86_Page_MapEPT(frame, guest.root, gpa, seL4_AllRights, EPT_WB);
}

static void expect_nothing_there(void)
{
    guest.run->rip = GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, MEMORY);
    CHECK_EQ(guest.run->u.memory.gpa, GUEST_GIGABYTE);
}

TEST(vcpu_gigabyte_page)
{
    bool is_memory;
    GUEST_START(gigabyte);
    seL4_CPtr frame = new_gigabyte(&is_memory);
    expect_nothing_there();
    if (map(frame, GUEST_GIGABYTE) == seL4_InvalidCapability) {
        CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, frame, ROOT_DEPTH), seL4_NoError);
        SKIP("no nested pages of 1 GiB");
    }
    volatile uint32_t *words = NULL;
    if (is_memory) {
        words = map_frame(new_minted(frame, seL4_AllRights, 0), GIGABYTE_BITS);
        words[0] = FIRST;
    }
    guest.run->rip = GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, VMCALL);
    EXPECT_NEXT(VMCALL);
    if (is_memory) {
        CHECK_EQ(guest.run->gpr[VCPU_RAX], FIRST);
        CHECK_EQ(guest.run->gpr[VCPU_RBX], LAST);
        CHECK_EQ(words[(1ul << GIGABYTE_BITS) / sizeof(*words) - 1], LAST);
    }
    /* A table does not replace it; when it goes, nothing of it stays in the processor. */
    CHECK_EQ(seL4_X86_EPTPD_Map(new_object(seL4_X86_EPTPDObject, 0), guest.root, GUEST_GIGABYTE, 0),
             seL4_DeleteFirst);
    CHECK_EQ(seL4_X86_Page_Unmap(frame), seL4_NoError);
    expect_nothing_there();
    CHECK_EQ(map(frame, GUEST_GIGABYTE + (1ul << 21)), seL4_AlignmentError);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, frame, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, frame, ROOT_DEPTH), seL4_NoError);
}
