/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Memory beyond 4 GiB is memory like any other: frames, page tables, kernel objects. */
#include "test.h"

#define LIMIT      (4ul << 30)
#define LARGE_BITS 21
#define PATTERN    0x0123456789abcdefull

/* The largest untyped there, or none: the test is not for this machine. */
static seL4_Word high_untyped(void)
{
    const seL4_UntypedDesc *u = boot_info->untypedList;
    seL4_Word count = boot_info->untyped.end - boot_info->untyped.start, best = count;
    for (seL4_Word i = 0; i < count; i++) {
        bool fits = !u[i].isDevice && u[i].paddr >= LIMIT && u[i].sizeBits > LARGE_BITS;
        if (fits && (best == count || u[i].sizeBits > u[best].sizeBits)) {
            best = i;
        }
    }
    if (best == count) {
        SKIP("no memory above 4 GiB");
    }
    return best;
}

static seL4_CPtr retype(seL4_CPtr untyped, seL4_Word type, seL4_Word bits)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(seL4_Untyped_Retype(untyped, type, bits, ROOT_CNODE, 0, 0, slot, 1), seL4_NoError);
    return slot;
}

static void check_frame(seL4_CPtr frame, seL4_Word bits, seL4_Word paddr)
{
    volatile uint64_t *words = map_frame(frame, bits);
    seL4_Word count = 1ul << (bits - 3);
    seL4_X86_Page_GetAddress_t at = seL4_X86_Page_GetAddress(frame);
    CHECK_EQ(at.error, seL4_NoError);
    CHECK_EQ(at.paddr, paddr);
    for (seL4_Word i = 0; i < count; i++) {
        CHECK_EQ(words[i], 0); /* the kernel has cleared it */
        words[i] = PATTERN ^ (paddr + i * 8);
    }
    for (seL4_Word i = 0; i < count; i++) {
        CHECK_EQ(words[i], PATTERN ^ (paddr + i * 8));
    }
}

/* Untypeds are used upwards: halving what is left leads to the last page. */
static seL4_CPtr last_part(seL4_CPtr untyped, seL4_Word bits, seL4_Word part_bits)
{
    while (bits > part_bits) {
        bits--;
        retype(untyped, seL4_UntypedObject, bits);
        untyped = retype(untyped, seL4_UntypedObject, bits);
    }
    return untyped;
}

TEST(memory_above_4g_is_usable_to_its_end)
{
    seL4_Word index = high_untyped();
    seL4_CPtr untyped = boot_info->untyped.start + index;
    const seL4_UntypedDesc *u = &boot_info->untypedList[index];
    check_frame(retype(untyped, seL4_X86_LargePageObject, 0), LARGE_BITS, u->paddr);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, untyped, ROOT_DEPTH), seL4_NoError);
    seL4_CPtr last = last_part(untyped, u->sizeBits, LARGE_BITS);
    check_frame(retype(last, seL4_X86_LargePageObject, 0), LARGE_BITS,
                u->paddr + (1ul << u->sizeBits) - (1ul << LARGE_BITS));
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, untyped, ROOT_DEPTH), seL4_NoError);
}

TEST(memory_above_4g_holds_kernel_objects)
{
    seL4_Word index = high_untyped();
    seL4_CPtr untyped = boot_info->untyped.start + index;
    const seL4_UntypedDesc *u = &boot_info->untypedList[index];
    seL4_CPtr last = last_part(untyped, u->sizeBits, LARGE_BITS);
    seL4_CPtr cnode = retype(last, seL4_CapTableObject, 4);
    seL4_CPtr bell = retype(last, seL4_NotificationObject, 0);
    seL4_Word badge;
    CHECK_EQ(seL4_CNode_Mint(cnode, 15, 4, ROOT_CNODE, bell, ROOT_DEPTH, seL4_AllRights, 42),
             seL4_NoError);
    CHECK_EQ(seL4_CNode_Move(ROOT_CNODE, new_slot(), ROOT_DEPTH, cnode, 15, 4), seL4_NoError);
    seL4_CPtr minted = new_minted(bell, seL4_AllRights, 42);
    seL4_Signal(minted);
    seL4_Wait(bell, &badge);
    CHECK_EQ(badge, 42);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, untyped, ROOT_DEPTH), seL4_NoError);
}
