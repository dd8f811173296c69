/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* All cross-VM connections of one monitor, and what they are made with. */
#include <camkes/dataport_caps.h>
#include <crossvm/device.h>
#include <crossvm/legacy.h>
#include <crossvm/nested.h>

/** Description of one connection as the monitor finds it. */
struct crossvm_connection {
    /** NULL: "connector". A name that another connection has already gets "-" and a number, that of
     * the device unless this name is taken, too. */
    const char *name;
    const dataport_caps_handle_t *dataport; /**< NULL: none */
    const seL4_CPtr *frames;                /**< capabilities, if they are not consecutive */
    void (*emit)(void);                     /**< NULL: none */
    /** Registers a callback that runs at the next event, once (seL4Notification); NULL: none. */
    int (*reg_callback)(void (*callback)(void *), void *arg);
    uint64_t badge; /**< bits of the global notification that mean an event (seL4GlobalAsynch); 0:
                       none */
    uint64_t id;    /**< if consumes: for consume_connection_event() */
    bool consumes;  /**< events may come by consume_connection_event() */
};

/** A connection at work. */
struct crossvm_entry {
    struct crossvm_device dev; /* first member; not used by the older transport */
    uint64_t legacy_event;     /* number of its event there */
    struct crossvm_connection connection;
    char name[CROSSVM_NAME_SIZE];
    struct crossvm_frames frames[2]; /* by BAR: register page, dataport; count 0: none */
    struct crossvm_set *set;
};

/** The connections of a VM. `vm_t` of the C API is this. Zero it and set the first members. */
typedef struct crossvm_set {
    struct vmm_pci *pci;
    struct crossvm_nested nested;
    /** Register pages that guests can map: for the first connections; the monitor sees them from
     * pages on. Reads of the registers of further connections exit. */
    struct crossvm_frames page_frames;
    uint8_t *pages;
    struct crossvm_legacy *legacy; /**< if not NULL: connections use this, not PCI devices */
    void (*kick)(void); /**< makes the monitor call vmm_poll_devices() soon; any thread */
    /* the library's */
    struct crossvm_entry *entry[CROSSVM_MAX_DEVICES];
    unsigned count;
    unsigned legacy_emits, legacy_events; /* numbers given */
} crossvm_set_t;

/** Add a connection to the machine, before it boots. Returns NULL, or what is wrong. */
const char *crossvm_add(struct crossvm_set *set, const struct crossvm_connection *connection);
/** An event of this connection arrived: the guest sees it at the next poll. Any thread. */
void crossvm_signal(struct crossvm_entry *entry);
/** The monitor's notification was signalled: note the events whose badge bits are set. The caller
 * polls the devices afterwards if this returns true. */
bool crossvm_notified(struct crossvm_set *set, uint64_t badge);
