/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Interrupts, I/O ports, domains: capabilities handed out by control capabilities. */
#include <string.h>

#include "fixture.h"

#define HANDLER 20
#define NTFN    21
#define PORT    22

static int setup(void **state)
{
    fixture_setup(state);
    make_objects(OBJECT_NotificationObject, 0, NTFN, 1);
    return 0;
}

#define IOAPIC(...)                                                                                \
    call(ROOT_IRQ_CONTROL, LABEL_X86IRQIssueIRQHandlerIOAPIC, CAPS1(ROOT_CNODE), __VA_ARGS__)
#define MSI(...)                                                                                   \
    call(ROOT_IRQ_CONTROL, LABEL_X86IRQIssueIRQHandlerMSI, CAPS1(ROOT_CNODE), __VA_ARGS__)

static void test_issue_ioapic(void **state)
{
    (void)state;
    assert_error(call(ROOT_IRQ_CONTROL, LABEL_IRQIssueIRQHandler, CAPS1(ROOT_CNODE), 5, 20, 64),
                 ERROR_IllegalOperation);
    assert_error(IOAPIC(HANDLER, 64, 0, 9, 1, 1), ERROR_TruncatedMessage);
    assert_error(call(ROOT_IRQ_CONTROL, LABEL_X86IRQIssueIRQHandlerIOAPIC, NO_CAPS, HANDLER, 64, 0,
                      9, 1, 1, 3),
                 ERROR_TruncatedMessage);
    assert_range(IOAPIC(NTFN, 64, 9, 99, 2, 2, 108), 0, 107);
    assert_error(IOAPIC(NTFN, 64, 9, 99, 2, 2, 3), ERROR_DeleteFirst);
    assert_range(IOAPIC(HANDLER, 64, 9, 99, 2, 2, 3), 0, 0);
    assert_range(IOAPIC(HANDLER, 64, 0, 99, 2, 2, 3), 0, 23);
    assert_range(IOAPIC(HANDLER, 64, 0, 9, 2, 2, 3), 0, 1);
    assert_range(IOAPIC(HANDLER, 64, 0, 9, 1, 2, 3), 0, 1);
    host.irq_masked[19] = true;
    assert_ok(IOAPIC(HANDLER, 64, 0, 9, 1, 1, 3));
    assert_int_equal(slot(HANDLER)->cap.irq_handler.irq, 19);
    assert_int_equal(host.irq_routed[19], 10);
    assert_false(host.irq_masked[19]);
    assert_error(IOAPIC(NTFN, 64, 9, 99, 2, 2, 3), ERROR_RevokeFirst);
    assert_true(mdb_is_parent_of(slot(ROOT_IRQ_CONTROL), slot(HANDLER)));
}

static void test_issue_msi(void **state)
{
    (void)state;
    assert_range(MSI(HANDLER, 64, 256, 32, 8, 0, 3), 0, 255);
    assert_range(MSI(HANDLER, 64, 255, 32, 8, 0, 3), 0, 31);
    assert_range(MSI(HANDLER, 64, 255, 31, 8, 0, 3), 0, 7);
    assert_ok(MSI(HANDLER, 64, 255, 31, 7, 0, 107));
    assert_int_equal(slot(HANDLER)->cap.irq_handler.irq, 123);
}

static void test_delivery(void **state)
{
    (void)state;
    assert_ok(IOAPIC(HANDLER, 64, 0, 9, 1, 1, 3));
    cnode_mint(30, NTFN, 1, 0x10);
    cnode_mint(31, NTFN, 2, 0x20);
    assert_error(call(HANDLER, LABEL_IRQSetIRQHandler, NO_CAPS), ERROR_TruncatedMessage);
    assert_error1(call(HANDLER, LABEL_IRQSetIRQHandler, CAPS1(31)), ERROR_InvalidCapability, 0);
    assert_error1(call(HANDLER, LABEL_IRQSetIRQHandler, CAPS1(HANDLER)), ERROR_InvalidCapability,
                  0);
    assert_error(call(HANDLER, LABEL_TCBResume, NO_CAPS), ERROR_IllegalOperation);
    assert_ok(call(HANDLER, LABEL_IRQSetIRQHandler, CAPS1(30)));
    kernel_handle_irq(19);
    assert_true(host.irq_masked[19]);
    assert_int_equal(nb_receive(NTFN).badge, 0x10);
    assert_ok(call(HANDLER, LABEL_IRQAckIRQ, NO_CAPS));
    assert_false(host.irq_masked[19]);
    /* revoking the notification's capability disconnects */
    cnode_revoke(NTFN);
    kernel_handle_irq(19);
    assert_int_equal(nb_receive(NTFN).badge, 0);
    assert_ok(call(HANDLER, LABEL_IRQSetIRQHandler, CAPS1(NTFN)));
    assert_ok(call(HANDLER, LABEL_IRQClearIRQHandler, NO_CAPS));
    assert_int_equal(kernel.irq_slot[19].cap.type, CAP_NULL);
}

static void test_handler_deleted(void **state)
{
    (void)state;
    assert_ok(IOAPIC(HANDLER, 64, 0, 9, 1, 1, 3));
    assert_ok(call(HANDLER, LABEL_IRQSetIRQHandler, CAPS1(NTFN)));
    cnode_copy(30, HANDLER, ALL_RIGHTS);
    cnode_delete(HANDLER);
    assert_int_equal(kernel.irq_state[19], IRQ_SIGNAL);
    cnode_revoke(ROOT_IRQ_CONTROL);
    assert_int_equal(slot(30)->cap.type, CAP_NULL);
    assert_int_equal(kernel.irq_state[19], IRQ_INACTIVE);
    assert_int_equal(kernel.irq_slot[19].cap.type, CAP_NULL);
    assert_true(host.irq_masked[19]);
    assert_ok(IOAPIC(HANDLER, 64, 0, 9, 1, 1, 3));
    /* an interrupt without handler is masked and does no harm */
    kernel_handle_irq(40);
    kernel_handle_irq(MAX_IRQ);
    assert_true(host.irq_masked[40]);
}

#define ISSUE(...)                                                                                 \
    call(ROOT_IO_PORT_CONTROL, LABEL_X86IOPortControlIssue, CAPS1(ROOT_CNODE), __VA_ARGS__)

static void test_issue_ports(void **state)
{
    (void)state;
    assert_error(call(ROOT_IO_PORT_CONTROL, LABEL_X86IOPortIn8, NO_CAPS, 1),
                 ERROR_IllegalOperation);
    assert_error(ISSUE(0x60, 0x6f, PORT), ERROR_TruncatedMessage);
    assert_error1(ISSUE(0x60, 0x5f, NTFN, 64), ERROR_InvalidArgument, 1);
    assert_error(ISSUE(0x60, 0x6f, NTFN, 64), ERROR_DeleteFirst);
    assert_ok(ISSUE(0x60, 0x6f, PORT, 64));
    assert_error(ISSUE(0x6f, 0x70, NTFN, 64), ERROR_RevokeFirst);
    assert_ok(ISSUE(0x70, 0x70, 30, 64));
    assert_ok(ISSUE(0xffff, 0xffff, 31, 64));
    cnode_copy(40, PORT, ALL_RIGHTS);
    cnode_delete(PORT);
    assert_error(ISSUE(0x60, 0x60, PORT, 64), ERROR_RevokeFirst);
    cnode_delete(40);
    assert_ok(ISSUE(0x60, 0x60, PORT, 64));
    cnode_revoke(ROOT_IO_PORT_CONTROL);
    assert_ok(ISSUE(0, 0xffff, PORT, 64));
}

static void test_port_access(void **state)
{
    (void)state;
    assert_ok(ISSUE(0x3f8, 0x3ff, PORT, 64));
    assert_error(call(PORT, LABEL_TCBResume, NO_CAPS), ERROR_IllegalOperation);
    assert_error(call(PORT, LABEL_X86IOPortIn8, NO_CAPS), ERROR_TruncatedMessage);
    assert_error(call(PORT, LABEL_X86IOPortOut8, NO_CAPS, 0x3f8), ERROR_TruncatedMessage);
    assert_error(call(PORT, LABEL_X86IOPortIn8, NO_CAPS, 0x3f7), ERROR_IllegalOperation);
    assert_error(call(PORT, LABEL_X86IOPortIn16, NO_CAPS, 0x3ff), ERROR_IllegalOperation);
    assert_error(call(PORT, LABEL_X86IOPortIn32, NO_CAPS, 0x3fd), ERROR_IllegalOperation);
    struct reply r = call(PORT, LABEL_X86IOPortIn32, NO_CAPS, 0x3fc);
    assert_int_equal(r.label, 0);
    assert_int_equal(r.mr[0], 0x12345678);
    assert_int_equal(host.last_port_size, 4);
    assert_int_equal(call(PORT, LABEL_X86IOPortIn16, NO_CAPS, 0x3fe).mr[0], 0x5678);
    assert_int_equal(call(PORT, LABEL_X86IOPortIn8, NO_CAPS, 0x3ff).mr[0], 0x78);
    assert_ok(call(PORT, LABEL_X86IOPortOut8, NO_CAPS, 0x3f8, 'x'));
    assert_int_equal(host.last_port_value, 'x');
    assert_ok(call(PORT, LABEL_X86IOPortOut16, NO_CAPS, 0x3f8, 0x1234));
    assert_ok(call(PORT, LABEL_X86IOPortOut32, NO_CAPS, 0x3f8, 0x12345));
    assert_int_equal(host.last_port_size, 4);
    assert_error(call(PORT, LABEL_X86IOPortOut32, NO_CAPS, 0x3fd, 0), ERROR_IllegalOperation);
}

static void test_domains(void **state)
{
    (void)state;
    assert_error(call(ROOT_DOMAIN, LABEL_TCBResume, NO_CAPS), ERROR_IllegalOperation);
    assert_error(call(ROOT_DOMAIN, LABEL_DomainSetSet, NO_CAPS), ERROR_TruncatedMessage);
    assert_error1(call(ROOT_DOMAIN, LABEL_DomainSetSet, NO_CAPS, 1), ERROR_InvalidArgument, 0);
    assert_error(call(ROOT_DOMAIN, LABEL_DomainSetSet, NO_CAPS, 0), ERROR_TruncatedMessage);
    assert_error1(call(ROOT_DOMAIN, LABEL_DomainSetSet, CAPS1(NTFN), 0), ERROR_InvalidArgument, 1);
    assert_ok(call(ROOT_DOMAIN, LABEL_DomainSetSet, CAPS1(ROOT_TCB), 0));
    assert_error(call(ROOT_DOMAIN, LABEL_DomainScheduleConfigure, NO_CAPS, 0, 0),
                 ERROR_TruncatedMessage);
    assert_range(call(ROOT_DOMAIN, LABEL_DomainScheduleConfigure, NO_CAPS, 1, 0, 1), 0, 0);
    assert_range(call(ROOT_DOMAIN, LABEL_DomainScheduleConfigure, NO_CAPS, 0, 1, 1), 0, 0);
    assert_error1(call(ROOT_DOMAIN, LABEL_DomainScheduleConfigure, NO_CAPS, 0, 0, 1ull << 56),
                  ERROR_InvalidArgument, 2);
    assert_error1(call(ROOT_DOMAIN, LABEL_DomainScheduleConfigure, NO_CAPS, 0, 0, 0),
                  ERROR_InvalidArgument, 2);
    assert_ok(call(ROOT_DOMAIN, LABEL_DomainScheduleConfigure, NO_CAPS, 0, 0, 100));
    assert_error(call(ROOT_DOMAIN, LABEL_DomainScheduleSetStart, NO_CAPS), ERROR_TruncatedMessage);
    assert_range(call(ROOT_DOMAIN, LABEL_DomainScheduleSetStart, NO_CAPS, 2), 0, 1);
    assert_error1(call(ROOT_DOMAIN, LABEL_DomainScheduleSetStart, NO_CAPS, 1),
                  ERROR_InvalidArgument, 0);
    assert_ok(call(ROOT_DOMAIN, LABEL_DomainScheduleSetStart, NO_CAPS, 0));
    assert_error(call(ROOT_TCB, LABEL_DomainSetSet, CAPS1(ROOT_TCB), 0), ERROR_IllegalOperation);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, fixture_check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_issue_ioapic), T(test_issue_msi),   T(test_delivery), T(test_handler_deleted),
        T(test_issue_ports),  T(test_port_access), T(test_domains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
