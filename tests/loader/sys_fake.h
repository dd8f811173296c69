/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A simulated kernel behind sys.h, as far as the loader can tell: capabilities in CNodes with
 * guards, untyped memory with the kernel's placement rule, mappings, and simulated physical
 * memory whose addresses are offsets into one array.
 */
#include <setjmp.h>
#include "loader.h"

#define FAKE_MEMORY   (64u << 20)
#define FAKE_OBJECTS  4096
#define FAKE_MAPPINGS 4096

struct fake_cap {
    unsigned object; /* 0: empty slot */
    unsigned guard;
    unsigned rights;
    uint64_t badge;
};

struct fake_object {
    unsigned type, size_bits;
    uint64_t paddr, used;
    bool device, mapped;
    struct fake_cap *slots; /* CNode */
    /* TCB */
    struct sys_tcb spaces;
    struct sys_registers registers;
    unsigned priority;
    bool resumed, vcpu, run_page;
    cptr notification;
    /* IRQ */
    uint32_t pin[5];
    cptr signals;
    bool acked;
};

struct fake_mapping {
    unsigned space, object;
    uint64_t vaddr;
    unsigned rights, attributes;
};

struct fake {
    struct fake_object object[FAKE_OBJECTS];
    unsigned num_objects;
    struct fake_mapping mapping[FAKE_MAPPINGS];
    unsigned num_mappings;
    unsigned cspace; /* CNode object of the loader */
    unsigned vspace;
    uint8_t *memory;
    char log[8192];
    size_t log_size;
    jmp_buf stopped;
    seL4_BootInfo *boot;
    unsigned retypes;
    uint32_t pci_address;
    uint32_t function[64]; /* configuration space of 0:3.0; all 0: not there */
};

extern struct fake fake;

/** Adds the record of a machine that has only `present` (SEL4_MACHINE_*); after fake_init(). */
void fake_add_machine(uint64_t present, const char *guests);

/** Adds an RSDP of revision 2 whose XSDT lies at `xsdt`; after fake_init(). */
void fake_add_acpi(uint64_t xsdt);

/** A machine with RAM untypeds, device untypeds and this payload item "spec". */
void fake_init(const void *spec, size_t size);
void fake_free(void);
/** Adds an untyped to the boot information. */
void fake_add_untyped(uint64_t paddr, unsigned bits, bool device);
/** Runs the loader until it stops. */
void fake_run(struct loader *l);
/** The capability at a full CPtr of the loader's CSpace, or NULL. */
struct fake_cap *fake_cap(cptr slot);
struct fake_object *fake_object(cptr slot);
/** The mapping of a space at an address, or NULL. */
struct fake_mapping *fake_find_mapping(unsigned space, uint64_t vaddr);
