/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <camkes/dataport_caps.h>
#include <crossvm.h>
#include <sel4vm/guest_vm.h>
#include <sel4vmmplatsupport/drivers/cross_vm_connection.h>
#include <sel4vmmplatsupport/drivers/pci_helper.h>
#include <utils/util.h>

extern dataport_caps_handle_t dp1_handle;
extern dataport_caps_handle_t dp2_handle;
extern dataport_caps_handle_t dp3_handle;
extern dataport_caps_handle_t dp4_handle;

void ready_emit(void);
int done_reg_callback(void (*callback)(void *), void *arg);

/* Two connections as most applications write them. Events count from 0 as well as from 1. */
static struct camkes_crossvm_connection connections[] = {
    {&dp1_handle, ready_emit, {.id = -1, .reg_callback = NULL}},
    {&dp2_handle, NULL, {.id = 0, .reg_callback = done_reg_callback}},
};

/* Two at library level, whose event the application takes itself. */
static vm_t *machine;

static void done3_callback(void *arg)
{
    if (consume_connection_event(machine, 7, true) != 0 ||
        done3_reg_callback(done3_callback, arg) != 0) {
        ZF_LOGE("no further events");
    }
}

static int make_more(vm_t *vm, uintptr_t base, vmm_pci_space_t *pci)
{
    crossvm_dataport_handle_t dp3 = {.frame_size_bits = dataport_get_frame_size_bits(&dp3_handle),
                                     .num_frames = dataport_get_num_frame_caps(&dp3_handle),
                                     .frames = dataport_get_frame_caps(&dp3_handle)};
    crossvm_dataport_handle_t dp4 = {.frame_size_bits = dataport_get_frame_size_bits(&dp4_handle),
                                     .num_frames = dataport_get_num_frame_caps(&dp4_handle),
                                     .frames = dataport_get_frame_caps(&dp4_handle)};
    crossvm_handle_t more[] = {
        {.dataport = &dp3, .emit_fn = ready3_emit, .consume_id = -1, .connection_name = "src"},
        {.dataport = &dp4, .emit_fn = NULL, .consume_id = 7, .connection_name = "dest"},
    };
    machine = vm;
    if (cross_vm_connections_init_common(vm, base, more, ARRAY_SIZE(more), pci, NULL) != 0) {
        return -1;
    }
    return done3_reg_callback(done3_callback, NULL);
}

int camkes_cross_vm_connections_init(vm_t *vm, vmm_pci_space_t *pci, seL4_CPtr irq_notification,
                                     uintptr_t connection_base_addr)
{
    for (size_t i = 0; i < ARRAY_SIZE(connections); i++) {
        connections[i].consume_event.irq_notification = irq_notification;
    }
    if (cross_vm_connections_init(vm, connection_base_addr, connections, ARRAY_SIZE(connections),
                                  pci, irq_notification) != 0) {
        return -1;
    }
    return make_more(vm, connection_base_addr, pci);
}
