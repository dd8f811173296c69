/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Limits, sizes and enumerations of the API. */
#include <autoconf.h>
#include <sel4/macros.h>
#include <sel4/simple_types.h>

/** Sizes of objects as powers of two of bytes, and of their indexes and entries. */
#define seL4_WordBits             64
#define seL4_WordSizeBits         3
#define seL4_PageBits             12
#define seL4_LargePageBits        21
#define seL4_HugePageBits         30
#define seL4_SlotBits             5
#define seL4_TCBBits              12
#define seL4_EndpointBits         4
#define seL4_NotificationBits     6
#define seL4_PageTableBits        12
#define seL4_PageTableEntryBits   3
#define seL4_PageTableIndexBits   9
#define seL4_PageDirBits          12
#define seL4_PageDirEntryBits     3
#define seL4_PageDirIndexBits     9
#define seL4_PDPTBits             12
#define seL4_PDPTEntryBits        3
#define seL4_PDPTIndexBits        9
#define seL4_PML4Bits             12
#define seL4_PML4EntryBits        3
#define seL4_PML4IndexBits        9
#define seL4_VSpaceBits           seL4_PML4Bits
#define seL4_VSpaceEntryBits      seL4_PML4EntryBits
#define seL4_VSpaceIndexBits      seL4_PML4IndexBits
#define seL4_IOPageTableBits      12
#define seL4_NumASIDPoolsBits     3
#define seL4_ASIDPoolBits         12
#define seL4_ASIDPoolIndexBits    9
#define seL4_VCPUBits             15
#define seL4_X86_VCPUBits         15
#define seL4_X86_EPTPML4EntryBits 3
#define seL4_X86_EPTPML4IndexBits 9
#define seL4_X86_EPTPML4Bits      12
#define seL4_X86_EPTPDPTEntryBits 3
#define seL4_X86_EPTPDPTIndexBits 9
#define seL4_X86_EPTPDPTBits      12
#define seL4_X86_EPTPDEntryBits   3
#define seL4_X86_EPTPDIndexBits   9
#define seL4_X86_EPTPDBits        12
#define seL4_X86_EPTPTEntryBits   3
#define seL4_X86_EPTPTIndexBits   9
#define seL4_X86_EPTPTBits        12
#define seL4_MinUntypedBits       4
#define seL4_MaxUntypedBits       47
#define seL4_IPCBufferSizeBits    10

/** End of the part of an address space that users may map; VSpaceTop is its last byte. */
#define seL4_UserTop       0x7ffffffff000ul
#define seL4_UserVSpaceTop (seL4_UserTop - 1)

/** Most objects one Untyped_Retype makes. */
#define seL4_UntypedRetypeMaxObjects CONFIG_RETYPE_FAN_OUT_LIMIT
/** Guard bits of a CNode capability. */
#define seL4_GuardSizeBits 6
#define seL4_GuardBits     58

/** Priorities. */
enum priorityConstants {
    seL4_InvalidPrio = -1,
    seL4_MinPrio = 0,
    seL4_MaxPrio = CONFIG_NUM_PRIORITIES - 1,
};

/** Limits of a message. */
enum seL4_MsgLimits {
    seL4_MsgLengthBits = 7,
    seL4_MsgExtraCapBits = 2,
    seL4_MsgMaxLength = 120,
};
#define seL4_MsgMaxExtraCaps      (LIBSEL4_BIT(seL4_MsgExtraCapBits) - 1)
#define seL4_FastMessageRegisters 4

/** How the resolution of a capability pointer failed. */
typedef enum {
    seL4_NoFailure = 0,
    seL4_InvalidRoot,
    seL4_MissingCapability,
    seL4_DepthMismatch,
    seL4_GuardMismatch,
    SEL4_FORCE_LONG_ENUM(seL4_LookupFailureType),
} seL4_LookupFailureType;

/** Flags of seL4_TCB_SetFlags. */
typedef enum {
    seL4_TCBFlag_NoFlag = 0x0,
    seL4_TCBFlag_fpuDisabled = 0x1,
    seL4_TCBFlag_MASK = 0x1,
    SEL4_FORCE_LONG_ENUM(seL4_TCBFlag),
} seL4_TCBFlag;

/** Kinds, widths and accesses of hardware breakpoints. */
typedef enum {
    seL4_DataBreakpoint = 0,
    seL4_InstructionBreakpoint,
    seL4_SingleStep,
    seL4_SoftwareBreakRequest,
    SEL4_FORCE_LONG_ENUM(seL4_EventType),
} seL4_BreakpointType;
typedef enum {
    seL4_BreakOnRead = 0,
    seL4_BreakOnWrite,
    seL4_BreakOnReadWrite,
    seL4_MaxBreakpointAccess,
    SEL4_FORCE_LONG_ENUM(seL4_BreakpointAccess),
} seL4_BreakpointAccess;
#define seL4_NumHWBreakpoints         4
#define seL4_FirstBreakpoint          (-1)
#define seL4_FirstWatchpoint          (-1)
#define seL4_NumExclusiveBreakpoints  0
#define seL4_NumExclusiveWatchpoints  0
#define seL4_FirstDualFunctionMonitor 0
#define seL4_NumDualFunctionMonitors  4

/** Interrupts: user vector n is delivered as processor vector 0x30 + n. */
#define IRQ_OFFSET (0x20 + 16)
#define VECTOR_MIN 0
#define VECTOR_MAX 107
#define MSI_MIN    VECTOR_MIN
#define MSI_MAX    VECTOR_MAX

/** Kind of a VM fault: field PrefetchFault of the message. */
#define seL4_DataFault        0
#define seL4_InstructionFault 1

/** Descriptor table entries of older interfaces. */
#define TLS_GDT_ENTRY       7
#define TLS_GDT_SELECTOR    ((TLS_GDT_ENTRY << 3) | 3)
#define IPCBUF_GDT_ENTRY    8
#define IPCBUF_GDT_SELECTOR ((IPCBUF_GDT_ENTRY << 3) | 3)

#define DEBUG_MESSAGE_START  6
#define DEBUG_MESSAGE_MAXLEN 50

/** Values MR2 can have after a mapping call failed with FailedLookup: the missing table. */
#define SEL4_MAPPING_LOOKUP_LEVEL      2
#define SEL4_MAPPING_LOOKUP_NO_PT      21
#define SEL4_MAPPING_LOOKUP_NO_PD      30
#define SEL4_MAPPING_LOOKUP_NO_PDPT    39
#define SEL4_MAPPING_LOOKUP_NO_EPTPT   21
#define SEL4_MAPPING_LOOKUP_NO_EPTPD   30
#define SEL4_MAPPING_LOOKUP_NO_EPTPDPT 39
