/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Kernel names for the numbers of the API table. */
#include <sel4/api_table.h>

/** System call numbers: SYS_Call, … (negative). */
enum kernel_syscall {
#define X(n, name) SYS_##name = n,
    SEL4_SYSCALL_LIST(X)
#undef X
};

/** Invocation labels: LABEL_UntypedRetype, … */
enum kernel_label {
#define X(n, name) LABEL_##name = n,
    SEL4_INVOCATION_LIST(X)
#undef X
};

/** Retype types: OBJECT_TCBObject, … */
enum kernel_object_type {
#define X(n, name, bits) OBJECT_##name = n,
    SEL4_OBJECT_LIST(X)
#undef X
        NUM_OBJECT_TYPES
};

/** Errors: ERROR_InvalidArgument, … */
enum kernel_error {
#define X(n, name) ERROR_##name = n,
    SEL4_ERROR_LIST(X)
#undef X
};

/** Lookup failures (seL4_LookupFailureType). */
enum lookup_failure {
    LOOKUP_OK,
    LOOKUP_INVALID_ROOT,
    LOOKUP_MISSING_CAPABILITY,
    LOOKUP_DEPTH_MISMATCH,
    LOOKUP_GUARD_MISMATCH,
};

#define MSG_MAX_LENGTH     120
#define MSG_MAX_EXTRA_CAPS 3
#define NUM_MSG_REGISTERS  4

/** Word offsets in the IPC buffer. */
enum ipc_buffer_word {
    BUFFER_TAG = 0,
    BUFFER_MSG = 1,
    BUFFER_USER_DATA = 121,
    BUFFER_CAPS = 122,
    BUFFER_RECEIVE_CNODE = 125,
    BUFFER_RECEIVE_INDEX = 126,
    BUFFER_RECEIVE_DEPTH = 127,
};
#define IPC_BUFFER_SIZE_BITS 10

/** seL4_TCBFlag. */
#define TCB_FLAG_FPU_DISABLED 1u

/** User addresses end below this one. */
#define USER_TOP 0x7fffffffffffull
