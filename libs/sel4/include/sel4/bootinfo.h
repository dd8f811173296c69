/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Boot information and how to find it again. */
#include <sel4/bootinfo_types.h>

/** Remembers the boot information for seL4_GetBootInfo. */
LIBSEL4_INLINE_FUNC void seL4_InitBootInfo(seL4_BootInfo *bi);
/** The remembered boot information, or NULL. */
LIBSEL4_INLINE_FUNC seL4_BootInfo *seL4_GetBootInfo(void);

/** One copy per program, in whatever object file is linked first. */
LIBSEL4_WEAK seL4_BootInfo *bootinfo;

LIBSEL4_INLINE_FUNC void seL4_InitBootInfo(seL4_BootInfo *bi)
{
    bootinfo = bi;
}

LIBSEL4_INLINE_FUNC seL4_BootInfo *seL4_GetBootInfo(void)
{
    return bootinfo;
}
