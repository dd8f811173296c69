/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The parts of TCB invocations, one file each; tcb_invoke.c dispatches. */
#include <kernel/invoke.h>

/** ReadRegisters: words 0.. of the reply. */
enum invoke_status tcb_read_registers(struct invocation *inv);
/** WriteRegisters, sanitised, and perhaps Resume. */
enum invoke_status tcb_write_registers(struct invocation *inv);
/** CopyRegisters between two threads. */
enum invoke_status tcb_copy_registers(struct invocation *inv);
/** Configure: fault handler, spaces, IPC buffer. */
enum invoke_status tcb_configure(struct invocation *inv);
/** SetSpace: fault handler and spaces. */
enum invoke_status tcb_set_space(struct invocation *inv);
/** SetIPCBuffer; address 0 removes it. */
enum invoke_status tcb_set_ipc_buffer(struct invocation *inv);
/** SetEPTRoot: what the guest's memory is. */
enum invoke_status tcb_set_ept_root(struct invocation *inv);
/** SetRunPage: where VMEnter exchanges the guest's state. */
enum invoke_status tcb_set_run_page(struct invocation *inv);

/**
 * Suspends t on behalf of an invocation. If t is the invoker itself, its invocation counts as
 * done: it gets its reply now and continues after it when resumed.
 */
void tcb_suspend_for(struct invocation *inv, struct tcb *t);
/** All invocations of a thread capability. */
enum invoke_status tcb_invoke(struct invocation *inv);
