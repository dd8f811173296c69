/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The device behind a cross-VM connection: a PCI function with a register page (crossvm/layout.h)
 * and a dataport, both mapped into the guest where the guest puts their BARs. No kernel in sight:
 * mapping goes through struct crossvm_map_ops.
 *
 * Locking is that of device models (vmm/device.h), but for crossvm_device_signal().
 */
#include <crossvm/layout.h>
#include <vmm/pci.h>

struct crossvm_device;

/** How the register page and the dataport get into the guest's address space. */
struct crossvm_map_ops {
    /** Map all of what BAR `bar` shows at gpa, aligned to the size of the BAR; the register page
     * for reading only. false: not possible there; the device then answers the guest's accesses
     * itself. */
    bool (*map)(struct crossvm_device *dev, unsigned bar, uint64_t gpa);
    /** Take it out again from where it is; called only after a map that succeeded. */
    void (*unmap)(struct crossvm_device *dev, unsigned bar, uint64_t gpa);
};

/** One connection. At least one of emit, consumes and size is set. */
struct crossvm_config {
    const char *name;   /**< at most CROSSVM_NAME_SIZE - 1 bytes; kept */
    void (*emit)(void); /**< signals the other side; NULL: the guest cannot emit */
    bool consumes;      /**< crossvm_device_signal() will be called */
    uint64_t size;      /**< bytes of the dataport, a multiple of 4096; 0: none */
    bool writable;      /**< the guest may write the dataport */
    uint8_t *data;      /**< where the monitor sees the dataport; NULL: nowhere */
    uint32_t *page;     /**< the register page as the monitor sees it: 4096 bytes of zeroes */
    const struct crossvm_map_ops *ops;
};

/** Where the contents of a BAR are in the guest's memory. */
struct crossvm_place {
    bool mapped, failed;
    uint64_t gpa; /* where, if mapped; where it failed, if failed */
};

/** The device. Zero it; all members are the library's. */
struct crossvm_device {
    struct vmm_pci_function fn; /* first member */
    struct crossvm_config config;
    unsigned index;
    uint32_t events, total;
    uint32_t signals; /* not seen by poll yet; atomic */
    uint64_t emits;
    struct crossvm_place place[2]; /* by BAR */
    bool msi;                      /* enabled when last seen */
    bool attended; /* the guest has used the registers since the reset or the driver's end */
    bool master;   /* bus mastering was on when last seen */
};

/** Most connections of one VM, and the slots of the PCI bus they use: connection i is function
 * i / CROSSVM_SLOTS of slot CROSSVM_FIRST_SLOT + i % CROSSVM_SLOTS. */
#define CROSSVM_MAX_DEVICES 64
#define CROSSVM_SLOTS       16
#define CROSSVM_FIRST_SLOT  16

/** Put connection number index (counted from 0 without gaps) on the bus. Returns NULL, or what is
 * wrong with the configuration. */
const char *crossvm_device_create(struct crossvm_device *dev, struct vmm_pci *pci, unsigned index,
                                  const struct crossvm_config *config);

/** An event arrived. May be called on any thread, without the lock; the guest sees it at the next
 * poll of the device (vmm_poll_devices()), which the caller brings about. */
void crossvm_device_signal(struct crossvm_device *dev);

/** Size of the BAR for a dataport: the next power of two; 0 when there is none. */
uint64_t crossvm_bar_size(uint64_t size);
