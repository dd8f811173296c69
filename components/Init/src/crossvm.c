/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Connections between the guest and components: those of the attribute `crossvm`, or those that a
 * C file of the application makes. */
#include <camkes.h>
#include <crossvm.h>
#include <sel4/sel4.h>
#include <stdlib.h>
#include "init.h"

/* The application's hook, if it has one. */
#pragma weak camkes_cross_vm_connections_init

static int map_frame(void *ctx, uint64_t cap, uint64_t gpa, bool writable)
{
    (void)ctx;
    return (int)seL4_X86_Page_MapEPT(cap, vm_resources.ept_root, gpa,
                                     seL4_CapRights_new(0, 0, 1, writable), seL4_X86_EPT_WriteBack);
}

static void unmap_frame(void *ctx, uint64_t cap)
{
    (void)ctx;
    seL4_X86_Page_Unmap(cap);
}

static int map_directory(void *ctx, uint64_t cap, uint64_t gpa)
{
    (void)ctx;
    seL4_Error error = seL4_X86_EPTPD_Map(cap, vm_resources.ept_root, gpa, seL4_X86_EPT_WriteBack);
    return error == seL4_DeleteFirst ? 0 : (int)error; /* that of the guest's RAM will do */
}

static int map_table(void *ctx, uint64_t cap, uint64_t gpa)
{
    (void)ctx;
    return (int)seL4_X86_EPTPT_Map(cap, vm_resources.ept_root, gpa, seL4_X86_EPT_WriteBack);
}

static void unmap_table(void *ctx, uint64_t cap)
{
    (void)ctx;
    seL4_X86_EPTPT_Unmap(cap);
}

static const struct crossvm_nested_ops nested_ops = {.map_frame = map_frame,
                                                     .unmap_frame = unmap_frame,
                                                     .map_directory = map_directory,
                                                     .map_table = map_table,
                                                     .unmap_table = unmap_table};

static void kick(void)
{
    seL4_Signal(vm_resources.vcpu[0].notification);
}

static const char *add_declared(struct init *init)
{
    for (unsigned i = 0; i < vm_resources.num_crossvm; i++) {
        const char *error = crossvm_add(&init->crossvm, &vm_resources.crossvm[i]);
        if (error) {
            init_print(init, "%s: cross-VM connection %s\n", vm_resources.name,
                       vm_resources.crossvm[i].name);
            return error;
        }
    }
    return NULL;
}

/* Connections of a guest that knows the older transport; it has to be there before any. */
static const char *add_legacy(struct init *init)
{
    if (seL4_X86_EPTPDPT_Map(vm_resources.pointer_table, vm_resources.ept_root, 0,
                             seL4_X86_EPT_WriteBack) != seL4_NoError) {
        return "the nested page table is not empty";
    }
    struct crossvm_legacy *legacy = calloc(1, sizeof *legacy);
    if (!legacy) {
        return "the heap is too small for the older transport of connections (heap_size)";
    }
    legacy->nested = &init->crossvm.nested;
    legacy->ram = (struct crossvm_frames){.first = vm_resources.first_ram_frame,
                                          .count = vm_resources.num_ram_frames,
                                          .bits = 12,
                                          .writable = true};
    init->crossvm.legacy = legacy;
    init->vm.hypercall = crossvm_legacy_call;
    init->vm.hypercall_ctx = legacy;
    return crossvm_legacy_create(legacy, &init->vm);
}

const char *init_crossvm(struct init *init)
{
    struct crossvm_set *set = &init->crossvm;
    set->pci = &init->pc.pci;
    set->kick = kick;
    set->nested.ops = &nested_ops;
    set->nested.first_directory = vm_resources.first_directory;
    set->nested.first_table = vm_resources.first_table;
    set->nested.num_tables = vm_resources.num_tables;
    set->page_frames = (struct crossvm_frames){.first = vm_resources.first_register_frame,
                                               .count = vm_resources.num_register_pages,
                                               .bits = 12};
    set->pages = (uint8_t *)vm_resources.register_pages;
    if (vm_resources.num_tables) {
        set->nested.tables = calloc(vm_resources.num_tables, sizeof *set->nested.tables);
        if (!set->nested.tables) {
            return "the heap is too small for the tables of the dataports (heap_size)";
        }
    }
    const char *error = vm_resources.num_ram_frames ? add_legacy(init) : NULL;
    error = error ? error : add_declared(init);
    if (error || !camkes_cross_vm_connections_init) {
        return error;
    }
    return camkes_cross_vm_connections_init(set, set->pci, vm_resources.vcpu[0].notification, 0)
               ? "the application refuses its cross-VM connections"
               : NULL;
}

void init_crossvm_notified(struct init *init, seL4_Word badge)
{
    if (init->crossvm.count && crossvm_notified(&init->crossvm, badge)) {
        vmm_vcpu_lock(&init->vm.vcpu[0]);
        vmm_poll_devices(&init->vm);
        vmm_unlock(&init->vm);
    }
}
