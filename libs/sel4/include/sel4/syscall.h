/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* System call numbers: the word in rdx at a `syscall` instruction. */
#include <sel4/api_table.h>
#include <sel4/macros.h>

/** System call identifiers. */
typedef enum {
#define X(number, name) seL4_Sys##name = number,
    SEL4_SYSCALL_LIST(X)
#undef X
        SEL4_FORCE_LONG_ENUM(seL4_Syscall_ID),
} seL4_Syscall_ID;
