/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What the plan gives a virtual machine monitor: the generated code of an instance whose
 * component declares the attribute `guest_ram_mb` defines `vm_resources`.
 *
 * What the plan sets up before the instance starts (nothing of it is done by the VMM):
 *   - guest RAM: guest_ram_mb MiB of 2 MiB frames, rounded up to 2 MiB, mapped read-write in the
 *     instance at one contiguous virtual range, and in the nested page table at guest-physical 0
 *     up to VM_LOW_RAM_END; what exceeds that, from 4 GiB on;
 *   - one vCPU per processor, bound to its thread (vCPU 0: the control thread) together with the
 *     nested page table root and a run page, which is mapped in the instance too;
 *   - a notification bound to the control thread; it is also the instance's "global notification",
 *     so every event connection to the VMM signals it with a badge of one bit of its own;
 *   - the file payload the instance's file server offers, mapped read-only.
 */
#include <stddef.h>
#include <stdint.h>
#include <sel4/sel4.h>

struct crossvm_connection; /* crossvm/set.h */

/** Version of struct vm_resources. */
#define VM_RESOURCES_VERSION 1

/** Guest RAM below the device hole ends here at the latest; the rest starts at 4 GiB. */
#define VM_LOW_RAM_END 0xc0000000ull
#define VM_HIGH_RAM    0x100000000ull

/** Most processors of one VM. */
#define VM_MAX_VCPUS 16

/** One virtual processor. */
struct vm_vcpu_resources {
    seL4_CPtr tcb;          /**< thread that runs it */
    seL4_CPtr vcpu;         /**< for seL4_X86_VCPU_GetState, SetState, Reset, EnableIOPort */
    seL4_CPtr notification; /**< bound to the thread; write right: signalling it is a kick */
    uintptr_t run_page;     /**< struct vcpu_run of sel4/vcpu.h */
};

/** One range of guest RAM. */
struct vm_ram_resources {
    uint64_t gpa;    /**< guest-physical base */
    uint64_t size;   /**< bytes */
    uintptr_t vaddr; /**< where the VMM sees it */
};

/** Ports of the machine that belong to the guest (setting vm_ioports). */
struct vm_port_resources {
    const char *name;
    uint16_t first, last; /**< both included */
    seL4_CPtr cap;        /**< I/O ports, for vCPU 0; cap + n is the copy for vCPU n */
};

/** An interrupt of the machine that belongs to the guest (setting vm_irqs). */
struct vm_irq_resources {
    const char *name;
    uint8_t dest;      /**< ISA line of the guest, 0 to 15 */
    uint8_t level;     /**< 1: level-triggered, 0: edge */
    seL4_CPtr handler; /**< IRQ handler, bound to the notification of vCPU 0 */
    uint64_t badge;    /**< the bit that is its own */
};

/** Everything a VMM is given. */
struct vm_resources {
    uint32_t version;   /**< VM_RESOURCES_VERSION */
    uint32_t num_vcpus; /**< entries of vcpu[] in use, at least 1 */
    const char *name;   /**< instance name, "vm0" */
    uint32_t number;    /**< trailing number of the instance name: the console slot */
    uint32_t num_ram;   /**< 1, or 2 when RAM continues above 4 GiB */
    struct vm_ram_resources ram[2];
    struct vm_vcpu_resources vcpu[VM_MAX_VCPUS];
    uintptr_t files;     /**< file payload (newc archive), 0 for none */
    uint64_t files_size; /**< bytes mapped */
    uint64_t tsc_hz;     /**< frequency of the TSC in Hz, patched by the loader; 0: ask the timer
                              server */
    uint64_t kick_badge; /**< badge of the capability in vcpu[].notification */
    /* Only with connections of the guest (or dataports by seL4SharedDataWithCaps), otherwise 0: */
    seL4_CPtr ept_root;        /**< root of the nested page table */
    seL4_CPtr first_directory; /**< EPT page directories, one per GiB below 4 GiB */
    seL4_CPtr first_table;     /**< EPT page tables, num_tables of them */
    uint32_t num_tables;
    uint32_t num_register_pages;    /**< frames of 4 KiB for register pages of connections */
    seL4_CPtr first_register_frame; /**< capabilities to read them; consecutive */
    uintptr_t register_pages;       /**< where the VMM sees them, one behind the other */
    seL4_CPtr first_ram_frame; /**< num_ram_frames frames of 4 KiB: RAM that the monitor maps in the
                                  nested page table; 0: the loader did it */
    seL4_CPtr pointer_table;   /**< EPT page directory pointer table for it */
    uint32_t num_ram_frames;
    uint32_t num_crossvm;                     /**< entries of crossvm[] */
    const struct crossvm_connection *crossvm; /**< connections of the attribute `crossvm` */
    uint32_t num_ports, num_irqs;
    const struct vm_port_resources *ports;
    const struct vm_irq_resources *irqs;
};

/** Defined by generated code. Writable, because the loader patches tsc_hz. */
extern struct vm_resources vm_resources;
