/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Inside api/: from the trap to objects and back. */
#include <kernel/invoke.h>

/** Invokes the capability that the current thread names (Send, NBSend, Call). */
void syscall_invoke(bool is_blocking, bool is_call);
/** Receives on the capability that the current thread names (Recv, NBRecv). */
void syscall_receive(bool is_blocking);
/** Answers the current thread's caller, if it has one. */
void syscall_reply(void);
/** Ends an invocation that is done: a Call gets its reply; the thread runs on. */
void invocation_finish(struct invocation *inv);
/** Raises a capability fault of the current thread. */
void syscall_cap_fault(word_t cptr, bool receiving, struct lookup_fault lookup);
/** Raises UnknownSyscall of the current thread with the number it used. */
void syscall_unknown(word_t number);

/** Debug calls (api/debug.c); false: not one of them. */
bool syscall_debug(int64_t number);

/** Does Call or ReplyRecv at once if everything is at hand; false: nothing changed
 * (api/fastpath.c). */
bool fastpath_call(void);
bool fastpath_reply_receive(void);
