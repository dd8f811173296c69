/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The system calls. Registers at a `syscall` instruction: rdx number, rdi capability or badge,
 * rsi message info, r10 r8 r9 r15 message registers 0..3; rcx and r11 are destroyed, all others
 * (rsp too) survive. A receive writes only the message registers the message has.
 */
#include <sel4/functions.h>
#include <sel4/syscall.h>
#include <sel4/types.h>

/** The trap of a call that sends only: nothing but rcx and r11 changes. */
LIBSEL4_INLINE void sel4_sys_send(seL4_Word sys, seL4_Word dest, seL4_Word info,
                                  const seL4_Word mr[4])
{
    register seL4_Word mr0 __asm__("r10") = mr[0];
    register seL4_Word mr1 __asm__("r8") = mr[1];
    register seL4_Word mr2 __asm__("r9") = mr[2];
    register seL4_Word mr3 __asm__("r15") = mr[3];
    __asm__ volatile("syscall"
                     :
                     : "d"(sys), "D"(dest), "S"(info), "r"(mr0), "r"(mr1), "r"(mr2), "r"(mr3)
                     : "rcx", "r11", "memory");
}

/** The trap of a call with at most one argument and no message. */
LIBSEL4_INLINE void sel4_sys_short(seL4_Word sys, seL4_Word arg, seL4_Word info)
{
    __asm__ volatile("syscall" : : "d"(sys), "D"(arg), "S"(info) : "rcx", "r11", "memory");
}

/** The trap of a call that receives; *dest becomes the badge, *info and mr the message. */
LIBSEL4_INLINE void sel4_sys_send_recv(seL4_Word sys, seL4_Word *dest, seL4_Word *info,
                                       seL4_Word mr[4])
{
    register seL4_Word mr0 __asm__("r10") = mr[0];
    register seL4_Word mr1 __asm__("r8") = mr[1];
    register seL4_Word mr2 __asm__("r9") = mr[2];
    register seL4_Word mr3 __asm__("r15") = mr[3];
    __asm__ volatile("syscall"
                     : "+D"(*dest), "+S"(*info), "+r"(mr0), "+r"(mr1), "+r"(mr2), "+r"(mr3)
                     : "d"(sys)
                     : "rcx", "r11", "memory");
    mr[0] = mr0;
    mr[1] = mr1;
    mr[2] = mr2;
    mr[3] = mr3;
}

/** Loads message registers 0..3 from the IPC buffer. */
LIBSEL4_INLINE void sel4_load_mrs(seL4_Word mr[4])
{
    for (int i = 0; i < 4; i++) {
        mr[i] = seL4_GetMR(i);
    }
}

/** Stores message registers 0..3 into the IPC buffer. */
LIBSEL4_INLINE void sel4_store_mrs(const seL4_Word mr[4])
{
    for (int i = 0; i < 4; i++) {
        seL4_SetMR(i, mr[i]);
    }
}

/** Loads the message registers a caller of a WithMRs form supplied (length counts). */
LIBSEL4_INLINE void sel4_take_mrs(seL4_Word mr[4], seL4_Word length, seL4_Word *const from[4])
{
    for (int i = 0; i < 4; i++) {
        mr[i] = from[i] && length > (seL4_Word)i ? *from[i] : 0;
    }
}

/** Hands message registers to the caller of a WithMRs form. */
LIBSEL4_INLINE void sel4_give_mrs(const seL4_Word mr[4], seL4_Word *const to[4])
{
    for (int i = 0; i < 4; i++) {
        if (to[i]) {
            *to[i] = mr[i];
        }
    }
}

/** A receive in full: the result's message info, *sender the badge, message in mr. */
LIBSEL4_INLINE seL4_MessageInfo_t sel4_recv(seL4_Word sys, seL4_CPtr src, seL4_MessageInfo_t info,
                                            seL4_Word *sender, seL4_Word mr[4])
{
    seL4_Word badge = src;
    sel4_sys_send_recv(sys, &badge, &info.words[0], mr);
    if (sender) {
        *sender = badge;
    }
    return info;
}

/** Sends the message in the IPC buffer; blocks until a receiver takes it. */
LIBSEL4_INLINE_FUNC void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    seL4_Word mr[4];
    sel4_load_mrs(mr);
    sel4_sys_send(seL4_SysSend, dest, msgInfo.words[0], mr);
}

/** seL4_Send with message registers 0..3 from memory; NULL: not sent. */
LIBSEL4_INLINE_FUNC void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                          seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                          seL4_Word *mr3)
{
    seL4_Word mr[4];
    seL4_Word *const user[4] = {mr0, mr1, mr2, mr3};
    sel4_take_mrs(mr, 4, user);
    sel4_sys_send(seL4_SysSend, dest, msgInfo.words[0], mr);
}

/** Sends if a receiver waits, else drops the message. */
LIBSEL4_INLINE_FUNC void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    seL4_Word mr[4];
    sel4_load_mrs(mr);
    sel4_sys_send(seL4_SysNBSend, dest, msgInfo.words[0], mr);
}

/** seL4_NBSend with message registers 0..3 from memory. */
LIBSEL4_INLINE_FUNC void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                            seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                            seL4_Word *mr3)
{
    seL4_Word mr[4];
    seL4_Word *const user[4] = {mr0, mr1, mr2, mr3};
    sel4_take_mrs(mr, 4, user);
    sel4_sys_send(seL4_SysNBSend, dest, msgInfo.words[0], mr);
}

/** Answers the caller taken last by this thread; without one, does nothing. */
LIBSEL4_INLINE_FUNC void seL4_Reply(seL4_MessageInfo_t msgInfo)
{
    seL4_Word mr[4];
    sel4_load_mrs(mr);
    sel4_sys_send(seL4_SysReply, 0, msgInfo.words[0], mr);
}

/** seL4_Reply with message registers 0..3 from memory. */
LIBSEL4_INLINE_FUNC void seL4_ReplyWithMRs(seL4_MessageInfo_t msgInfo, seL4_Word *mr0,
                                           seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word mr[4];
    seL4_Word *const user[4] = {mr0, mr1, mr2, mr3};
    sel4_take_mrs(mr, 4, user);
    sel4_sys_send(seL4_SysReply, 0, msgInfo.words[0], mr);
}

/** Signals a notification: its word is OR-ed with the capability's badge. */
LIBSEL4_INLINE_FUNC void seL4_Signal(seL4_CPtr dest)
{
    sel4_sys_short(seL4_SysSend, dest, seL4_MessageInfo_new(0, 0, 0, 1).words[0]);
}

/** Waits for a message or, on a notification, a signal; *sender (if not NULL) is the badge. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Word mr[4];
    sel4_load_mrs(mr);
    seL4_MessageInfo_t info =
        sel4_recv(seL4_SysRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender, mr);
    sel4_store_mrs(mr);
    return info;
}

/** seL4_Recv that hands message registers 0..3 over in memory; NULL: not wanted. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender,
                                                        seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word mr[4] = {0};
    seL4_Word *const user[4] = {mr0, mr1, mr2, mr3};
    seL4_MessageInfo_t info =
        sel4_recv(seL4_SysRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender, mr);
    sel4_give_mrs(mr, user);
    return info;
}

/** seL4_Recv that does not wait: *sender becomes 0 if there was nothing. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Word mr[4];
    sel4_load_mrs(mr);
    seL4_MessageInfo_t info =
        sel4_recv(seL4_SysNBRecv, src, seL4_MessageInfo_new(0, 0, 0, 0), sender, mr);
    sel4_store_mrs(mr);
    return info;
}

/** Waits for a signal; *sender (if not NULL) is the notification's word. */
LIBSEL4_INLINE_FUNC void seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    seL4_Recv(src, sender);
}

/** Takes a signal if there is one; *sender becomes 0 if not. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_NBRecv(src, sender);
}

/** Sends the message in the IPC buffer and waits for the reply. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t msgInfo)
{
    seL4_Word mr[4];
    sel4_load_mrs(mr);
    msgInfo = sel4_recv(seL4_SysCall, dest, msgInfo, seL4_Null, mr);
    sel4_store_mrs(mr);
    return msgInfo;
}

/** seL4_Call with message registers 0..3 in memory, in and out; NULL: neither. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t msgInfo,
                                                        seL4_Word *mr0, seL4_Word *mr1,
                                                        seL4_Word *mr2, seL4_Word *mr3)
{
    seL4_Word mr[4];
    seL4_Word *const user[4] = {mr0, mr1, mr2, mr3};
    sel4_take_mrs(mr, seL4_MessageInfo_get_length(msgInfo), user);
    msgInfo = sel4_recv(seL4_SysCall, dest, msgInfo, seL4_Null, mr);
    sel4_give_mrs(mr, user);
    return msgInfo;
}

/** seL4_Reply and then seL4_Recv in one system call. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t msgInfo,
                                                      seL4_Word *sender)
{
    seL4_Word mr[4];
    sel4_load_mrs(mr);
    msgInfo = sel4_recv(seL4_SysReplyRecv, src, msgInfo, sender, mr);
    sel4_store_mrs(mr);
    return msgInfo;
}

/** seL4_ReplyRecv with message registers 0..3 in memory, in and out. */
LIBSEL4_INLINE_FUNC seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src,
                                                             seL4_MessageInfo_t msgInfo,
                                                             seL4_Word *sender, seL4_Word *mr0,
                                                             seL4_Word *mr1, seL4_Word *mr2,
                                                             seL4_Word *mr3)
{
    seL4_Word mr[4];
    seL4_Word *const user[4] = {mr0, mr1, mr2, mr3};
    sel4_take_mrs(mr, seL4_MessageInfo_get_length(msgInfo), user);
    msgInfo = sel4_recv(seL4_SysReplyRecv, src, msgInfo, sender, mr);
    sel4_give_mrs(mr, user);
    return msgInfo;
}

/** Lets the other runnable threads of the caller's priority run first. */
LIBSEL4_INLINE_FUNC void seL4_Yield(void)
{
    sel4_sys_short(seL4_SysYield, 0, 0);
}

/**
 * Enters the guest of the vCPU bound to the calling thread; see <sel4/vcpu.h>. Returns
 * VCPU_EXIT, or VCPU_NOTIFY with the notification's word in *sender (if not NULL).
 */
LIBSEL4_INLINE_FUNC seL4_Word seL4_VMEnter(seL4_Word *sender)
{
    seL4_Word badge = 0, result = 0;
    __asm__ volatile("syscall"
                     : "+D"(badge), "+S"(result)
                     : "d"((seL4_Word)seL4_SysVMEnter)
                     : "rcx", "r11", "memory");
    if (result == 0 && sender) {
        *sender = badge;
    }
    return result;
}

/** Sets the FS base of the calling thread: where its thread-local variables are. */
LIBSEL4_INLINE_FUNC void seL4_SetTLSBase(seL4_Word tls_base)
{
    sel4_sys_short(seL4_SysSetTLSBase, tls_base, 0);
}

/** Writes a character to the kernel's log. */
LIBSEL4_INLINE_FUNC void seL4_DebugPutChar(char c)
{
    sel4_sys_short(seL4_SysDebugPutChar, (seL4_Word)(unsigned char)c, 0);
}

/** Writes a string to the kernel's log. */
LIBSEL4_INLINE_FUNC void seL4_DebugPutString(const char *str)
{
    for (; *str; str++) {
        seL4_DebugPutChar(*str);
    }
}

/** Prints all threads into the kernel's log. */
LIBSEL4_INLINE_FUNC void seL4_DebugDumpScheduler(void)
{
    sel4_sys_short(seL4_SysDebugDumpScheduler, 0, 0);
}

/** Stops the machine. */
LIBSEL4_INLINE_FUNC void seL4_DebugHalt(void)
{
    sel4_sys_short(seL4_SysDebugHalt, 0, 0);
}

/** Prints the kernel's capabilities into its log. */
LIBSEL4_INLINE_FUNC void seL4_DebugSnapshot(void)
{
    sel4_sys_short(seL4_SysDebugSnapshot, 0, 0);
}

/** The kernel's type number of a capability, 0 for none. */
LIBSEL4_INLINE_FUNC seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap)
{
    seL4_Word value = cap;
    __asm__ volatile("syscall"
                     : "+D"(value)
                     : "d"((seL4_Word)seL4_SysDebugCapIdentify)
                     : "rcx", "r11", "memory");
    return (seL4_Uint32)value;
}

/** Names a thread for the kernel's reports; the name is cut to what the kernel keeps. */
LIBSEL4_INLINE_FUNC void seL4_DebugNameThread(seL4_CPtr tcb, const char *name)
{
    char *to = (char *)seL4_GetIPCBuffer()->msg;
    unsigned i = 0;
    for (; name[i] && i < sizeof(seL4_GetIPCBuffer()->msg) - 1; i++) {
        to[i] = name[i];
    }
    to[i] = 0;
    sel4_sys_short(seL4_SysDebugNameThread, tcb, 0);
}
