/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Reports of faults; written to the kernel log, so that they need nothing of the component. */
#include <stdbool.h>
#include <sel4/sel4.h>
#include <camkes/vma.h>

/** A range of the address space as fault reports draw it. */
typedef struct camkes_vma camkes_memory_region_t;

/**
 * Prints a report about a fault message that lies in the calling thread's IPC buffer.
 *
 * @param info       description of the fault message
 * @param thread_id  TCB capability of the thread that faulted; registers are read through it
 * @param name       "<instance>.<thread>"
 * @param tcb_caps   thread_id is a capability and may be used
 * @param map        ranges up to one with start == NULL, or NULL: no picture
 */
void camkes_show_fault(seL4_MessageInfo_t info, seL4_CPtr thread_id, const char *name,
                       bool tcb_caps, const camkes_memory_region_t *map);
