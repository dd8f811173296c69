/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Untyped memory and Retype: errors in their order, placement, reset, clearing. */
#include "test.h"

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word bits, seL4_CPtr slot,
                         seL4_Word count)
{
    return seL4_Untyped_Retype(untyped, type, bits, ROOT_CNODE, 0, 0, slot, count);
}

static seL4_Word address_of(seL4_CPtr frame)
{
    seL4_X86_Page_GetAddress_t r = seL4_X86_Page_GetAddress(frame);
    CHECK_EQ(r.error, seL4_NoError);
    return r.paddr;
}

TEST(untyped_refuses_other_labels_and_short_messages)
{
    seL4_CPtr u = new_untyped(16);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(u, seL4_MessageInfo_new(TCBSuspend, 0, 0, 6))),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(u, seL4_MessageInfo_new(UntypedRetype, 0, 0, 5))),
             seL4_TruncatedMessage);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(u, seL4_MessageInfo_new(UntypedRetype, 0, 0, 6))),
             seL4_TruncatedMessage); /* no destination */
}

TEST(untyped_retype_checks_type_and_size)
{
    seL4_CPtr u = new_untyped(16), slot = new_slot();
    CHECK_EQ(retype(u, seL4_ObjectTypeCount, 0, slot, 1), seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(retype(u, seL4_UntypedObject, 64, slot, 1), seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(seL4_GetMR(1), seL4_MaxUntypedBits);
    CHECK_EQ(retype(u, seL4_UntypedObject, 48, slot, 1), seL4_RangeError);
    CHECK_EQ(retype(u, seL4_CapTableObject, 43, slot, 1), seL4_RangeError);
    CHECK_EQ(retype(u, seL4_CapTableObject, 0, slot, 1), seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(retype(u, seL4_UntypedObject, 3, slot, 1), seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(retype(u, seL4_UntypedObject, 17, slot, 1), seL4_NotEnoughMemory);
    CHECK_EQ(seL4_GetMR(0), 1 << 16);
}

TEST(untyped_retype_checks_the_destination)
{
    seL4_CPtr u = new_untyped(16), slot = new_slot(), node = new_object(seL4_CapTableObject, 4);
    const seL4_Word ep = seL4_EndpointObject;
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, u, 0, 0, 0, 1), seL4_FailedLookup);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, slot, 64, 0, 1), seL4_FailedLookup);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 65, 0, 1), seL4_RangeError);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 64, 16, 1), seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(seL4_GetMR(1), 15);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 64, 0, 0), seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_GetMR(1), 256);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 64, 0, 257), seL4_RangeError);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 64, 10, 7), seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_GetMR(1), 6);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 64, 5, 1), seL4_NoError);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 64, 3, 3), seL4_DeleteFirst);
    CHECK_EQ(seL4_Untyped_Retype(u, ep, 0, ROOT_CNODE, node, 64, 6, 10), seL4_NoError);
}

TEST(untyped_objects_lie_in_a_row)
{
    seL4_CPtr u = new_untyped(16), first = new_slots(16);
    CHECK_EQ(retype(u, seL4_X86_4K, 0, first, 16), seL4_NoError);
    for (seL4_CPtr i = 1; i < 16; i++) {
        CHECK_EQ(address_of(first + i), address_of(first) + i * PAGE_SIZE);
    }
    CHECK_EQ(retype(u, seL4_EndpointObject, 0, new_slot(), 1), seL4_NotEnoughMemory);
    CHECK_EQ(seL4_GetMR(0), 0);
}

TEST(untyped_watermark_is_aligned_up_to_the_object)
{
    seL4_CPtr u = new_untyped(16), a = new_slot(), b = new_slots(14), c = new_slot();
    CHECK_EQ(retype(u, seL4_X86_4K, 0, a, 1), seL4_NoError);
    CHECK_EQ(retype(u, seL4_EndpointObject, 0, new_slot(), 1), seL4_NoError);
    CHECK_EQ(retype(u, seL4_X86_4K, 0, b, 14), seL4_NoError);
    CHECK_EQ(address_of(b), address_of(a) + 2 * PAGE_SIZE);
    CHECK_EQ(retype(u, seL4_X86_4K, 0, c, 1), seL4_NotEnoughMemory);
}

TEST(untyped_is_reset_when_its_children_are_gone)
{
    seL4_CPtr u = new_untyped(14), frames = new_slots(4);
    CHECK_EQ(retype(u, seL4_X86_4K, 0, frames, 4), seL4_NoError);
    seL4_Word start = address_of(frames);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, frames, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(retype(u, seL4_X86_4K, 0, frames, 1), seL4_NotEnoughMemory);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, u, ROOT_DEPTH), seL4_NoError);
    for (seL4_CPtr i = 0; i < 4; i++) {
        CHECK_EQ(seL4_DebugCapIdentify(frames + i), 0);
    }
    CHECK_EQ(retype(u, seL4_X86_4K, 0, frames, 1), seL4_NoError);
    CHECK_EQ(address_of(frames), start);
}

TEST(untyped_memory_is_clear_again)
{
    seL4_CPtr u = new_untyped(21), frame = new_slot();
    for (int round = 0; round < 2; round++) {
        CHECK_EQ(retype(u, seL4_X86_LargePageObject, 0, frame, 1), seL4_NoError);
        seL4_Word *words = map_frame(frame, seL4_LargePageBits);
        for (unsigned i = 0; i < (1u << 21) / sizeof(seL4_Word); i += 61) {
            CHECK_EQ(words[i], 0);
            words[i] = ~0ul;
        }
        CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, u, ROOT_DEPTH), seL4_NoError);
    }
}

TEST(untyped_copy_uses_up_the_source)
{
    seL4_CPtr u = new_untyped(14), copy = new_slot();
    CHECK_EQ(
        seL4_CNode_Copy(ROOT_CNODE, copy, ROOT_DEPTH, ROOT_CNODE, u, ROOT_DEPTH, seL4_AllRights),
        seL4_NoError);
    CHECK_EQ(retype(u, seL4_EndpointObject, 0, new_slot(), 1), seL4_NotEnoughMemory);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, copy, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(retype(u, seL4_EndpointObject, 0, new_slot(), 1), seL4_NoError);
    CHECK_EQ(
        seL4_CNode_Copy(ROOT_CNODE, copy, ROOT_DEPTH, ROOT_CNODE, u, ROOT_DEPTH, seL4_AllRights),
        seL4_RevokeFirst);
}

TEST(untyped_device_memory_gives_frames_and_untypeds_only)
{
    seL4_Word i = 0;
    while (!boot_info->untypedList[i].isDevice || boot_info->untypedList[i].sizeBits < 13) {
        i++;
    }
    seL4_CPtr u = boot_info->untyped.start + i, slot = new_slot(), half = new_slot();
    CHECK_EQ(retype(u, seL4_EndpointObject, 0, slot, 1), seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(retype(u, seL4_UntypedObject, 12, half, 1), seL4_NoError);
    CHECK_EQ(retype(half, seL4_TCBObject, 0, slot, 1), seL4_InvalidArgument);
    CHECK_EQ(retype(half, seL4_X86_4K, 0, slot, 1), seL4_NoError);
    CHECK_EQ(address_of(slot), boot_info->untypedList[i].paddr);
}

TEST(untyped_every_type_can_be_made)
{
    for (seL4_Word type = 0; type < seL4_ObjectTypeCount; type++) {
        if (type == seL4_X64_HugePageObject || type == seL4_X86_IOPageTableObject ||
            type == seL4_X86_VCPUObject) {
            continue; /* need 1 GiB, an IOMMU, a processor that can */
        }
        seL4_Word bits = type == seL4_UntypedObject || type == seL4_CapTableObject ? 5 : 0;
        CHECK(seL4_DebugCapIdentify(new_object(type, bits)) != 0);
    }
}
