/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The loader: first user task; makes the system that the packed specification describes and
 * nothing else, gives up its authority, and suspends itself.
 *
 * Its CSpace has two levels. Slot 0 of the top CNode holds the initial CNode (so the slots of
 * the boot information keep their numbers), slot n+1 the custody CNode n. Every object of the
 * system is retyped straight into its final custody slot, so an object's CPtr is a sum.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <capspec/capspec.h>
#include <sel4/bootinfo_types.h>
#include "sys.h"

#define LOADER_MAX_UNTYPED  230
#define LOADER_MAX_FIXED    1024
#define LOADER_MAX_IOAPIC   8
#define LOADER_MAX_SLOTS    16384 /* of the initial CNode */
#define LOADER_MAX_HARDWARE 512

/* The loader's own address space: its program at 4 MiB, then these windows. */
#define LOADER_SPEC_WINDOW 0x80000000ull /* the packed specification */
#define LOADER_ITEM_WINDOW 0xc0000000ull /* pages of payload items, ACPI tables: one at a time */
#define LOADER_COPY_4K     0xc0200000ull /* a frame being filled */
#define LOADER_COPY_2M     0xc0400000ull

/** An untyped of the boot information and how much of it is used. */
struct untyped {
    cptr cap;
    uint64_t paddr;
    uint64_t used; /* bytes */
    uint8_t bits;
    bool device;
};

/** A hardware record found on this machine. */
struct found_hardware {
    bool present;
    uint64_t base;   /* memory: physical address; ports: first port */
    uint64_t size;   /* bytes or ports */
    uint32_t bdf;    /* PCI id, resolved */
    uint32_t pin[5]; /* IOAPIC, pin, level, active low, vector */
};

struct ioapic {
    uint32_t gsi_base;
};

/** Interrupt source override of an ISA line (ACPI MADT type 2). */
struct isa_override {
    uint32_t gsi;
    uint8_t level, low;
};

struct loader {
    const seL4_BootInfo *boot;
    const struct capspec_header *spec;
    struct untyped untyped[LOADER_MAX_UNTYPED];
    unsigned num_untyped;
    cptr next_slot; /* free slots of the initial CNode */
    cptr last_slot;
    cptr top;          /* the top CNode */
    unsigned top_bits; /* 0 while the initial CNode is still the CSpace */
    struct found_hardware hardware[LOADER_MAX_HARDWARE]; /* one per record */
    unsigned missing; /* hardware records not found, and other collected faults */
    struct ioapic ioapic[LOADER_MAX_IOAPIC];
    unsigned num_ioapics;
    struct isa_override isa[16];
    uint8_t vector_used[108];
    cptr pci_ports;
    uint8_t filler[LOADER_MAX_SLOTS / 8]; /* slots that hold untyped gaps */
};

/* --- print.c --- */
/** printf for %s %u %x (32 bit), %lu %lx (64 bit), %c; to the kernel log. */
void loader_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Prints "loader: ", the text, and stops. */
_Noreturn void loader_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Fails naming the operation, the object and the kernel's error unless error is 0. */
void loader_check(int error, const char *operation, const char *object);

/* --- view.c: reading the packed specification --- */
/** NULL if the blob of `size` bytes is a specification this loader can use, else why not. */
const char *view_validate(const void *blob, uint64_t size, uint32_t api_version);
/** The records of a section and their number. */
const void *view_section(const struct capspec_header *h, enum capspec_section_id id,
                         uint32_t *count);
const char *view_string(const struct capspec_header *h, uint32_t offset);
/** The run that holds flat object number n, or NULL. */
const struct capspec_object *view_object(const struct capspec_header *h, uint32_t n);

/* --- memory.c --- */
void memory_init(struct loader *l);
/** Next free slot of the initial CNode. */
cptr memory_slot(struct loader *l);
/** Where a retype or copy puts things: a slot of the initial CNode. */
struct sys_slot memory_initial(const struct loader *l, cptr slot);
/** Slot named by a full CPtr (after the top CNode is in place). */
struct sys_slot memory_full(const struct loader *l, cptr slot);
/** Retypes a run from ordinary memory. */
void memory_create(struct loader *l, const struct capspec_object *o);
/** One object of ordinary memory for the loader itself, in a slot of the initial CNode. */
cptr memory_own(struct loader *l, unsigned type, unsigned size_bits, unsigned bytes_bits);
/** Bytes of ordinary memory still free. */
uint64_t memory_free(const struct loader *l);
/** log2 of the memory of an object. */
unsigned memory_bits(const struct capspec_object *o);
/** A run at a physical address; false if no untyped covers it or it was passed already. */
bool memory_create_at(struct loader *l, const struct capspec_object *o, uint64_t paddr);
/** Frames of 2^bits bytes for the loader itself at paddr, count consecutive slots from the
 * returned one; 0 if impossible. */
cptr memory_own_at(struct loader *l, uint64_t paddr, unsigned bits, unsigned count);
/** Untyped that covers paddr, or NULL. */
struct untyped *memory_find(struct loader *l, uint64_t paddr);

/* --- space.c: the loader's own CSpace and address space --- */
/** Finds a payload item; false if the boot information has none of that name. */
bool space_item(const struct loader *l, const char *name, uint64_t *paddr, uint64_t *size);
/** An extra record of the boot information, or NULL. */
const seL4_BootInfoHeader *space_record(const struct loader *l, uint64_t id);
/** Maps the specification item read-only; returns its address and size. */
const void *space_map_spec(struct loader *l, uint64_t *size);
/** Makes the windows' page tables. */
void space_make_windows(struct loader *l);
/** Makes the top CNode and the custodies and moves the loader's own CSpace there. */
void space_make_cspace(struct loader *l);
/** CPtr of a custody slot, of flat object n, of a run's first object. */
cptr space_custody(const struct loader *l, unsigned custody, uint64_t slot);
cptr space_object(const struct loader *l, uint32_t n);
/** Name of the run of object n, for messages. */
const char *space_name(const struct loader *l, uint32_t n);
/** Reads physical memory (ACPI tables, payload) through a one-page window; false if not possible.
 */
bool space_read(struct loader *l, uint64_t paddr, void *to, size_t size);

/* --- hardware.c, acpi.c, pci.c --- */
/** Stops with a list if the machine lacks what the specification needs. */
void needs_check(struct loader *l);

/** Finds every hardware record; prints all that are missing, then stops. */
void hardware_find(struct loader *l);
/** Reads the MADT once. */
void acpi_init(struct loader *l);
/** IOAPIC and pin of a global interrupt; false if no IOAPIC has it. */
bool acpi_route(const struct loader *l, uint32_t gsi, uint32_t *ioapic, uint32_t *pin);
/** Vendor << 16 | device of a function. Between pci_begin() and pci_end(). */
uint32_t pci_ids(struct loader *l, uint32_t bdf);
/** Resolves hw->pci_id or arg[0] to a function that exists. */
bool pci_find(struct loader *l, const struct capspec_hardware *hw, uint32_t *bdf);
/** Base and size of a BAR; `ports` selects the kind. */
bool pci_bar(struct loader *l, uint32_t bdf, unsigned bar, bool ports, uint64_t *base,
             uint64_t *size);
/**
 * Makes the function send its interrupt as a message with this (user) vector to the processor
 * that boots, and lets it master the bus; false if it has no MSI capability (PCI 3.0, 6.8.1).
 */
bool pci_route_msi(struct loader *l, uint32_t bdf, uint32_t vector);
/** Takes and gives back the configuration ports. */
void pci_begin(struct loader *l);
void pci_end(struct loader *l);

/* --- steps.c: objects.c, contents.c, maps.c, threads.c --- */
void objects_create(struct loader *l);
void contents_fill(struct loader *l);
void contents_patch(struct loader *l);
void maps_make(struct loader *l);
void caps_distribute(struct loader *l);
void irqs_bind(struct loader *l);
void threads_configure(struct loader *l);
void threads_start(struct loader *l);
void authority_drop(struct loader *l);

/** Runs everything; never returns. */
_Noreturn void loader_run(struct loader *l, const seL4_BootInfo *boot);
