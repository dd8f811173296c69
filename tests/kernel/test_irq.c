/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Interrupt and I/O port capabilities: effect and first errors of each invocation. */
#include "test.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71

static seL4_Error get_ioapic(seL4_CPtr slot, seL4_Word ioapic, seL4_Word pin, seL4_Word level,
                             seL4_Word polarity, seL4_Word vector)
{
    return seL4_IRQControl_GetIOAPIC(seL4_CapIRQControl, ROOT_CNODE, slot, ROOT_DEPTH, ioapic, pin,
                                     level, polarity, vector);
}

TEST(irq_get_ioapic_checks_its_arguments)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(get_ioapic(slot, 0, 5, 0, 0, 108), seL4_RangeError);
    CHECK_EQ(seL4_GetMR(0), 0);
    CHECK_EQ(seL4_GetMR(1), 107);
    CHECK_EQ(get_ioapic(slot, 9, 5, 0, 0, 30), seL4_RangeError);
    CHECK_EQ(get_ioapic(slot, 0, 24, 0, 0, 30), seL4_RangeError);
    CHECK_EQ(get_ioapic(slot, 0, 5, 2, 0, 30), seL4_RangeError);
    CHECK_EQ(get_ioapic(slot, 0, 5, 0, 2, 30), seL4_RangeError);
    CHECK_EQ(get_ioapic(ROOT_CNODE, 0, 5, 0, 0, 30), seL4_DeleteFirst);
    CHECK_EQ(get_ioapic(slot, 0, 5, 0, 0, 30), seL4_NoError);
    CHECK_EQ(get_ioapic(new_slot(), 0, 6, 0, 0, 30), seL4_RevokeFirst);
    /* Gone with its last capability. */
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, slot, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(get_ioapic(slot, 0, 6, 0, 0, 30), seL4_NoError);
}

static seL4_Error get_msi(seL4_CPtr slot, seL4_Word bus, seL4_Word dev, seL4_Word func,
                          seL4_Word vector)
{
    return seL4_IRQControl_GetMSI(seL4_CapIRQControl, ROOT_CNODE, slot, ROOT_DEPTH, bus, dev, func,
                                  0, vector);
}

TEST(irq_get_msi_checks_its_arguments)
{
    seL4_CPtr slot = new_slot();
    CHECK_EQ(get_msi(slot, 0, 3, 0, 108), seL4_RangeError);
    CHECK_EQ(get_msi(slot, 256, 3, 0, 31), seL4_RangeError);
    CHECK_EQ(get_msi(slot, 0, 32, 0, 31), seL4_RangeError);
    CHECK_EQ(get_msi(slot, 0, 3, 8, 31), seL4_RangeError);
    CHECK_EQ(get_msi(slot, 0, 3, 0, 31), seL4_NoError);
    CHECK_EQ(get_msi(new_slot(), 0, 4, 0, 31), seL4_RevokeFirst);
}

TEST(irq_handler_needs_a_notification_to_write)
{
    seL4_CPtr handler = new_slot(), n = new_object(seL4_NotificationObject, 0);
    seL4_CPtr unwritable = new_minted(n, seL4_CanRead, 0);
    CHECK_EQ(get_ioapic(handler, 0, 5, 0, 0, 32), seL4_NoError);
    CHECK_EQ(seL4_IRQHandler_SetNotification(handler, ROOT_CNODE), seL4_InvalidCapability);
    CHECK_EQ(seL4_IRQHandler_SetNotification(handler, unwritable), seL4_InvalidCapability);
    CHECK_EQ(seL4_MessageInfo_get_label(
                 seL4_Call(handler, seL4_MessageInfo_new(IRQSetIRQHandler, 0, 0, 0))),
             seL4_TruncatedMessage);
    CHECK_EQ(
        seL4_MessageInfo_get_label(seL4_Call(handler, seL4_MessageInfo_new(TCBSuspend, 0, 0, 0))),
        seL4_IllegalOperation);
    CHECK_EQ(seL4_IRQHandler_SetNotification(handler, n), seL4_NoError);
    CHECK_EQ(seL4_IRQHandler_Clear(handler), seL4_NoError);
    CHECK_EQ(seL4_IRQHandler_Ack(handler), seL4_NoError);
}

TEST(irq_control_refuses_other_labels)
{
    CHECK_EQ(seL4_MessageInfo_get_label(
                 seL4_Call(seL4_CapIRQControl, seL4_MessageInfo_new(TCBSuspend, 0, 0, 0))),
             seL4_IllegalOperation);
    CHECK_EQ(seL4_MessageInfo_get_label(seL4_Call(
                 seL4_CapIRQControl, seL4_MessageInfo_new(X86IRQIssueIRQHandlerIOAPIC, 0, 0, 6))),
             seL4_TruncatedMessage);
}

TEST(port_issue_checks_its_arguments)
{
    seL4_CPtr slot = new_slot();
    const seL4_CPtr control = seL4_CapIOPortControl;
    CHECK_EQ(seL4_X86_IOPortControl_Issue(control, 0x71, 0x70, ROOT_CNODE, slot, ROOT_DEPTH),
             seL4_InvalidArgument);
    CHECK_EQ(seL4_GetMR(0), 1);
    CHECK_EQ(seL4_X86_IOPortControl_Issue(control, 0x70, 0x71, ROOT_CNODE, ROOT_CNODE, ROOT_DEPTH),
             seL4_DeleteFirst);
    CHECK_EQ(seL4_X86_IOPortControl_Issue(control, 0x70, 0x71, ROOT_CNODE, slot, ROOT_DEPTH),
             seL4_NoError);
    CHECK_EQ(seL4_X86_IOPortControl_Issue(control, 0x71, 0x72, ROOT_CNODE, new_slot(), ROOT_DEPTH),
             seL4_RevokeFirst);
    CHECK_EQ(seL4_CNode_Delete(ROOT_CNODE, slot, ROOT_DEPTH), seL4_NoError);
    CHECK_EQ(seL4_X86_IOPortControl_Issue(control, 0x71, 0x72, ROOT_CNODE, slot, ROOT_DEPTH),
             seL4_NoError);
    CHECK_EQ(
        seL4_MessageInfo_get_label(seL4_Call(control, seL4_MessageInfo_new(TCBSuspend, 0, 0, 4))),
        seL4_IllegalOperation);
}

TEST(port_access_stays_in_the_range)
{
    seL4_CPtr cmos = new_port(CMOS_INDEX, CMOS_DATA);
    CHECK_EQ(seL4_X86_IOPort_Out8(cmos, CMOS_INDEX, 0x0d), seL4_NoError);
    CHECK_EQ(seL4_X86_IOPort_In8(cmos, CMOS_DATA).error, seL4_NoError);
    CHECK_EQ(seL4_X86_IOPort_In8(cmos, CMOS_DATA).result & 0x80, 0x80); /* clock is valid */
    CHECK_EQ(seL4_X86_IOPort_In8(cmos, CMOS_DATA + 1).error, seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_IOPort_In16(cmos, CMOS_DATA).error, seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_IOPort_In32(cmos, CMOS_INDEX).error, seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_IOPort_Out8(cmos, CMOS_INDEX - 1, 0), seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_IOPort_Out16(cmos, CMOS_DATA, 0), seL4_IllegalOperation);
    CHECK_EQ(seL4_X86_IOPort_Out32(cmos, CMOS_INDEX, 0), seL4_IllegalOperation);
    CHECK_EQ(
        seL4_MessageInfo_get_label(seL4_Call(cmos, seL4_MessageInfo_new(X86IOPortIn8, 0, 0, 0))),
        seL4_TruncatedMessage);
    CHECK_EQ(
        seL4_MessageInfo_get_label(seL4_Call(cmos, seL4_MessageInfo_new(X86IOPortOut8, 0, 0, 1))),
        seL4_TruncatedMessage);
}

TEST(port_wide_access_reaches_the_device)
{
    /* PCI configuration mechanism 1: the host bridge's identity is there on every PC. */
    seL4_CPtr pci = new_port(0xcf8, 0xcff);
    CHECK_EQ(seL4_X86_IOPort_Out32(pci, 0xcf8, 0x80000000), seL4_NoError);
    seL4_X86_IOPort_In32_t id = seL4_X86_IOPort_In32(pci, 0xcfc);
    CHECK_EQ(id.error, seL4_NoError);
    CHECK_EQ(id.result & 0xffff, 0x8086);
    CHECK_EQ(seL4_X86_IOPort_In16(pci, 0xcfe).result, id.result >> 16);
    CHECK_EQ(seL4_X86_IOPort_In32(pci, 0xcf8).result, 0x80000000);
}
