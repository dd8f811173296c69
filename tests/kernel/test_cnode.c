/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* CNode invocations and capability addresses. */
#include "test.h"

#define EMPTY(slot) (seL4_DebugCapIdentify(slot) == 0)

static seL4_Error copy(seL4_CPtr dest, seL4_CPtr src)
{
    return seL4_CNode_Copy(ROOT_CNODE, dest, ROOT_DEPTH, ROOT_CNODE, src, ROOT_DEPTH,
                           seL4_AllRights);
}

static seL4_Error mint(seL4_CPtr dest, seL4_CPtr src, seL4_Word badge)
{
    return seL4_CNode_Mint(ROOT_CNODE, dest, ROOT_DEPTH, ROOT_CNODE, src, ROOT_DEPTH,
                           seL4_AllRights, badge);
}

static seL4_Error move(seL4_CPtr dest, seL4_CPtr src)
{
    return seL4_CNode_Move(ROOT_CNODE, dest, ROOT_DEPTH, ROOT_CNODE, src, ROOT_DEPTH);
}

static seL4_Error mutate(seL4_CPtr dest, seL4_CPtr src, seL4_Word data)
{
    return seL4_CNode_Mutate(ROOT_CNODE, dest, ROOT_DEPTH, ROOT_CNODE, src, ROOT_DEPTH, data);
}

TEST(cnode_refuses_other_labels_and_short_messages)
{
    const seL4_Word labels[] = {CNodeCopy, CNodeMint, CNodeMove, CNodeMutate, CNodeRotate};
    seL4_CPtr node = new_object(seL4_CapTableObject, 4);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(
            seL4_MessageInfo_get_label(seL4_Call(node, seL4_MessageInfo_new(labels[i], 0, 0, 1))),
            seL4_TruncatedMessage);
    }
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(node, seL4_MessageInfo_new(TCBResume, 0, 0, 8))),
             seL4_IllegalOperation);
}

TEST(cnode_copy_errors)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), slot = new_slot(), empty = new_slot();
    CHECK_EQ(copy(slot, ep), seL4_NoError);
    CHECK_EQ(copy(slot, ep), seL4_DeleteFirst);
    CHECK_EQ(copy(slot, empty), seL4_DeleteFirst);
    CHECK_EQ(copy(empty, empty), seL4_FailedLookup);
    CHECK_EQ(seL4_GetMR(0), 1); /* the source */
    CHECK_EQ(seL4_GetMR(1), seL4_MissingCapability);
    CHECK_EQ(seL4_CNode_Copy(ROOT_CNODE, empty, 0, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_GetMR(1), 64);
    CHECK_EQ(seL4_CNode_Copy(ROOT_CNODE, empty, 65, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_RangeError);
    CHECK_EQ(seL4_CNode_Copy(ROOT_CNODE, empty, ROOT_DEPTH, ep, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_FailedLookup);
    CHECK_EQ(seL4_GetMR(1), seL4_InvalidRoot);
    CHECK_EQ(copy(empty, seL4_CapIRQControl), seL4_IllegalOperation);
    CHECK_EQ(copy(empty, seL4_CapIOPortControl), seL4_IllegalOperation);
}

TEST(cnode_copy_with_less_depth_than_the_table_has)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), empty = new_slot();
    CHECK_EQ(seL4_CNode_Copy(ROOT_CNODE, empty, 10, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_FailedLookup);
    CHECK_EQ(seL4_GetMR(0), 0);
}

TEST(cnode_mint_and_mutate_badges)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), badged = new_slot(), slot = new_slot();
    CHECK_EQ(mint(badged, ep, 5), seL4_NoError);
    CHECK_EQ(mint(badged, ep, 5), seL4_DeleteFirst);
    CHECK_EQ(mint(slot, badged, 6), seL4_IllegalOperation); /* badges do not change */
    CHECK_EQ(mint(slot, new_slot(), 6), seL4_FailedLookup);
    CHECK_EQ(mutate(slot, ep, 6), seL4_IllegalOperation);
    CHECK(EMPTY(slot));
    CHECK_EQ(mutate(ep, badged, 0), seL4_DeleteFirst);
}

TEST(cnode_move_keeps_the_place_in_the_tree)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), child = new_slot(), slot = new_slot();
    CHECK_EQ(mint(child, ep, 1), seL4_NoError);
    CHECK_EQ(move(slot, ep), seL4_NoError);
    CHECK(EMPTY(ep));
    CHECK_EQ(move(slot, child), seL4_DeleteFirst);
    CHECK_EQ(move(ep, ep), seL4_FailedLookup);
    CHECK_EQ(move(slot, slot), seL4_DeleteFirst);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, slot, ROOT_DEPTH), seL4_NoError);
    CHECK(EMPTY(child));
    CHECK(!EMPTY(slot));
}

TEST(cnode_delete_and_revoke_accept_empty_slots)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, slot, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, slot, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, 1ul << 63, ROOT_DEPTH), seL4_FailedLookup);
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, slot, 0), seL4_RangeError);
}

TEST(cnode_revoke_takes_copies_of_copies)
{
    seL4_CPtr u = new_untyped(16), ep = new_slot(), many = new_slots(50);
    CHECK_EQ(seL4_Untyped_Retype(u, seL4_EndpointObject, 0, ROOT_CNODE, 0, 0, ep, 1), seL4_NoError);
    for (seL4_CPtr i = 0; i < 50; i++) {
        CHECK_EQ(i % 2 ? mint(many + i, ep, i) : copy(many + i, ep), seL4_NoError);
    }
    CHECK_EQ(seL4_CNode_Revoke(ROOT_CNODE, u, ROOT_DEPTH), seL4_NoError);
    CHECK(EMPTY(ep));
    for (seL4_CPtr i = 0; i < 50; i++) {
        CHECK(EMPTY(many + i));
    }
}

static seL4_Error rotate(seL4_CPtr dest, seL4_CPtr pivot, seL4_CPtr src)
{
    return seL4_CNode_Rotate(ROOT_CNODE, dest, ROOT_DEPTH, 0, ROOT_CNODE, pivot, ROOT_DEPTH, 0,
                             ROOT_CNODE, src, ROOT_DEPTH);
}

TEST(cnode_rotate_moves_two_at_once)
{
    seL4_CPtr a = new_object(seL4_TCBObject, 0), b = new_object(seL4_CapTableObject, 4);
    seL4_CPtr slot = new_slot(), empty = new_slot(), ep = new_object(seL4_EndpointObject, 0);
    seL4_Uint32 tcb = seL4_DebugCapIdentify(a), node = seL4_DebugCapIdentify(b);
    CHECK_EQ(rotate(slot, a, a), seL4_IllegalOperation);
    CHECK_EQ(rotate(a, a, b), seL4_IllegalOperation);
    CHECK_EQ(rotate(a, b, empty), seL4_DeleteFirst);
    CHECK_EQ(rotate(slot, a, empty), seL4_FailedLookup);
    CHECK_EQ(rotate(slot, empty, a), seL4_FailedLookup);
    CHECK_EQ(rotate(slot, a, ep), seL4_IllegalOperation); /* would touch its badge */
    CHECK_EQ(rotate(slot, a, b), seL4_NoError);           /* a to slot, b to a */
    CHECK_EQ(seL4_DebugCapIdentify(slot), tcb);
    CHECK_EQ(seL4_DebugCapIdentify(a), node);
    CHECK(EMPTY(b));
    CHECK_EQ(rotate(a, slot, a), seL4_NoError); /* exchange */
    CHECK_EQ(seL4_DebugCapIdentify(a), tcb);
    CHECK_EQ(seL4_DebugCapIdentify(slot), node);
}

TEST(cnode_save_caller_wants_an_empty_slot)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(seL4_CNode_SaveCaller(ROOT_CNODE, slot, ROOT_DEPTH), seL4_NoError);
    CHECK(EMPTY(slot));
    CHECK_EQ(seL4_CNode_SaveCaller(ROOT_CNODE, ROOT_CNODE, ROOT_DEPTH), seL4_DeleteFirst);
}

TEST(cnode_cancel_badged_sends_wants_a_full_endpoint)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    seL4_CPtr weak = new_minted(ep, seL4_CapRights_new(0, 1, 1, 1), 3);
    CHECK_EQ(seL4_CNode_CancelBadgedSends(ROOT_CNODE, ep, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_CNode_CancelBadgedSends(ROOT_CNODE, weak, ROOT_DEPTH), seL4_IllegalOperation);
    CHECK_EQ(seL4_CNode_CancelBadgedSends(ROOT_CNODE, new_slot(), ROOT_DEPTH),
             seL4_IllegalOperation);
}

TEST(cnode_mint_sets_guards_and_addresses_follow)
{
    /* A two-level space: 4 bits guard 0xa, 4 bits index, then the root CNode. */
    seL4_CPtr node = new_object(seL4_CapTableObject, 4), guarded = new_slot();
    CHECK_EQ(mint(guarded, node, seL4_CNode_CapData_new(0, 61).words[0]), seL4_IllegalOperation);
    CHECK_EQ(mint(guarded, node, seL4_CNode_CapData_new(0xa, 4).words[0]), seL4_NoError);
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    CHECK_EQ(seL4_CNode_Copy(guarded, 0xa7, 8, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_NoError);
    CHECK_EQ(seL4_CNode_Copy(guarded, 0xb7, 8, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_FailedLookup);
    CHECK_EQ(seL4_GetMR(1), seL4_GuardMismatch);
    CHECK_EQ(seL4_GetMR(2), 8);
    CHECK_EQ(seL4_GetMR(3), 0xa);
    CHECK_EQ(seL4_GetMR(4), 4);
    CHECK_EQ(seL4_CNode_Copy(guarded, 0xa, 6, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_FailedLookup);
    CHECK_EQ(seL4_CNode_Copy(node, 7, 4, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights),
             seL4_DeleteFirst); /* the same slot without the guard */
}

static void send_one(struct thread *t)
{
    seL4_Send(t->arg[0], seL4_MessageInfo_new(9, 0, 0, 0));
}

TEST(cnode_thread_with_a_guarded_space_of_its_own)
{
    seL4_CPtr node = new_object(seL4_CapTableObject, 4), ep = new_object(seL4_EndpointObject, 0);
    CHECK_EQ(seL4_CNode_Copy(node, 3, 4, ROOT_CNODE, ep, ROOT_DEPTH, seL4_AllRights), seL4_NoError);
    struct thread *t = new_thread(send_one, MAIN_PRIORITY - 1, 0);
    t->arg[0] = 3;
    CHECK_EQ(seL4_TCB_SetSpace(t->tcb, 0, node, seL4_CNode_CapData_new(0, 60).words[0],
                               seL4_CapInitThreadVSpace, 0),
             seL4_NoError);
    thread_start(t);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Recv(ep, NULL)), 9);
}
