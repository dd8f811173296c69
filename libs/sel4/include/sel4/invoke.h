/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The one way the typed invocation stubs call the kernel. */
#include <sel4/functions.h>
#include <sel4/invocation.h>
#include <sel4/syscalls.h>

/**
 * Calls method `label` of the object behind service with `length` message registers (the first
 * four in mr, the rest already in the IPC buffer) and `caps` capabilities set with seL4_SetCap.
 * mr holds the first four registers of the answer; after an error they are also in the IPC buffer.
 */
LIBSEL4_INLINE seL4_Error sel4_invoke(seL4_CPtr service, seL4_Word label, seL4_Word caps,
                                      seL4_Word length, seL4_Word mr[4])
{
    seL4_MessageInfo_t info = seL4_MessageInfo_new(label, 0, caps, length);
    info = sel4_recv(seL4_SysCall, service, info, seL4_Null, mr);
    seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(info);
    if (error != seL4_NoError) {
        sel4_store_mrs(mr);
    }
    return error;
}

/** A method without arguments and results. */
LIBSEL4_INLINE seL4_Error sel4_invoke0(seL4_CPtr service, seL4_Word label)
{
    seL4_Word mr[4] = {0};
    return sel4_invoke(service, label, 0, 0, mr);
}

/** A method with up to four words. */
LIBSEL4_INLINE seL4_Error sel4_invoke_words(seL4_CPtr service, seL4_Word label, seL4_Word length,
                                            seL4_Word mr0, seL4_Word mr1, seL4_Word mr2)
{
    seL4_Word mr[4] = {mr0, mr1, mr2, 0};
    return sel4_invoke(service, label, 0, length, mr);
}

/** A method with one capability and up to three words. */
LIBSEL4_INLINE seL4_Error sel4_invoke_cap(seL4_CPtr service, seL4_Word label, seL4_CPtr cap,
                                          seL4_Word length, seL4_Word mr0, seL4_Word mr1,
                                          seL4_Word mr2)
{
    seL4_Word mr[4] = {mr0, mr1, mr2, 0};
    seL4_SetCap(0, cap);
    return sel4_invoke(service, label, 1, length, mr);
}
