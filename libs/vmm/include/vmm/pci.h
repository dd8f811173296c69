/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * PCI bus 0 of the guest: configuration space through ports 0xcf8/0xcfc and the enhanced window,
 * write masks, base address registers that really move, INTx lines, MSI and MSI-X.
 * PCI Local Bus 3.0, chapter 6; PCI Express Base, 7.2.2.
 */
#include <vmm/device.h>

struct vmm_pci;
struct vmm_pci_function;

/** Most BARs of a function; slots and functions of the bus. */
#define VMM_PCI_BARS      6
#define VMM_PCI_SLOTS     32
#define VMM_PCI_FUNCTIONS 8
/** Most MSI-X vectors of one function. */
#define VMM_PCI_MAX_VECTORS 32

/** What a PCI device implements besides struct vmm_device_ops. */
struct vmm_pci_ops {
    /** Access inside a BAR; offset and value as on the bus, range is the BAR number. */
    bool (*bar_read)(struct vmm_pci_function *fn, struct vmm_access *access);
    bool (*bar_write)(struct vmm_pci_function *fn, const struct vmm_access *access);
    /** The bytes [offset, offset+size) of the configuration are about to be read. May be NULL. */
    void (*config_reading)(struct vmm_pci_function *fn, unsigned offset, unsigned size);
    /** A configuration write has changed the bytes [offset, offset+size). May be NULL. */
    void (*config_written)(struct vmm_pci_function *fn, unsigned offset, unsigned size);
};

/** Kinds of BAR. */
enum vmm_pci_bar_kind { VMM_PCI_BAR_NONE, VMM_PCI_BAR_IO, VMM_PCI_BAR_MEM32, VMM_PCI_BAR_MEM64 };

/** A base address register. */
struct vmm_pci_bar {
    enum vmm_pci_bar_kind kind;
    uint64_t size;    /* power of two */
    bool claimed;     /* on the bus now */
    uint64_t address; /* where */
};

/** One MSI-X table entry as the guest sees it. */
struct vmm_msix_entry {
    uint32_t address_low, address_high, data, control;
};

/** A function. Embed it as the member fn; set ops, device_ops fields through
 * vmm_pci_function_init(). */
struct vmm_pci_function {
    struct vmm_device dev;
    struct vmm_device_ops own_ops; /* the model's, with BAR decoding in place of read and write */
    const struct vmm_pci_ops *ops;
    struct vmm_pci *bus;
    unsigned slot, function;
    uint8_t config[256];
    uint8_t writable[256]; /* bits the guest may change */
    uint8_t clear[256];    /* bits cleared by writing ones */
    struct vmm_pci_bar bar[VMM_PCI_BARS];
    struct vmm_irq_line intx;
    bool intx_level;
    uint8_t msi, msix; /* capability offsets, 0 = none */
    uint8_t next_capability, last_capability;
    unsigned vectors, msix_bar;
    struct vmm_msix_entry table[VMM_PCI_MAX_VECTORS];
    uint32_t pending; /* MSI-X pending bits */
};

/** Identity of a function. */
struct vmm_pci_id {
    uint16_t vendor, device, subsystem_vendor, subsystem;
    uint32_t class_code; /* 24 bits: class, subclass, interface */
    uint8_t revision;
};

/** The bus with its host bridge. */
struct vmm_pci {
    struct vmm_device dev;
    struct vmm *vm;
    uint32_t address; /* 0xcf8 */
    bool ecam;
    struct vmm_pci_function *functions[VMM_PCI_SLOTS][VMM_PCI_FUNCTIONS];
    struct vmm_pci_function bridge;
    uint64_t next_memory; /* BAR placement at reset */
    uint32_t next_io;
};

/** Put the host bridge at 00:00.0 and the configuration mechanisms on the bus. Zero *pci before. */
void vmm_pci_create(struct vmm_pci *pci, struct vmm *vm, bool ecam);

/** Start a function's configuration header. device_ops are the model's own (reset, quiesce, dump);
 * its read and write are not used: BAR accesses go to ops. */
void vmm_pci_function_init(struct vmm_pci_function *fn, const struct vmm_device_ops *device_ops,
                           const struct vmm_pci_ops *ops, const struct vmm_pci_id *id);
/** Give it a BAR (before vmm_pci_add). size: power of two, at least 16 (4 for I/O). */
void vmm_pci_bar_init(struct vmm_pci_function *fn, unsigned bar, enum vmm_pci_bar_kind kind,
                      uint64_t size);
/** Append a capability of n bytes (id and next included); returns its offset, 0 when full. */
unsigned vmm_pci_add_capability(struct vmm_pci_function *fn, uint8_t id, unsigned n);
/** Offer MSI with one vector. */
void vmm_pci_add_msi(struct vmm_pci_function *fn);
/** Offer MSI-X; table at offset 0 and pending bits at 0x800 of a memory BAR of 4 KiB of its own. */
void vmm_pci_add_msix(struct vmm_pci_function *fn, unsigned bar, unsigned vectors);
/** Interrupt pin INTA#. */
void vmm_pci_add_intx(struct vmm_pci_function *fn);
/** Put the function into a slot and place its BARs. Returns 0, or -1 when the slot is taken. */
int vmm_pci_add(struct vmm_pci *pci, struct vmm_pci_function *fn, unsigned slot, unsigned function);

/** Signal: MSI-X vector if enabled, else MSI, else INTx is raised. */
void vmm_pci_interrupt(struct vmm_pci_function *fn, unsigned vector);
/** Lower INTx (the model's status register was read). */
void vmm_pci_intx_clear(struct vmm_pci_function *fn);
/** Whether the guest has switched MSI-X on. */
bool vmm_pci_msix_enabled(const struct vmm_pci_function *fn);
/** Whether the guest lets the function master the bus (command register bit 2). */
bool vmm_pci_bus_master(const struct vmm_pci_function *fn);
