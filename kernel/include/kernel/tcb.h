/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The parts of TCB invocations, one file each; tcb_invoke.c dispatches. */
#include <kernel/invoke.h>

enum invoke_status tcb_read_registers(struct invocation *inv);
enum invoke_status tcb_write_registers(struct invocation *inv);
enum invoke_status tcb_copy_registers(struct invocation *inv);
enum invoke_status tcb_configure(struct invocation *inv);
enum invoke_status tcb_set_space(struct invocation *inv);
enum invoke_status tcb_set_ipc_buffer(struct invocation *inv);
enum invoke_status tcb_set_ept_root(struct invocation *inv);
enum invoke_status tcb_set_run_page(struct invocation *inv);

/**
 * Suspends t on behalf of an invocation. If t is the invoker itself, its invocation counts as
 * done: it gets its reply now and continues after it when resumed.
 */
void tcb_suspend_for(struct invocation *inv, struct tcb *t);
/** All invocations of a thread capability. */
enum invoke_status tcb_invoke(struct invocation *inv);
