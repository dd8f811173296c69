/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Contents of frames. A frame is mapped in a window, written and unmapped again, before its
 * final mapping exists: the kernel has cleared everything else.
 */
#include "loader.h"

struct window {
    cptr frame;
    char *memory;
};

static struct window open_window(struct loader *l, uint32_t n, unsigned bits)
{
    uint64_t vaddr = bits == 21 ? LOADER_COPY_2M : LOADER_COPY_4K;
    struct window w = {space_object(l, n), NULL};
    loader_check(
        sys_map_frame(w.frame, seL4_CapInitThreadVSpace, vaddr, CAPSPEC_READ | CAPSPEC_WRITE, 0),
        "filling", space_name(l, n));
    w.memory = sys_memory(vaddr);
    return w;
}

static void close_window(struct loader *l, struct window w, uint32_t n)
{
    loader_check(sys_unmap_frame(w.frame), "filling", space_name(l, n));
}

static void fill_run(struct loader *l, const struct capspec_fill *f, const char *from,
                     uint64_t size)
{
    unsigned bits = view_object(l->spec, f->object)->size_bits;
    uint64_t offset = f->offset, frame_size = 1ull << bits;
    while (size) {
        uint32_t n = f->object + (uint32_t)(offset >> bits);
        uint64_t at = offset & (frame_size - 1);
        uint64_t part = frame_size - at < size ? frame_size - at : size;
        struct window w = open_window(l, n, bits);
        __builtin_memcpy(w.memory + at, from, part);
        close_window(l, w, n);
        offset += part;
        from += part;
        size -= part;
    }
}

void contents_fill(struct loader *l)
{
    uint32_t count;
    const struct capspec_fill *f = view_section(l->spec, CAPSPEC_SEC_FILLS, &count);
    for (uint32_t i = 0; i < count; i++) {
        const char *from = (const char *)l->spec + l->spec->data_offset + f[i].source;
        uint64_t size = f[i].size;
        if (f[i].kind == CAPSPEC_FILL_BOOTINFO) {
            const seL4_BootInfoHeader *h = space_record(l, f[i].source);
            if (!h) /* a record that this machine does not have reads as zeros */
                continue;
            from = (const char *)h;
            if (h->len < size)
                size = h->len;
        }
        fill_run(l, &f[i], from, size);
    }
}

static uint64_t patch_value(struct loader *l, const struct capspec_patch *p)
{
    uint64_t value = 0;
    uint32_t records;
    view_section(l->spec, CAPSPEC_SEC_HARDWARE, &records);
    switch (p->kind) {
    case CAPSPEC_PATCH_PADDR:
        loader_check(sys_frame_paddr(space_object(l, (uint32_t)p->value), &value), "address of",
                     space_name(l, (uint32_t)p->value));
        return value;
    case CAPSPEC_PATCH_HW_BASE:
    case CAPSPEC_PATCH_HW_SIZE:
        if (p->value >= records)
            loader_fail("a patch of '%s' names no hardware", space_name(l, p->object));
        return p->kind == CAPSPEC_PATCH_HW_BASE ? l->hardware[p->value].base
                                                : l->hardware[p->value].size;
    default: {
        const seL4_BootTscHz *t = (const void *)space_record(l, SEL4_BOOTINFO_HEADER_TSC_HZ);
        return t ? t->hz : 0;
    }
    }
}

void contents_patch(struct loader *l)
{
    uint32_t count;
    const struct capspec_patch *p = view_section(l->spec, CAPSPEC_SEC_PATCHES, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t value = patch_value(l, &p[i]);
        struct window w = open_window(l, p[i].object, view_object(l->spec, p[i].object)->size_bits);
        __builtin_memcpy(w.memory + p[i].offset, &value, sizeof value);
        close_window(l, w, p[i].object);
    }
}
