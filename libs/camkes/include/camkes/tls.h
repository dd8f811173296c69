/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* State of the runtime that each thread owns, and protection of pending reply capabilities. */
#include <stdbool.h>
#include <sel4/sel4.h>

/** What the runtime keeps per thread. */
typedef struct camkes_tls_t {
    seL4_CPtr tcb_cap;         /**< the thread's own TCB, 0: not provided */
    seL4_CPtr sc_cap;          /**< always 0: this kernel has no scheduling contexts */
    unsigned int thread_index; /**< 1 for the control thread, then in the order of the table */
    seL4_CPtr cnode_cap;       /**< the instance's CNode, 0: not provided */
    seL4_CPtr reply_cap_slot;  /**< where a reply capability is saved, 0: nowhere */
    bool reply_cap_in_tcb;     /**< a caller waits and its reply capability is in the TCB */
    seL4_Error reply_cap_save_error; /**< result of the last save */
} camkes_tls_t;

extern __thread camkes_tls_t camkes_tls;

/** State of the calling thread. */
static inline camkes_tls_t *camkes_get_tls(void)
{
    return &camkes_tls;
}

/** Says that a request was just received whose reply may be saved in `slot`. 0. */
int camkes_declare_reply_cap(seL4_CPtr slot);

/**
 * Saves a pending reply capability out of the TCB. Needed only before the thread receives on an
 * endpoint while a caller waits: waits on notifications and nested calls leave it alone.
 */
void camkes_protect_reply_cap(void);

/** Ends the protection after the reply was sent; returns the error of the save, if any. */
seL4_Error camkes_unprotect_reply_cap(void);
