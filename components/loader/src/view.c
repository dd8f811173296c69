/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Reading a packed specification. Everything the other parts rely on is checked here once:
 * sections inside the blob, object and string numbers in range.
 */
#include "loader.h"

static const uint32_t record_size[CAPSPEC_NUM_SECTIONS] = {
    [CAPSPEC_SEC_STRINGS] = 1,
    [CAPSPEC_SEC_CUSTODY] = sizeof(struct capspec_custody),
    [CAPSPEC_SEC_HARDWARE] = sizeof(struct capspec_hardware),
    [CAPSPEC_SEC_OBJECTS] = sizeof(struct capspec_object),
    [CAPSPEC_SEC_MAPS] = sizeof(struct capspec_map),
    [CAPSPEC_SEC_FILLS] = sizeof(struct capspec_fill),
    [CAPSPEC_SEC_PATCHES] = sizeof(struct capspec_patch),
    [CAPSPEC_SEC_CAPS] = sizeof(struct capspec_cap),
    [CAPSPEC_SEC_IRQS] = sizeof(struct capspec_irq),
    [CAPSPEC_SEC_THREADS] = sizeof(struct capspec_thread),
    [CAPSPEC_SEC_PORTS] = sizeof(struct capspec_guest_ports),
};

const void *view_section(const struct capspec_header *h, enum capspec_section_id id,
                         uint32_t *count)
{
    *count = h->section[id].count;
    return (const char *)h + h->section[id].offset;
}

const char *view_string(const struct capspec_header *h, uint32_t offset)
{
    uint32_t size;
    const char *strings = view_section(h, CAPSPEC_SEC_STRINGS, &size);
    return offset < size ? strings + offset : "?";
}

const struct capspec_object *view_object(const struct capspec_header *h, uint32_t n)
{
    uint32_t count;
    const struct capspec_object *o = view_section(h, CAPSPEC_SEC_OBJECTS, &count);
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (n < o[middle].first)
            high = middle;
        else if (n - o[middle].first >= o[middle].count)
            low = middle + 1;
        else
            return &o[middle];
    }
    return NULL;
}

static const char *check_header(const struct capspec_header *h, uint64_t size, uint32_t api_version)
{
    static const char magic[8] = CAPSPEC_MAGIC;
    if (size < sizeof *h)
        return "too short";
    for (int i = 0; i < 8; i++)
        if (h->magic[i] != magic[i])
            return "no capability specification";
    if (h->version != CAPSPEC_VERSION)
        return "made for another version of the loader";
    if (h->api_version != api_version)
        return "made for another version of the kernel";
    if (h->total_size > size || h->data_offset > h->total_size)
        return "cut off";
    if (!h->root_bits || h->root_bits > 16)
        return "damaged: root_bits";
    for (int i = 0; i < CAPSPEC_NUM_SECTIONS; i++) {
        uint64_t bytes = (uint64_t)h->section[i].count * record_size[i];
        uint64_t end = h->section[i].offset + bytes;
        if (h->section[i].offset < sizeof *h || end > h->data_offset ||
            (i != CAPSPEC_SEC_STRINGS && h->section[i].offset % 8))
            return "damaged: section table";
    }
    const struct capspec_section *s = &h->section[CAPSPEC_SEC_STRINGS];
    if (!s->count || ((const char *)h)[s->offset + s->count - 1])
        return "damaged: strings";
    return NULL;
}

static const char *check_objects(const struct capspec_header *h)
{
    uint32_t count, custodies, hardware, next = 0;
    const struct capspec_custody *c = view_section(h, CAPSPEC_SEC_CUSTODY, &custodies);
    view_section(h, CAPSPEC_SEC_HARDWARE, &hardware);
    if (!custodies || custodies >= 1u << h->root_bits)
        return "damaged: custodies";
    for (uint32_t i = 0; i < custodies; i++)
        if (!c[i].bits || c[i].bits > 24)
            return "damaged: size of a custody";
    const struct capspec_object *o = view_section(h, CAPSPEC_SEC_OBJECTS, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool placed = o[i].flags & CAPSPEC_OBJ_AT_HARDWARE ||
                      (o[i].type >= CAPSPEC_IRQ && o[i].type <= CAPSPEC_IOSPACE);
        if (o[i].first != next || !o[i].count || o[i].custody >= custodies)
            return "damaged: objects";
        if (o[i].slot + (uint64_t)o[i].count > 1ull << c[o[i].custody].bits)
            return "damaged: custody slot of an object";
        if (o[i].size_bits > (o[i].type == CAPSPEC_UNTYPED ? 47 : 30))
            return "damaged: size of an object";
        if (placed && o[i].hardware >= hardware)
            return "damaged: hardware number of an object";
        next += o[i].count;
    }
    return next == h->num_objects ? NULL : "damaged: number of objects";
}

/* A flat number that must name an object, with `count` - 1 more behind it in its run. */
static bool object_ok(const struct capspec_header *h, uint32_t n, uint32_t count)
{
    const struct capspec_object *o = view_object(h, n);
    return o && count && count <= o->count - (n - o->first);
}

static bool optional_ok(const struct capspec_header *h, uint32_t n)
{
    return n == CAPSPEC_NONE || object_ok(h, n, 1);
}

static const char *check_references(const struct capspec_header *h)
{
    uint32_t count;
    const struct capspec_map *m = view_section(h, CAPSPEC_SEC_MAPS, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!object_ok(h, m[i].space, 1) || !object_ok(h, m[i].object, m[i].count))
            return "damaged: a mapping";
    const struct capspec_fill *f = view_section(h, CAPSPEC_SEC_FILLS, &count);
    for (uint32_t i = 0; i < count; i++) {
        const struct capspec_object *o = view_object(h, f[i].object);
        uint64_t data = h->total_size - h->data_offset;
        if (!o || f[i].offset + f[i].size < f[i].size ||
            f[i].offset + f[i].size > (uint64_t)o->count << o->size_bits ||
            f[i].kind > CAPSPEC_FILL_BOOTINFO ||
            (f[i].kind == CAPSPEC_FILL_DATA &&
             (f[i].source > data || f[i].size > data - f[i].source)))
            return "damaged: contents";
    }
    const struct capspec_patch *p = view_section(h, CAPSPEC_SEC_PATCHES, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!object_ok(h, p[i].object, 1) || p[i].offset % 8 ||
            p[i].offset >= 1ull << view_object(h, p[i].object)->size_bits ||
            (p[i].kind == CAPSPEC_PATCH_PADDR && !object_ok(h, (uint32_t)p[i].value, 1)))
            return "damaged: a patch";
    const struct capspec_cap *c = view_section(h, CAPSPEC_SEC_CAPS, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!object_ok(h, c[i].cnode, 1) || !object_ok(h, c[i].object, c[i].count))
            return "damaged: a capability";
    const struct capspec_irq *q = view_section(h, CAPSPEC_SEC_IRQS, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!object_ok(h, q[i].irq, 1) || !object_ok(h, q[i].notification, 1))
            return "damaged: an interrupt";
    return NULL;
}

static const char *check_threads(const struct capspec_header *h)
{
    uint32_t count;
    const struct capspec_thread *t = view_section(h, CAPSPEC_SEC_THREADS, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!object_ok(h, t[i].tcb, 1) || !object_ok(h, t[i].cspace, 1) ||
            !object_ok(h, t[i].vspace, 1) || !optional_ok(h, t[i].ipc_buffer) ||
            !optional_ok(h, t[i].notification) || !optional_ok(h, t[i].vcpu) ||
            !optional_ok(h, t[i].run_page) || !optional_ok(h, t[i].ept_root))
            return "damaged: a thread";
    const struct capspec_guest_ports *g = view_section(h, CAPSPEC_SEC_PORTS, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!object_ok(h, g[i].vcpu, 1) || !object_ok(h, g[i].ports, 1))
            return "damaged: guest ports";
    return NULL;
}

const char *view_validate(const void *blob, uint64_t size, uint32_t api_version)
{
    const struct capspec_header *h = blob;
    const char *problem = check_header(h, size, api_version);
    if (!problem)
        problem = check_objects(h);
    if (!problem)
        problem = check_references(h);
    if (!problem)
        problem = check_threads(h);
    return problem;
}
