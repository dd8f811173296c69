/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The object graph of a capability specification: objects, capabilities, threads. */
#include "spec.h"
#include "spec_internal.h"
#include "arena.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct spec *spec_create(void)
{
    struct spec *spec = calloc(1, sizeof *spec);
    struct arena *arena = calloc(1, sizeof *arena);
    if (!spec || !arena) {
        fputs("camkes: out of memory\n", stderr);
        exit(1);
    }
    spec->arena = arena;
    spec->objects_tail = &spec->objects;
    spec->caps_tail = &spec->caps;
    spec->maps_tail = &spec->maps;
    spec->fills_tail = &spec->fills;
    spec->patches_tail = &spec->patches;
    spec->irqs_tail = &spec->irqs;
    spec->threads_tail = &spec->threads;
    spec->ports_tail = &spec->ports;
    spec->notes_tail = &spec->notes;
    return spec;
}

void spec_destroy(struct spec *spec)
{
    arena_free(spec->arena);
    free(spec->arena);
    free(spec);
}

unsigned spec_errors(const struct spec *spec)
{
    return spec->num_errors;
}

void spec_error(struct spec *spec, const char *format, ...)
{
    size_t used = strlen(spec->errors);
    size_t room = sizeof spec->errors - used;
    spec->num_errors++;
    if (room < 3)
        return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(spec->errors + used, room - 1, format, args);
    va_end(args);
    if (n > 0)
        strcat(spec->errors, "\n");
}

/* FNV-1a: spreads the similar names of one system well enough for a fixed table. */
static unsigned spec_hash(const char *name)
{
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash % SPEC_INDEX_SIZE;
}

struct spec_object *spec_find(const struct spec *spec, const char *name)
{
    for (struct spec_object *o = spec->index[spec_hash(name)]; o; o = o->same_hash)
        if (!strcmp(o->name, name))
            return o;
    return NULL;
}

bool spec_name_valid(const char *name)
{
    if (!*name)
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && !strchr("_.-", *name))
            return false;
    return true;
}

/* X(type, word, size_bits): the words of the text form and the natural sizes. */
static const struct {
    enum capspec_type type;
    const char *word;
    unsigned size_bits;
} types[] = {
    {CAPSPEC_UNTYPED, "untyped", 0},
    {CAPSPEC_TCB, "tcb", 12},
    {CAPSPEC_ENDPOINT, "endpoint", 4},
    {CAPSPEC_NOTIFICATION, "notification", 6},
    {CAPSPEC_CNODE, "cnode", 0},
    {CAPSPEC_PDPT, "pdpt", 12},
    {CAPSPEC_PML4, "pml4", 12},
    {CAPSPEC_FRAME_1G, "frame1G", 30},
    {CAPSPEC_FRAME_4K, "frame4K", 12},
    {CAPSPEC_FRAME_2M, "frame2M", 21},
    {CAPSPEC_PT, "pt", 12},
    {CAPSPEC_PD, "pd", 12},
    {CAPSPEC_IOPT, "iopt", 12},
    {CAPSPEC_VCPU, "vcpu", 15},
    {CAPSPEC_EPT_PML4, "ept_pml4", 12},
    {CAPSPEC_EPT_PDPT, "ept_pdpt", 12},
    {CAPSPEC_EPT_PD, "ept_pd", 12},
    {CAPSPEC_EPT_PT, "ept_pt", 12},
    {CAPSPEC_IRQ, "irq", 0},
    {CAPSPEC_PORTS, "ports", 0},
    {CAPSPEC_IOSPACE, "iospace", 0},
    {CAPSPEC_ASID_POOL, "asid_pool", 12},
};

const char *spec_type_word(enum capspec_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return types[i].word;
    return "unknown";
}

bool spec_type_from_word(const char *word, enum capspec_type *type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!strcmp(types[i].word, word)) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

static unsigned spec_type_size(enum capspec_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return types[i].size_bits;
    return 0;
}

struct spec_object *spec_add_object(struct spec *spec, const char *owner, enum capspec_type type,
                                    const char *name, unsigned size_bits, uint32_t count)
{
    if (!spec_name_valid(name))
        spec_error(spec, "object '%s': a name is made of letters, digits and _.-", name);
    if (spec_find(spec, name))
        spec_error(spec, "object '%s' exists already", name);
    if (count == 0)
        spec_error(spec, "object '%s': a run needs at least one object", name);
    if (type == CAPSPEC_UNTYPED && (size_bits < 4 || size_bits > 47))
        spec_error(spec, "untyped '%s': size_bits is %u, must be 4 to 47", name, size_bits);
    struct spec_object *o = arena_new(spec->arena, struct spec_object);
    o->name = arena_printf(spec->arena, "%s", name);
    o->owner = arena_printf(spec->arena, "%s", owner);
    o->type = type;
    bool sized = type == CAPSPEC_UNTYPED || type == CAPSPEC_CNODE;
    o->size_bits = sized ? size_bits : spec_type_size(type);
    o->count = count;
    o->next_slot = 1;
    o->next_small = SPEC_SMALL_WINDOW;
    o->next_large = SPEC_LARGE_WINDOW;
    *spec->objects_tail = o;
    spec->objects_tail = &o->next;
    unsigned hash = spec_hash(name);
    o->same_hash = spec->index[hash];
    spec->index[hash] = o;
    return o;
}

/* Frames of the largest size that divides both the place and the length. */
static struct spec_object *spec_add_sized_frames(struct spec *spec, const char *owner,
                                                 const char *name, uint64_t place, uint64_t bytes)
{
    enum capspec_type type = CAPSPEC_FRAME_4K;
    unsigned bits = 12;
    if (!((place | bytes) & (SPEC_2M - 1))) {
        type = CAPSPEC_FRAME_2M;
        bits = 21;
    }
    if (!bytes || (place | bytes) & 0xfff)
        spec_error(spec, "frames '%s': place and size must be multiples of 4096", name);
    return spec_add_object(spec, owner, type, name, 0, (uint32_t)((bytes + 4095) >> bits));
}

static struct spec_object *spec_find_source(const struct spec *spec, uint32_t flag,
                                            const struct spec_hardware *hardware, uint64_t source)
{
    for (struct spec_object *o = spec->objects; o; o = o->next)
        if (o->flags & flag && o->hardware == hardware && o->source == source)
            return o;
    return NULL;
}

struct spec_object *spec_add_device_frames(struct spec *spec, const char *owner, const char *name,
                                           uint64_t paddr, uint64_t bytes)
{
    struct spec_object *o = spec_find_source(spec, CAPSPEC_OBJ_AT_PADDR, NULL, paddr);
    if (o && (uint64_t)o->count << o->size_bits == bytes)
        return o;
    o = spec_add_sized_frames(spec, owner, name, paddr, bytes);
    o->flags |= CAPSPEC_OBJ_AT_PADDR;
    o->source = paddr;
    return o;
}

struct spec_object *spec_add_hardware_frames(struct spec *spec, const char *owner, const char *name,
                                             struct spec_hardware *hardware, uint64_t offset,
                                             uint64_t bytes)
{
    struct spec_object *o = spec_find_source(spec, CAPSPEC_OBJ_AT_HARDWARE, hardware, offset);
    if (o && (uint64_t)o->count << o->size_bits == bytes)
        return o;
    o = spec_add_sized_frames(spec, owner, name, offset, bytes);
    o->flags |= CAPSPEC_OBJ_AT_HARDWARE;
    o->hardware = hardware;
    o->source = offset;
    return o;
}

struct spec_object *spec_add_hardware_object(struct spec *spec, const char *owner,
                                             enum capspec_type type, const char *name,
                                             struct spec_hardware *hardware)
{
    for (struct spec_object *o = spec->objects; o; o = o->next)
        if (o->type == type && o->hardware == hardware)
            return o;
    struct spec_object *o = spec_add_object(spec, owner, type, name, 0, 1);
    o->hardware = hardware;
    return o;
}

uint64_t spec_reserve_slots(struct spec *spec, struct spec_object *cnode, uint32_t count)
{
    if (cnode->type != CAPSPEC_CNODE) {
        spec_error(spec, "'%s' is %s, not a cnode", cnode->name, spec_type_word(cnode->type));
        return 0;
    }
    uint64_t slot = cnode->next_slot;
    cnode->next_slot += count;
    return slot;
}

/* Types of which a capability is not copied but moves: untyped memory, whose copy would not be
 * usable while the original lives, and page tables that the receiver maps, which the kernel does
 * not copy before they are mapped. */
static bool moves(enum capspec_type type)
{
    return type == CAPSPEC_UNTYPED || type == CAPSPEC_EPT_PDPT || type == CAPSPEC_EPT_PD ||
           type == CAPSPEC_EPT_PT;
}

uint64_t spec_add_caps(struct spec *spec, struct spec_object *cnode, uint64_t slot,
                       struct spec_object *target, uint32_t index, uint32_t count, uint32_t rights)
{
    if (slot == SPEC_NEXT_SLOT)
        slot = spec_reserve_slots(spec, cnode, count);
    else if (slot + count > cnode->next_slot)
        cnode->next_slot = slot + count;
    if (index + (uint64_t)count > target->count)
        spec_error(spec, "capability '%s[%u..%u]': the run has %u", target->name, index,
                   index + count - 1, target->count);
    struct spec_cap *cap = arena_new(spec->arena, struct spec_cap);
    cap->cnode = cnode;
    cap->slot = slot;
    cap->target = target;
    cap->index = index;
    cap->count = count;
    cap->rights = rights;
    cap->flags = moves(target->type) ? CAPSPEC_CAP_MOVE : 0;
    *spec->caps_tail = cap;
    spec->caps_tail = &cap->next;
    spec->last_cap = cap;
    return slot;
}

uint64_t spec_add_cap(struct spec *spec, struct spec_object *cnode, uint64_t slot,
                      struct spec_object *target, uint32_t rights, uint64_t badge)
{
    slot = spec_add_caps(spec, cnode, slot, target, 0, 1, rights);
    spec->last_cap->badge = badge;
    if (target->type == CAPSPEC_CNODE && badge)
        spec->last_cap->flags |= CAPSPEC_CAP_GUARD;
    else if (badge && target->type != CAPSPEC_ENDPOINT && target->type != CAPSPEC_NOTIFICATION)
        spec_error(spec, "capability to '%s': %s capabilities take no badge", target->name,
                   spec_type_word(target->type));
    return slot;
}

struct spec_thread *spec_add_thread(struct spec *spec, const char *owner, const char *name)
{
    struct spec_thread *t = arena_new(spec->arena, struct spec_thread);
    t->tcb = spec_add_object(spec, owner, CAPSPEC_TCB, name, 0, 1);
    spec_append_thread(spec, t);
    return t;
}

void spec_append_thread(struct spec *spec, struct spec_thread *t)
{
    t->priority = t->max_priority = SPEC_DEFAULT_PRIORITY;
    t->resume = true;
    *spec->threads_tail = t;
    spec->threads_tail = &t->next;
}

void spec_bind_irq(struct spec *spec, struct spec_object *irq, struct spec_object *notification,
                   uint64_t badge, uint32_t flags)
{
    if (irq->type != CAPSPEC_IRQ || notification->type != CAPSPEC_NOTIFICATION)
        spec_error(spec, "interrupt '%s' bound to '%s': needs an irq and a notification", irq->name,
                   notification->name);
    struct spec_irq *binding = arena_new(spec->arena, struct spec_irq);
    binding->irq = irq;
    binding->notification = notification;
    binding->badge = badge;
    binding->flags = flags;
    *spec->irqs_tail = binding;
    spec->irqs_tail = &binding->next;
}

void spec_open_guest_ports(struct spec *spec, struct spec_object *vcpu, struct spec_object *ports,
                           uint32_t first, uint32_t last)
{
    if (vcpu->type != CAPSPEC_VCPU || ports->type != CAPSPEC_PORTS)
        spec_error(spec, "guest ports '%s' for '%s': needs ports and a vcpu", ports->name,
                   vcpu->name);
    struct spec_guest_ports *p = arena_new(spec->arena, struct spec_guest_ports);
    *p = (struct spec_guest_ports){vcpu, ports, first, last, NULL};
    *spec->ports_tail = p;
    spec->ports_tail = &p->next;
}

void spec_note(struct spec *spec, const char *format, ...)
{
    struct spec_note *note = arena_new(spec->arena, struct spec_note);
    va_list args;
    va_start(args, format);
    note->text = arena_vprintf(spec->arena, format, args);
    va_end(args);
    /* the text form is lines of words, `#` starts a comment */
    for (char *c = note->text; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '#')
            *c = ' ';
    *spec->notes_tail = note;
    spec->notes_tail = &note->next;
}

struct spec_fill *spec_add_fill(struct spec *spec, struct spec_object *frames, uint64_t offset,
                                enum capspec_fill_kind kind, uint64_t source, uint64_t size)
{
    if (!spec_is_frame(frames))
        spec_error(spec, "contents of '%s': %s has none", frames->name,
                   spec_type_word(frames->type));
    struct spec_fill *fill = arena_new(spec->arena, struct spec_fill);
    fill->object = frames;
    fill->offset = offset;
    fill->kind = kind;
    fill->source = source;
    fill->size = size;
    *spec->fills_tail = fill;
    spec->fills_tail = &fill->next;
    return fill;
}

struct spec_patch *spec_add_patch(struct spec *spec, struct spec_object *space, const char *symbol,
                                  uint64_t offset, enum capspec_patch_kind kind)
{
    if (space->type != CAPSPEC_PML4)
        spec_error(spec, "patch in '%s': not a pml4", space->name);
    struct spec_patch *patch = arena_new(spec->arena, struct spec_patch);
    patch->space = space;
    patch->symbol = symbol ? arena_printf(spec->arena, "%s", symbol) : NULL;
    patch->vaddr = offset;
    patch->kind = kind;
    *spec->patches_tail = patch;
    spec->patches_tail = &patch->next;
    return patch;
}
