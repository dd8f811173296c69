/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Address spaces as seen by the rest of the kernel: host VSpaces (PML4 trees) and nested
 * ones (EPT objects), both named by ASID. vspace_root() and ept_root() are in objects.h.
 */
#include <kernel/object.h>

/** seL4_X86_VMAttributes bits. */
#define VM_ATTR_PWT           1u
#define VM_ATTR_PCD           2u
#define VM_ATTR_PAT           4u
#define VM_ATTR_EXECUTE_NEVER 8u

#define ASIDS_PER_POOL 512u

/**
 * Root table of an ASID.
 * @param nested true for the root of a nested page table, false for a PML4
 * @return its physical address, 0 if the ASID is free or names the other kind
 */
paddr_t asid_root(uint16_t asid, bool nested);

/** Boot: gives the root table at paddr the ASID, whose pool is installed. */
void asid_boot_assign(uint16_t asid, paddr_t root);

/**
 * Stamp of the last flush asked for a nested address space; grows with every flush, never
 * repeats. A CPU that ran the space under an older stamp must flush before it runs it again.
 */
uint64_t ept_flush_stamp(uint16_t asid);

/**
 * True while a translation has been taken away and its flush not yet requested. It must be
 * false at every entry of a guest or of user mode; software emulation hides such faults.
 */
bool page_flush_owed(void);

/** Prints what a root table maps: a line with its address, then one per run of like frames. */
void space_print(paddr_t root, bool nested);
