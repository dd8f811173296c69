/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The one table of the kernel API: system calls, invocation labels, object types,
 * errors. Kernel and user stubs both expand these lists, so they cannot disagree.
 * Numbers up to 71 are those of the published API's base configuration; ours follow.
 */

/* X(number, name): traps with a negative number in rdx. */
#define SEL4_SYSCALL_LIST(X)                                                                       \
    X(-1, Call)                                                                                    \
    X(-2, ReplyRecv)                                                                               \
    X(-3, Send)                                                                                    \
    X(-4, NBSend)                                                                                  \
    X(-5, Recv)                                                                                    \
    X(-6, Reply)                                                                                   \
    X(-7, Yield)                                                                                   \
    X(-8, NBRecv)                                                                                  \
    X(-9, DebugPutChar)                                                                            \
    X(-10, DebugDumpScheduler)                                                                     \
    X(-11, DebugHalt)                                                                              \
    X(-12, DebugCapIdentify)                                                                       \
    X(-13, DebugSnapshot)                                                                          \
    X(-14, DebugNameThread)                                                                        \
    X(-29, VMEnter)                                                                                \
    X(-30, SetTLSBase)

/* X(number, name): invocation labels, the label field of the message info of a Call. */
#define SEL4_INVOCATION_LIST(X)                                                                    \
    X(0, InvalidInvocation)                                                                        \
    X(1, UntypedRetype)                                                                            \
    X(2, TCBReadRegisters)                                                                         \
    X(3, TCBWriteRegisters)                                                                        \
    X(4, TCBCopyRegisters)                                                                         \
    X(5, TCBConfigure)                                                                             \
    X(6, TCBSetPriority)                                                                           \
    X(7, TCBSetMCPriority)                                                                         \
    X(8, TCBSetSchedParams)                                                                        \
    X(9, TCBSetIPCBuffer)                                                                          \
    X(10, TCBSetSpace)                                                                             \
    X(11, TCBSuspend)                                                                              \
    X(12, TCBResume)                                                                               \
    X(13, TCBBindNotification)                                                                     \
    X(14, TCBUnbindNotification)                                                                   \
    X(15, TCBSetTLSBase)                                                                           \
    X(16, TCBSetFlags)                                                                             \
    X(17, CNodeRevoke)                                                                             \
    X(18, CNodeDelete)                                                                             \
    X(19, CNodeCancelBadgedSends)                                                                  \
    X(20, CNodeCopy)                                                                               \
    X(21, CNodeMint)                                                                               \
    X(22, CNodeMove)                                                                               \
    X(23, CNodeMutate)                                                                             \
    X(24, CNodeRotate)                                                                             \
    X(25, CNodeSaveCaller)                                                                         \
    X(26, IRQIssueIRQHandler)                                                                      \
    X(27, IRQAckIRQ)                                                                               \
    X(28, IRQSetIRQHandler)                                                                        \
    X(29, IRQClearIRQHandler)                                                                      \
    X(30, DomainSetSet)                                                                            \
    X(31, DomainScheduleConfigure)                                                                 \
    X(32, DomainScheduleSetStart)                                                                  \
    X(33, X86PDPTMap)                                                                              \
    X(34, X86PDPTUnmap)                                                                            \
    X(35, X86VCPUReadMSR)                                                                          \
    X(36, X86VCPUWriteMSR)                                                                         \
    X(37, X86PageDirectoryMap)                                                                     \
    X(38, X86PageDirectoryUnmap)                                                                   \
    X(39, X86PageTableMap)                                                                         \
    X(40, X86PageTableUnmap)                                                                       \
    X(41, X86IOPageTableMap)                                                                       \
    X(42, X86IOPageTableUnmap)                                                                     \
    X(43, X86PageMap)                                                                              \
    X(44, X86PageUnmap)                                                                            \
    X(45, X86PageMapIO)                                                                            \
    X(46, X86PageGetAddress)                                                                       \
    X(47, X86PageMapEPT)                                                                           \
    X(48, X86ASIDControlMakePool)                                                                  \
    X(49, X86ASIDPoolAssign)                                                                       \
    X(50, X86IOPortControlIssue)                                                                   \
    X(51, X86IOPortIn8)                                                                            \
    X(52, X86IOPortIn16)                                                                           \
    X(53, X86IOPortIn32)                                                                           \
    X(54, X86IOPortOut8)                                                                           \
    X(55, X86IOPortOut16)                                                                          \
    X(56, X86IOPortOut32)                                                                          \
    X(57, X86IRQIssueIRQHandlerIOAPIC)                                                             \
    X(58, X86IRQIssueIRQHandlerMSI)                                                                \
    X(59, TCBSetEPTRoot)                                                                           \
    X(60, X86VCPUSetTCB)                                                                           \
    X(61, X86VCPUReadVMCS)                                                                         \
    X(62, X86VCPUWriteVMCS)                                                                        \
    X(63, X86VCPUEnableIOPort)                                                                     \
    X(64, X86VCPUDisableIOPort)                                                                    \
    X(65, X86VCPUWriteRegisters)                                                                   \
    X(66, X86EPTPDPTMap)                                                                           \
    X(67, X86EPTPDPTUnmap)                                                                         \
    X(68, X86EPTPDMap)                                                                             \
    X(69, X86EPTPDUnmap)                                                                           \
    X(70, X86EPTPTMap)                                                                             \
    X(71, X86EPTPTUnmap)                                                                           \
    X(72, TCBSetAffinity)                                                                          \
    X(73, TCBSetRunPage)                                                                           \
    X(74, X86VCPUGetState)                                                                         \
    X(75, X86VCPUSetState)                                                                         \
    X(76, X86VCPUReset)

/* X(number, name, size_bits): retype types; size_bits 0 means "from the size_bits argument". */
#define SEL4_OBJECT_LIST(X)                                                                        \
    X(0, UntypedObject, 0)                                                                         \
    X(1, TCBObject, 12)                                                                            \
    X(2, EndpointObject, 4)                                                                        \
    X(3, NotificationObject, 6)                                                                    \
    X(4, CapTableObject, 0)                                                                        \
    X(5, X86_PDPTObject, 12)                                                                       \
    X(6, X64_PML4Object, 12)                                                                       \
    X(7, X64_HugePageObject, 30)                                                                   \
    X(8, X86_4K, 12)                                                                               \
    X(9, X86_LargePageObject, 21)                                                                  \
    X(10, X86_PageTableObject, 12)                                                                 \
    X(11, X86_PageDirectoryObject, 12)                                                             \
    X(12, X86_IOPageTableObject, 12)                                                               \
    X(13, X86_VCPUObject, 15)                                                                      \
    X(14, X86_EPTPML4Object, 12)                                                                   \
    X(15, X86_EPTPDPTObject, 12)                                                                   \
    X(16, X86_EPTPDObject, 12)                                                                     \
    X(17, X86_EPTPTObject, 12)

/* X(number, name): seL4_Error values, the label of a reply to an invocation. */
#define SEL4_ERROR_LIST(X)                                                                         \
    X(0, NoError)                                                                                  \
    X(1, InvalidArgument)                                                                          \
    X(2, InvalidCapability)                                                                        \
    X(3, IllegalOperation)                                                                         \
    X(4, RangeError)                                                                               \
    X(5, AlignmentError)                                                                           \
    X(6, FailedLookup)                                                                             \
    X(7, TruncatedMessage)                                                                         \
    X(8, DeleteFirst)                                                                              \
    X(9, RevokeFirst)                                                                              \
    X(10, NotEnoughMemory)

/** Version of this table; in the bootinfo, checked by the loader at start. */
#define SEL4_API_VERSION 1
