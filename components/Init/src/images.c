/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Kernel and initrd, in place in the file payload that is mapped read-only: nothing is copied but
 * into guest memory. */
#include <camkes.h>
#include <cpio/cpio.h>
#include "init.h"

static const char *find(const char *name, const uint8_t **data, size_t *size)
{
    struct cpio_file file;
    *data = NULL;
    *size = 0;
    if (!name || !*name) {
        return NULL;
    }
    if (!vm_resources.files) {
        return "there are no files in this image (AddToFileServer)";
    }
    switch (cpio_find((const void *)vm_resources.files, vm_resources.files_size, name, &file)) {
    case CPIO_OK:
        *data = file.data;
        *size = file.size;
        return NULL;
    case CPIO_END:
        return "no file of that name (AddToFileServer)";
    default:
        return "the file payload is damaged";
    }
}

const char *init_find_images(struct vmm_boot_images *images)
{
    const char *error = find(kernel_image, &images->kernel, &images->kernel_size);
    if (!error && !images->kernel) {
        error = "the attribute kernel_image is empty";
    }
    error = error ? error : find(initrd_image, &images->initrd, &images->initrd_size);
    images->cmdline = kernel_cmdline;
    return error;
}
