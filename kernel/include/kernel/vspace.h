/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Address spaces as seen by the rest of the kernel: host VSpaces (PML4 trees) and nested
 * ones (EPT objects), both reached by ASID, and mapping for boot code.
 */
#include <kernel/object.h>

/** Highest user address and one past the last usable byte of a mapping. */
#define USER_TOP 0x7fffffffffffULL

/** seL4_X86_VMAttributes bits. */
#define VM_ATTR_PWT           1u
#define VM_ATTR_PCD           2u
#define VM_ATTR_PAT           4u
#define VM_ATTR_EXECUTE_NEVER 8u

#define ASIDS_PER_POOL 512u
#define NUM_ASID_POOLS 8u

/**
 * Root table of the VSpace a PML4 capability names.
 * @return its physical address, or 0 if the capability is no PML4, has no ASID, or its ASID
 *         names another root by now
 */
paddr_t vspace_root(const cap_t *cap);

/** The same for the root of a nested page table (EPT PML4). */
paddr_t ept_root(const cap_t *cap);

/** Makes the 4 KiB page at pool (cleared) ASID pool number index. Boot and MakePool. */
void asid_install_pool(unsigned index, paddr_t pool);

/** Boot: gives a root table the ASID; its pool must be installed. Fills in *root_cap. */
void asid_boot_assign(cap_t *root_cap, uint16_t asid);

/**
 * Boot: maps a frame (writing the mapping into *frame_cap) or a table (into *table_cap) in
 * the VSpace of root_cap, whose upper tables are mapped already.
 * @param attr VM_ATTR_* bits; @return false if an upper table is missing
 */
bool vspace_boot_map_frame(const cap_t *root_cap, cap_t *frame_cap, uint64_t vaddr, bool write,
                           unsigned attr);
bool vspace_boot_map_table(const cap_t *root_cap, cap_t *table_cap, uint64_t vaddr);
