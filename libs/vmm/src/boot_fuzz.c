/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Kernel images: made-up ELF and bzImage headers. A load either fails with a text or gives an entry
 * inside the loaded kernel. */
#include <vmm/boot.h>
#include "dev/test_machine.h"

#define RAM (8u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void put(uint8_t *image, unsigned at, uint64_t value, unsigned size)
{
    memcpy(image + at, &value, size);
}

/* Give random bytes a head that gets past the first checks. */
static void shape(uint8_t *image, size_t n)
{
    if (n < 0x300) {
        return;
    }
    if (image[0] & 1) {
        put(image, 0x202, 0x53726448, 4); /* HdrS */
        put(image, 0x1fe, 0xaa55, 2);
        put(image, 0x206, 0x20f, 2);
        put(image, 0x211, 1, 1);
        put(image, 0x1f1, image[1] & 3, 1);
        put(image, 0x258, (uint64_t)(image[2] & 15) << 20, 8);
        put(image, 0x260, (uint64_t)image[3] << 16, 4);
        return;
    }
    bool wide = image[0] & 2;
    uint64_t paddr = (uint64_t)(image[1] & 15) << 20, size = image[2];
    put(image, 0, 0x464c457f, 4);
    put(image, 4, wide ? 0x0102 : 0x0101, 2);
    put(image, 18, wide ? 62 : 3, 2);
    put(image, wide ? 32 : 28, 0x80, wide ? 8 : 4);
    put(image, wide ? 54 : 42, wide ? 56 : 32, 2);
    put(image, wide ? 56 : 44, 1 + (image[3] & 3), 2);
    put(image, 0x80, 1, 4);
    put(image, 0x80 + (wide ? 24 : 12), paddr, wide ? 8 : 4);
    put(image, 0x80 + (wide ? 32 : 16), size, wide ? 8 : 4);
    put(image, 24, paddr + size / 2, wide ? 8 : 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct test_machine *m = test_machine_new(1);
    struct vcpu_run run = {.version = VCPU_RUN_VERSION, .size = sizeof run};
    uint8_t *ram = calloc(1, RAM), *image = malloc(n ? n : 1);
    memcpy(image, data, n);
    shape(image, n);
    const struct vmm_region region = {.size = RAM, .host = ram, .writable = true};
    vmm_set_run_page(&m->vm, 0, &run);
    vmm_memory_add(&m->vm, &region);
    struct vmm_boot_images images = {.kernel = image, .kernel_size = n, .cmdline = "x"};
    if (n > 600) {
        images.initrd = image + 500;
        images.initrd_size = n - 500;
    }
    struct vmm_boot_entry entry;
    if (vmm_boot_load(&m->vm, &images, 0, &entry) == NULL) {
        if (entry.rip < entry.kernel_start || entry.rip >= entry.kernel_end ||
            entry.kernel_end > RAM + (2u << 20)) {
            abort();
        }
        vmm_boot_enter(&m->vm, &entry);
    }
    free(image);
    free(ram);
    free(m);
    return 0;
}
