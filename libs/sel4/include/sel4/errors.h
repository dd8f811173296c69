/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Error numbers: the label of the reply to an invocation. */
#include <sel4/simple_types.h>
#include <sel4/api_table.h>

/** Result of an invocation; message registers 0.. hold details (docs, error replies). */
typedef enum {
#define X(number, name) seL4_##name = number,
    SEL4_ERROR_LIST(X)
#undef X
        seL4_NumErrors,
    SEL4_FORCE_LONG_ENUM(seL4_Error),
} seL4_Error;
