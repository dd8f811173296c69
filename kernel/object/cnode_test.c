/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* CNode invocations and capability lookup: errors in their order, effects. */
#include "fixture.h"

#define EP    20
#define EMPTY 60

static int setup_endpoint(void **state)
{
    fixture_setup(state);
    make_objects(OBJECT_EndpointObject, 0, EP, 1);
    return 0;
}

#define COPY(dest, src)                                                                            \
    call(ROOT_CNODE, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), dest, 64, src, 64, ALL_RIGHTS)

static void test_common_errors(void **state)
{
    (void)state;
    assert_error(call(ROOT_CNODE, LABEL_TCBSuspend, NO_CAPS), ERROR_IllegalOperation);
    assert_error(call(ROOT_CNODE, LABEL_CNodeDelete, NO_CAPS, 30), ERROR_TruncatedMessage);
    assert_range(call(ROOT_CNODE, LABEL_CNodeDelete, NO_CAPS, 30, 0), 1, 64);
    assert_range(call(ROOT_CNODE, LABEL_CNodeDelete, NO_CAPS, 30, 65), 1, 64);
    /* guard: 54 bits of zero */
    struct reply r = call(ROOT_CNODE, LABEL_CNodeDelete, NO_CAPS, 1ull << 63, 64);
    assert_lookup(r, 0, LOOKUP_GUARD_MISMATCH);
    assert_int_equal(r.length, 5);
    assert_int_equal(r.mr[2], 64);
    assert_int_equal(r.mr[3], 0);
    assert_int_equal(r.mr[4], 64 - ROOT_RADIX);
    r = call(ROOT_CNODE, LABEL_CNodeDelete, NO_CAPS, 0, 60);
    assert_lookup(r, 0, LOOKUP_DEPTH_MISMATCH);
    assert_int_equal(r.mr[2], 60);
    assert_int_equal(r.mr[3], 64);
    /* the target is looked up before the rest of the message counts */
    assert_range(call(ROOT_CNODE, LABEL_CNodeCopy, NO_CAPS, 30, 0), 1, 64);
    assert_error(call(ROOT_CNODE, LABEL_CNodeCopy, NO_CAPS, 30, 64), ERROR_TruncatedMessage);
}

static void test_leftover_bits(void **state)
{
    (void)state;
    /* a 2-slot CNode below the root: its capability is reached with one bit left */
    make_objects(OBJECT_CapTableObject, 1, 30, 1);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeMutate, CAPS1(ROOT_CNODE), 31, 64, 30, 64, 0));
    struct reply r = call(31, LABEL_CNodeDelete, NO_CAPS, 0, 2);
    assert_lookup(r, 0, LOOKUP_DEPTH_MISMATCH);
    assert_int_equal(r.mr[2], 0);
    assert_int_equal(r.mr[3], 1);
}

static void test_copy_errors(void **state)
{
    (void)state;
    assert_error(COPY(EP, EMPTY), ERROR_DeleteFirst);
    assert_lookup(call(ROOT_CNODE, LABEL_CNodeCopy, CAPS1(EP), 30, 64, EP, 64, 15), 1,
                  LOOKUP_INVALID_ROOT);
    struct reply r = COPY(30, EMPTY);
    assert_lookup(r, 1, LOOKUP_MISSING_CAPABILITY);
    assert_int_equal(r.mr[2], 64);
    assert_error(call(ROOT_CNODE, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), 30, 64, EP, 64),
                 ERROR_TruncatedMessage);
    assert_error(call(ROOT_CNODE, LABEL_CNodeMint, CAPS1(ROOT_CNODE), 30, 64, EP, 64, 15),
                 ERROR_TruncatedMessage);
    assert_error(call(ROOT_CNODE, LABEL_CNodeMutate, CAPS1(ROOT_CNODE), 30, 64, EP, 64),
                 ERROR_TruncatedMessage);
    assert_error(COPY(30, ROOT_IRQ_CONTROL), ERROR_IllegalOperation);
    assert_error(COPY(30, ROOT_IO_PORT_CONTROL), ERROR_IllegalOperation);
    assert_ok(COPY(30, EP));
    assert_ok(COPY(31, ROOT_ASID_CONTROL));
    assert_ok(COPY(32, ROOT_DOMAIN));
}

static void test_rights(void **state)
{
    (void)state;
    for (word_t rights = 0; rights < 16; rights++) {
        assert_int_equal(cnode_copy(30, EP, rights), ERROR_NoError);
        cap_t cap = slot(30)->cap;
        assert_int_equal(cap.endpoint.can_write, rights & 1);
        assert_int_equal(cap.endpoint.can_read, rights >> 1 & 1);
        assert_int_equal(cap.endpoint.can_grant, rights >> 2 & 1);
        assert_int_equal(cap.endpoint.can_grant_reply, rights >> 3 & 1);
        assert_int_equal(cnode_copy(31, 30, ALL_RIGHTS), ERROR_NoError);
        assert_int_equal(slot(31)->cap.w[0], cap.w[0]);
        assert_int_equal(cnode_delete(30), ERROR_NoError);
        assert_int_equal(cnode_delete(31), ERROR_NoError);
    }
}

static void test_badges(void **state)
{
    (void)state;
    word_t badge = 0xfedcba9876543210;
    assert_int_equal(cnode_mint(30, EP, ALL_RIGHTS, badge), ERROR_NoError);
    assert_int_equal(slot(30)->cap.endpoint.badge, badge);
    assert_true(mdb_is_parent_of(slot(EP), slot(30)));
    /* once badged, never again, and not by Mutate */
    assert_int_equal(cnode_mint(31, 30, ALL_RIGHTS, 7), ERROR_IllegalOperation);
    assert_error(call(ROOT_CNODE, LABEL_CNodeMutate, CAPS1(ROOT_CNODE), 31, 64, EP, 64, 7),
                 ERROR_IllegalOperation);
    assert_int_equal(cnode_copy(31, 30, ALL_RIGHTS), ERROR_NoError);
    assert_int_equal(slot(31)->cap.endpoint.badge, badge);
    /* copies of a badge are its children, other badges are not */
    assert_int_equal(cnode_mint(32, EP, ALL_RIGHTS, 5), ERROR_NoError);
    assert_int_equal(cnode_revoke(30), ERROR_NoError);
    assert_int_equal(slot(31)->cap.type, CAP_NULL);
    assert_int_equal(slot(32)->cap.endpoint.badge, 5);
    assert_int_equal(cnode_revoke(EP), ERROR_NoError);
    assert_int_equal(slot(30)->cap.type, CAP_NULL);
    assert_int_equal(slot(32)->cap.type, CAP_NULL);
    assert_int_equal(slot(EP)->cap.type, CAP_ENDPOINT);
}

/* Two groups of one badge next to each other: they stay two when the head of one is deleted. */
static void test_first_badged_passes_on(void **state)
{
    (void)state;
    assert_int_equal(cnode_mint(31, EP, ALL_RIGHTS, 5), ERROR_NoError);
    assert_int_equal(cnode_mint(30, EP, ALL_RIGHTS, 5), ERROR_NoError);
    assert_int_equal(cnode_copy(32, 31, ALL_RIGHTS), ERROR_NoError);
    assert_ptr_equal(mdb_next(slot(30)), slot(31));
    assert_int_equal(cnode_delete(31), ERROR_NoError);
    assert_int_equal(cnode_revoke(30), ERROR_NoError);
    assert_int_equal(slot(32)->cap.type, CAP_ENDPOINT);
    assert_int_equal(cnode_revoke(EP), ERROR_NoError);
    assert_int_equal(slot(32)->cap.type, CAP_NULL);
}

static void test_guards(void **state)
{
    (void)state;
    make_objects(OBJECT_CapTableObject, 4, 30, 1);
    word_t data = 0xabcull << 6 | 12;
    assert_int_equal(cnode_mint(31, 30, ALL_RIGHTS, data), ERROR_NoError);
    assert_int_equal(slot(31)->cap.cnode.guard, 0xabc);
    assert_int_equal(slot(31)->cap.cnode.guard_size, 12);
    assert_int_equal(cnode_mint(32, 30, ALL_RIGHTS, 61), ERROR_IllegalOperation);
    assert_int_equal(cnode_mint(32, 30, ALL_RIGHTS, 60), ERROR_NoError);
    /* through the guard */
    assert_ok(call(31, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), 0xabc3, 16, EP, 64, ALL_RIGHTS));
    assert_ok(call(32, LABEL_CNodeDelete, NO_CAPS, 3, 64));
    assert_lookup(call(31, LABEL_CNodeDelete, NO_CAPS, 0xabd3, 16), 0, LOOKUP_GUARD_MISMATCH);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeMutate, CAPS1(ROOT_CNODE), 33, 64, 31, 64, 3));
    assert_int_equal(slot(31)->cap.type, CAP_NULL);
    assert_int_equal(slot(33)->cap.cnode.guard_size, 3);
}

static void test_move(void **state)
{
    (void)state;
    cnode_copy(30, EP, ALL_RIGHTS);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeMove, CAPS1(ROOT_CNODE), 31, 64, EP, 64));
    assert_int_equal(slot(EP)->cap.type, CAP_NULL);
    assert_true(mdb_is_parent_of(slot(31), slot(30)));
    assert_lookup(call(ROOT_CNODE, LABEL_CNodeMove, CAPS1(ROOT_CNODE), 32, 64, EP, 64), 1,
                  LOOKUP_MISSING_CAPABILITY);
    /* the emptiness probe of user libraries: moving a slot onto itself */
    assert_error(call(ROOT_CNODE, LABEL_CNodeMove, CAPS1(ROOT_CNODE), 31, 64, 31, 64),
                 ERROR_DeleteFirst);
    assert_lookup(call(ROOT_CNODE, LABEL_CNodeMove, CAPS1(ROOT_CNODE), EMPTY, 64, EMPTY, 64), 1,
                  LOOKUP_MISSING_CAPABILITY);
}

#define ROTATE(dest, pivot, src)                                                                   \
    call(ROOT_CNODE, LABEL_CNodeRotate, CAPS2(ROOT_CNODE, ROOT_CNODE), dest, 64, 0, pivot, 64, 0,  \
         src, 64)

static void test_rotate_errors(void **state)
{
    (void)state;
    make_objects(OBJECT_TCBObject, 0, 30, 2);
    assert_error(call(ROOT_CNODE, LABEL_CNodeRotate, CAPS2(ROOT_CNODE, ROOT_CNODE), 32, 64, 0, 31,
                      64, 0, 30),
                 ERROR_TruncatedMessage);
    assert_error(
        call(ROOT_CNODE, LABEL_CNodeRotate, CAPS1(ROOT_CNODE), 32, 64, 0, 31, 64, 0, 30, 64),
        ERROR_TruncatedMessage);
    assert_lookup(call(ROOT_CNODE, LABEL_CNodeRotate, CAPS2(EP, EP), 32, 64, 0, 31, 64, 0, 30, 64),
                  1, LOOKUP_INVALID_ROOT);
    assert_lookup(
        call(ROOT_CNODE, LABEL_CNodeRotate, CAPS2(EP, ROOT_CNODE), 32, 64, 0, 31, 64, 0, 30, 64), 0,
        LOOKUP_INVALID_ROOT);
    assert_error(ROTATE(32, 30, 30), ERROR_IllegalOperation);
    assert_error(ROTATE(32, 32, 30), ERROR_IllegalOperation);
    assert_error(ROTATE(EP, 31, 30), ERROR_DeleteFirst);
    assert_lookup(ROTATE(32, 31, EMPTY), 1, LOOKUP_MISSING_CAPABILITY);
    assert_lookup(ROTATE(32, EMPTY, 30), 0, LOOKUP_MISSING_CAPABILITY);
    /* endpoints have a badge that must not change */
    assert_error(ROTATE(32, EP, 30), ERROR_IllegalOperation);
}

static void test_rotate(void **state)
{
    (void)state;
    make_objects(OBJECT_TCBObject, 0, 30, 2);
    paddr_t a = slot(30)->cap.paddr, b = slot(31)->cap.paddr;
    assert_ok(ROTATE(32, 31, 30));
    assert_int_equal(slot(32)->cap.paddr, b);
    assert_int_equal(slot(31)->cap.paddr, a);
    assert_int_equal(slot(30)->cap.type, CAP_NULL);
    assert_ok(ROTATE(31, 32, 31));
    assert_int_equal(slot(32)->cap.paddr, a);
    assert_int_equal(slot(31)->cap.paddr, b);
    make_objects(OBJECT_CapTableObject, 2, 33, 2);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeRotate, CAPS2(ROOT_CNODE, ROOT_CNODE), 35, 64, 5, 34, 64,
                   6, 33, 64));
    assert_int_equal(slot(35)->cap.cnode.guard_size, 5);
    assert_int_equal(slot(34)->cap.cnode.guard_size, 6);
}

static void test_delete_and_revoke_empty(void **state)
{
    (void)state;
    assert_int_equal(cnode_delete(EMPTY), ERROR_NoError);
    assert_int_equal(cnode_revoke(EMPTY), ERROR_NoError);
    assert_int_equal(cnode_revoke(EP), ERROR_NoError);
    assert_int_equal(slot(EP)->cap.type, CAP_ENDPOINT);
}

static void test_cancel_badged_sends_rights(void **state)
{
    (void)state;
    assert_error(call(ROOT_CNODE, LABEL_CNodeCancelBadgedSends, NO_CAPS, EMPTY, 64),
                 ERROR_IllegalOperation);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeCancelBadgedSends, NO_CAPS, EP, 64));
    for (word_t rights = 0; rights < 15; rights++) {
        cnode_copy(30, EP, rights);
        assert_error(call(ROOT_CNODE, LABEL_CNodeCancelBadgedSends, NO_CAPS, 30, 64),
                     ERROR_IllegalOperation);
        cnode_delete(30);
    }
}

static void test_save_caller(void **state)
{
    (void)state;
    assert_error(call(ROOT_CNODE, LABEL_CNodeSaveCaller, NO_CAPS, EP, 64), ERROR_DeleteFirst);
    assert_ok(call(ROOT_CNODE, LABEL_CNodeSaveCaller, NO_CAPS, EMPTY, 64));
    assert_int_equal(slot(EMPTY)->cap.type, CAP_NULL);
}

/* A pointer through 64 CNodes of one bit each, and every pointer with one bit wrong. */
static void test_deep_lookup(void **state)
{
    (void)state;
    make_objects(OBJECT_CapTableObject, 1, 100, 64);
    word_t path = 0xa5a5123400ff3c69;
    for (unsigned i = 0; i < 64; i++) {
        word_t bit = path >> (63 - i) & 1;
        word_t next = i == 63 ? EP : 101 + i;
        assert_ok(call(100 + i, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), bit, 1, next, 64, ALL_RIGHTS));
    }
    struct resolved r = cspace_resolve(slot(100)->cap, path, 64);
    assert_non_null(r.slot);
    assert_int_equal(r.slot->cap.type, CAP_ENDPOINT);
    for (unsigned i = 0; i < 64; i++) {
        r = cspace_resolve(slot(100)->cap, path ^ 1ull << i, 64);
        assert_non_null(r.slot);
        assert_int_equal(r.slot->cap.type, CAP_NULL);
        assert_int_equal(r.bits_left, i);
    }
}

#define EP_TEST(f) cmocka_unit_test_setup_teardown(f, setup_endpoint, fixture_check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EP_TEST(test_common_errors),
        EP_TEST(test_leftover_bits),
        EP_TEST(test_copy_errors),
        EP_TEST(test_rights),
        EP_TEST(test_badges),
        EP_TEST(test_first_badged_passes_on),
        EP_TEST(test_guards),
        EP_TEST(test_move),
        EP_TEST(test_rotate_errors),
        EP_TEST(test_rotate),
        EP_TEST(test_delete_and_revoke_empty),
        EP_TEST(test_cancel_badged_sends_rights),
        EP_TEST(test_save_caller),
        EP_TEST(test_deep_lookup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
