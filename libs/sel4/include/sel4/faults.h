/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Fault messages: what a fault handler receives, as message registers (the seL4_*_ enumerators)
 * and as a seL4_Fault_t value made from the message.
 */
#include <sel4/functions.h>
#include <sel4/types.h>

/** Labels of fault messages. */
typedef enum {
    seL4_Fault_NullFault = 0,
    seL4_Fault_CapFault = 1,
    seL4_Fault_UnknownSyscall = 2,
    seL4_Fault_UserException = 3,
    seL4_Fault_DebugException = 4,
    seL4_Fault_VMFault = 5,
    SEL4_FORCE_LONG_ENUM(seL4_FaultType),
} seL4_FaultType;
/** Label of a fault as seL4_Fault_get_seL4_FaultType gives it. */
typedef seL4_FaultType seL4_Fault_tag_t;

/** Message registers of a capability fault. */
typedef enum {
    seL4_CapFault_IP,
    seL4_CapFault_Addr,
    seL4_CapFault_InRecvPhase,
    seL4_CapFault_LookupFailureType,
    seL4_CapFault_BitsLeft,
    seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_GuardFound = seL4_CapFault_DepthMismatch_BitsFound,
    seL4_CapFault_GuardMismatch_BitsFound,
    SEL4_FORCE_LONG_ENUM(seL4_CapFault_Msg),
} seL4_CapFault_Msg;

/** Message registers of an unknown system call. */
typedef enum {
    seL4_UnknownSyscall_RAX,
    seL4_UnknownSyscall_RBX,
    seL4_UnknownSyscall_RCX,
    seL4_UnknownSyscall_RDX,
    seL4_UnknownSyscall_RSI,
    seL4_UnknownSyscall_RDI,
    seL4_UnknownSyscall_RBP,
    seL4_UnknownSyscall_R8,
    seL4_UnknownSyscall_R9,
    seL4_UnknownSyscall_R10,
    seL4_UnknownSyscall_R11,
    seL4_UnknownSyscall_R12,
    seL4_UnknownSyscall_R13,
    seL4_UnknownSyscall_R14,
    seL4_UnknownSyscall_R15,
    seL4_UnknownSyscall_FaultIP,
    seL4_UnknownSyscall_SP,
    seL4_UnknownSyscall_FLAGS,
    seL4_UnknownSyscall_Syscall,
    seL4_UnknownSyscall_Length,
    SEL4_FORCE_LONG_ENUM(seL4_UnknownSyscall_Msg),
} seL4_UnknownSyscall_Msg;

/** Message registers of a processor exception. */
typedef enum {
    seL4_UserException_FaultIP,
    seL4_UserException_SP,
    seL4_UserException_FLAGS,
    seL4_UserException_Number,
    seL4_UserException_Code,
    seL4_UserException_Length,
    SEL4_FORCE_LONG_ENUM(seL4_UserException_Msg),
} seL4_UserException_Msg;

/** Message registers of a page fault. */
typedef enum {
    seL4_VMFault_IP,
    seL4_VMFault_Addr,
    seL4_VMFault_PrefetchFault,
    seL4_VMFault_FSR,
    seL4_VMFault_Length,
    SEL4_FORCE_LONG_ENUM(seL4_VMFault_Msg),
} seL4_VMFault_Msg;

/** Message registers of a debug exception. */
typedef enum {
    seL4_DebugException_FaultIP,
    seL4_DebugException_ExceptionReason,
    seL4_DebugException_TriggerAddress,
    seL4_DebugException_BreakpointNumber,
    seL4_DebugException_Length,
    SEL4_FORCE_LONG_ENUM(seL4_DebugException_Msg),
} seL4_DebugException_Msg;

/** A fault: its type in the low bits of word 0, the first field in the highest word used. */
typedef struct seL4_Fault {
    seL4_Uint64 words[20];
} seL4_Fault_t;

/** The type of a fault. */
LIBSEL4_INLINE_FUNC CONST seL4_Uint64 seL4_Fault_get_seL4_FaultType(seL4_Fault_t fault)
{
    return fault.words[0] & 0xf;
}
/** The type of a fault in memory. */
LIBSEL4_INLINE_FUNC PURE seL4_Uint64 seL4_Fault_ptr_get_seL4_FaultType(const seL4_Fault_t *fault)
{
    return fault->words[0] & 0xf;
}
/** True if the fault in memory has the given type. */
LIBSEL4_INLINE_FUNC PURE int seL4_Fault_tag_equals(seL4_Fault_t fault, seL4_Uint64 type)
{
    return (fault.words[0] & 0xf) == type;
}

/** Defines the accessors of field `field`, message register `index` of `count`, of a fault. */
#define SEL4_FAULT_FIELD(fault, field, index, count)                                               \
    SEL4_WORD_FIELD(seL4_Fault_t, seL4_Fault_##fault, field, (count) - (index), 0, 64)

SEL4_FAULT_FIELD(CapFault, IP, 0, 7)
SEL4_FAULT_FIELD(CapFault, Addr, 1, 7)
SEL4_FAULT_FIELD(CapFault, InRecvPhase, 2, 7)
SEL4_FAULT_FIELD(CapFault, LookupFailureType, 3, 7)
SEL4_FAULT_FIELD(CapFault, MR4, 4, 7)
SEL4_FAULT_FIELD(CapFault, MR5, 5, 7)
SEL4_FAULT_FIELD(CapFault, MR6, 6, 7)
SEL4_FAULT_FIELD(UnknownSyscall, RAX, 0, 19)
SEL4_FAULT_FIELD(UnknownSyscall, RBX, 1, 19)
SEL4_FAULT_FIELD(UnknownSyscall, RCX, 2, 19)
SEL4_FAULT_FIELD(UnknownSyscall, RDX, 3, 19)
SEL4_FAULT_FIELD(UnknownSyscall, RSI, 4, 19)
SEL4_FAULT_FIELD(UnknownSyscall, RDI, 5, 19)
SEL4_FAULT_FIELD(UnknownSyscall, RBP, 6, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R8, 7, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R9, 8, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R10, 9, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R11, 10, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R12, 11, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R13, 12, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R14, 13, 19)
SEL4_FAULT_FIELD(UnknownSyscall, R15, 14, 19)
SEL4_FAULT_FIELD(UnknownSyscall, FaultIP, 15, 19)
SEL4_FAULT_FIELD(UnknownSyscall, SP, 16, 19)
SEL4_FAULT_FIELD(UnknownSyscall, FLAGS, 17, 19)
SEL4_FAULT_FIELD(UnknownSyscall, Syscall, 18, 19)
SEL4_FAULT_FIELD(UserException, FaultIP, 0, 5)
SEL4_FAULT_FIELD(UserException, Stack, 1, 5)
SEL4_FAULT_FIELD(UserException, FLAGS, 2, 5)
SEL4_FAULT_FIELD(UserException, Number, 3, 5)
SEL4_FAULT_FIELD(UserException, Code, 4, 5)
SEL4_FAULT_FIELD(DebugException, FaultIP, 0, 4)
SEL4_FAULT_FIELD(DebugException, ExceptionReason, 1, 4)
SEL4_FAULT_FIELD(DebugException, TriggerAddress, 2, 4)
SEL4_FAULT_FIELD(DebugException, BreakpointNumber, 3, 4)
SEL4_FAULT_FIELD(VMFault, IP, 0, 4)
SEL4_FAULT_FIELD(VMFault, Addr, 1, 4)
SEL4_FAULT_FIELD(VMFault, PrefetchFault, 2, 4)
SEL4_FAULT_FIELD(VMFault, FSR, 3, 4)

/** Builds a fault of a type from `count` fields in message order. */
LIBSEL4_INLINE_FUNC seL4_Fault_t sel4_fault_make(seL4_FaultType type, int count,
                                                 const seL4_Word *field)
{
    seL4_Fault_t fault = {{(seL4_Uint64)type & 0xf}};
    for (int i = 0; i < count; i++) {
        fault.words[count - i] = field[i];
    }
    return fault;
}

/** Builds no fault. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_NullFault_new(void)
{
    return sel4_fault_make(seL4_Fault_NullFault, 0, seL4_Null);
}

/** Builds a page fault. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_VMFault_new(seL4_Uint64 IP, seL4_Uint64 Addr,
                                                        seL4_Uint64 PrefetchFault, seL4_Uint64 FSR)
{
    const seL4_Word field[] = {IP, Addr, PrefetchFault, FSR};
    return sel4_fault_make(seL4_Fault_VMFault, 4, field);
}

/** Builds an exception fault. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_UserException_new(seL4_Uint64 FaultIP,
                                                              seL4_Uint64 Stack, seL4_Uint64 FLAGS,
                                                              seL4_Uint64 Number, seL4_Uint64 Code)
{
    const seL4_Word field[] = {FaultIP, Stack, FLAGS, Number, Code};
    return sel4_fault_make(seL4_Fault_UserException, 5, field);
}

/** Builds a capability fault. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_Fault_CapFault_new(seL4_Uint64 IP, seL4_Uint64 Addr,
                                                         seL4_Uint64 InRecvPhase,
                                                         seL4_Uint64 LookupFailureType,
                                                         seL4_Uint64 MR4, seL4_Uint64 MR5,
                                                         seL4_Uint64 MR6)
{
    const seL4_Word field[] = {IP, Addr, InRecvPhase, LookupFailureType, MR4, MR5, MR6};
    return sel4_fault_make(seL4_Fault_CapFault, 7, field);
}

/** Reads the fault described by the message received last, whose info is tag. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getFault(seL4_MessageInfo_t tag)
{
    static const unsigned char count[] = {0, 7, 19, 5, 4, 4};
    seL4_Uint64 type = seL4_MessageInfo_get_label(tag);
    if (type >= sizeof(count)) {
        return seL4_Fault_NullFault_new();
    }
    seL4_Word field[19] = {0};
    for (int i = 0; i < count[type]; i++) {
        field[i] = seL4_GetMR(i);
    }
    return sel4_fault_make((seL4_FaultType)type, count[type], field);
}

/** seL4_getFault for the faults of this architecture: all of them. */
LIBSEL4_INLINE_FUNC seL4_Fault_t seL4_getArchFault(seL4_MessageInfo_t tag)
{
    return seL4_getFault(tag);
}

/** What kind of fault a message info announces. */
#define SEL4_FAULT_TEST(fault)                                                                     \
    LIBSEL4_INLINE_FUNC seL4_Bool seL4_is##fault##_tag(seL4_MessageInfo_t tag)                     \
    {                                                                                              \
        return seL4_MessageInfo_get_label(tag) == seL4_Fault_##fault;                              \
    }
SEL4_FAULT_TEST(NullFault)
SEL4_FAULT_TEST(CapFault)
SEL4_FAULT_TEST(UnknownSyscall)
SEL4_FAULT_TEST(UserException)
SEL4_FAULT_TEST(DebugException)
SEL4_FAULT_TEST(VMFault)
