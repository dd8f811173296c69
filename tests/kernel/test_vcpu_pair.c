/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Several vCPUs on one processor, and translations that come and go. */
#include "vcpu_guest.h"

#define SELF seL4_CapInitThreadTCB

/* A second vCPU with a run page of its own, for the same memory. */
struct other {
    seL4_CPtr vcpu, frame;
    volatile struct vcpu_run *run;
};

static struct other new_other(void)
{
    struct other o = {.vcpu = new_object(seL4_X86_VCPUObject, 0),
                      .frame = new_object(seL4_X86_4K, 0)};
    o.run = map_frame(o.frame, 12);
    return o;
}

static void use(seL4_CPtr vcpu, seL4_CPtr frame)
{
    CHECK_EQ(seL4_X86_VCPU_SetTCB(vcpu, SELF), seL4_NoError);
    CHECK_EQ(seL4_TCB_SetRunPage(SELF, frame), seL4_NoError);
}

static uint64_t enter_fpu_guest(volatile struct vcpu_run *run)
{
    run->rip = run->next_rip;
    run->commit |= VCPU_COMMIT_RIP;
    CHECK_EQ(seL4_VMEnter(NULL), VCPU_EXIT);
    CHECK_EQ(run->reason, VCPU_EXIT_VMCALL);
    return run->gpr[VCPU_RAX];
}

/* Both run the same code with their own values in an SSE register and in DR0. */
TEST(vcpu_two_keep_their_registers)
{
    GUEST_START(registers);
    struct other o = new_other();
    guest.run->gpr[VCPU_RBX] = 0x1111;
    guest.run->gpr[VCPU_RDX] = 0xaaaa;
    EXPECT_EXIT(VCPU_COMMIT_GPR, VMCALL);
    CHECK_EQ(seL4_X86_VCPU_GetState(guest.vcpu, VCPU_STATE_ALL), seL4_NoError);
    use(o.vcpu, o.frame);
    memcpy((void *)&o.run->state, (void *)&guest.run->state, sizeof(o.run->state));
    CHECK_EQ(seL4_X86_VCPU_SetState(o.vcpu, VCPU_STATE_ALL), seL4_NoError);
    o.run->rip = GUEST_CODE;
    o.run->gpr[VCPU_RSP] = GUEST_STACK;
    o.run->gpr[VCPU_RBX] = 0x2222;
    o.run->gpr[VCPU_RDX] = 0xbbbb;
    o.run->commit = VCPU_COMMIT_GPR | VCPU_COMMIT_RSP | VCPU_COMMIT_RIP;
    CHECK_EQ(seL4_VMEnter(NULL), VCPU_EXIT);
    CHECK_EQ(o.run->reason, VCPU_EXIT_VMCALL);
    for (unsigned i = 0; i < 3; i++) {
        use(guest.vcpu, guest.run_frame);
        CHECK_EQ(enter_fpu_guest(guest.run), 0x1111);
        CHECK_EQ(guest.run->gpr[VCPU_RCX], 0xaaaa);
        guest.run->next_rip = guest.run->rip - 12;
        use(o.vcpu, o.frame);
        CHECK_EQ(enter_fpu_guest(o.run), 0x2222);
        CHECK_EQ(o.run->gpr[VCPU_RCX], 0xbbbb);
        o.run->next_rip = o.run->rip - 12;
    }
}

/* Every change of a mapping is seen at once, more often than there are address space tags. */
TEST(vcpu_remapped_memory_is_never_stale)
{
    GUEST_START(read_hole);
    seL4_CPtr frames[2];
    seL4_CPtr table = new_object(seL4_X86_EPTPTObject, 0);
    CHECK_EQ(seL4_X86_EPTPT_Map(table, guest.root, GUEST_HOLE, 0), seL4_NoError);
    for (unsigned i = 0; i < 2; i++) {
        frames[i] = new_object(seL4_X86_4K, 0);
        *(volatile uint32_t *)map_frame(new_minted(frames[i], seL4_AllRights, 0), 12) = 100 + i;
    }
    EXPECT_EXIT(0, MEMORY);
    for (unsigned i = 0; i < 100; i++) {
        seL4_CPtr frame = frames[i % 2];
        CHECK_EQ(seL4_X86_Page_MapEPT(frame, guest.root, GUEST_HOLE, seL4_AllRights, 6),
                 seL4_NoError);
        guest.run->rip = GUEST_CODE;
        EXPECT_EXIT(VCPU_COMMIT_RIP, VMCALL);
        CHECK_EQ(guest.run->gpr[VCPU_RAX], 100 + i % 2);
        CHECK_EQ(seL4_X86_Page_Unmap(frame), seL4_NoError);
        if (i % 3 == 0) {
            guest.run->rip = GUEST_CODE;
            EXPECT_EXIT(VCPU_COMMIT_RIP, MEMORY);
        }
    }
}

/* A root table taken from under a vCPU leaves nothing behind. */
TEST(vcpu_roots_change)
{
    GUEST_START(read_hole);
    guest_map_page(GUEST_HOLE, true);
    EXPECT_EXIT(0, VMCALL);
    seL4_CPtr empty = new_object(seL4_X86_EPTPML4Object, 0);
    CHECK_EQ(seL4_X86_ASIDPool_Assign(seL4_CapInitThreadASIDPool, empty), seL4_NoError);
    for (unsigned i = 0; i < 40; i++) {
        guest.run->rip = GUEST_CODE;
        CHECK_EQ(seL4_TCB_SetEPTRoot(SELF, empty), seL4_NoError);
        EXPECT_EXIT(VCPU_COMMIT_RIP, MEMORY);
        CHECK_EQ(guest.run->u.memory.gpa, GUEST_CODE);
        CHECK_EQ(seL4_TCB_SetEPTRoot(SELF, guest.root), seL4_NoError);
        EXPECT_EXIT(0, VMCALL);
    }
}

/* A table unmapped with pages in it. */
TEST(vcpu_unmapped_table)
{
    GUEST_START(read_hole);
    seL4_CPtr table = new_object(seL4_X86_EPTPTObject, 0), frame = new_object(seL4_X86_4K, 0);
    CHECK_EQ(seL4_X86_EPTPT_Map(table, guest.root, GUEST_HOLE, 0), seL4_NoError);
    CHECK_EQ(seL4_X86_Page_MapEPT(frame, guest.root, GUEST_HOLE, seL4_AllRights, 6), seL4_NoError);
    EXPECT_EXIT(0, VMCALL);
    CHECK_EQ(seL4_X86_EPTPT_Unmap(table), seL4_NoError);
    guest.run->rip = GUEST_CODE;
    EXPECT_EXIT(VCPU_COMMIT_RIP, MEMORY);
    CHECK_EQ(seL4_X86_EPTPT_Map(table, guest.root, GUEST_HOLE, 0), seL4_NoError);
    EXPECT_EXIT(0, MEMORY);
}
