/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* State of the library: the boot information and each thread's IPC buffer. */
#include <sel4/bootinfo.h>
#include <sel4/functions.h>

static seL4_BootInfo *boot_info;

/* Weak: a runtime with its own thread start-up may define the variable itself. */
LIBSEL4_WEAK LIBSEL4_THREAD_LOCAL seL4_IPCBuffer *__sel4_ipc_buffer;

void seL4_InitBootInfo(seL4_BootInfo *bi)
{
    boot_info = bi;
}

seL4_BootInfo *seL4_GetBootInfo(void)
{
    return boot_info;
}
