/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The payload table: items the image tool appended to the kernel file and entered here. The
 * section is found by its name; the layout is a contract with tools/image.
 */
#include "boot.h"
#include <kernel/printf.h>
#include <string.h>

#define PAYLOAD_VERSION   1
#define PAYLOAD_MAX_ITEMS 8

struct boot_payload {
    char magic[16];
    uint32_t version, count;
    struct {
        uint64_t paddr, size;
        char name[BOOT_NAME_SIZE];
    } item[PAYLOAD_MAX_ITEMS];
};

/* volatile: the compiler must not believe the count it sees here. */
static volatile struct boot_payload payload
    __attribute__((section(".payload"), used, aligned(16))) = {
        .magic = "CAMKES-VM-IMAGE",
        .version = PAYLOAD_VERSION,
};

void payload_read(void)
{
    for (unsigned i = 0; i < payload.count && i < PAYLOAD_MAX_ITEMS; i++) {
        if (boot_params.num_modules == BOOT_MAX_MODULES) {
            panic("too many payload items");
        }
        struct boot_module *m = &boot_params.module[boot_params.num_modules++];
        m->base = payload.item[i].paddr;
        m->size = payload.item[i].size;
        for (unsigned c = 0; c < BOOT_NAME_SIZE; c++) {
            m->name[c] = payload.item[i].name[c];
        }
    }
}

static struct boot_module take(unsigned index)
{
    struct boot_module m = boot_params.module[index];
    boot_params.num_modules--;
    for (unsigned i = index; i < boot_params.num_modules; i++) {
        boot_params.module[i] = boot_params.module[i + 1];
    }
    return m;
}

struct boot_module payload_take_root(void)
{
    for (unsigned i = 0; i < boot_params.num_modules; i++) {
        if (payload.count && memcmp(boot_params.module[i].name, "root", 5) == 0) {
            return take(i);
        }
    }
    if (boot_params.num_modules == 0) {
        panic("no root task: neither in the image nor as first boot module");
    }
    return take(0);
}
