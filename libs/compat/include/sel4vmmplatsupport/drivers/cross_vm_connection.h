/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Types of cross-VM connections at library level. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sel4/sel4.h>
#include <sel4vm/guest_vm.h>
#include <sel4vmmplatsupport/drivers/pci_helper.h>

/** What an event of the other side calls. */
typedef void (*event_callback_fn)(void *);
/** Signals the other side: `<interface>_emit`. */
typedef void (*emit_fn)(void);
/** Registers a callback for the next event: `<interface>_reg_callback`. 0 on success. */
typedef int (*consume_callback_fn)(event_callback_fn callback, void *arg);

/** Allocates an interrupt; not called: the machine wires devices itself. */
typedef int (*alloc_free_interrupt_fn)(void);

/** Frames of a dataport. */
typedef struct crossvm_dataport_handle {
    size_t frame_size_bits;  /**< 12 or 21 */
    unsigned int num_frames; /**< entries of frames */
    seL4_CPtr *frames;       /**< frame capabilities; kept */
} crossvm_dataport_handle_t;

/** One connection at library level: one device of the guest. */
typedef struct crossvm_handle {
    crossvm_dataport_handle_t *dataport; /**< NULL: none; need not be kept */
    emit_fn emit_fn;                     /**< NULL: none */
    seL4_Word consume_id;        /**< for consume_connection_event(); (seL4_Word)-1: no event */
    const char *connection_name; /**< at most 47 bytes, kept; NULL: "connector"; one
                                    that is taken gets "-" and the number of the device */
} crossvm_handle_t;

/** Make the connections, in this order. The machine gives them addresses and interrupts: base, pci
 * and alloc_irq are not used. 0, or -1 after a message. */
int cross_vm_connections_init_common(vm_t *vm, uintptr_t base, crossvm_handle_t *list, int n,
                                     vmm_pci_space_t *pci, alloc_free_interrupt_fn alloc_irq);

/** An event arrived for the connection with this consume id; the guest gets its interrupt whatever
 * inject_irq says. May be called on any thread. 0, or -1 when no connection has this id. */
int consume_connection_event(vm_t *vm, seL4_Word id, bool inject_irq);
