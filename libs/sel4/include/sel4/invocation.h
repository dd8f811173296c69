/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Invocation labels: the label of the message of a Call on a kernel object. */
#include <sel4/api_table.h>

/** Labels of the kernel's methods. */
enum invocation_label {
#define X(number, name) name = number,
    SEL4_INVOCATION_LIST(X)
#undef X
        nInvocationLabels
};
#define nSeL4ArchInvocationLabels nInvocationLabels
#define nArchInvocationLabels     nInvocationLabels
