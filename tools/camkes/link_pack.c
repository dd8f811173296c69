/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The packed form of a completed specification: records, strings, frame contents. */
#include <sel4/api_table.h>
#include "link.h"
#include "spec_internal.h"
#include "arena.h"

#include <stdlib.h>
#include <string.h>

#define CONTENT_ALIGN 16

/* A growing byte buffer. */
struct buffer {
    uint8_t *data;
    size_t size, room;
    uint32_t records;
};

/* Contents already in the data area: equal bytes are stored once. */
struct content {
    uint64_t hash;
    size_t offset, size;
    struct content *next;
};

struct packer {
    struct link *link;
    struct spec *spec;
    struct buffer section[CAPSPEC_NUM_SECTIONS];
    struct buffer data;
    struct content *contents;
};

static void *buffer_add(struct buffer *b, size_t size)
{
    if (b->size + size > b->room) {
        b->room = (b->size + size) * 2;
        b->data = realloc(b->data, b->room);
        if (!b->data) {
            fputs("camkes: out of memory\n", stderr);
            exit(1);
        }
    }
    void *at = b->data + b->size;
    memset(at, 0, size);
    b->size += size;
    b->records++;
    return at;
}

#define pack_add(p, id, type) ((type *)buffer_add(&(p)->section[id], sizeof(type)))

/* Offset of a string in the table; equal strings share one. */
static uint32_t pack_string(struct packer *p, const char *text)
{
    struct buffer *b = &p->section[CAPSPEC_SEC_STRINGS];
    for (size_t at = 0; at < b->size; at += strlen((char *)b->data + at) + 1)
        if (!strcmp((char *)b->data + at, text))
            return (uint32_t)at;
    size_t at = b->size;
    memcpy(buffer_add(b, strlen(text) + 1), text, strlen(text));
    return (uint32_t)at;
}

static uint32_t flat(const struct spec_object *o, uint32_t index)
{
    return o ? o->first + index : CAPSPEC_NONE;
}

static void pack_custody(struct packer *p)
{
    struct link_custody *table;
    unsigned count = link_custodies(p->spec, &table);
    for (unsigned i = 0; i < count; i++) {
        uint32_t bits = 1;
        while ((1u << bits) < table[i].slots)
            bits++;
        struct capspec_custody *c = pack_add(p, CAPSPEC_SEC_CUSTODY, struct capspec_custody);
        c->bits = bits;
        uint32_t name = pack_string(p, table[i].name);
        c->name = name;
    }
}

static void pack_hardware(struct packer *p)
{
    for (uint32_t i = 0; i < p->spec->num_hardware; i++) {
        const struct spec_hardware *h = p->spec->hardware[i];
        struct capspec_hardware hw = h->hw;
        hw.name = pack_string(p, h->name);
        if (hw.kind == CAPSPEC_HW_PAYLOAD) {
            char item[16] = "";
            sscanf(h->name, "payload(%15[^)])", item);
            hw.arg[0] = pack_string(p, item);
        }
        *pack_add(p, CAPSPEC_SEC_HARDWARE, struct capspec_hardware) = hw;
    }
}

static int compare_first(const void *a, const void *b)
{
    const struct spec_object *x = *(struct spec_object *const *)a;
    const struct spec_object *y = *(struct spec_object *const *)b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static uint32_t pack_objects(struct packer *p)
{
    size_t count;
    uint32_t total = 0;
    struct spec_object **order = link_order_objects(p->spec, &count);
    qsort(order, count, sizeof *order, compare_first);
    for (size_t i = 0; i < count; i++) {
        const struct spec_object *o = order[i];
        struct capspec_object record = {.name = pack_string(p, o->name),
                                        .first = o->first,
                                        .count = o->count,
                                        .slot = o->slot,
                                        .custody = o->custody,
                                        .type = (uint8_t)o->type,
                                        .size_bits = (uint8_t)o->size_bits,
                                        .flags = (uint16_t)o->flags,
                                        .source = o->source};
        if (o->hardware)
            record.hardware = (uint16_t)o->hardware->number;
        *pack_add(p, CAPSPEC_SEC_OBJECTS, struct capspec_object) = record;
        total = o->first + o->count;
    }
    free(order);
    return total;
}

/* Upper tables first: a table or frame is mapped only below what exists already. */
static int map_level(const struct spec_map *m)
{
    switch (m->object->type) {
    case CAPSPEC_PDPT:
    case CAPSPEC_EPT_PDPT:
        return 0;
    case CAPSPEC_PD:
    case CAPSPEC_EPT_PD:
        return 1;
    case CAPSPEC_PT:
    case CAPSPEC_EPT_PT:
        return 2;
    default:
        return 3;
    }
}

static void pack_map(struct packer *p, const struct spec_map *m)
{
    struct capspec_map *r = pack_add(p, CAPSPEC_SEC_MAPS, struct capspec_map);
    r->space = flat(m->space, 0);
    r->object = flat(m->object, m->index);
    r->count = m->count;
    r->slot = m->slot;
    r->vaddr = m->vaddr;
    r->rights = (uint8_t)(m->rights & (CAPSPEC_READ | CAPSPEC_WRITE));
    r->attributes = (uint8_t)((m->rights & SPEC_UNCACHED ? CAPSPEC_MAP_UNCACHED : 0) |
                              (m->rights & SPEC_EXECUTE ? CAPSPEC_MAP_EXECUTE : 0));
}

static void pack_maps(struct packer *p)
{
    for (int level = 0; level <= 3; level++)
        for (const struct spec_map *m = p->spec->maps; m; m = m->next)
            if (map_level(m) == level)
                pack_map(p, m);
}

static uint64_t hash_bytes(const uint8_t *data, size_t size)
{
    uint64_t hash = 1469598103934665603ull;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 1099511628211ull;
    return hash;
}

static uint64_t pack_content(struct packer *p, const uint8_t *data, size_t size)
{
    uint64_t hash = hash_bytes(data, size);
    for (struct content *c = p->contents; c; c = c->next)
        if (c->hash == hash && c->size == size && !memcmp(p->data.data + c->offset, data, size))
            return c->offset;
    struct content *c = arena_new(p->spec->arena, struct content);
    *c = (struct content){hash, p->data.size, size, p->contents};
    p->contents = c;
    size_t padded = (size + CONTENT_ALIGN - 1) & ~(size_t)(CONTENT_ALIGN - 1);
    memcpy(buffer_add(&p->data, padded), data, size);
    return c->offset;
}

static void pack_fill(struct packer *p, const struct spec_fill *f)
{
    uint64_t room = (uint64_t)f->object->count << f->object->size_bits;
    struct capspec_fill r = {.object = flat(f->object, 0),
                             .kind = (uint16_t)f->kind,
                             .offset = f->offset,
                             .source = f->source,
                             .size = f->size};
    if (f->offset > room || f->size > room - f->offset)
        spec_error(p->spec, "contents of '%s': 0x%llx bytes at 0x%llx, it has 0x%llx",
                   f->object->name, (unsigned long long)f->size, (unsigned long long)f->offset,
                   (unsigned long long)room);
    if (f->kind == CAPSPEC_FILL_DATA) {
        struct link_elf *elf = link_find_elf(p->link, f->file);
        if (!elf) {
            spec_error(p->spec, "contents of '%s': no file '%s' was given (--elf %s=FILE)",
                       f->object->name, f->file, f->file);
            return;
        }
        if (f->source > elf->size || f->size > elf->size - f->source) {
            spec_error(p->spec, "contents of '%s': '%s' is too short", f->object->name, elf->path);
            return;
        }
        r.source = pack_content(p, elf->data + f->source, (size_t)f->size);
    }
    *pack_add(p, CAPSPEC_SEC_FILLS, struct capspec_fill) = r;
}

static void pack_patches(struct packer *p)
{
    for (const struct spec_patch *x = p->spec->patches; x; x = x->next) {
        struct capspec_patch *r = pack_add(p, CAPSPEC_SEC_PATCHES, struct capspec_patch);
        r->object = flat(x->object, (uint32_t)(x->offset >> x->object->size_bits));
        r->offset = x->offset & ((1ull << x->object->size_bits) - 1);
        r->kind = x->kind;
        r->value = x->kind == CAPSPEC_PATCH_PADDR ? flat(x->target, x->target_index)
                   : x->hardware                  ? x->hardware->number
                                                  : 0;
    }
}

static void pack_caps(struct packer *p)
{
    for (const struct spec_cap *c = p->spec->caps; c; c = c->next)
        *pack_add(p, CAPSPEC_SEC_CAPS, struct capspec_cap) =
            (struct capspec_cap){.cnode = flat(c->cnode, 0),
                                 .slot = (uint32_t)c->slot,
                                 .object = flat(c->target, c->index),
                                 .count = c->count,
                                 .badge = c->badge,
                                 .rights = c->rights,
                                 .flags = c->flags};
    for (const struct spec_irq *i = p->spec->irqs; i; i = i->next)
        *pack_add(p, CAPSPEC_SEC_IRQS, struct capspec_irq) =
            (struct capspec_irq){.irq = flat(i->irq, 0),
                                 .notification = flat(i->notification, 0),
                                 .badge = i->badge,
                                 .slot = i->slot,
                                 .flags = i->flags};
    for (const struct spec_guest_ports *g = p->spec->ports; g; g = g->next)
        *pack_add(p, CAPSPEC_SEC_PORTS, struct capspec_guest_ports) =
            (struct capspec_guest_ports){flat(g->vcpu, 0), flat(g->ports, 0), g->first, g->last};
}

static void pack_thread(struct packer *p, const struct spec_thread *t)
{
    struct capspec_thread *r = pack_add(p, CAPSPEC_SEC_THREADS, struct capspec_thread);
    *r = (struct capspec_thread){.tcb = flat(t->tcb, 0),
                                 .cspace = flat(t->cspace, 0),
                                 .vspace = flat(t->vspace, 0),
                                 .ipc_buffer = flat(t->ipc_buffer, t->ipc_index),
                                 .ipc_vaddr = t->ipc_vaddr,
                                 .fault_ep = t->fault_ep,
                                 .notification = flat(t->notification, 0),
                                 .vcpu = flat(t->vcpu, 0),
                                 .run_page = flat(t->run_page, t->run_page_index),
                                 .ept_root = flat(t->ept_root, 0),
                                 .priority = (uint8_t)t->priority,
                                 .max_priority = (uint8_t)t->max_priority,
                                 .domain = (uint8_t)t->domain,
                                 .affinity = (uint8_t)t->affinity,
                                 .rip = t->rip,
                                 .rsp = t->rsp};
    r->flags = (t->resume ? CAPSPEC_THREAD_RESUME : 0) | (t->no_fpu ? CAPSPEC_THREAD_NO_FPU : 0);
    memcpy(r->arg, t->arg, sizeof r->arg);
}

static void pad_to(FILE *out, uint64_t from, uint64_t to)
{
    for (; from < to; from++)
        fputc(0, out);
}

static void pack_write(struct packer *p, struct capspec_header *h, FILE *out)
{
    uint64_t at = sizeof *h;
    for (int i = 0; i < CAPSPEC_NUM_SECTIONS; i++) {
        at = (at + 7) & ~7ull;
        h->section[i].offset = (uint32_t)at;
        h->section[i].count =
            i == CAPSPEC_SEC_STRINGS ? (uint32_t)p->section[i].size : p->section[i].records;
        at += p->section[i].size;
    }
    h->data_offset = (at + CAPSPEC_DATA_ALIGN - 1) & ~(uint64_t)(CAPSPEC_DATA_ALIGN - 1);
    h->total_size = h->data_offset + p->data.size;
    fwrite(h, sizeof *h, 1, out);
    at = sizeof *h;
    for (int i = 0; i < CAPSPEC_NUM_SECTIONS; i++) {
        pad_to(out, at, h->section[i].offset);
        if (p->section[i].size)
            fwrite(p->section[i].data, 1, p->section[i].size, out);
        at = h->section[i].offset + p->section[i].size;
    }
    pad_to(out, at, h->data_offset);
    if (p->data.size)
        fwrite(p->data.data, 1, p->data.size, out);
}

bool link_pack(struct link *link, FILE *out)
{
    struct packer p = {.link = link, .spec = link->spec};
    struct capspec_header h = {.version = CAPSPEC_VERSION, .api_version = SEL4_API_VERSION};
    memcpy(h.magic, CAPSPEC_MAGIC, sizeof CAPSPEC_MAGIC);
    pack_string(&p, "");
    pack_custody(&p);
    pack_hardware(&p);
    h.num_objects = pack_objects(&p);
    h.memory = link_check_memory(link);
    h.root_bits = 1;
    while ((1u << h.root_bits) < link->spec->num_custody + 1)
        h.root_bits++;
    pack_maps(&p);
    for (const struct spec_fill *f = p.spec->fills; f; f = f->next)
        pack_fill(&p, f);
    pack_patches(&p);
    pack_caps(&p);
    for (const struct spec_thread *t = p.spec->threads; t; t = t->next)
        pack_thread(&p, t);
    bool ok = !spec_errors(p.spec);
    if (ok)
        pack_write(&p, &h, out);
    for (int i = 0; i < CAPSPEC_NUM_SECTIONS; i++)
        free(p.section[i].data);
    free(p.data.data);
    return ok && !ferror(out);
}
