/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Making the root task's objects at boot. No undo: failure is a panic. */
#include <kernel/cspace.h>

/** Capability of a CNode of 2^radix slots at paddr (clear memory), guard 64 - radix bits of 0. */
cap_t boot_cnode_cap(paddr_t paddr, unsigned radix);
/** Stores a capability with no parent in slot index of the CNode cap. */
void boot_insert(cap_t cnode, word_t index, cap_t cap);
/** Capability of an untyped: 2^size_bits bytes at paddr, aligned to its size. Retype clears what it
 * hands out. */
cap_t boot_untyped_cap(paddr_t paddr, unsigned size_bits, bool is_device);
/** Capability of a 4 KiB frame, read-write. Mapped with asid at vaddr if asid is not 0. */
cap_t boot_frame_cap(paddr_t paddr, unsigned asid, word_t vaddr);
/** Capability of a mapped table: CAP_PAGE_TABLE, CAP_PAGE_DIRECTORY, CAP_PDPT, or CAP_PML4 (vaddr
 * 0). */
cap_t boot_table_cap(enum cap_type type, paddr_t paddr, unsigned asid, word_t vaddr);
/** CAP_IRQ_CONTROL, CAP_ASID_CONTROL, CAP_IO_PORT_CONTROL, CAP_DOMAIN; CAP_ASID_POOL through
 * boot_asid_pool_cap. */
cap_t boot_control_cap(enum cap_type type);
/** Registers the pool at paddr (4 KiB, clear) as ASIDs base.. and returns its capability. */
cap_t boot_asid_pool_cap(paddr_t paddr, unsigned base);

/** What the first thread gets. The capabilities are copied with their derivation. */
struct boot_thread {
    cte_t *cspace, *vspace, *buffer; /* slots holding the originals, in the root CNode */
    word_t buffer_address;
    word_t entry, argument; /* rip, rdi */
};
/** Makes the root thread at paddr (4 KiB, clear memory), priority 255; returns its capability. */
cap_t boot_create_thread(paddr_t paddr, const struct boot_thread *t);
/** The CNode slot index. */
cte_t *boot_slot(cap_t cnode, word_t index);
