/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Boot information and how to find it again. */
#include <sel4/bootinfo_types.h>

/** Remembers the boot information for seL4_GetBootInfo. */
void seL4_InitBootInfo(seL4_BootInfo *bi);
/** The remembered boot information, or NULL. */
seL4_BootInfo *seL4_GetBootInfo(void);
