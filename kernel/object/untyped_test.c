/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Untyped: the checks of Retype in their order, placement, clearing, preemption, reset. */
#include <string.h>

#include "fixture.h"

#define RETYPE(...) call(ROOT_UNTYPED, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), __VA_ARGS__)

static word_t watermark(word_t index)
{
    return (word_t)slot(index)->cap.untyped.free_index << 4;
}

static void test_label_and_message(void **state)
{
    (void)state;
    assert_error(call(ROOT_UNTYPED, LABEL_TCBSuspend, NO_CAPS), ERROR_IllegalOperation);
    assert_error(call(ROOT_UNTYPED, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), 99, 0, 0, 0, 0),
                 ERROR_TruncatedMessage);
    assert_error(call(ROOT_UNTYPED, LABEL_UntypedRetype, NO_CAPS, 99, 0, 0, 0, 0, 0),
                 ERROR_TruncatedMessage);
}

static void test_type_and_size(void **state)
{
    (void)state;
    assert_error1(RETYPE(NUM_OBJECT_TYPES, 64, 0, 0, 0, 0), ERROR_InvalidArgument, 0);
    assert_error1(RETYPE(OBJECT_X86_IOPageTableObject, 0, 0, 0, 20, 1), ERROR_InvalidArgument, 0);
    assert_range(RETYPE(OBJECT_UntypedObject, 64, 0, 0, 0, 0), 0, 47);
    assert_range(RETYPE(OBJECT_UntypedObject, 48, 0, 0, 0, 0), 0, 47);
    assert_range(RETYPE(OBJECT_CapTableObject, 43, 0, 0, 0, 0), 0, 47);
    assert_error1(RETYPE(OBJECT_CapTableObject, 0, 0, 0, 0, 0), ERROR_InvalidArgument, 1);
    assert_error1(RETYPE(OBJECT_UntypedObject, 3, 0, 0, 0, 0), ERROR_InvalidArgument, 1);
    /* the sizes come before the slots, and fixed-size types ignore size_bits below 64 */
    assert_range(RETYPE(OBJECT_TCBObject, 63, 0, 0, 20, 0), 1, 256);
}

static void test_destination(void **state)
{
    (void)state;
    word_t size = 1ull << ROOT_RADIX;
    /* node_depth 0 means the extra capability itself; other depths a lookup from there */
    assert_lookup(
        call(ROOT_UNTYPED, LABEL_UntypedRetype, CAPS1(ROOT_TCB), OBJECT_TCBObject, 0, 0, 0, 0, 1),
        0, LOOKUP_MISSING_CAPABILITY);
    assert_lookup(
        call(ROOT_UNTYPED, LABEL_UntypedRetype, CAPS1(ROOT_TCB), OBJECT_TCBObject, 0, 0, 64, 0, 1),
        0, LOOKUP_INVALID_ROOT);
    assert_range(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 65, 0, 1), 1, 64);
    struct reply r = RETYPE(OBJECT_TCBObject, 0, ROOT_TCB, 64, 0, 1);
    assert_lookup(r, 0, LOOKUP_MISSING_CAPABILITY);
    assert_int_equal(r.mr[2], 64);
    assert_range(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 64, size, 0), 0, size - 1);
    assert_range(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 64, size - 1, 0), 1, 256);
    assert_range(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 64, size - 1, 257), 1, 256);
    assert_range(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 64, size - 4, 5), 1, 4);
    assert_error(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 64, ROOT_UNTYPED, 1), ERROR_DeleteFirst);
    assert_error(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 64, ROOT_DEVICE - 1, 256),
                 ERROR_DeleteFirst);
    assert_ok(RETYPE(OBJECT_TCBObject, 0, ROOT_CNODE, 64, size - 4, 4));
}

static void test_memory(void **state)
{
    (void)state;
    assert_error1(RETYPE(OBJECT_UntypedObject, UNTYPED_BITS + 1, 0, 0, 20, 1),
                  ERROR_NotEnoughMemory, 1ull << UNTYPED_BITS);
    assert_ok(RETYPE(OBJECT_X86_4K, 0, 0, 0, 20, 1));
    assert_error1(RETYPE(OBJECT_UntypedObject, UNTYPED_BITS - 1, 0, 0, 21, 2),
                  ERROR_NotEnoughMemory, (1ull << UNTYPED_BITS) - 4096);
    assert_int_equal(watermark(ROOT_UNTYPED), 4096);
    /* memory is checked before the kind of memory */
    assert_error1(call(ROOT_DEVICE, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_CapTableObject,
                       DEVICE_BITS, 0, 0, 30, 1),
                  ERROR_NotEnoughMemory, 1ull << DEVICE_BITS);
    assert_error1(
        call(ROOT_DEVICE, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_TCBObject, 0, 0, 0, 30, 1),
        ERROR_InvalidArgument, 1);
    assert_ok(
        call(ROOT_DEVICE, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_X86_4K, 0, 0, 0, 30, 2));
    assert_true(slot(30)->cap.frame.is_device);
    assert_ok(call(ROOT_DEVICE, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_UntypedObject, 20, 0,
                   0, 32, 1));
    assert_true(slot(32)->cap.untyped.is_device);
}

/* Objects lie one after the other from the watermark, aligned to their size. */
static void test_placement(void **state)
{
    (void)state;
    paddr_t base = slot(ROOT_UNTYPED)->cap.paddr;
    make_objects(OBJECT_EndpointObject, 0, 20, 3);
    make_objects(OBJECT_X86_4K, 0, 23, 2);
    make_objects(OBJECT_UntypedObject, 16, 25, 2);
    assert_int_equal(slot(20)->cap.paddr, base);
    assert_int_equal(slot(22)->cap.paddr, base + 32);
    assert_int_equal(slot(23)->cap.paddr, base + 4096);
    assert_int_equal(slot(24)->cap.paddr, base + 8192);
    assert_int_equal(slot(25)->cap.paddr, base + 0x10000);
    assert_int_equal(slot(26)->cap.paddr, base + 0x20000);
    assert_int_equal(watermark(ROOT_UNTYPED), 0x30000);
}

static bool is_filled(paddr_t at, word_t size, unsigned char value)
{
    const unsigned char *p = phys_to_virt(at);
    return p[0] == value && memcmp(p, p + 1, size - 1) == 0;
}

/* Exactly what is handed out is cleared, again after a reset; child untypeds are not. */
static void test_clearing(void **state)
{
    (void)state;
    paddr_t base = slot(ROOT_UNTYPED)->cap.paddr;
    make_objects(OBJECT_X86_4K, 0, 20, 3);
    assert_true(is_filled(base, 3 * 4096, 0));
    assert_true(is_filled(base + 3 * 4096, 4096, 0xa5));
    make_objects(OBJECT_UntypedObject, 14, 23, 1);
    assert_true(is_filled(base + 4 * 4096, 4 * 4096, 0xa5));
    assert_ok(call(23, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_X86_4K, 0, 0, 0, 24, 1));
    assert_true(is_filled(base + 4 * 4096, 4096, 0));
    assert_true(is_filled(base + 5 * 4096, 3 * 4096, 0xa5));
    memset(phys_to_virt(base), 0x77, 4096);
    assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
    assert_int_equal(watermark(ROOT_UNTYPED), 8 * 4096); /* reset is lazy */
    make_objects(OBJECT_X86_4K, 0, 20, 1);
    assert_true(is_filled(base, 4096, 0));
    assert_int_equal(watermark(ROOT_UNTYPED), 4096);
}

static void test_clearing_is_preemptible(void **state)
{
    (void)state;
    paddr_t base = slot(ROOT_UNTYPED)->cap.paddr;
    word_t size = 1ull << 21;
    word_t args[] = {OBJECT_X86_LargePageObject, 0, 0, 0, 20, 1};
    struct message m = {SYS_Call, ROOT_UNTYPED, LABEL_UntypedRetype, 6, args, CAPS1(ROOT_CNODE)};
    host.pending_after = 3;
    system_call_once(&m);
    assert_int_equal(root_thread()->state, THREAD_RESTART);
    assert_int_equal(root_thread()->regs[REG_FAULT_IP], PROGRAM);
    assert_int_equal(slot(20)->cap.type, CAP_NULL);
    assert_true(is_filled(base, 3 * 0x10000, 0));
    assert_true(is_filled(base + 3 * 0x10000, 4096, 0xa5));
    /* what has been cleared is not cleared again */
    memset(phys_to_virt(base), 1, 4096);
    kernel_schedule();
    kernel_handle_syscall();
    assert_int_equal(slot(20)->cap.type, CAP_FRAME);
    assert_true(is_filled(base, 4096, 1));
    assert_true(is_filled(base + 4096, size - 4096, 0));
    assert_int_equal(slot(ROOT_UNTYPED)->cap.untyped.cleared, 0);
}

/* Between preemption and restart somebody uses and dirties the memory: it is cleared again. */
static void test_clearing_after_interference(void **state)
{
    (void)state;
    paddr_t base = slot(ROOT_UNTYPED)->cap.paddr;
    word_t args[] = {OBJECT_X86_LargePageObject, 0, 0, 0, 20, 1};
    struct message m = {SYS_Call, ROOT_UNTYPED, LABEL_UntypedRetype, 6, args, CAPS1(ROOT_CNODE)};
    host.pending_after = 3;
    system_call_once(&m);
    kernel_schedule();
    make_objects(OBJECT_X86_4K, 0, 30, 1);
    memset(phys_to_virt(slot(30)->cap.paddr), 0xee, 4096);
    assert_int_equal(cnode_delete(30), ERROR_NoError);
    make_objects(OBJECT_X86_LargePageObject, 0, 20, 1);
    assert_true(is_filled(base, 1ull << 21, 0));
}

static void test_restarts_until_done(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 40; i++) {
        host.pending_after = i % 5 + 1;
        make_objects(OBJECT_X86_LargePageObject, 0, 20, 2);
        assert_true(is_filled(slot(20)->cap.paddr, 2ull << 21, 0));
        assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
    }
    assert_true(restarts > 30);
}

static void test_children_keep_the_watermark(void **state)
{
    (void)state;
    make_objects(OBJECT_X86_4K, 0, 20, 2);
    assert_int_equal(cnode_delete(20), ERROR_NoError);
    make_objects(OBJECT_X86_4K, 0, 20, 1);
    assert_int_equal(slot(20)->cap.paddr, slot(ROOT_UNTYPED)->cap.paddr + 2 * 4096);
}

/* A copy uses up its source; untypeds with children cannot be copied. */
static void test_copy(void **state)
{
    (void)state;
    assert_int_equal(cnode_copy(20, ROOT_UNTYPED, ALL_RIGHTS), ERROR_NoError);
    assert_error1(RETYPE(OBJECT_X86_4K, 0, 0, 0, 30, 1), ERROR_NotEnoughMemory, 0);
    assert_ok(call(20, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_X86_4K, 0, 0, 0, 30, 1));
    assert_error(call(ROOT_CNODE, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), 21, 64, 20, 64, ALL_RIGHTS),
                 ERROR_RevokeFirst);
    assert_int_equal(cnode_delete(20), ERROR_NoError);
    /* the frame is now a child of the source */
    assert_error1(RETYPE(OBJECT_X86_4K, 0, 0, 0, 31, 1), ERROR_NotEnoughMemory, 0);
    assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
    assert_int_equal(slot(30)->cap.type, CAP_NULL);
    make_objects(OBJECT_X86_4K, 0, 31, 1);
}

static void test_every_type(void **state)
{
    (void)state;
    word_t dest = 20;
    for (word_t type = 0; type < NUM_OBJECT_TYPES; type++) {
        if (type == OBJECT_X64_HugePageObject || type == OBJECT_X86_IOPageTableObject) {
            continue;
        }
        word_t bits = type == OBJECT_UntypedObject ? 12 : type == OBJECT_CapTableObject ? 4 : 0;
        make_objects(type, bits, dest, 2);
        word_t size = 1ull << object_size_bits((enum kernel_object_type)type, bits);
        assert_int_equal(cap_size(slot(dest)->cap), size);
        assert_int_equal(slot(dest + 1)->cap.paddr - slot(dest)->cap.paddr, size);
        assert_true(mdb_is_parent_of(slot(ROOT_UNTYPED), slot(dest)));
        dest += 2;
    }
    assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
    for (word_t i = 20; i < dest; i++) {
        assert_int_equal(slot(i)->cap.type, CAP_NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_label_and_message),
        TEST(test_type_and_size),
        TEST(test_destination),
        TEST(test_memory),
        TEST(test_placement),
        TEST(test_clearing),
        TEST(test_clearing_is_preemptible),
        TEST(test_clearing_after_interference),
        TEST(test_restarts_until_done),
        TEST(test_children_keep_the_watermark),
        TEST(test_copy),
        TEST(test_every_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
