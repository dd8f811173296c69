/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* TCB invocations: errors in their order, registers, spaces, suspend and resume. */
#include "fixture.h"

#define TCB 20
#define EP  40

static struct tcb *t;

static int setup(void **state)
{
    fixture_setup(state);
    t = make_thread(TCB, 100);
    make_objects(OBJECT_EndpointObject, 0, EP, 1);
    return 0;
}

static void test_new_thread(void **state)
{
    (void)state;
    make_objects(OBJECT_TCBObject, 0, 30, 1);
    struct tcb *n = cap_tcb(slot(30)->cap);
    assert_int_equal(n->state, THREAD_INACTIVE);
    assert_int_equal(n->priority, 0);
    assert_int_equal(n->mcp, 0);
    assert_int_equal(n->time_slice, TIME_SLICE);
    assert_int_equal(n->regs[REG_RFLAGS], 0x202);
    assert_error(call(30, LABEL_CNodeCopy, NO_CAPS), ERROR_IllegalOperation);
}

static void test_read_registers(void **state)
{
    (void)state;
    assert_error(call(TCB, LABEL_TCBReadRegisters, NO_CAPS, 0), ERROR_TruncatedMessage);
    assert_range(call(TCB, LABEL_TCBReadRegisters, NO_CAPS, 0, 0), 1, 20);
    assert_range(call(TCB, LABEL_TCBReadRegisters, NO_CAPS, 0, 21), 1, 20);
    assert_error(call(ROOT_TCB, LABEL_TCBReadRegisters, NO_CAPS, 0, 20), ERROR_IllegalOperation);
    for (unsigned i = 0; i < NUM_CONTEXT_REGISTERS; i++) {
        t->regs[i] = 100 + i;
    }
    t->regs[REG_FAULT_IP] = 77;
    struct reply r = call(TCB, LABEL_TCBReadRegisters, NO_CAPS, 0, 20);
    assert_int_equal(r.label, 0);
    assert_int_equal(r.length, 20);
    assert_int_equal(r.mr[0], 77); /* where it goes on */
    assert_int_equal(r.mr[1], 101);
    assert_int_equal(r.mr[19], 119);
    r = call(TCB, LABEL_TCBReadRegisters, NO_CAPS, 0, 3);
    assert_int_equal(r.length, 3);
}

static void test_write_registers(void **state)
{
    (void)state;
    assert_error(call(TCB, LABEL_TCBWriteRegisters, NO_CAPS, 0), ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBWriteRegisters, NO_CAPS, 0, 2, 1), ERROR_TruncatedMessage);
    assert_error(call(ROOT_TCB, LABEL_TCBWriteRegisters, NO_CAPS, 0, 1, 1), ERROR_IllegalOperation);
    word_t mr[24] = {0, 22};
    for (unsigned i = 0; i < 22; i++) {
        mr[2 + i] = 0x500 + i;
    }
    mr[2 + REG_RFLAGS] = ~0ull;
    mr[2 + REG_FS_BASE] = 1ull << 62;
    t->regs[REG_ERROR] = (word_t)-1;
    struct message m = {SYS_Call, TCB, LABEL_TCBWriteRegisters, 24, mr, NO_CAPS};
    assert_ok(system_call(&m));
    assert_int_equal(t->regs[REG_RIP], 0x500);
    assert_int_equal(t->regs[REG_FAULT_IP], 0x500);
    assert_int_equal(t->regs[REG_RSP], 0x501);
    assert_int_equal(t->regs[REG_RFLAGS], 0xed7 | 2);
    assert_int_equal(t->regs[REG_FS_BASE], 0);
    assert_int_equal(t->regs[REG_GS_BASE], 0x513);
    assert_int_equal(t->regs[REG_ERROR], 0);
    assert_int_equal(t->state, THREAD_INACTIVE);
    mr[0] = 1;
    assert_ok(system_call(&m));
    assert_int_equal(t->state, THREAD_RESTART);
}

static void test_copy_registers(void **state)
{
    (void)state;
    struct tcb *to = make_thread(30, 100);
    assert_error(call(30, LABEL_TCBCopyRegisters, CAPS1(TCB)), ERROR_TruncatedMessage);
    assert_error(call(30, LABEL_TCBCopyRegisters, NO_CAPS, 0), ERROR_TruncatedMessage);
    assert_error1(call(30, LABEL_TCBCopyRegisters, CAPS1(EP), 0), ERROR_InvalidCapability, 1);
    for (unsigned i = 0; i < NUM_CONTEXT_REGISTERS; i++) {
        t->regs[i] = 100 + i;
        to->regs[i] = 200 + i;
    }
    t->regs[REG_FAULT_IP] = 100;
    assert_ok(call(30, LABEL_TCBCopyRegisters, CAPS1(TCB), 4));
    assert_int_equal(to->regs[REG_RIP], 100);
    assert_int_equal(to->regs[REG_R15], 100 + REG_R15);
    assert_int_equal(to->regs[REG_FS_BASE], 200 + REG_FS_BASE);
    to->regs[REG_RAX] = 1;
    assert_ok(call(30, LABEL_TCBCopyRegisters, CAPS1(TCB), 8 | 2));
    assert_int_equal(to->regs[REG_RAX], 1);
    assert_int_equal(to->regs[REG_FS_BASE], 100 + REG_FS_BASE);
    assert_int_equal(to->state, THREAD_RESTART);
}

static void test_priorities(void **state)
{
    (void)state;
    assert_error(call(TCB, LABEL_TCBSetPriority, CAPS1(ROOT_TCB)), ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBSetPriority, NO_CAPS, 1), ERROR_TruncatedMessage);
    assert_error1(call(TCB, LABEL_TCBSetPriority, CAPS1(EP), 1), ERROR_InvalidCapability, 1);
    assert_range(call(TCB, LABEL_TCBSetPriority, CAPS1(ROOT_TCB), 256), 0, 255);
    assert_ok(call(TCB, LABEL_TCBSetMCPriority, CAPS1(ROOT_TCB), 50));
    /* the authority's bound counts, not the target's */
    assert_range(call(ROOT_TCB, LABEL_TCBSetPriority, CAPS1(TCB), 51), 0, 50);
    assert_range(call(TCB, LABEL_TCBSetMCPriority, CAPS1(TCB), 51), 0, 50);
    assert_error(call(TCB, LABEL_TCBSetSchedParams, CAPS1(ROOT_TCB), 1), ERROR_TruncatedMessage);
    assert_range(call(TCB, LABEL_TCBSetSchedParams, CAPS1(TCB), 51, 52), 0, 50);
    assert_range(call(TCB, LABEL_TCBSetSchedParams, CAPS1(TCB), 50, 52), 0, 50);
    assert_ok(call(TCB, LABEL_TCBSetSchedParams, CAPS1(ROOT_TCB), 60, 70));
    assert_int_equal(t->mcp, 60);
    assert_int_equal(t->priority, 70);
}

#define CONFIGURE(caps, ...) call(TCB, LABEL_TCBConfigure, caps, __VA_ARGS__)

static void test_configure_errors(void **state)
{
    (void)state;
    make_objects(OBJECT_X64_PML4Object, 0, 50, 1);
    assert_ok(
        call(ROOT_DEVICE, LABEL_UntypedRetype, CAPS1(ROOT_CNODE), OBJECT_X86_4K, 0, 0, 0, 51, 1));
    assert_error(CONFIGURE(CAPS3(ROOT_CNODE, ROOT_VSPACE, TCB + 1), 0, 0, 0),
                 ERROR_TruncatedMessage);
    assert_error(CONFIGURE(CAPS2(ROOT_CNODE, ROOT_VSPACE), 0, 0, 0, 0), ERROR_TruncatedMessage);
    assert_error(CONFIGURE(CAPS3(ROOT_CNODE, ROOT_VSPACE, EP), 0, 0, 0, 1), ERROR_IllegalOperation);
    assert_error(CONFIGURE(CAPS3(ROOT_CNODE, ROOT_VSPACE, 51), 0, 0, 0, BUFFER_ADDRESS),
                 ERROR_IllegalOperation);
    assert_error(CONFIGURE(CAPS3(ROOT_CNODE, ROOT_VSPACE, TCB + 1), 0, 0, 0, BUFFER_ADDRESS + 512),
                 ERROR_AlignmentError);
    assert_error(CONFIGURE(CAPS3(500, ROOT_VSPACE, TCB + 1), 0, 0, 0, 0), ERROR_IllegalOperation);
    assert_error(CONFIGURE(CAPS3(ROOT_CNODE, 500, TCB + 1), 0, 0, 0, 0), ERROR_IllegalOperation);
    assert_error(CONFIGURE(CAPS3(ROOT_CNODE, 50, TCB + 1), 0, 0, 0, 0), ERROR_IllegalOperation);
    assert_error(CONFIGURE(CAPS3(EP, ROOT_VSPACE, TCB + 1), 0, 0, 0, 0), ERROR_IllegalOperation);
    assert_error(CONFIGURE(CAPS3(ROOT_CNODE, ROOT_VSPACE, TCB + 1), 0, 63, 0, 0),
                 ERROR_IllegalOperation);
    /* nothing has changed */
    assert_int_equal(t->ipc_buffer, BUFFER_ADDRESS);
    assert_ok(CONFIGURE(CAPS3(ROOT_CNODE, ROOT_VSPACE, 500), 0x55, 0, 0, 0));
    assert_int_equal(t->fault_handler, 0x55);
    assert_int_equal(t->slots[TCB_BUFFER].cap.type, CAP_NULL);
}

static void test_set_space(void **state)
{
    (void)state;
    make_objects(OBJECT_CapTableObject, 4, 50, 2);
    assert_error(call(TCB, LABEL_TCBSetSpace, CAPS2(50, ROOT_VSPACE), 0, 0),
                 ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBSetSpace, CAPS1(50), 0, 0, 0), ERROR_TruncatedMessage);
    assert_ok(call(TCB, LABEL_TCBSetSpace, CAPS2(50, ROOT_VSPACE), 9, 60, 0));
    assert_int_equal(t->slots[TCB_CSPACE].cap.cnode.guard_size, 60);
    assert_int_equal(t->fault_handler, 9);
    /* the thread now holds the last capability of its CNode: replacing it would take long */
    cnode_delete(50);
    assert_error(call(TCB, LABEL_TCBSetSpace, CAPS2(51, ROOT_VSPACE), 0, 0, 0),
                 ERROR_IllegalOperation);
}

static void test_set_ipc_buffer(void **state)
{
    (void)state;
    assert_error(call(TCB, LABEL_TCBSetIPCBuffer, CAPS1(TCB + 1)), ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBSetIPCBuffer, NO_CAPS, 0), ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBSetIPCBuffer, CAPS1(EP), 1024), ERROR_IllegalOperation);
    assert_error(call(TCB, LABEL_TCBSetIPCBuffer, CAPS1(TCB + 1), 1), ERROR_AlignmentError);
    assert_ok(call(TCB, LABEL_TCBSetIPCBuffer, CAPS1(TCB + 1), 0x1400));
    paddr_t frame = slot(TCB + 1)->cap.paddr;
    assert_ptr_equal(ipc_buffer(t, true), phys_to_virt(frame + 0x400));
    /* revoking the frame takes the buffer away */
    assert_int_equal(cnode_delete(TCB + 1), ERROR_NoError);
    assert_non_null(ipc_buffer(t, true));
    assert_int_equal(cnode_revoke(ROOT_UNTYPED), ERROR_NoError);
}

static void test_suspend_and_resume(void **state)
{
    (void)state;
    t->regs[REG_RIP] = t->regs[REG_FAULT_IP] = 0x1000;
    assert_ok(call(TCB, LABEL_TCBResume, NO_CAPS));
    assert_int_equal(t->state, THREAD_RESTART);
    assert_int_equal(t->slots[TCB_REPLY].cap.type, CAP_REPLY);
    assert_ok(call(TCB, LABEL_TCBResume, NO_CAPS));
    run_as(t);
    /* stopped while running it goes on after its last instruction */
    t->regs[REG_RIP] = 0x1234;
    run_as(root_thread());
    assert_ok(call(TCB, LABEL_TCBSuspend, NO_CAPS));
    assert_int_equal(t->regs[REG_FAULT_IP], 0x1234);
    assert_int_equal(t->queued, 0);
    assert_ok(call(TCB, LABEL_TCBResume, NO_CAPS));
    /* stopped while it waits it does its system call again */
    run_as(t);
    receive(EP);
    assert_ok(call(TCB, LABEL_TCBSuspend, NO_CAPS));
    assert_int_equal(t->regs[REG_FAULT_IP], PROGRAM);
    assert_ok(call(ROOT_TCB, LABEL_TCBResume, NO_CAPS));
}

static void test_suspend_self(void **state)
{
    (void)state;
    assert_ok(call(TCB, LABEL_TCBResume, NO_CAPS));
    run_as(t);
    struct reply r = call(TCB, LABEL_TCBSuspend, NO_CAPS);
    assert_int_equal(t->state, THREAD_INACTIVE);
    assert_int_equal(r.label, ERROR_NoError);
    assert_ok(call(TCB, LABEL_TCBResume, NO_CAPS));
    run_as(t);
    assert_int_equal(t->regs[REG_RIP], PROGRAM + 2);
}

static void test_bind(void **state)
{
    (void)state;
    make_objects(OBJECT_NotificationObject, 0, 50, 2);
    cnode_copy(52, 50, 1);
    assert_error(call(TCB, LABEL_TCBBindNotification, NO_CAPS), ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBBindNotification, CAPS1(EP)), ERROR_IllegalOperation);
    assert_error(call(TCB, LABEL_TCBBindNotification, CAPS1(52)), ERROR_IllegalOperation);
    assert_error(call(TCB, LABEL_TCBUnbindNotification, NO_CAPS), ERROR_IllegalOperation);
    assert_ok(call(TCB, LABEL_TCBBindNotification, CAPS1(50)));
    assert_error(call(TCB, LABEL_TCBBindNotification, CAPS1(51)), ERROR_IllegalOperation);
    assert_error(call(ROOT_TCB, LABEL_TCBBindNotification, CAPS1(50)), ERROR_IllegalOperation);
    struct tcb *waiter = start_thread(30, 100);
    run_as(waiter);
    receive(51);
    assert_error(call(ROOT_TCB, LABEL_TCBBindNotification, CAPS1(51)), ERROR_IllegalOperation);
    assert_ok(call(TCB, LABEL_TCBUnbindNotification, NO_CAPS));
    assert_ok(call(ROOT_TCB, LABEL_TCBBindNotification, CAPS1(50)));
    cnode_delete(TCB);
    assert_ptr_equal(cap_notification(slot(50)->cap)->bound, root_thread());
}

static void test_flags_and_tls(void **state)
{
    (void)state;
    assert_error(call(TCB, LABEL_TCBSetFlags, NO_CAPS, 0), ERROR_TruncatedMessage);
    struct reply r = call(TCB, LABEL_TCBSetFlags, NO_CAPS, 0, ~0ull);
    assert_int_equal(r.mr[0], TCB_FLAG_FPU_DISABLED);
    assert_int_equal(r.length, 1);
    r = call(TCB, LABEL_TCBSetFlags, NO_CAPS, 1, 0);
    assert_int_equal(r.mr[0], 0);
    assert_error(call(TCB, LABEL_TCBSetTLSBase, NO_CAPS), ERROR_TruncatedMessage);
    assert_ok(call(TCB, LABEL_TCBSetTLSBase, NO_CAPS, 0x7000));
    assert_int_equal(t->regs[REG_FS_BASE], 0x7000);
    assert_ok(call(TCB, LABEL_TCBSetTLSBase, NO_CAPS, 1ull << 62));
    assert_int_equal(t->regs[REG_FS_BASE], 0);
    assert_error(call(TCB, LABEL_TCBSetAffinity, NO_CAPS), ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBSetAffinity, NO_CAPS, 1), ERROR_IllegalOperation);
    assert_ok(call(TCB, LABEL_TCBSetAffinity, NO_CAPS, 0));
}

static void test_guest_slots(void **state)
{
    (void)state;
    make_objects(OBJECT_X86_EPTPML4Object, 0, 50, 1);
    assert_error(call(TCB, LABEL_TCBSetEPTRoot, NO_CAPS), ERROR_TruncatedMessage);
    assert_error(call(TCB, LABEL_TCBSetEPTRoot, CAPS1(EP)), ERROR_IllegalOperation);
    assert_error(call(TCB, LABEL_TCBSetEPTRoot, CAPS1(50)), ERROR_IllegalOperation);
    assert_ok(call(ROOT_ASID_POOL, LABEL_X86ASIDPoolAssign, CAPS1(50)));
    assert_ok(call(TCB, LABEL_TCBSetEPTRoot, CAPS1(50)));
    assert_int_equal(t->slots[TCB_EPT_ROOT].cap.paddr, slot(50)->cap.paddr);
    assert_error(call(TCB, LABEL_TCBSetRunPage, NO_CAPS), ERROR_TruncatedMessage);
    make_objects(OBJECT_X86_4K, 0, 51, 1);
    assert_ok(call(TCB, LABEL_TCBSetRunPage, CAPS1(51)));
    assert_int_equal(t->slots[TCB_RUN_PAGE].cap.paddr, slot(51)->cap.paddr);
    cnode_delete(51);
    assert_int_equal(t->slots[TCB_RUN_PAGE].cap.type, CAP_FRAME);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_new_thread),     T(test_read_registers), T(test_write_registers),
        T(test_copy_registers), T(test_priorities),     T(test_configure_errors),
        T(test_set_space),      T(test_set_ipc_buffer), T(test_suspend_and_resume),
        T(test_suspend_self),   T(test_bind),           T(test_flags_and_tls),
        T(test_guest_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
