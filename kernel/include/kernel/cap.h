/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Capabilities: 16 bytes naming an object and the rights to it. API: docs/kernel-api.md. */
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

typedef uint64_t word_t;
typedef uint64_t paddr_t;

/** Capability types; the values are those DebugCapIdentify reports. Odd ones are x86's. */
enum cap_type {
    CAP_NULL = 0,
    CAP_UNTYPED = 2,
    CAP_ENDPOINT = 4,
    CAP_NOTIFICATION = 6,
    CAP_REPLY = 8,
    CAP_CNODE = 10,
    CAP_THREAD = 12,
    CAP_IRQ_CONTROL = 14,
    CAP_IRQ_HANDLER = 16,
    CAP_ZOMBIE = 18,
    CAP_DOMAIN = 20,
    CAP_FRAME = 1,
    CAP_PAGE_TABLE = 3,
    CAP_PAGE_DIRECTORY = 5,
    CAP_PDPT = 7,
    CAP_PML4 = 9,
    CAP_ASID_CONTROL = 11,
    CAP_ASID_POOL = 13,
    CAP_IO_SPACE = 15,
    CAP_IO_PAGE_TABLE = 17,
    CAP_IO_PORT = 19,
    CAP_VCPU = 21,
    CAP_EPT_PT = 23,
    CAP_EPT_PD = 25,
    CAP_EPT_PDPT = 27,
    CAP_EPT_PML4 = 29,
    CAP_IO_PORT_CONTROL = 31,
};

/** What a frame capability's mapping belongs to. */
enum map_type { MAP_NONE, MAP_VSPACE, MAP_EPT, MAP_IO };

/** Frame sizes as stored in a frame capability. */
enum frame_size { FRAME_4K, FRAME_2M, FRAME_1G };

/**
 * A capability. Every variant starts with the 5-bit type and the 47-bit physical
 * address of its object (0 where there is none); pick the variant by type.
 */
typedef union cap {
    uint64_t w[2];
    struct {
        uint64_t type : 5;
        uint64_t paddr : 47;
        uint64_t : 12;
        uint64_t data;
    };
    struct {
        uint64_t : 52;
        uint64_t size_bits : 6;
        uint64_t is_device : 1;
        uint64_t : 5;
        uint64_t free_index : 44; /* watermark, units of 16 bytes */
        uint64_t cleared : 20;    /* zeroed beyond it by a preempted Retype; object/untyped.c */
    } untyped;
    struct {
        uint64_t : 52;
        uint64_t can_write : 1; /* order of seL4_CapRights_t */
        uint64_t can_read : 1;
        uint64_t can_grant : 1;
        uint64_t can_grant_reply : 1;
        uint64_t : 8;
        uint64_t badge;
    } endpoint, notification; /* notification: write = send, read = receive */
    struct {
        uint64_t : 52;
        uint64_t radix : 6;
        uint64_t guard_size : 6;
        uint64_t guard;
    } cnode;
    struct {
        uint64_t : 52;
        uint64_t is_master : 1;
        uint64_t can_grant : 1;
        uint64_t : 10;
        uint64_t : 64;
    } reply; /* paddr: the caller's TCB */
    struct {
        uint64_t : 52;
        uint64_t size : 2; /* enum frame_size */
        uint64_t can_write : 1;
        uint64_t can_read : 1;
        uint64_t is_device : 1;
        uint64_t map_type : 2; /* enum map_type */
        uint64_t : 5;
        uint64_t vaddr : 48; /* or guest-physical, or I/O address */
        uint64_t asid : 16;  /* or I/O domain */
    } frame;
    struct {
        uint64_t : 52;
        uint64_t is_mapped : 1; /* roots: has an ASID */
        uint64_t : 11;
        uint64_t vaddr : 48;
        uint64_t asid : 16;
    } table; /* PT, PD, PDPT, PML4 and the EPT four; I/O page tables keep the level in vaddr */
    struct {
        uint64_t : 64;
        uint64_t irq;
    } irq_handler;
    struct {
        uint64_t : 64;
        uint64_t first : 16;
        uint64_t last : 16; /* inclusive */
        uint64_t vcpu : 32; /* number of the vCPU that uses the ports directly, 0: none */
    } io_port;
    struct {
        uint64_t : 64;
        uint64_t base : 16; /* first ASID of the pool */
        uint64_t : 48;
    } asid_pool;
    struct {
        uint64_t : 64;
        uint64_t domain : 16;
        uint64_t pci : 16; /* bus 15:8, device 7:3, function 2:0 */
        uint64_t : 32;
    } io_space;
    struct {
        uint64_t : 52;
        uint64_t is_tcb : 1;
        uint64_t radix : 6;
        uint64_t has_next : 1;   /* the link slot holds the next zombie of the chain */
        uint64_t link_below : 1; /* the link slot is the last but one, not the last */
        uint64_t : 3;
        uint64_t number; /* slots still to be emptied; object/delete.c */
    } zombie;
} cap_t;

_Static_assert(sizeof(cap_t) == 16, "a capability is two words");

/** A capability slot: the capability and its place in the derivation list. */
typedef struct cte {
    cap_t cap;
    uint64_t prev_; /* struct cte * | MDB flags; use the mdb_ functions */
    uint64_t next_;
} cte_t;

_Static_assert(sizeof(cte_t) == 32, "seL4_SlotBits is 5");
