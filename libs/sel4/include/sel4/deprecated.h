/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Names of older versions of the API that existing programs still use. */
#include <sel4/bootinfo.h>
#include <sel4/faults.h>
#include <sel4/syscalls.h>
#include <sel4/types.h>

#define seL4_NoFault              seL4_Fault_NullFault
#define seL4_CapFault             seL4_Fault_CapFault
#define seL4_UnknownSyscall       seL4_Fault_UnknownSyscall
#define seL4_UserException        seL4_Fault_UserException
#define seL4_VMFault              seL4_Fault_VMFault
#define seL4_Interrupt            6
#define SEL4_PFIPC_LABEL          seL4_Fault_VMFault
#define SEL4_PFIPC_LENGTH         seL4_VMFault_Length
#define SEL4_PFIPC_FAULT_IP       seL4_VMFault_IP
#define SEL4_PFIPC_FAULT_ADDR     seL4_VMFault_Addr
#define SEL4_PFIPC_PREFETCH_FAULT seL4_VMFault_PrefetchFault
#define SEL4_PFIPC_FSR            seL4_VMFault_FSR
#define SEL4_EXCEPT_IPC_LABEL     seL4_Fault_UserException
#define SEL4_EXCEPT_IPC_LENGTH    seL4_UserException_Length
#define SEL4_USER_EXCEPTION_LABEL seL4_Fault_UserException

#define seL4_NotifyObject             seL4_NotificationObject
#define seL4_IA32_4K                  seL4_X86_4K
#define seL4_IA32_LargePage           seL4_X86_LargePageObject
#define seL4_IA32_PageTableObject     seL4_X86_PageTableObject
#define seL4_IA32_PageDirectoryObject seL4_X86_PageDirectoryObject
#define seL4_CapIOPort                seL4_CapIOPortControl

/** Badges and guards as capability data of older versions. */
typedef seL4_Word seL4_CapData_t;
/** The data word of a badge. */
LIBSEL4_INLINE_FUNC CONST seL4_Word seL4_CapData_Badge_new(seL4_Word badge)
{
    return badge;
}
/** The data word of a guard. */
LIBSEL4_INLINE_FUNC CONST seL4_Word seL4_CapData_Guard_new(seL4_Word guard, seL4_Word bits)
{
    return seL4_CNode_CapData_new(guard, bits).words[0];
}

/** Old name of seL4_Signal. */
LIBSEL4_INLINE_FUNC void seL4_Notify(seL4_CPtr dest, seL4_Word msg)
{
    (void)msg;
    seL4_Signal(dest);
}
/** The word of the IPC buffer that older stubs kept the message info in. */
LIBSEL4_INLINE_FUNC seL4_Word seL4_GetTag(void)
{
    return seL4_GetIPCBuffer()->tag.words[0];
}
