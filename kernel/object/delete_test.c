/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Destroying CNodes and threads: nesting, cycles, preemption at every point, restart. */
#include "fixture.h"

#define NESTED 64

/* CNodes of 4 slots, each holding the only capability of the next in a slot that varies. */
static void make_nest(word_t first, unsigned count)
{
    make_objects(OBJECT_CapTableObject, 2, first, count);
    for (unsigned i = count - 1; i > 0; i--) {
        assert_ok(call(first + i - 1, LABEL_CNodeMove, CAPS1(ROOT_CNODE), i % 4, 2, first + i, 64));
    }
}

/* Bytes the untyped would hand out next: 0 after a reset. */
static void assert_all_free(void)
{
    assert_false(mdb_has_children(slot(ROOT_UNTYPED)));
}

static void test_nested(void **state)
{
    (void)state;
    make_nest(100, NESTED);
    assert_int_equal(cnode_delete(100), ERROR_NoError);
    assert_all_free();
}

/* Interrupts at every possible moment: each time it goes on where it was. */
static void test_preempted_everywhere(void **state)
{
    (void)state;
    for (unsigned gap = 1; gap < 8; gap++) {
        make_nest(100, NESTED);
        word_t args[] = {100, 64};
        struct message m = {SYS_Call, ROOT_CNODE, LABEL_CNodeDelete, 2, args, NO_CAPS};
        unsigned stops = 0;
        host.cpu.work_units = 0;
        for (;;) {
            host.pending_after = 1;
            host.cpu.work_units = 100 - gap;
            system_call_once(&m);
            if (root_thread()->state != THREAD_RESTART) {
                break;
            }
            stops++;
            assert_int_equal(fixture_check(NULL), 0);
            assert_int_equal(slot(100)->cap.type, CAP_ZOMBIE);
            kernel_schedule();
        }
        assert_true(stops > NESTED / gap);
        assert_int_equal(reply_of(root_thread()).label, ERROR_NoError);
        assert_all_free();
        host.pending_after = 0;
    }
}

static void test_zombie_cannot_be_used(void **state)
{
    (void)state;
    make_nest(100, NESTED);
    word_t args[] = {100, 64};
    struct message m = {SYS_Call, ROOT_CNODE, LABEL_CNodeDelete, 2, args, NO_CAPS};
    host.pending_after = 1;
    host.cpu.work_units = 90;
    system_call_once(&m);
    kernel_schedule();
    assert_int_equal(slot(100)->cap.type, CAP_ZOMBIE);
    assert_error1(call(100, LABEL_CNodeDelete, NO_CAPS, 0, 2), ERROR_InvalidCapability, 0);
    assert_int_equal(cnode_copy(50, 100, ALL_RIGHTS), ERROR_IllegalOperation);
    assert_lookup(call(ROOT_CNODE, LABEL_CNodeCopy, CAPS1(100), 50, 64, 0, 2, 15), 1,
                  LOOKUP_INVALID_ROOT);
    /* somebody else revokes all while it is half done */
    assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
    assert_all_free();
}

/* Revoking an untyped finds slots inside dead CNodes, in any order. */
static void test_cycle(void **state)
{
    (void)state;
    make_objects(OBJECT_CapTableObject, 2, 100, 3);
    /* 101 in 100, 102 in 101, 100 in 102: nothing outside names them */
    assert_ok(call(101, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), 3, 2, 102, 64, 15));
    assert_ok(call(102, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), 3, 2, 100, 64, 15));
    assert_int_equal(cnode_delete(102), ERROR_NoError);
    assert_ok(call(100, LABEL_CNodeMove, CAPS1(ROOT_CNODE), 3, 2, 101, 64));
    assert_int_equal(cnode_delete(100), ERROR_NoError);
    assert_true(mdb_has_children(slot(ROOT_UNTYPED)));
    assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
    assert_all_free();
}

static void test_cnode_in_itself(void **state)
{
    (void)state;
    for (word_t at = 0; at < 4; at++) {
        make_objects(OBJECT_CapTableObject, 2, 100, 1);
        assert_ok(call(100, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), at, 2, 100, 64, 15));
        assert_int_equal(cnode_delete(100), ERROR_NoError);
        assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
        assert_all_free();
    }
}

/* Two untypeds whose CNodes hold each other; one is revoked with interrupts, then reused. */
static void test_memory_is_not_reused_early(void **state)
{
    (void)state;
    for (unsigned gap = 1; gap < 12; gap++) {
        make_objects(OBJECT_UntypedObject, 12, 90, 2);
        for (word_t i = 0; i < 2; i++) {
            assert_ok(call(90 + i, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_CapTableObject, 3,
                           0, 0, 100 + i, 1));
        }
        assert_ok(call(101, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), gap % 8, 3, 100, 64, 15));
        assert_ok(call(100, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), 7, 3, 101, 64, 15));
        assert_int_equal(cnode_delete(100), ERROR_NoError);
        assert_int_equal(cnode_delete(101), ERROR_NoError);
        word_t args[] = {90, 64};
        struct message m = {SYS_Call, ROOT_CNODE, LABEL_CNodeRevoke, 2, args, NO_CAPS};
        for (unsigned i = 0; i < 100; i++) {
            host.pending_after = 1;
            host.cpu.work_units = 100 - gap;
            system_call_once(&m);
            bool done = root_thread()->state != THREAD_RESTART;
            kernel_schedule();
            host.pending_after = 0;
            call(91, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_X86_4K, 0, 0, 0, 200, 1);
            assert_int_equal(fixture_check(NULL), 0);
            cnode_delete(200);
            if (done) {
                break;
            }
        }
        assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
        assert_all_free();
    }
}

static void test_thread_is_destroyed(void **state)
{
    (void)state;
    struct tcb *t = start_thread(20, 250);
    assert_int_equal(t->state, THREAD_RESTART);
    /* a copy keeps it alive */
    cnode_copy(30, 20, ALL_RIGHTS);
    assert_int_equal(cnode_delete(20), ERROR_NoError);
    assert_int_equal(t->state, THREAD_RESTART);
    assert_int_equal(cnode_delete(30), ERROR_NoError);
    assert_int_equal(t->state, THREAD_INACTIVE);
    assert_int_equal(t->queued, 0);
    assert_int_equal(t->slots[TCB_CSPACE].cap.type, CAP_NULL);
}

/* A thread holds the last capability of its own CSpace, and that its own TCB. */
static void test_thread_that_holds_itself(void **state)
{
    (void)state;
    make_objects(OBJECT_CapTableObject, 4, 40, 1);
    struct tcb *t = make_thread(20, 250);
    assert_ok(call(40, LABEL_CNodeMove, CAPS1(ROOT_CNODE), 1, 4, 20, 64));
    word_t guard = 60;
    assert_ok(call(ROOT_CNODE, LABEL_CNodeMint, CAPS1(40), 20, 64, 1, 4, 15, 0));
    assert_ok(call(20, LABEL_TCBSetSpace, CAPS2(40, ROOT_VSPACE), 0, guard, 0));
    assert_int_equal(cnode_delete(20), ERROR_NoError);
    assert_int_equal(cnode_delete(40), ERROR_NoError);
    assert_int_equal(t->slots[TCB_CSPACE].cap.type, CAP_CNODE);
    assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
    assert_all_free();
}

/* A thread deletes its own TCB: nothing is written to it any more, others go on. */
static void test_suicide(void **state)
{
    (void)state;
    struct tcb *t = start_thread(20, 255);
    struct tcb *other = start_thread(30, 200);
    run_as(t);
    word_t args[] = {20, 64};
    system_call_once(&(struct message){SYS_Call, ROOT_CNODE, LABEL_CNodeDelete, 2, args, NO_CAPS});
    assert_int_equal(t->state, THREAD_INACTIVE);
    assert_ptr_equal(kernel_schedule(), root_thread());
    assert_int_equal(slot(20)->cap.type, CAP_NULL);
    run_as(other);
    assert_int_equal(cnode_delete(21), ERROR_NoError);
}

/* The revoke kills its invoker: it does not go on when it is preempted. */
static void test_revoke_kills_invoker(void **state)
{
    (void)state;
    make_objects(OBJECT_UntypedObject, 20, 90, 1);
    assert_ok(call(90, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_TCBObject, 0, 0, 0, 20, 1));
    make_objects(OBJECT_X86_4K, 0, 21, 1);
    assert_ok(
        call(20, LABEL_TCBConfigure, CAPS3(ROOT_CNODE, ROOT_VSPACE, 21), 0, 0, 0, BUFFER_ADDRESS));
    assert_ok(call(20, LABEL_TCBSetPriority, CAPS1(ROOT_TCB), 255));
    assert_ok(call(20, LABEL_TCBResume, NO_CAPS));
    run_as(cap_tcb(slot(20)->cap));
    word_t args[] = {90, 64};
    system_call_once(&(struct message){SYS_Call, ROOT_CNODE, LABEL_CNodeRevoke, 2, args, NO_CAPS});
    assert_ptr_equal(kernel_schedule(), root_thread());
    assert_int_equal(slot(20)->cap.type, CAP_NULL);
}

static void test_final_endpoint_wakes_its_queue(void **state)
{
    (void)state;
    make_objects(OBJECT_EndpointObject, 0, 40, 1);
    struct tcb *t = start_thread(20, 255);
    run_as(t);
    receive(40);
    assert_int_equal(t->state, THREAD_BLOCKED_RECEIVE);
    assert_ptr_equal(host.cpu.current, root_thread());
    cnode_copy(41, 40, ALL_RIGHTS);
    cnode_delete(41);
    assert_int_equal(t->state, THREAD_BLOCKED_RECEIVE);
    cnode_delete(40);
    assert_int_equal(t->state, THREAD_RESTART);
    assert_int_equal(t->regs[REG_FAULT_IP], PROGRAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nested),
        TEST(test_preempted_everywhere),
        TEST(test_zombie_cannot_be_used),
        TEST(test_cycle),
        TEST(test_cnode_in_itself),
        TEST(test_memory_is_not_reused_early),
        TEST(test_thread_is_destroyed),
        TEST(test_thread_that_holds_itself),
        TEST(test_suicide),
        TEST(test_revoke_kills_invoker),
        TEST(test_final_endpoint_wakes_its_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
