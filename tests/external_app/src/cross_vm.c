/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <camkes/dataport_caps.h>
#include <crossvm.h>
#include <sel4vm/guest_vm.h>
#include <sel4vmmplatsupport/drivers/cross_vm_connection.h>
#include <sel4vmmplatsupport/drivers/pci_helper.h>

extern dataport_caps_handle_t dp1_handle;
extern dataport_caps_handle_t dp2_handle;

static struct camkes_crossvm_connection table[] = {
    {&dp1_handle, ready_emit, {.id = -1, .reg_callback = NULL}},
    {&dp2_handle, NULL, {.id = 1, .reg_callback = done_reg_callback}},
};

int camkes_cross_vm_connections_init(vm_t *vm, vmm_pci_space_t *pci, seL4_CPtr irq_notification,
                                     uintptr_t base)
{
    /* ARRAY_SIZE comes with camkes.h */
    return cross_vm_connections_init(vm, base, table, ARRAY_SIZE(table), pci, irq_notification);
}
