/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Object types for seL4_Untyped_Retype and the sizes of the objects. */
#include <sel4/api_table.h>
#include <sel4/macros.h>

/** Types of kernel objects. Some names of the published API start without a prefix. */
typedef enum api_object {
#define X(number, name, size_bits) seL4_##name = number,
    SEL4_OBJECT_LIST(X)
#undef X
        seL4_ObjectTypeCount,
} seL4_ObjectType;

#define seL4_NonArchObjectTypeCount 5
#define seL4_ModeObjectTypeCount    8
#define seL4_IA32_PDPTObject        seL4_X86_PDPTObject
#define seL4_AsyncEndpointObject    seL4_NotificationObject
/** The type argument of Untyped_Retype. */
typedef unsigned long api_object_t;
