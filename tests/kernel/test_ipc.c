/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Messages between threads: every length, priorities, buffers, badges. */
#include "test.h"

#define SEED 0x123456789abcdef1ul

static seL4_Word word_of(seL4_Word length, int i)
{
    return SEED * (length + 1) + (seL4_Word)i * 0x9e3779b97f4a7c15ul;
}

static void send_lengths(struct thread *t)
{
    for (seL4_Word length = 0; length <= seL4_MsgMaxLength; length++) {
        for (int i = 0; i < (int)length; i++) {
            seL4_SetMR(i, word_of(length, i));
        }
        seL4_Send(t->arg[0], seL4_MessageInfo_new(length, 0, 0, length));
    }
}

static void receive_lengths(struct thread *t)
{
    for (seL4_Word length = 0; length <= seL4_MsgMaxLength; length++) {
        seL4_Word badge = 99;
        seL4_MessageInfo_t info = seL4_Recv(t->arg[0], &badge);
        CHECK_EQ(seL4_MessageInfo_get_length(info), length);
        CHECK_EQ(seL4_MessageInfo_get_label(info), length);
        CHECK_EQ(badge, t->arg[1]);
        for (int i = 0; i < (int)length; i++) {
            CHECK_EQ(seL4_GetMR(i), word_of(length, i));
        }
    }
}

TEST(ipc_send_recv_every_length_and_order)
{
    for (int d = -1; d <= 1; d++) {
        for (int sender_first = 0; sender_first < 2; sender_first++) {
            seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
            seL4_CPtr badged = new_minted(ep, seL4_AllRights, 77);
            struct thread *s = new_thread(send_lengths, (seL4_Word)(100 + d), 0);
            struct thread *r = new_thread(receive_lengths, 100, 0);
            s->arg[0] = badged;
            r->arg[0] = ep;
            r->arg[1] = 77;
            thread_start(sender_first ? s : r);
            thread_start(sender_first ? r : s);
            thread_join(s);
            thread_join(r);
        }
    }
}

static void call_lengths(struct thread *t)
{
    for (seL4_Word length = 0; length <= seL4_MsgMaxLength; length++) {
        for (int i = 0; i < (int)length; i++) {
            seL4_SetMR(i, word_of(length, i));
        }
        seL4_MessageInfo_t info = seL4_Call(t->arg[0], seL4_MessageInfo_new(1, 0, 0, length));
        CHECK_EQ(seL4_MessageInfo_get_length(info), seL4_MsgMaxLength - length);
        for (int i = 0; i < (int)(seL4_MsgMaxLength - length); i++) {
            CHECK_EQ(seL4_GetMR(i), word_of(length + 1, i));
        }
    }
}

static void serve_lengths(struct thread *t)
{
    seL4_MessageInfo_t info = seL4_Recv(t->arg[0], NULL);
    for (seL4_Word length = 0; length <= seL4_MsgMaxLength; length++) {
        CHECK_EQ(seL4_MessageInfo_get_length(info), length);
        for (int i = 0; i < (int)length; i++) {
            CHECK_EQ(seL4_GetMR(i), word_of(length, i));
        }
        for (int i = 0; i < (int)(seL4_MsgMaxLength - length); i++) {
            seL4_SetMR(i, word_of(length + 1, i));
        }
        seL4_MessageInfo_t answer = seL4_MessageInfo_new(0, 0, 0, seL4_MsgMaxLength - length);
        if (length == seL4_MsgMaxLength) {
            seL4_Reply(answer);
        } else {
            info = seL4_ReplyRecv(t->arg[0], answer, NULL);
        }
    }
}

TEST(ipc_call_reply_every_length)
{
    for (int d = -1; d <= 1; d++) {
        seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
        struct thread *client = start_thread(call_lengths, (seL4_Word)(100 + d), ep, 0);
        struct thread *server = start_thread(serve_lengths, 100, ep, 0);
        thread_join(client);
        thread_join(server);
    }
}

TEST(ipc_nbsend_without_receiver_is_dropped)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    seL4_Word badge = 1;
    seL4_NBSend(ep, seL4_MessageInfo_new(0, 0, 0, 0));
    seL4_NBRecv(ep, &badge);
    CHECK_EQ(badge, 0);
}

static void grab_cap(struct thread *t)
{
    seL4_SetCapReceivePath(ROOT_CNODE, t->arg[1], ROOT_DEPTH);
    seL4_MessageInfo_t info = seL4_Recv(t->arg[0], NULL);
    t->result =
        seL4_MessageInfo_get_extraCaps(info) << 8 | seL4_MessageInfo_get_capsUnwrapped(info);
    t->arg[2] = seL4_GetBadge(0);
}

TEST(ipc_a_capability_travels_with_grant)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0), other = new_object(seL4_EndpointObject, 0);
    seL4_CPtr slot = new_slot();
    struct thread *r = start_thread(grab_cap, MAIN_PRIORITY + 1, ep, slot);
    seL4_SetCap(0, other);
    seL4_Send(ep, seL4_MessageInfo_new(0, 0, 1, 0));
    CHECK_EQ(r->result, 1 << 8);
    CHECK_EQ(seL4_DebugCapIdentify(slot), seL4_DebugCapIdentify(other));
}

TEST(ipc_a_capability_to_the_same_endpoint_unwraps_to_its_badge)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    seL4_CPtr badged = new_minted(ep, seL4_AllRights, 0x55);
    seL4_CPtr slot = new_slot();
    struct thread *r = start_thread(grab_cap, MAIN_PRIORITY + 1, ep, slot);
    seL4_SetCap(0, badged);
    seL4_Send(ep, seL4_MessageInfo_new(0, 0, 1, 0));
    CHECK_EQ(r->result, 1 << 8 | 1);
    CHECK_EQ(r->arg[2], 0x55);
    CHECK_EQ(seL4_DebugCapIdentify(slot), 0);
}

TEST(ipc_no_capability_without_grant)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    seL4_CPtr weak = new_minted(ep, seL4_CapRights_new(0, 0, 1, 1), 0);
    seL4_CPtr slot = new_slot();
    struct thread *r = start_thread(grab_cap, MAIN_PRIORITY + 1, ep, slot);
    seL4_SetCap(0, ROOT_CNODE);
    seL4_Send(weak, seL4_MessageInfo_new(0, 0, 1, 0));
    CHECK_EQ(r->result, 0);
    CHECK_EQ(seL4_DebugCapIdentify(slot), 0);
}

TEST(ipc_transfer_without_buffer_stops_at_four_words)
{
    seL4_CPtr ep = new_object(seL4_EndpointObject, 0);
    struct thread *s = new_thread(send_lengths, MAIN_PRIORITY - 1, 0);
    s->arg[0] = ep;
    CHECK_EQ(seL4_TCB_SetIPCBuffer(s->tcb, 0, s->buffer_frame), seL4_NoError);
    thread_start(s);
    for (seL4_Word length = 0; length < 10; length++) {
        seL4_MessageInfo_t info = seL4_Recv(ep, NULL);
        CHECK_EQ(seL4_MessageInfo_get_length(info), length < 4 ? length : 4);
        for (int i = 0; i < (int)seL4_MessageInfo_get_length(info); i++) {
            CHECK_EQ(seL4_GetMR(i), word_of(length, i));
        }
    }
}
