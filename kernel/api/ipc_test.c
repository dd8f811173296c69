/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Messages between threads: endpoints, rights, capabilities, badges, replies, notifications. */
#include "fixture.h"

#define EP       20
#define NTFN     21
#define CLIENT   30 /* TCB slots */
#define SERVER   40
#define RECEIVED 70 /* slot where a server takes capabilities */
#define SAVED    71

static struct tcb *client, *server;

static int setup(void **state)
{
    fixture_setup(state);
    make_objects(OBJECT_EndpointObject, 0, EP, 1);
    make_objects(OBJECT_NotificationObject, 0, NTFN, 1);
    client = start_thread(CLIENT, 100);
    server = start_thread(SERVER, 100);
    word_t *buffer = ipc_buffer(server, true);
    buffer[BUFFER_RECEIVE_CNODE] = ROOT_CNODE;
    buffer[BUFFER_RECEIVE_INDEX] = RECEIVED;
    buffer[BUFFER_RECEIVE_DEPTH] = 64;
    return 0;
}

/* The root thread suspends itself so that the two decide alone what runs. */
static void stop_root(void)
{
    run_as(root_thread());
    call(ROOT_TCB, LABEL_TCBSuspend, NO_CAPS);
}

static void test_lengths(void **state)
{
    (void)state;
    word_t mr[127];
    for (unsigned i = 0; i < 127; i++) {
        mr[i] = 0x1000 + i;
    }
    for (unsigned length = 0; length <= 127; length++) {
        run_as(server);
        for (unsigned i = 0; i < 4; i++) {
            server->regs[msg_register(i)] = 0xdead + i;
        }
        receive(EP);
        run_as(client);
        struct message m = {SYS_Send, EP, 5, length > 120 ? 120 : length, mr, NO_CAPS};
        client->regs[REG_RSI] = 0;
        system_call_once(&m);
        run_as(server);
        struct reply r = reply_of(server);
        unsigned expected = length > 120 ? 120 : length;
        assert_int_equal(r.label, 5);
        assert_int_equal(r.length, expected);
        for (unsigned i = 0; i < expected; i++) {
            assert_int_equal(r.mr[i], mr[i]);
        }
        for (unsigned i = expected; i < 4; i++) {
            assert_int_equal(server->regs[msg_register(i)], 0xdead + i);
        }
    }
}

/* The length field can say more than the buffer holds. */
static void test_length_beyond_the_buffer(void **state)
{
    (void)state;
    run_as(server);
    receive(EP);
    run_as(client);
    client->regs[REG_RDX] = (word_t)SYS_Send;
    client->regs[REG_RDI] = EP;
    client->regs[REG_RSI] = msg_info(1, 0, 0, 127);
    kernel_handle_syscall();
    assert_int_equal(reply_of(server).length, 120);
}

static void test_no_buffer_truncates(void **state)
{
    (void)state;
    assert_ok(call(SERVER, LABEL_TCBSetIPCBuffer, CAPS1(SERVER + 1), 0));
    run_as(server);
    receive(EP);
    run_as(client);
    send(EP, 1, CAPS1(NTFN), 1, 2, 3, 4, 5, 6);
    struct reply r = reply_of(server);
    assert_int_equal(r.length, 4);
    assert_int_equal(r.mr[3], 4);
}

/* A buffer that may only be read serves for sending. */
static void test_read_only_buffer(void **state)
{
    (void)state;
    cnode_copy(60, SERVER + 1, 2);
    assert_ok(call(SERVER, LABEL_TCBSetIPCBuffer, CAPS1(60), BUFFER_ADDRESS));
    run_as(server);
    receive(EP);
    run_as(client);
    send(EP, 1, NO_CAPS, 1, 2, 3, 4, 5, 6);
    assert_int_equal(reply_of(server).length, 4);
    run_as(client);
    receive(EP);
    run_as(server);
    send(EP, 1, NO_CAPS, 1, 2, 3, 4, 5, 6);
    assert_int_equal(reply_of(client).length, 6);
}

static void test_send_rights(void **state)
{
    (void)state;
    for (word_t rights = 0; rights < 16; rights++) {
        cnode_mint(60, EP, rights, 9);
        run_as(server);
        assert_false(receive(EP).is_running);
        run_as(client);
        struct reply r = send(60, 1, NO_CAPS, 7);
        assert_true(r.is_running); /* a missing right is silent */
        if (rights & 1) {
            assert_int_equal(server->state, THREAD_RUNNING);
            assert_int_equal(reply_of(server).badge, 9);
        } else {
            assert_int_equal(server->state, THREAD_BLOCKED_RECEIVE);
            assert_error1(call(60, 1, NO_CAPS, 7), ERROR_InvalidCapability, 0);
            send(EP, 0, NO_CAPS);
        }
        run_as(root_thread());
        cnode_delete(60);
    }
}

static void test_non_blocking_send(void **state)
{
    (void)state;
    run_as(client);
    struct reply r = system_call(&(struct message){.syscall = SYS_NBSend, .cptr = EP});
    assert_true(r.is_running);
    assert_int_equal(client->state, THREAD_RUNNING);
    /* a pointer that leads nowhere is silent too */
    r = system_call(&(struct message){.syscall = SYS_NBSend, .cptr = 1ull << 60});
    assert_true(r.is_running);
}

/* Registers of a Send are as before, failed or not. */
static void test_registers_survive(void **state)
{
    (void)state;
    run_as(server);
    receive(EP);
    run_as(client);
    word_t before[NUM_CONTEXT_REGISTERS];
    static const word_t targets[] = {EP, ROOT_CNODE, 0, NTFN};
    for (unsigned k = 0; k < 4; k++) {
        for (unsigned i = 0; i < NUM_CONTEXT_REGISTERS; i++) {
            before[i] = client->regs[i] = 0x100 * k + i;
        }
        client->regs[REG_RDX] = before[REG_RDX] = (word_t)SYS_NBSend;
        client->regs[REG_RDI] = before[REG_RDI] = targets[k];
        client->regs[REG_RSI] = before[REG_RSI] = msg_info(3, 0, 0, 2);
        kernel_handle_syscall();
        assert_memory_equal(before, client->regs, sizeof(before));
    }
}

static void test_queue_is_fifo(void **state)
{
    (void)state;
    struct tcb *third = start_thread(50, 120);
    run_as(client);
    send(EP, 1, NO_CAPS, 1);
    run_as(third);
    send(EP, 2, NO_CAPS, 2);
    run_as(server);
    assert_int_equal(receive(EP).label, 1);
    run_as(server);
    assert_int_equal(receive(EP).label, 2);
    assert_int_equal(third->state, THREAD_RUNNING);
}

static void test_call_and_reply(void **state)
{
    (void)state;
    stop_root();
    run_as(server);
    receive(EP);
    assert_ptr_equal(host.cpu.current, client);
    call(EP, 3, NO_CAPS, 10, 20);
    assert_int_equal(client->state, THREAD_BLOCKED_REPLY);
    assert_ptr_equal(host.cpu.current, server);
    assert_int_equal(server->slots[TCB_CALLER].cap.type, CAP_REPLY);
    reply_with(4, NO_CAPS, 30);
    assert_int_equal(client->state, THREAD_RUNNING);
    struct reply r = reply_of(client);
    assert_int_equal(r.label, 4);
    assert_int_equal(r.mr[0], 30);
    assert_int_equal(r.badge, 0);
    assert_int_equal(server->slots[TCB_CALLER].cap.type, CAP_NULL);
    /* nothing to answer any more: no effect */
    assert_true(reply_with(9, NO_CAPS, 1).is_running);
}

/* Call needs Grant or GrantReply, or the caller stops after delivery. */
static void test_call_rights(void **state)
{
    (void)state;
    for (word_t rights = 1; rights < 16; rights += 2) {
        cnode_copy(60, EP, rights);
        run_as(server);
        receive(EP);
        run_as(client);
        call(60, 1, NO_CAPS, 1);
        bool may = rights & 12;
        assert_int_equal(client->state, may ? THREAD_BLOCKED_REPLY : THREAD_INACTIVE);
        assert_int_equal(server->slots[TCB_CALLER].cap.type, may ? CAP_REPLY : CAP_NULL);
        run_as(server);
        reply_with(0, NO_CAPS);
        run_as(root_thread());
        if (!may) {
            /* resumed, it calls again */
            assert_ok(call(CLIENT, LABEL_TCBResume, NO_CAPS));
            assert_int_equal(client->state, THREAD_RESTART);
        }
        cnode_delete(60);
    }
}

/* A right to grant in the reply comes from the capability used to receive. */
static void test_reply_grant(void **state)
{
    (void)state;
    word_t *buffer = ipc_buffer(client, true);
    buffer[BUFFER_RECEIVE_CNODE] = ROOT_CNODE;
    buffer[BUFFER_RECEIVE_INDEX] = RECEIVED;
    buffer[BUFFER_RECEIVE_DEPTH] = 64;
    for (unsigned grant = 0; grant < 2; grant++) {
        cnode_copy(60, EP, grant ? 15 : 11);
        run_as(server);
        receive(60);
        run_as(client);
        call(EP, 1, NO_CAPS);
        run_as(server);
        reply_with(0, CAPS1(NTFN));
        assert_int_equal(slot(RECEIVED)->cap.type, grant ? CAP_NOTIFICATION : CAP_NULL);
        assert_int_equal(msg_info_extra_caps(reply_of(client).info), grant);
        run_as(root_thread());
        cnode_delete(60);
    }
}

static void test_caps_need_grant(void **state)
{
    (void)state;
    for (unsigned grant = 0; grant < 2; grant++) {
        cnode_copy(60, EP, grant ? 15 : 11);
        run_as(server);
        receive(EP);
        run_as(client);
        send(60, 0, CAPS1(NTFN));
        assert_int_equal(slot(RECEIVED)->cap.type, grant ? CAP_NOTIFICATION : CAP_NULL);
        run_as(root_thread());
        cnode_delete(60);
    }
}

/* Capabilities of the endpoint itself show their badge; the first other one is copied. */
static void test_unwrapping(void **state)
{
    (void)state;
    cnode_mint(60, EP, ALL_RIGHTS, 0x77);
    run_as(server);
    receive(EP);
    run_as(client);
    send(EP, 0, CAPS3(60, NTFN, EP));
    struct reply r = reply_of(server);
    word_t *buffer = ipc_buffer(server, true);
    assert_int_equal(msg_info_extra_caps(r.info), 3);
    assert_int_equal(r.info >> 9 & 7, 5);
    assert_int_equal(buffer[BUFFER_CAPS], 0x77);
    assert_int_equal(buffer[BUFFER_CAPS + 2], 0);
    assert_int_equal(slot(RECEIVED)->cap.type, CAP_NOTIFICATION);
    /* the second one that does not unwrap ends the transfer; so does an occupied slot */
    run_as(server);
    receive(EP);
    run_as(client);
    send(EP, 0, CAPS3(60, NTFN, EP));
    assert_int_equal(msg_info_extra_caps(reply_of(server).info), 1);
    run_as(root_thread());
    cnode_delete(RECEIVED);
    run_as(server);
    receive(EP);
    run_as(client);
    send(EP, 0, CAPS3(NTFN, NTFN, EP));
    assert_int_equal(msg_info_extra_caps(reply_of(server).info), 1);
}

/* A capability of another endpoint is an ordinary one. */
static void test_other_endpoints_do_not_unwrap(void **state)
{
    (void)state;
    make_objects(OBJECT_EndpointObject, 0, 60, 1);
    run_as(server);
    receive(EP);
    run_as(client);
    send(EP, 0, CAPS1(60));
    assert_int_equal(reply_of(server).info >> 9 & 7, 0);
    assert_int_equal(slot(RECEIVED)->cap.paddr, slot(60)->cap.paddr);
}

static void test_extra_cap_fault(void **state)
{
    (void)state;
    run_as(client);
    send(EP, 0, CAPS2(NTFN, 1ull << 50));
    assert_int_equal(client->state, THREAD_INACTIVE); /* no fault handler */
    /* an empty slot is no failure; it just ends the transfer */
    run_as(server);
    receive(EP);
    run_as(root_thread());
    send(EP, 0, CAPS1(500));
    assert_int_equal(server->state, THREAD_RUNNING);
    assert_int_equal(msg_info_extra_caps(reply_of(server).info), 0);
}

static void test_save_caller(void **state)
{
    (void)state;
    run_as(server);
    receive(EP);
    run_as(client);
    call(EP, 1, NO_CAPS);
    run_as(server);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeSaveCaller, NO_CAPS, SAVED, 64));
    assert_int_equal(server->slots[TCB_CALLER].cap.type, CAP_NULL);
    assert_int_equal(slot(SAVED)->cap.type, CAP_REPLY);
    assert_int_equal(cnode_copy(72, SAVED, ALL_RIGHTS), ERROR_IllegalOperation);
    nb_receive(EP);
    assert_int_equal(client->state, THREAD_BLOCKED_REPLY);
    send(SAVED, 6, NO_CAPS, 66);
    assert_int_equal(slot(SAVED)->cap.type, CAP_NULL);
    assert_int_equal(client->state, THREAD_RUNNING);
    assert_int_equal(reply_of(client).mr[0], 66);
}

/* The reply capability goes when the caller is stopped, or the callee receives again. */
static void test_reply_cap_is_deleted(void **state)
{
    (void)state;
    run_as(server);
    receive(EP);
    run_as(client);
    call(EP, 1, NO_CAPS);
    run_as(server);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeSaveCaller, NO_CAPS, SAVED, 64));
    assert_ok(call(CLIENT, LABEL_TCBSuspend, NO_CAPS));
    assert_int_equal(slot(SAVED)->cap.type, CAP_NULL);
    run_as(server);
    assert_ok(call(CLIENT, LABEL_TCBResume, NO_CAPS));
    run_as(server);
    receive(EP);
    run_as(client);
    kernel_handle_syscall(); /* the Call again */
    assert_int_equal(server->slots[TCB_CALLER].cap.type, CAP_REPLY);
    run_as(server);
    nb_receive(EP);
    assert_int_equal(server->slots[TCB_CALLER].cap.type, CAP_NULL);
    assert_int_equal(client->state, THREAD_BLOCKED_REPLY);
    assert_int_equal(server->regs[REG_RDI], 0);
}

static void test_wait_keeps_the_caller(void **state)
{
    (void)state;
    run_as(server);
    receive(EP);
    run_as(client);
    call(EP, 1, NO_CAPS);
    run_as(root_thread());
    send(NTFN, 0, NO_CAPS);
    run_as(server);
    receive(NTFN);
    assert_int_equal(server->slots[TCB_CALLER].cap.type, CAP_REPLY);
}

static void test_receive_faults(void **state)
{
    (void)state;
    cnode_copy(60, EP, 13);
    cnode_copy(61, NTFN, 1);
    static const word_t bad[] = {60, 61, ROOT_CNODE, 500, 1ull << 60};
    for (unsigned i = 0; i < 5; i++) {
        for (unsigned nb = 0; nb < 2; nb++) {
            run_as(server);
            struct message m = {.syscall = nb ? SYS_NBRecv : SYS_Recv, .cptr = bad[i]};
            system_call_once(&m);
            kernel_schedule();
            assert_int_equal(server->state, THREAD_INACTIVE);
            run_as(root_thread());
            assert_ok(call(SERVER, LABEL_TCBResume, NO_CAPS));
        }
    }
}

static void test_cancel_badged_sends(void **state)
{
    (void)state;
    struct tcb *third = start_thread(50, 100);
    cnode_mint(60, EP, ALL_RIGHTS, 1);
    cnode_mint(61, EP, ALL_RIGHTS, 2);
    run_as(client);
    call(60, 1, NO_CAPS);
    run_as(third);
    call(61, 1, NO_CAPS);
    run_as(root_thread());
    assert_ok(call(ROOT_CNODE, LABEL_CNodeCancelBadgedSends, NO_CAPS, 60, 64));
    assert_int_equal(client->state, THREAD_RESTART);
    assert_int_equal(client->regs[REG_FAULT_IP], PROGRAM);
    assert_int_equal(third->state, THREAD_BLOCKED_SEND);
    cnode_delete(60);
    run_as(client);
    kernel_handle_syscall();
    assert_int_equal(reply_of(client).label, ERROR_InvalidCapability);
    run_as(server);
    assert_int_equal(receive(EP).badge, 2);
}

static void test_notification_words(void **state)
{
    (void)state;
    cnode_mint(60, NTFN, ALL_RIGHTS, 1ull << 63);
    cnode_mint(61, NTFN, ALL_RIGHTS, 5);
    run_as(server);
    assert_int_equal(nb_receive(NTFN).badge, 0);
    send(60, 0, NO_CAPS);
    send(61, 0, NO_CAPS);
    word_t info = server->regs[REG_RSI] = 0x1234;
    assert_int_equal(receive(NTFN).badge, 1ull << 63 | 5);
    assert_int_equal(server->regs[REG_RSI], info); /* only the badge is written */
    assert_int_equal(nb_receive(NTFN).badge, 0);
}

static void test_notification_queue(void **state)
{
    (void)state;
    cnode_mint(60, NTFN, ALL_RIGHTS, 5);
    run_as(client);
    receive(NTFN);
    run_as(server);
    receive(NTFN);
    run_as(root_thread());
    send(60, 0, NO_CAPS);
    assert_int_equal(client->state, THREAD_RUNNING);
    assert_int_equal(client->regs[REG_RDI], 5);
    assert_int_equal(server->state, THREAD_BLOCKED_NOTIFICATION);
    assert_ok(call(SERVER, LABEL_TCBSuspend, NO_CAPS));
    send(60, 0, NO_CAPS);
    assert_int_equal(server->state, THREAD_INACTIVE);
    run_as(client);
    assert_int_equal(receive(NTFN).badge, 5);
    /* a notification without write right cannot be signalled */
    cnode_copy(62, NTFN, 2);
    assert_error1(call(62, 0, NO_CAPS), ERROR_InvalidCapability, 0);
}

static void test_bound_notification(void **state)
{
    (void)state;
    cnode_mint(60, NTFN, ALL_RIGHTS, 5);
    assert_ok(call(SERVER, LABEL_TCBBindNotification, CAPS1(NTFN)));
    /* delivered while it waits on an endpoint */
    run_as(server);
    receive(EP);
    run_as(root_thread());
    send(60, 0, NO_CAPS);
    assert_int_equal(server->state, THREAD_RUNNING);
    assert_int_equal(server->regs[REG_RDI], 5);
    /* remembered, then taken before a queued sender */
    send(60, 0, NO_CAPS);
    run_as(client);
    send(EP, 1, NO_CAPS);
    run_as(server);
    assert_int_equal(receive(EP).badge, 5);
    run_as(server);
    assert_int_equal(receive(EP).label, 1);
    /* only the bound thread may wait on it */
    run_as(client);
    receive(NTFN);
    assert_int_equal(client->state, THREAD_INACTIVE);
    run_as(server);
    receive(NTFN);
    assert_int_equal(server->state, THREAD_BLOCKED_NOTIFICATION);
}

static void test_bound_thread_in_call(void **state)
{
    (void)state;
    cnode_mint(60, NTFN, ALL_RIGHTS, 5);
    assert_ok(call(CLIENT, LABEL_TCBBindNotification, CAPS1(NTFN)));
    run_as(server);
    receive(EP);
    run_as(client);
    call(EP, 1, NO_CAPS);
    run_as(root_thread());
    send(60, 0, NO_CAPS);
    assert_int_equal(client->state, THREAD_BLOCKED_REPLY);
    run_as(server);
    reply_with(0, NO_CAPS);
    run_as(client);
    assert_int_equal(nb_receive(EP).badge, 5);
}

/* A halted guest's thread gets runnable; the notification stays for vcpu_run() to take. */
static void test_signal_to_a_guest(void **state)
{
    (void)state;
    cnode_mint(60, NTFN, ALL_RIGHTS, 5);
    assert_ok(call(SERVER, LABEL_TCBBindNotification, CAPS1(NTFN)));
    assert_ok(call(SERVER, LABEL_TCBSuspend, NO_CAPS));
    server->state = THREAD_HALTED_VM;
    send(60, 0, NO_CAPS);
    assert_int_equal(server->state, THREAD_RUNNING_VM);
    assert_int_equal(cap_notification(slot(NTFN)->cap)->state, NTFN_ACTIVE);
    send(60, 0, NO_CAPS);
    assert_int_equal(cap_notification(slot(NTFN)->cap)->word, 5);
    server->state = THREAD_INACTIVE;
    sched_dequeue(server);
}

static void test_deleting_a_notification(void **state)
{
    (void)state;
    make_objects(OBJECT_NotificationObject, 0, 80, 1);
    assert_ok(call(CLIENT, LABEL_TCBBindNotification, CAPS1(NTFN)));
    run_as(server);
    receive(80);
    run_as(root_thread());
    cnode_delete(80);
    assert_int_equal(server->state, THREAD_RESTART);
    cnode_delete(NTFN);
    assert_null(client->bound_notification);
    assert_error(call(CLIENT, LABEL_TCBUnbindNotification, NO_CAPS), ERROR_IllegalOperation);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lengths),
        T(test_length_beyond_the_buffer),
        T(test_no_buffer_truncates),
        T(test_read_only_buffer),
        T(test_send_rights),
        T(test_non_blocking_send),
        T(test_registers_survive),
        T(test_queue_is_fifo),
        T(test_call_and_reply),
        T(test_call_rights),
        T(test_reply_grant),
        T(test_caps_need_grant),
        T(test_unwrapping),
        T(test_other_endpoints_do_not_unwrap),
        T(test_extra_cap_fault),
        T(test_save_caller),
        T(test_reply_cap_is_deleted),
        T(test_wait_keeps_the_caller),
        T(test_receive_faults),
        T(test_cancel_badged_sends),
        T(test_notification_words),
        T(test_notification_queue),
        T(test_bound_notification),
        T(test_bound_thread_in_call),
        T(test_signal_to_a_guest),
        T(test_deleting_a_notification),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
