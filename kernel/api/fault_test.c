/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Fault messages and what answers to them do; unknown and debug system calls. */
#include <string.h>

#include "fixture.h"

#define EP      20
#define FAULTER 30
#define HANDLER 40

static struct tcb *faulter, *handler;

static int setup(void **state)
{
    fixture_setup(state);
    make_objects(OBJECT_EndpointObject, 0, EP, 1);
    cnode_mint(21, EP, ALL_RIGHTS, 0xf00);
    faulter = start_thread(FAULTER, 100);
    handler = start_thread(HANDLER, 100);
    assert_ok(call(FAULTER, LABEL_TCBSetSpace, CAPS2(ROOT_CNODE, ROOT_VSPACE), 21, 0, 0));
    return 0;
}

static void set_registers(void)
{
    for (unsigned i = 0; i < NUM_CONTEXT_REGISTERS; i++) {
        faulter->regs[i] = 0x1000 + i;
    }
    faulter->regs[REG_FAULT_IP] = PROGRAM;
}

/* The faulter's fault reaches the handler, who is already waiting. */
static struct reply fault_message(void)
{
    kernel_schedule();
    run_as(handler);
    struct reply r = receive(EP);
    assert_true(r.is_running);
    assert_int_equal(faulter->state, THREAD_BLOCKED_REPLY);
    assert_int_equal(r.badge, 0xf00);
    run_as(handler);
    return r;
}

static void test_page_fault(void **state)
{
    (void)state;
    run_as(faulter);
    set_registers();
    kernel_handle_page_fault(0xdead000, 0x40 | 0x14);
    assert_int_equal(faulter->state, THREAD_BLOCKED_SEND);
    struct reply r = fault_message();
    assert_int_equal(r.label, FAULT_VM);
    assert_int_equal(r.length, 4);
    assert_int_equal(r.mr[0], PROGRAM);
    assert_int_equal(r.mr[1], 0xdead000);
    assert_int_equal(r.mr[2], 1);
    assert_int_equal(r.mr[3], 0x14);
    /* the label of the answer does not matter */
    reply_with(7, NO_CAPS, 1, 2, 3);
    assert_int_equal(faulter->state, THREAD_RESTART);
    assert_int_equal(faulter->fault.type, FAULT_NONE);
    run_as(faulter);
    assert_int_equal(faulter->regs[REG_RIP], PROGRAM);
    assert_int_equal(faulter->regs[REG_RAX], 0x1000 + REG_RAX);
}

static void test_unknown_system_call(void **state)
{
    (void)state;
    run_as(faulter);
    set_registers();
    faulter->regs[REG_RDX] = (word_t)-99;
    kernel_handle_syscall();
    struct reply r = fault_message();
    assert_int_equal(r.label, FAULT_UNKNOWN_SYSCALL);
    assert_int_equal(r.length, 19);
    assert_int_equal(r.mr[0], 0x1000 + REG_RAX);
    assert_int_equal(r.mr[3], (word_t)-99);
    assert_int_equal(r.mr[14], 0x1000 + REG_R15);
    assert_int_equal(r.mr[15], PROGRAM);
    assert_int_equal(r.mr[16], 0x1000 + REG_RSP);
    assert_int_equal(r.mr[18], (word_t)-99);
    /* new registers, sanitised; the handler steps over the instruction */
    word_t mr[18];
    memcpy(mr, r.mr, sizeof(mr));
    mr[0] = 42;
    mr[15] = PROGRAM + 2;
    mr[17] = ~0ull;
    system_call(&(struct message){SYS_Reply, 0, 0, 18, mr, NO_CAPS});
    run_as(faulter);
    assert_int_equal(faulter->regs[REG_RAX], 42);
    assert_int_equal(faulter->regs[REG_RIP], PROGRAM + 2);
    assert_int_equal(faulter->regs[REG_RFLAGS], arch_sanitise_register(REG_RFLAGS, ~0ull));
    assert_int_equal(faulter->regs[REG_ERROR], 0);
}

static void test_unknown_system_call_partial_reply(void **state)
{
    (void)state;
    run_as(faulter);
    set_registers();
    kernel_handle_unknown_trap(0x80000001);
    struct reply r = fault_message();
    assert_int_equal(r.mr[18], 0x80000001);
    reply_with(0, NO_CAPS, 7, 8);
    assert_int_equal(faulter->regs[REG_RAX], 7);
    assert_int_equal(faulter->regs[REG_RBX], 8);
    assert_int_equal(faulter->regs[REG_RCX], 0x1000 + REG_RCX);
}

static void test_exception(void **state)
{
    (void)state;
    run_as(faulter);
    set_registers();
    kernel_handle_exception(13, 0x18);
    struct reply r = fault_message();
    assert_int_equal(r.label, FAULT_USER_EXCEPTION);
    assert_int_equal(r.length, 5);
    assert_int_equal(r.mr[0], PROGRAM);
    assert_int_equal(r.mr[1], 0x1000 + REG_RSP);
    assert_int_equal(r.mr[3], 13);
    assert_int_equal(r.mr[4], 0x18);
    reply_with(0, NO_CAPS, 1ull << 60); /* not canonical */
    run_as(faulter);
    assert_int_equal(faulter->regs[REG_RIP], 0);
}

static void test_nonzero_label_stops(void **state)
{
    (void)state;
    run_as(faulter);
    kernel_handle_exception(6, 0);
    fault_message();
    reply_with(1, NO_CAPS);
    assert_int_equal(faulter->state, THREAD_INACTIVE);
    assert_int_equal(faulter->fault.type, FAULT_NONE);
}

static void test_capability_faults(void **state)
{
    (void)state;
    run_as(faulter);
    send(1ull << 60 | 5, 0, NO_CAPS);
    struct reply r = fault_message();
    assert_int_equal(r.label, FAULT_CAP);
    assert_int_equal(r.length, 7);
    assert_int_equal(r.mr[0], PROGRAM);
    assert_int_equal(r.mr[1], 1ull << 60 | 5);
    assert_int_equal(r.mr[2], 0);
    assert_int_equal(r.mr[3], LOOKUP_GUARD_MISMATCH);
    assert_int_equal(r.mr[4], 64);
    assert_int_equal(r.mr[5], 0);
    assert_int_equal(r.mr[6], 64 - ROOT_RADIX);
    reply_with(0, NO_CAPS);
    run_as(faulter);
    receive(ROOT_CNODE);
    r = fault_message();
    assert_int_equal(r.length, 5);
    assert_int_equal(r.mr[2], 1);
    assert_int_equal(r.mr[3], LOOKUP_MISSING_CAPABILITY);
    assert_int_equal(r.mr[4], 0);
}

/* The handler's capability is looked up when the fault happens; it needs send and a reply. */
static void test_unusable_handlers(void **state)
{
    (void)state;
    for (word_t rights = 0; rights < 16; rights++) {
        cnode_copy(22, EP, rights);
        assert_ok(call(FAULTER, LABEL_TCBSetSpace, CAPS2(ROOT_CNODE, ROOT_VSPACE), 22, 0, 0));
        run_as(faulter);
        kernel_handle_exception(6, 0);
        bool usable = (rights & 1) && (rights & 12);
        assert_int_equal(faulter->state, usable ? THREAD_BLOCKED_SEND : THREAD_INACTIVE);
        run_as(root_thread());
        assert_ok(call(FAULTER, LABEL_TCBSuspend, NO_CAPS));
        assert_ok(call(FAULTER, LABEL_TCBResume, NO_CAPS));
        cnode_delete(22);
    }
    assert_non_null(strstr(host.log, "stopped: exception"));
}

/* Deleting the endpoint: the faulter runs its instruction again. */
static void test_handler_endpoint_goes(void **state)
{
    (void)state;
    run_as(faulter);
    kernel_handle_page_fault(0x1000, 4);
    run_as(root_thread());
    cnode_delete(21);
    cnode_delete(EP);
    assert_int_equal(faulter->state, THREAD_RESTART);
    assert_int_equal(faulter->fault.type, FAULT_NONE);
}

static void test_vm_enter_without_vcpu(void **state)
{
    (void)state;
    run_as(faulter);
    system_call_once(&(struct message){.syscall = SYS_VMEnter});
    struct reply r = fault_message();
    assert_int_equal(r.label, FAULT_UNKNOWN_SYSCALL);
    assert_int_equal(r.mr[18], (word_t)SYS_VMEnter);
}

static void test_debug_calls(void **state)
{
    (void)state;
    struct message m = {.syscall = SYS_DebugCapIdentify, .cptr = EP};
    assert_int_equal(system_call(&m).badge, CAP_ENDPOINT);
    m.cptr = 1ull << 60;
    assert_int_equal(system_call(&m).badge, CAP_NULL);
    host.log_length = 0;
    system_call(&(struct message){.syscall = SYS_DebugPutChar, .cptr = 'x'});
    assert_string_equal(host.log, "x");
    strcpy((char *)&ipc_buffer(root_thread(), true)[BUFFER_MSG], "a name that is much too long "
                                                                 "for the kernel's field");
    root_thread()->regs[REG_RDX] = (word_t)SYS_DebugNameThread;
    root_thread()->regs[REG_RDI] = FAULTER;
    kernel_handle_syscall();
    assert_string_equal(faulter->name, "a name that is much too long fo");
    host.log_length = 0;
    system_call(&(struct message){.syscall = SYS_DebugDumpScheduler});
    assert_non_null(strstr(host.log, "a name that is much"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_page_fault),
        T(test_unknown_system_call),
        T(test_unknown_system_call_partial_reply),
        T(test_exception),
        T(test_nonzero_label_stops),
        T(test_capability_faults),
        T(test_unusable_handlers),
        T(test_handler_endpoint_goes),
        T(test_vm_enter_without_vcpu),
        T(test_debug_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
