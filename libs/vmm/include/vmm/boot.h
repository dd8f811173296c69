/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Putting a kernel into guest memory and the first vCPU at its entry. Accepted images:
 *   - bzImage, boot protocol 2.12 or later: 64-bit entry when the kernel has one, else 32-bit;
 *   - ELF with a PVH note (32-bit entry, hvm_start_info);
 *   - ELF vmlinux without one: Linux zero page, 64-bit or 32-bit by its class.
 * Sources: Documentation/arch/x86/boot.rst of Linux, the PVH boot ABI of Xen's public headers.
 */
#include <stddef.h>
#include <stdint.h>
#include <vmm/device.h>

/** What to boot. The bytes are only read. */
struct vmm_boot_images {
    const uint8_t *kernel;
    size_t kernel_size;
    const uint8_t *initrd; /* NULL: none */
    size_t initrd_size;
    const char *cmdline; /* NULL: empty */
};

/** How the first instruction is reached. */
enum vmm_entry_mode { VMM_ENTRY_LINUX64, VMM_ENTRY_LINUX32, VMM_ENTRY_PVH };

/** Result of loading. */
struct vmm_boot_entry {
    enum vmm_entry_mode mode;
    uint64_t rip;
    uint64_t kernel_start, kernel_end; /* guest-physical, the kernel's own need included */
    uint64_t initrd_start;
};

/** Copy images, command line and boot structures into guest memory. Returns NULL and *entry, or a
 * text that says what is wrong (the guest must then not be started). The ACPI tables are not
 * touched; their RSDP is expected at rsdp (0: none). */
const char *vmm_boot_load(struct vmm *vm, const struct vmm_boot_images *images, uint64_t rsdp,
                          struct vmm_boot_entry *entry);

/** Put a freshly reset vCPU 0 at the entry. Returns 0, or -1 when the kernel refuses the state. */
int vmm_boot_enter(struct vmm *vm, const struct vmm_boot_entry *entry);

/** One entry of the memory map given to guests. */
struct vmm_e820 {
    uint64_t base, size;
    uint32_t type; /* 1 RAM, 2 reserved */
} __attribute__((packed));
#define VMM_MAX_E820 16
/** Fill map (VMM_MAX_E820 entries); returns how many. */
unsigned vmm_e820(const struct vmm *vm, struct vmm_e820 *map);
