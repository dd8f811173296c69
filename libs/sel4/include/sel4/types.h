/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Types of the API: capability pointers by object, message words, the IPC buffer, registers. */
#include <autoconf.h>
#include <sel4/macros.h>
#include <sel4/simple_types.h>
#include <sel4/errors.h>
#include <sel4/constants.h>
#include <sel4/objecttype.h>
#include <sel4/word_fields.h>

/** Words with a meaning. */
typedef seL4_Word seL4_NodeId;
typedef seL4_Word seL4_PAddr;
typedef seL4_Word seL4_Domain;
typedef seL4_Uint64 seL4_Time;

/** Capability pointers, by the kind of object the caller expects behind them. */
typedef seL4_CPtr seL4_CNode;
typedef seL4_CPtr seL4_IRQHandler;
typedef seL4_CPtr seL4_IRQControl;
typedef seL4_CPtr seL4_TCB;
typedef seL4_CPtr seL4_Untyped;
typedef seL4_CPtr seL4_DomainSet;
typedef seL4_CPtr seL4_SchedContext;
typedef seL4_CPtr seL4_SchedControl;
typedef seL4_CPtr seL4_X86_ASIDControl;
typedef seL4_CPtr seL4_X86_ASIDPool;
typedef seL4_CPtr seL4_X86_IOSpace;
typedef seL4_CPtr seL4_X86_IOPort;
typedef seL4_CPtr seL4_X86_IOPortControl;
typedef seL4_CPtr seL4_X86_Page;
typedef seL4_CPtr seL4_X64_PML4;
typedef seL4_CPtr seL4_X86_PDPT;
typedef seL4_CPtr seL4_X86_PageDirectory;
typedef seL4_CPtr seL4_X86_PageTable;
typedef seL4_CPtr seL4_X86_IOPageTable;
typedef seL4_CPtr seL4_X86_VCPU;
typedef seL4_CPtr seL4_X86_EPTPML4;
typedef seL4_CPtr seL4_X86_EPTPDPT;
typedef seL4_CPtr seL4_X86_EPTPD;
typedef seL4_CPtr seL4_X86_EPTPT;

/** An empty data argument. */
#define seL4_NilData 0

/** Description of a message: what travels in rsi. */
typedef struct seL4_MessageInfo {
    seL4_Uint64 words[1];
} seL4_MessageInfo_t;

SEL4_WORD_FIELD(seL4_MessageInfo_t, seL4_MessageInfo, length, 0, 0, 7)
SEL4_WORD_FIELD(seL4_MessageInfo_t, seL4_MessageInfo, extraCaps, 0, 7, 2)
SEL4_WORD_FIELD(seL4_MessageInfo_t, seL4_MessageInfo, capsUnwrapped, 0, 9, 3)
SEL4_WORD_FIELD(seL4_MessageInfo_t, seL4_MessageInfo, label, 0, 12, 52)

/** Builds a message description; each argument is cut to its field. */
LIBSEL4_INLINE_FUNC CONST seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Uint64 label,
                                                                  seL4_Uint64 capsUnwrapped,
                                                                  seL4_Uint64 extraCaps,
                                                                  seL4_Uint64 length)
{
    seL4_MessageInfo_t info = {
        {(length & 0x7f) | (extraCaps & 3) << 7 | (capsUnwrapped & 7) << 9 | label << 12}};
    return info;
}

/** Builds a message description in place. */
LIBSEL4_INLINE_FUNC void seL4_MessageInfo_ptr_new(seL4_MessageInfo_t *p, seL4_Uint64 label,
                                                  seL4_Uint64 capsUnwrapped, seL4_Uint64 extraCaps,
                                                  seL4_Uint64 length)
{
    *p = seL4_MessageInfo_new(label, capsUnwrapped, extraCaps, length);
}

/** Rights of a capability. */
typedef struct seL4_CapRights {
    seL4_Uint64 words[1];
} seL4_CapRights_t;

SEL4_WORD_FIELD(seL4_CapRights_t, seL4_CapRights, capAllowWrite, 0, 0, 1)
SEL4_WORD_FIELD(seL4_CapRights_t, seL4_CapRights, capAllowRead, 0, 1, 1)
SEL4_WORD_FIELD(seL4_CapRights_t, seL4_CapRights, capAllowGrant, 0, 2, 1)
SEL4_WORD_FIELD(seL4_CapRights_t, seL4_CapRights, capAllowGrantReply, 0, 3, 1)

/** Builds a set of rights; every argument is 0 or 1. */
LIBSEL4_INLINE_FUNC CONST seL4_CapRights_t seL4_CapRights_new(seL4_Uint64 grantReply,
                                                              seL4_Uint64 grant, seL4_Uint64 read,
                                                              seL4_Uint64 write)
{
    seL4_CapRights_t rights = {
        {(write & 1) | (read & 1) << 1 | (grant & 1) << 2 | (grantReply & 1) << 3}};
    return rights;
}

/** Builds a set of rights in place. */
LIBSEL4_INLINE_FUNC void seL4_CapRights_ptr_new(seL4_CapRights_t *p, seL4_Uint64 grantReply,
                                                seL4_Uint64 grant, seL4_Uint64 read,
                                                seL4_Uint64 write)
{
    *p = seL4_CapRights_new(grantReply, grant, read, write);
}

/** Rights as a bare word. */
typedef seL4_Word seL4_CapRights;

#define seL4_ReadWrite     seL4_CapRights_new(0, 0, 1, 1)
#define seL4_AllRights     seL4_CapRights_new(1, 1, 1, 1)
#define seL4_CanRead       seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanWrite      seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanGrant      seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply seL4_CapRights_new(1, 0, 0, 0)
#define seL4_NoWrite       seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead        seL4_CapRights_new(1, 1, 0, 1)
#define seL4_NoRights      seL4_CapRights_new(0, 0, 0, 0)

/** Guard of a CNode capability: the data argument of Mint, Mutate and the TCB's CSpace root. */
typedef struct seL4_CNode_CapData {
    seL4_Uint64 words[1];
} seL4_CNode_CapData_t;

SEL4_WORD_FIELD(seL4_CNode_CapData_t, seL4_CNode_CapData, guardSize, 0, 0, 6)
SEL4_WORD_FIELD(seL4_CNode_CapData_t, seL4_CNode_CapData, guard, 0, 6, 58)

/** Builds a guard of guardSize bits with the value guard. */
LIBSEL4_INLINE_FUNC CONST seL4_CNode_CapData_t seL4_CNode_CapData_new(seL4_Uint64 guard,
                                                                      seL4_Uint64 guardSize)
{
    seL4_CNode_CapData_t data = {{(guardSize & 0x3f) | guard << 6}};
    return data;
}

/** A PCI function and its I/O domain: the data argument that makes an I/O space. */
typedef struct seL4_X86_IOSpace_CapData {
    seL4_Uint64 words[1];
} seL4_X86_IOSpace_CapData_t;

SEL4_WORD_FIELD(seL4_X86_IOSpace_CapData_t, seL4_X86_IOSpace_CapData, PCIFunction, 0, 0, 3)
SEL4_WORD_FIELD(seL4_X86_IOSpace_CapData_t, seL4_X86_IOSpace_CapData, PCIDevice, 0, 3, 5)
SEL4_WORD_FIELD(seL4_X86_IOSpace_CapData_t, seL4_X86_IOSpace_CapData, PCIBus, 0, 8, 8)
SEL4_WORD_FIELD(seL4_X86_IOSpace_CapData_t, seL4_X86_IOSpace_CapData, domainID, 0, 16, 16)

/** Builds the data word of an I/O space capability. */
LIBSEL4_INLINE_FUNC CONST seL4_X86_IOSpace_CapData_t seL4_X86_IOSpace_CapData_new(
    seL4_Uint64 domainID, seL4_Uint64 PCIBus, seL4_Uint64 PCIDevice, seL4_Uint64 PCIFunction)
{
    seL4_X86_IOSpace_CapData_t data = {{(PCIFunction & 7) | (PCIDevice & 0x1f) << 3 |
                                        (PCIBus & 0xff) << 8 | (domainID & 0xffff) << 16}};
    return data;
}

/** Attributes of a mapping. The last one is this kernel's own: pages without it are executable. */
typedef enum {
    seL4_X86_Default_VMAttributes = 0,
    seL4_X86_WriteBack = 0,
    seL4_X86_WriteThrough = 1,
    seL4_X86_CacheDisabled = 2,
    seL4_X86_Uncacheable = 3,
    seL4_X86_WriteCombining = 4,
    seL4_X86_ExecuteNever = 8,
    SEL4_FORCE_LONG_ENUM(seL4_X86_VMAttributes),
} seL4_X86_VMAttributes;

/** Memory types of a nested (guest-physical) mapping. */
typedef enum {
    seL4_X86_EPT_Uncached_VMAttributes = 0,
    seL4_X86_EPT_Uncacheable = 0,
    seL4_X86_EPT_WriteCombining = 1,
    seL4_X86_EPT_WriteThrough = 4,
    seL4_X86_EPT_WriteProtected = 5,
    seL4_X86_EPT_WriteBack = 6,
    seL4_X86_EPT_Default_VMAttributes = 6,
    SEL4_FORCE_LONG_ENUM(seL4_X86_EPT_VMAttributes),
} seL4_X86_EPT_VMAttributes;

/** Registers of a thread, in the order of the register invocations. */
typedef struct seL4_UserContext_ {
    seL4_Word rip, rsp, rflags, rax, rbx, rcx, rdx, rsi, rdi, rbp;
    seL4_Word r8, r9, r10, r11, r12, r13, r14, r15;
    seL4_Word fs_base, gs_base;
} seL4_UserContext;

/** Guest registers of an older interface; kept so that programs that name it compile. */
typedef struct seL4_VCPUContext_ {
    seL4_Word eax, ebx, ecx, edx, esi, edi, ebp;
    seL4_Word r8, r9, r10, r11, r12, r13, r14, r15;
} seL4_VCPUContext;

/** A thread's message buffer, shared with the kernel: 1 KiB, aligned to its size. */
typedef struct seL4_IPCBuffer_ {
    seL4_MessageInfo_t tag;           /* not used by the kernel */
    seL4_Word msg[seL4_MsgMaxLength]; /* message registers; 0..3 mirror CPU registers */
    seL4_Word userData;               /* not used by the kernel */
    seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps]; /* capabilities out, badges in */
    seL4_CPtr receiveCNode;                         /* where a received capability goes: root, */
    seL4_CPtr receiveIndex;                         /* index */
    seL4_Word receiveDepth;                         /* and depth */
} seL4_IPCBuffer __attribute__((__aligned__(1ul << seL4_IPCBufferSizeBits)));

_Static_assert(sizeof(seL4_IPCBuffer) == 1024, "the IPC buffer is 1 KiB");
_Static_assert(sizeof(seL4_UserContext) == 20 * 8, "20 registers");
