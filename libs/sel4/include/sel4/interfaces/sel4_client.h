/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Typed invocation stubs: one function per method of a kernel object. Every function returns
 * seL4_NoError or why the kernel refused; details of an error are in message registers 0..3.
 */
#include <sel4/invoke.h>
#include <sel4/types.h>

/** Result of seL4_TCB_SetFlags. */
typedef struct seL4_TCB_SetFlags {
    int error;
    seL4_Word flags;
} seL4_TCB_SetFlags_t;

/** Makes num_objects objects of a type (seL4_ObjectType) from untyped memory and puts their
 * capabilities into slots node_offset.. of the CNode at node_index, node_depth bits deep, in root
 * (depth 0: root itself). size_bits matters for untypeds (bytes) and CNodes (slots), as powers of
 * two. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_Untyped_Retype(seL4_Untyped _service, seL4_Word type,
                                                   seL4_Word size_bits, seL4_CNode root,
                                                   seL4_Word node_index, seL4_Word node_depth,
                                                   seL4_Word node_offset, seL4_Word num_objects)
{
    seL4_Word mr[4] = {type, size_bits, node_index, node_depth};
    seL4_SetCap(0, root);
    seL4_SetMR(4, node_offset);
    seL4_SetMR(5, num_objects);
    return sel4_invoke(_service, UntypedRetype, 1, 6, mr);
}

/** Deletes all capabilities derived from the one in a slot; the slot itself stays. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_Revoke(seL4_CNode _service, seL4_Word index,
                                                 seL4_Uint8 depth)
{
    return sel4_invoke_words(_service, CNodeRevoke, 2, index, depth, 0);
}

/** Empties a slot; the last capability to an object destroys it. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_Delete(seL4_CNode _service, seL4_Word index,
                                                 seL4_Uint8 depth)
{
    return sel4_invoke_words(_service, CNodeDelete, 2, index, depth, 0);
}

/** Restarts all threads that queue to send with the badge of the endpoint capability in a slot. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_CancelBadgedSends(seL4_CNode _service, seL4_Word index,
                                                            seL4_Uint8 depth)
{
    return sel4_invoke_words(_service, CNodeCancelBadgedSends, 2, index, depth, 0);
}

/** Copies a capability into an empty slot, with at most the given rights. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_Copy(seL4_CNode _service, seL4_Word dest_index,
                                               seL4_Uint8 dest_depth, seL4_CNode src_root,
                                               seL4_Word src_index, seL4_Uint8 src_depth,
                                               seL4_CapRights_t rights)
{
    seL4_Word mr[4] = {dest_index, dest_depth, src_index, src_depth};
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, rights.words[0]);
    return sel4_invoke(_service, CNodeCopy, 1, 5, mr);
}

/** Copies a capability and gives the copy a badge (endpoints, notifications), a guard (CNodes) or a
 * device (I/O spaces). */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_Mint(seL4_CNode _service, seL4_Word dest_index,
                                               seL4_Uint8 dest_depth, seL4_CNode src_root,
                                               seL4_Word src_index, seL4_Uint8 src_depth,
                                               seL4_CapRights_t rights, seL4_Word badge)
{
    seL4_Word mr[4] = {dest_index, dest_depth, src_index, src_depth};
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, rights.words[0]);
    seL4_SetMR(5, badge);
    return sel4_invoke(_service, CNodeMint, 1, 6, mr);
}

/** Moves a capability into an empty slot. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_Move(seL4_CNode _service, seL4_Word dest_index,
                                               seL4_Uint8 dest_depth, seL4_CNode src_root,
                                               seL4_Word src_index, seL4_Uint8 src_depth)
{
    seL4_Word mr[4] = {dest_index, dest_depth, src_index, src_depth};
    seL4_SetCap(0, src_root);
    return sel4_invoke(_service, CNodeMove, 1, 4, mr);
}

/** Moves a capability and changes its guard. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_Mutate(seL4_CNode _service, seL4_Word dest_index,
                                                 seL4_Uint8 dest_depth, seL4_CNode src_root,
                                                 seL4_Word src_index, seL4_Uint8 src_depth,
                                                 seL4_Word badge)
{
    seL4_Word mr[4] = {dest_index, dest_depth, src_index, src_depth};
    seL4_SetCap(0, src_root);
    seL4_SetMR(4, badge);
    return sel4_invoke(_service, CNodeMutate, 1, 5, mr);
}

/** Moves the pivot slot to the destination and the source slot to the pivot, at once; with source
 * and destination the same, exchanges it with the pivot. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_Rotate(seL4_CNode _service, seL4_Word dest_index,
                                                 seL4_Uint8 dest_depth, seL4_Word dest_badge,
                                                 seL4_CNode pivot_root, seL4_Word pivot_index,
                                                 seL4_Uint8 pivot_depth, seL4_Word pivot_badge,
                                                 seL4_CNode src_root, seL4_Word src_index,
                                                 seL4_Uint8 src_depth)
{
    seL4_Word mr[4] = {dest_index, dest_depth, dest_badge, pivot_index};
    seL4_SetCap(0, pivot_root);
    seL4_SetCap(1, src_root);
    seL4_SetMR(4, pivot_depth);
    seL4_SetMR(5, pivot_badge);
    seL4_SetMR(6, src_index);
    seL4_SetMR(7, src_depth);
    return sel4_invoke(_service, CNodeRotate, 2, 8, mr);
}

/** Moves the reply capability of the caller taken last into an empty slot. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_CNode_SaveCaller(seL4_CNode _service, seL4_Word index,
                                                     seL4_Uint8 depth)
{
    return sel4_invoke_words(_service, CNodeSaveCaller, 2, index, depth, 0);
}

/**
 * Reads the first count registers of another thread; with suspend_source the thread stops first.
 */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_ReadRegisters(seL4_TCB _service, seL4_Bool suspend_source,
                                                      seL4_Uint8 arch_flags, seL4_Word count,
                                                      seL4_UserContext *regs)
{
    seL4_Word mr[4] = {((seL4_Word)suspend_source & 1) | (seL4_Word)arch_flags << 8, count};
    seL4_Error error = sel4_invoke(_service, TCBReadRegisters, 0, 2, mr);
    seL4_Word *word = (seL4_Word *)regs;
    const seL4_Word all = sizeof(*regs) / sizeof(seL4_Word);
    for (seL4_Word i = 0; error == seL4_NoError && i < count && i < all; i++) {
        word[i] = i < 4 ? mr[i] : seL4_GetMR((int)i);
    }
    return error;
}

/**
 * Writes the first count registers of another thread; with resume_target it runs afterwards.
 * Bits that must not be set in a register are corrected silently.
 */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_WriteRegisters(seL4_TCB _service, seL4_Bool resume_target,
                                                       seL4_Uint8 arch_flags, seL4_Word count,
                                                       seL4_UserContext *regs)
{
    const seL4_Word *word = (const seL4_Word *)regs;
    const seL4_Word all = sizeof(*regs) / sizeof(seL4_Word);
    seL4_Word mr[4] = {((seL4_Word)resume_target & 1) | (seL4_Word)arch_flags << 8, count,
                       count > 0 ? word[0] : 0, count > 1 ? word[1] : 0};
    for (seL4_Word i = 2; i < count && i < all; i++) {
        seL4_SetMR((int)i + 2, word[i]);
    }
    return sel4_invoke(_service, TCBWriteRegisters, 0, 2 + (count < all ? count : all), mr);
}

/**
 * Copies register groups between threads: transfer_frame the first 18, transfer_integer the
 * FS and GS bases.
 */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_CopyRegisters(
    seL4_TCB _service, seL4_TCB source, seL4_Bool suspend_source, seL4_Bool resume_target,
    seL4_Bool transfer_frame, seL4_Bool transfer_integer, seL4_Uint8 arch_flags)
{
    seL4_Word flags = ((seL4_Word)suspend_source & 1) | ((seL4_Word)resume_target & 1) << 1 |
                      ((seL4_Word)transfer_frame & 1) << 2 |
                      ((seL4_Word)transfer_integer & 1) << 3 | (seL4_Word)arch_flags << 8;
    return sel4_invoke_cap(_service, TCBCopyRegisters, source, 1, flags, 0, 0);
}

/** Sets fault handler, CSpace and VSpace roots and IPC buffer of a thread in one call. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_Configure(seL4_TCB _service, seL4_Word fault_ep,
                                                  seL4_CNode cspace_root,
                                                  seL4_Word cspace_root_data, seL4_CPtr vspace_root,
                                                  seL4_Word vspace_root_data, seL4_Word buffer,
                                                  seL4_CPtr bufferFrame)
{
    seL4_Word mr[4] = {fault_ep, cspace_root_data, vspace_root_data, buffer};
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    seL4_SetCap(2, bufferFrame);
    return sel4_invoke(_service, TCBConfigure, 3, 4, mr);
}

/** Sets the priority, at most the maximum of the thread `authority`. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetPriority(seL4_TCB _service, seL4_TCB authority,
                                                    seL4_Word priority)
{
    return sel4_invoke_cap(_service, TCBSetPriority, authority, 1, priority, 0, 0);
}

/** Sets the highest priority a thread may give, at most that of `authority`. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetMCPriority(seL4_TCB _service, seL4_TCB authority,
                                                      seL4_Word mcp)
{
    return sel4_invoke_cap(_service, TCBSetMCPriority, authority, 1, mcp, 0, 0);
}

/** Sets both priorities of a thread. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetSchedParams(seL4_TCB _service, seL4_TCB authority,
                                                       seL4_Word mcp, seL4_Word priority)
{
    return sel4_invoke_cap(_service, TCBSetSchedParams, authority, 2, mcp, priority, 0);
}

/** Sets the IPC buffer: its address and the frame it lies in; address 0 removes it. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetIPCBuffer(seL4_TCB _service, seL4_Word buffer,
                                                     seL4_CPtr bufferFrame)
{
    return sel4_invoke_cap(_service, TCBSetIPCBuffer, bufferFrame, 1, buffer, 0, 0);
}

/** Sets fault handler, CSpace and VSpace roots of a thread. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetSpace(seL4_TCB _service, seL4_Word fault_ep,
                                                 seL4_CNode cspace_root, seL4_Word cspace_root_data,
                                                 seL4_CPtr vspace_root, seL4_Word vspace_root_data)
{
    seL4_Word mr[4] = {fault_ep, cspace_root_data, vspace_root_data, 0};
    seL4_SetCap(0, cspace_root);
    seL4_SetCap(1, vspace_root);
    return sel4_invoke(_service, TCBSetSpace, 2, 3, mr);
}

/** Stops a thread; a system call it is blocked in is started again when it resumes. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_Suspend(seL4_TCB _service)
{
    return sel4_invoke0(_service, TCBSuspend);
}

/** Lets a thread run. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_Resume(seL4_TCB _service)
{
    return sel4_invoke0(_service, TCBResume);
}

/** Makes signals of a notification reach a thread while it waits on endpoints or runs a guest. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_BindNotification(seL4_TCB _service, seL4_CPtr notification)
{
    return sel4_invoke_cap(_service, TCBBindNotification, notification, 0, 0, 0, 0);
}

/** Undoes seL4_TCB_BindNotification. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_UnbindNotification(seL4_TCB _service)
{
    return sel4_invoke0(_service, TCBUnbindNotification);
}

/** Moves a thread to a CPU (0 .. numNodes - 1). */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetAffinity(seL4_TCB _service, seL4_Word affinity)
{
    return sel4_invoke_words(_service, TCBSetAffinity, 1, affinity, 0, 0);
}

/** Sets the FS base of a thread. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetTLSBase(seL4_TCB _service, seL4_Word tls_base)
{
    return sel4_invoke_words(_service, TCBSetTLSBase, 1, tls_base, 0, 0);
}

/** Clears and sets flags (seL4_TCBFlag) of a thread; the result holds the new ones. */
LIBSEL4_INLINE_FUNC seL4_TCB_SetFlags_t seL4_TCB_SetFlags(seL4_TCB _service, seL4_Word clear,
                                                          seL4_Word set)
{
    seL4_Word mr[4] = {clear, set, 0, 0};
    seL4_TCB_SetFlags_t result;
    result.error = sel4_invoke(_service, TCBSetFlags, 0, 2, mr);
    result.flags = (seL4_Word)mr[0];
    return result;
}

/** Sets the nested page table of the guest that a thread runs. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetEPTRoot(seL4_TCB _service, seL4_X86_EPTPML4 eptpml4)
{
    return sel4_invoke_cap(_service, TCBSetEPTRoot, eptpml4, 0, 0, 0, 0);
}

/** Installs the run page (struct vcpu_run) of the vCPU bound to a thread: a 4 KiB frame. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_TCB_SetRunPage(seL4_TCB _service, seL4_X86_Page frame)
{
    return sel4_invoke_cap(_service, TCBSetRunPage, frame, 0, 0, 0, 0);
}

/** The call of machines without I/O APIC: always seL4_IllegalOperation here. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_IRQControl_Get(seL4_IRQControl _service, seL4_Word irq,
                                                   seL4_CNode root, seL4_Word index,
                                                   seL4_Uint8 depth)
{
    return sel4_invoke_cap(_service, IRQIssueIRQHandler, root, 3, irq, index, depth);
}

/** Makes a handler for a pin of an I/O APIC. level: 1 level, 0 edge; polarity: 1 active low. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_IRQControl_GetIOAPIC(seL4_IRQControl _service, seL4_CNode root,
                                                         seL4_Word index, seL4_Uint8 depth,
                                                         seL4_Word ioapic, seL4_Word pin,
                                                         seL4_Word level, seL4_Word polarity,
                                                         seL4_Word vector)
{
    seL4_Word mr[4] = {index, depth, ioapic, pin};
    seL4_SetCap(0, root);
    seL4_SetMR(4, level);
    seL4_SetMR(5, polarity);
    seL4_SetMR(6, vector);
    return sel4_invoke(_service, X86IRQIssueIRQHandlerIOAPIC, 1, 7, mr);
}

/** Makes a handler for message-signalled interrupts; the device's message data is 0x30 + vector. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_IRQControl_GetMSI(seL4_IRQControl _service, seL4_CNode root,
                                                      seL4_Word index, seL4_Uint8 depth,
                                                      seL4_Word pci_bus, seL4_Word pci_dev,
                                                      seL4_Word pci_func, seL4_Word handle,
                                                      seL4_Word vector)
{
    seL4_Word mr[4] = {index, depth, pci_bus, pci_dev};
    seL4_SetCap(0, root);
    seL4_SetMR(4, pci_func);
    seL4_SetMR(5, handle);
    seL4_SetMR(6, vector);
    return sel4_invoke(_service, X86IRQIssueIRQHandlerMSI, 1, 7, mr);
}

/** Lets the interrupt come again. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_IRQHandler_Ack(seL4_IRQHandler _service)
{
    return sel4_invoke0(_service, IRQAckIRQ);
}

/** Says which notification an interrupt signals. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_IRQHandler_SetNotification(seL4_IRQHandler _service,
                                                               seL4_CPtr notification)
{
    return sel4_invoke_cap(_service, IRQSetIRQHandler, notification, 0, 0, 0, 0);
}

/** The interrupt signals nothing from now on. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_IRQHandler_Clear(seL4_IRQHandler _service)
{
    return sel4_invoke0(_service, IRQClearIRQHandler);
}

/** Moves a thread into a scheduling domain. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_DomainSet_Set(seL4_DomainSet _service, seL4_Uint8 domain,
                                                  seL4_TCB thread)
{
    return sel4_invoke_cap(_service, DomainSetSet, thread, 1, domain, 0, 0);
}

/** Sets an entry of the domain schedule; duration in kernel ticks. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_DomainSet_ScheduleConfigure(seL4_DomainSet _service,
                                                                seL4_Word index, seL4_Uint8 domain,
                                                                seL4_Time duration)
{
    return sel4_invoke_words(_service, DomainScheduleConfigure, 3, index, domain, duration);
}

/** Restarts the domain schedule at an entry. */
LIBSEL4_INLINE_FUNC seL4_Error seL4_DomainSet_ScheduleSetStart(seL4_DomainSet _service,
                                                               seL4_Word index)
{
    return sel4_invoke_words(_service, DomainScheduleSetStart, 1, index, 0, 0);
}

#include <sel4/interfaces/x86_client.h>
