/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Endpoints, notifications, reply capabilities: rights, queues, cancellation. */
#include "test.h"

static void call_and_note(struct thread *t)
{
    seL4_MessageInfo_t info = seL4_Call(t->arg[0], seL4_MessageInfo_new(t->arg[1], 0, 0, 0));
    t->result = 1000 + seL4_MessageInfo_get_label(info);
}

TEST(endpoint_without_write_right_refuses_calls)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    seL4_CPtr mute = new_minted(ep, seL4_CanRead, 0);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(mute, seL4_MessageInfo_new(0, 0, 0, 0))),
             seL4_InvalidCapability);
    CHECK_EQ(seL4_GetMR(0), 0);
    seL4_Send(mute, seL4_MessageInfo_new(0, 0, 0, 0)); /* silently dropped */
}

TEST(endpoint_empty_slot_is_an_invalid_capability)
{
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(new_slot(), seL4_MessageInfo_new(0, 0, 0, 0))),
             seL4_InvalidCapability);
}

TEST(endpoint_call_without_grant_leaves_the_caller_inactive)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    seL4_CPtr weak = new_minted(ep, seL4_CanWrite, 0);
    struct thread *t = start_thread(call_and_note, MAIN_PRIORITY + 1, weak, 5);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Recv(ep, NULL)), 5);
    seL4_CPtr reply = new_slot();
    CHECK_EQ(seL4_CNode_SaveCaller(ROOT_CNODE, reply, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_DebugCapIdentify(reply), 0);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 0));
    CHECK_EQ(t->result, 0);
}

TEST(endpoint_saved_reply_answers_once)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), reply = new_slot();
    struct thread *t = start_thread(call_and_note, MAIN_PRIORITY + 1, ep, 5);
    seL4_Recv(ep, NULL);
    CHECK_EQ(seL4_CNode_SaveCaller(ROOT_CNODE, reply, ROOT_DEPTH), seL4_NoError);
    CHECK(seL4_DebugCapIdentify(reply) != 0);
    CHECK_EQ(seL4_CNode_Copy(ROOT_CNODE, new_slot(), ROOT_DEPTH, ROOT_CNODE, reply, ROOT_DEPTH,
                             seL4_AllRights),
             seL4_IllegalOperation);
    seL4_Reply(seL4_MessageInfo_new(1, 0, 0, 0)); /* nobody: it was saved */
    CHECK_EQ(t->result, 0);
    seL4_Send(reply, seL4_MessageInfo_new(7, 0, 0, 0));
    CHECK_EQ(t->result, 1007);
    CHECK_EQ(seL4_DebugCapIdentify(reply), 0);
}

TEST(endpoint_suspending_the_caller_takes_its_reply_away)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), reply = new_slot();
    struct thread *t = start_thread(call_and_note, MAIN_PRIORITY + 1, ep, 5);
    seL4_Recv(ep, NULL);
    seL4_CNode_SaveCaller(ROOT_CNODE, reply, ROOT_DEPTH);
    CHECK_EQ(seL4_TCB_Suspend(t->tcb), seL4_NoError);
    CHECK_EQ(seL4_DebugCapIdentify(reply), 0);
    /* Resumed, it calls again. */
    CHECK_EQ(seL4_TCB_Resume(t->tcb), seL4_NoError);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Recv(ep, NULL)), 5);
}

TEST(endpoint_queue_is_first_come_first_served)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    for (seL4_Word i = 0; i < 4; i++) {
        start_thread(call_and_note, MAIN_PRIORITY + 4 - i, ep, 10 + i);
    }
    for (seL4_Word i = 0; i < 4; i++) {
        CHECK_EQ(seL4_MessageInfo_get_label(seL4_Recv(ep, NULL)), 10 + i);
    }
}

TEST(endpoint_cancel_badged_sends_takes_that_badge_only)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    seL4_CPtr one = new_minted(ep, seL4_AllRights, 1), two = new_minted(ep, seL4_AllRights, 2);
    seL4_CPtr ones = new_slot();
    CHECK_EQ(
        seL4_CNode_Copy(ROOT_CNODE, ones, ROOT_DEPTH, ROOT_CNODE, one, ROOT_DEPTH, seL4_AllRights),
        seL4_NoError);
    struct thread *a = start_thread(call_and_note, MAIN_PRIORITY + 1, ones, 5);
    struct thread *b = start_thread(call_and_note, MAIN_PRIORITY + 1, two, 6);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, ones, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_CNode_CancelBadgedSends(ROOT_CNODE, one, ROOT_DEPTH), seL4_NoError);
    seL4_Yield();
    CHECK_EQ(a->result, 1000 + seL4_InvalidCapability); /* called again on an empty slot */
    CHECK_EQ(b->result, 0);
    seL4_Word badge;
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Recv(ep, &badge)), 6);
    CHECK_EQ(badge, 2);
}

TEST(endpoint_deletion_restarts_those_who_wait)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    struct thread *t = start_thread(call_and_note, MAIN_PRIORITY + 1, ep, 5);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, ep, ROOT_DEPTH), seL4_NoError);
    seL4_Yield();
    CHECK_EQ(t->result, 1000 + seL4_InvalidCapability);
}

TEST(notification_badges_are_ored)
{
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    seL4_Word badge = 0;
    seL4_Signal(new_minted(n, seL4_AllRights, 1));
    seL4_Signal(new_minted(n, seL4_AllRights, 1ul << 63));
    seL4_Wait(n, &badge);
    CHECK_EQ(badge, 1ul << 63 | 1);
    seL4_Poll(n, &badge);
    CHECK_EQ(badge, 0);
}

static void wait_for(struct thread *t)
{
    seL4_Word badge = 0;
    seL4_Wait(t->arg[0], &badge);
    t->result = badge;
}

TEST(notification_wakes_one_waiter_at_a_time)
{
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    seL4_CPtr badged = new_minted(n, seL4_AllRights, 4);
    struct thread *a = start_thread(wait_for, MAIN_PRIORITY + 1, n, 0);
    struct thread *b = start_thread(wait_for, MAIN_PRIORITY + 1, n, 0);
    seL4_Signal(badged);
    CHECK_EQ(a->result, 4);
    CHECK_EQ(b->result, 0);
    seL4_Signal(badged);
    CHECK_EQ(b->result, 4);
}

TEST(notification_without_write_right_is_not_signalled)
{
    seL4_CPtr n = new_object(seL4_NotificationObject, 0);
    seL4_CPtr deaf = new_minted(n, seL4_CanRead, 1);
    seL4_Word badge = 1;
    seL4_Signal(deaf);
    seL4_Poll(n, &badge);
    CHECK_EQ(badge, 0);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(deaf, seL4_MessageInfo_new(0, 0, 0, 0))),
             seL4_InvalidCapability);
}

TEST(notification_bound_reaches_a_thread_in_recv)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), n = new_object(seL4_NotificationObject, 0);
    CHECK_EQ(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, n), seL4_NoError);
    seL4_Word badge = 0;
    seL4_Signal(new_minted(n, seL4_AllRights, 0x40));
    seL4_Recv(ep, &badge); /* an active signal goes first */
    CHECK_EQ(badge, 0x40);
    seL4_NBRecv(ep, &badge);
    CHECK_EQ(badge, 0);
}

static void signal_it(struct thread *t)
{
    seL4_Signal(t->arg[0]);
}

TEST(notification_bound_interrupts_a_waiting_recv)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), n = new_object(seL4_NotificationObject, 0);
    CHECK_EQ(seL4_TCB_BindNotification(seL4_CapInitThreadTCB, n), seL4_NoError);
    start_thread(signal_it, MAIN_PRIORITY - 1, new_minted(n, seL4_AllRights, 0x80), 0);
    seL4_Word badge = 0;
    seL4_Recv(ep, &badge);
    CHECK_EQ(badge, 0x80);
}
