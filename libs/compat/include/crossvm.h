/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Cross-VM connections set up by a C file of the application. */
#include <camkes/dataport_caps.h>
#include <sel4vmmplatsupport/drivers/cross_vm_connection.h>

/** The incoming event of a connection. */
struct camkes_consumes_event {
    vm_t *vm;                         /**< not used */
    seL4_Word id;                     /**< different for each event; (seL4_Word)-1: no event */
    consume_callback_fn reg_callback; /**< NULL: no event */
    seL4_CPtr irq_notification;       /**< not used */
};

/** One connection: one device of the guest. Members that are NULL are parts it does not have. The
 * first connection without a name is "connector", further ones "connector-1", "connector-2" … by
 * the number of the device. */
struct camkes_crossvm_connection {
    dataport_caps_handle_t *handle; /**< `<dataport>_handle` */
    emit_fn emit_fn;
    struct camkes_consumes_event consume_event;
};

/** Make the connections, in this order. Called from camkes_cross_vm_connections_init(). base, pci
 * and irq_notification are those the hook got. 0, or -1 after a message. */
int cross_vm_connections_init(vm_t *vm, uintptr_t base, struct camkes_crossvm_connection *list,
                              int n, vmm_pci_space_t *pci, seL4_CPtr irq_notification);

/** The application's hook: called before the guest boots. A result other than 0 keeps the VM from
 * starting. */
int camkes_cross_vm_connections_init(vm_t *vm, vmm_pci_space_t *pci, seL4_CPtr irq_notification,
                                     uintptr_t base);
