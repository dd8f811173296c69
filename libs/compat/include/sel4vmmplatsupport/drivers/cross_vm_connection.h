/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Types of cross-VM connections at library level. */
#include <stdbool.h>
#include <sel4/sel4.h>
#include <sel4vm/guest_vm.h>
#include <sel4vmmplatsupport/drivers/pci_helper.h>

/** What an event of the other side calls. */
typedef void (*event_callback_fn)(void *);
/** Signals the other side: `<interface>_emit`. */
typedef void (*emit_fn)(void);
/** Registers a callback for the next event: `<interface>_reg_callback`. 0 on success. */
typedef int (*consume_callback_fn)(event_callback_fn callback, void *arg);

/** An event arrived for the connection with this consume id; the guest gets its interrupt whatever
 * inject_irq says. May be called on any thread. 0, or -1 when no connection has this id. */
int consume_connection_event(vm_t *vm, seL4_Word id, bool inject_irq);
