/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Boot modules: device untypeds that hold their contents, mapped into this address space. */
#include "host.h"

/* Map the part of one untyped that belongs to the file; returns the next address needed. */
static uint64_t map_untyped(seL4_CPtr untyped, const seL4_UntypedDesc *d,
                            const seL4_BootPayloadItem *item, uint8_t *base)
{
    uint64_t end = (item->paddr + item->size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
    uint64_t at = d->paddr;
    while (at < d->paddr + (1ul << d->sizeBits) && at < end) {
        seL4_CPtr slot = new_slot();
        CHECK_EQ(seL4_Untyped_Retype(untyped, seL4_X86_4K, 0, ROOT_CNODE, 0, 0, slot, 1),
                 seL4_NoError);
        if (at >= item->paddr) {
            map_frame_at(seL4_CapInitThreadVSpace, slot, (seL4_Word)base + (at - item->paddr),
                         seL4_CanRead, 0);
        }
        at += PAGE_SIZE;
    }
    return at;
}

static const seL4_BootPayloadItem *find(const char *name)
{
    const seL4_BootPayload *payload = boot_record(SEL4_BOOTINFO_HEADER_PAYLOAD);
    for (uint64_t i = 0; payload && i < payload->count; i++) {
        if (strcmp(payload->item[i].name, name) == 0) {
            return &payload->item[i];
        }
    }
    return NULL;
}

struct boot_file boot_file(const char *name)
{
    static uint64_t next = 0x200000000ul; /* away from where the harness maps */
    const seL4_BootPayloadItem *item = find(name);
    if (!item) {
        return (struct boot_file){0};
    }
    uint8_t *base = (uint8_t *)next;
    next += (item->size + 0x3ffffffful) & ~0x3ffffffful;
    for (seL4_Word i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++) {
        const seL4_UntypedDesc *d = &boot_info->untypedList[i];
        uint64_t size = 1ul << d->sizeBits;
        if (d->isDevice && d->paddr < item->paddr + item->size && d->paddr + size > item->paddr) {
            map_untyped(boot_info->untyped.start + i, d, item, base);
        }
    }
    return (struct boot_file){.data = base, .size = item->size};
}
