/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The C functions that applications set connections up with (libs/compat). */
#include <crossvm.h>
#include <crossvm/set.h>
#include <stdio.h>
#include <stdlib.h>

#define NO_EVENT ((seL4_Word)-1)

/* The connection whose event has this number; NULL: none. Those of the attribute have no numbers.
 */
static struct crossvm_entry *find_event(const struct crossvm_set *set, seL4_Word id)
{
    for (unsigned i = 0; i < set->count; i++) {
        const struct crossvm_connection *connection = &set->entry[i]->connection;
        if (connection->consumes && connection->id == id) {
            return set->entry[i];
        }
    }
    return NULL;
}

static int add_reported(struct crossvm_set *set, int index,
                        const struct crossvm_connection *connection)
{
    const char *error = NULL;
    if (connection->consumes && find_event(set, connection->id)) {
        error = "another connection has its event number";
    } else {
        error = crossvm_add(set, connection);
    }
    if (error) {
        printf("cross-VM connection %d: %s\n", index, error);
    }
    return error ? -1 : 0;
}

int cross_vm_connections_init(vm_t *vm, uintptr_t base, struct camkes_crossvm_connection *list,
                              int n, vmm_pci_space_t *pci, seL4_CPtr irq_notification)
{
    (void)base, (void)pci, (void)irq_notification; /* the machine places and wires devices */
    for (int i = 0; i < n; i++) {
        const struct camkes_consumes_event *event = &list[i].consume_event;
        struct crossvm_connection connection = {
            .dataport = list[i].handle, .emit = list[i].emit_fn, .id = event->id};
        if (event->id != NO_EVENT && event->reg_callback) {
            connection.consumes = true;
            connection.reg_callback = event->reg_callback;
        }
        if (add_reported(vm, i, &connection) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A handle as the monitor's list wants it; lives as long as the connection, that is for ever. */
static const dataport_caps_handle_t *handle_of(const crossvm_dataport_handle_t *d)
{
    dataport_caps_handle_t *handle = calloc(1, sizeof *handle);
    if (handle) {
        handle->num_frames = d->num_frames;
        handle->frame_size_bits = d->frame_size_bits;
        handle->size = (size_t)d->num_frames << d->frame_size_bits;
        handle->writable = true; /* as far as the capabilities go */
    }
    return handle;
}

int cross_vm_connections_init_common(vm_t *vm, uintptr_t base, crossvm_handle_t *list, int n,
                                     vmm_pci_space_t *pci, alloc_free_interrupt_fn alloc_irq)
{
    (void)base, (void)pci, (void)alloc_irq;
    for (int i = 0; i < n; i++) {
        struct crossvm_connection connection = {.name = list[i].connection_name,
                                                .emit = list[i].emit_fn,
                                                .id = list[i].consume_id,
                                                .consumes = list[i].consume_id != NO_EVENT};
        if (list[i].dataport) {
            connection.frames = list[i].dataport->frames;
            connection.dataport = handle_of(list[i].dataport);
            if (!connection.dataport) {
                return -1;
            }
        }
        if (add_reported(vm, i, &connection) != 0) {
            return -1;
        }
    }
    return 0;
}

int consume_connection_event(vm_t *vm, seL4_Word id, bool inject_irq)
{
    (void)inject_irq; /* the device interrupts whenever an event waits */
    struct crossvm_entry *entry = find_event(vm, id);
    if (!entry) {
        return -1;
    }
    crossvm_signal(entry);
    vm->kick();
    return 0;
}
