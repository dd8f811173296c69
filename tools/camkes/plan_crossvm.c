/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Dataports of a monitor that its guest may map, and the connections that the attribute `crossvm`
 * describes. The guest chooses the addresses, so the monitor gets its nested page table root and
 * page tables in stock: one directory per GiB below 4 GiB, for each dataport of 4 KiB frames as
 * many tables as it can fill, and one for each page of registers.
 */
#include <ctype.h>
#include <string.h>

#include "plan.h"

#define TABLE_BYTES (2ull << 20)
#define DIRECTORIES 4u             /* CROSSVM_NESTED_DIRECTORIES */
#define NAME_SIZE   48u            /* CROSSVM_NAME_SIZE */
#define MAX_DEVICES 64u            /* CROSSVM_MAX_DEVICES */
#define BAR_WINDOW  (512ull << 20) /* VMM_PCI_MMIO_END - VMM_PCI_MMIO_BASE */

static uint64_t bar_size(uint64_t size)
{
    uint64_t bar = 4096;
    while (bar < size)
        bar <<= 1;
    return bar;
}

/* ---- the attribute -------------------------------------------------------------------------- */

/* One connection being read: what it belongs to, and its dict. */
struct item {
    struct plan *plan;
    struct instance_plan *instance;
    const struct value *dict;
};

static void refuse(const struct item *item, const struct value *at, const char *why,
                   const char *what)
{
    diag_error(item->plan->diag, at->loc, "'%s.crossvm': '%s' %s", item->instance->instance->name,
               what, why);
}

/* The string under a key; NULL when absent or empty. */
static const char *text(const struct item *item, const char *key)
{
    const struct value *value = value_get(item->dict, key);
    if (value && value->kind != VALUE_STRING) {
        refuse(item, value, "must be a string", key);
        return NULL;
    }
    return value && value->string[0] ? value->string : NULL;
}

/* The connected end of the interface named under a key. NULL: none, or refused. */
static struct end_plan *find_end(const struct item *item, const char *key, enum interface_kind kind)
{
    const char *name = text(item, key);
    if (!name)
        return NULL;
    const struct value *at = value_get(item->dict, key);
    for (size_t i = 0; i < item->instance->ends.count; i++) {
        struct end_plan *end = item->instance->ends.items[i];
        if (strcmp(end->end->interface->name, name) != 0)
            continue;
        if (end->end->interface->kind == kind)
            return end;
        refuse(item, at, plan_name(item->plan, "is not the kind of interface that '%s' names", key),
               name);
        return NULL;
    }
    refuse(item, at, plan_name(item->plan, "is no connected interface (%s)", key), name);
    return NULL;
}

static void check_name(const struct item *item, const char *name)
{
    const struct value *at = value_get(item->dict, "name");
    at = at ? at : item->dict;
    bool good = strlen(name) < NAME_SIZE && name[0] != '.' && name[strspn(name, "0123456789")];
    for (const char *c = name; *c; c++)
        good &= isalnum((unsigned char)*c) || strchr("_-.", *c);
    if (!good)
        refuse(item, at,
               "is no name: 1 … 47 letters, digits, _ - ., not digits alone, no . at the beginning",
               name);
    struct vm_plan *vm = item->instance->vm;
    for (size_t i = 0; i < vm->connections.count; i++) {
        if (!strcmp(vm->connections.items[i].name, name))
            refuse(item, at, "names two connections", name);
    }
}

/* An interface belongs to one connection: two devices would take each other's events. */
static void check_unused(const struct item *item, const struct plan_crossvm *found)
{
    const struct vm_plan *vm = item->instance->vm;
    for (size_t i = 0; i < vm->connections.count; i++) {
        const struct plan_crossvm *other = &vm->connections.items[i];
        if (found->dataport && found->dataport == other->dataport)
            refuse(item, item->dict, "is in two connections",
                   found->dataport->end->interface->name);
        if (found->consumes && found->consumes == other->consumes)
            refuse(item, item->dict, "is in two connections",
                   found->consumes->end->interface->name);
    }
}

static void check_connectors(const struct item *item, const struct plan_crossvm *found)
{
    if (found->dataport && !found->dataport->frame_count)
        refuse(item, value_get(item->dict, "memory"), "must be connected by seL4SharedDataWithCaps",
               found->dataport->end->interface->name);
    if (!found->consumes)
        return;
    const char *connector = found->consumes->connector->name;
    if (strcmp(connector, "seL4GlobalAsynch") != 0 && strcmp(connector, "seL4Notification") != 0)
        refuse(item, value_get(item->dict, "to_guest"),
               "must be connected by seL4Notification or seL4GlobalAsynch",
               found->consumes->end->interface->name);
}

static void check_keys(const struct item *item)
{
    static const char *const keys[] = {"name", "memory", "to_component", "to_guest"};
    for (size_t i = 0; i < item->dict->dict.count; i++) {
        const struct value *key = item->dict->dict.items[i].key;
        bool known = false;
        for (size_t k = 0; key->kind == VALUE_STRING && k < sizeof keys / sizeof *keys; k++)
            known |= !strcmp(key->string, keys[k]);
        if (!known)
            refuse(item, key,
                   "is unknown; a connection has name, memory, to_component and to_guest",
                   key->kind == VALUE_STRING ? key->string : "a number");
    }
}

static void add_connection(const struct item *item)
{
    check_keys(item);
    struct plan_crossvm found = {.name = text(item, "name"),
                                 .dataport = find_end(item, "memory", INTERFACE_DATAPORT),
                                 .emits = find_end(item, "to_component", INTERFACE_EMITS),
                                 .consumes = find_end(item, "to_guest", INTERFACE_CONSUMES)};
    const struct end_plan *any = found.dataport ? found.dataport
                                 : found.emits  ? found.emits
                                                : found.consumes;
    if (!any) {
        if (!text(item, "memory") && !text(item, "to_component") && !text(item, "to_guest"))
            refuse(item, item->dict, "has neither dataport nor event",
                   found.name ? found.name : "a connection");
        return;
    }
    if (!found.name)
        found.name = any->end->interface->name;
    check_name(item, found.name);
    check_connectors(item, &found);
    check_unused(item, &found);
    *array_push(item->plan->arena, &item->instance->vm->connections) = found;
}

static void add_connections(struct plan *plan, struct instance_plan *instance)
{
    const struct value *list = system_setting(plan->system, instance->instance->name, "crossvm");
    if (!list || list->kind != VALUE_LIST)
        return; /* another kind was refused when the attribute was checked */
    for (size_t i = 0; i < list->list.count; i++) {
        const struct item item = {plan, instance, list->list.items[i]};
        if (item.dict->kind == VALUE_DICT)
            add_connection(&item);
    }
    if (list->list.count > MAX_DEVICES)
        diag_error(plan->diag, list->loc, "'%s.crossvm': %llu connections, a VM has at most %u",
                   instance->instance->name, (unsigned long long)list->list.count, MAX_DEVICES);
}

/* ---- ids ------------------------------------------------------------------------------------ */

static bool has_id(const struct plan *plan, const struct end_plan *end)
{
    return end->frame_count && end_setting(plan->system, end->end, "id");
}

/* X_id: how guests of the older interface name a dataport. They count from 1 without gaps. */
static void check_ids(struct plan *plan, const struct instance_plan *instance)
{
    const char *name = instance->instance->name;
    size_t with_id = 0;
    for (size_t i = 0; i < instance->ends.count; i++)
        with_id += has_id(plan, instance->ends.items[i]);
    for (size_t i = 0; i < instance->ends.count; i++) {
        const struct end_plan *end = instance->ends.items[i];
        if (!has_id(plan, end))
            continue;
        struct loc loc = end_setting(plan->system, end->end, "id")->loc;
        if (end->id < 1 || end->id > with_id)
            diag_error(plan->diag, loc,
                       "'%s.%s_id' is %llu: the ids of the dataports of a VM count from 1 without "
                       "gaps, here to %zu",
                       name, end->end->interface->name, (unsigned long long)end->id, with_id);
        for (size_t k = 0; k < i; k++) {
            const struct end_plan *other = instance->ends.items[k];
            if (has_id(plan, other) && other->id == end->id)
                diag_error(plan->diag, loc, "'%s.%s_id': '%s' has the id %llu as well", name,
                           end->end->interface->name, other->end->interface->name,
                           (unsigned long long)end->id);
        }
    }
}

/* X_id where no dataport X with capabilities is: a connection that the guest would look for. */
static void check_strays(struct plan *plan, const struct instance_plan *instance)
{
    const struct instance *vm = instance->instance;
    for (size_t i = 0; i < plan->system->settings.count; i++) {
        const struct setting *s = plan->system->settings.items[i];
        size_t length = strlen(s->name);
        if (strcmp(s->key, vm->name) != 0 || length < 4 || strcmp(s->name + length - 3, "_id") ||
            component_find_attribute(vm->component, s->name))
            continue;
        bool found = false;
        for (size_t k = 0; k < instance->ends.count; k++) {
            const char *interface = instance->ends.items[k]->end->interface->name;
            found |= strlen(interface) == length - 3 && !memcmp(interface, s->name, length - 3);
        }
        if (!found)
            diag_error(plan->diag, s->loc, "'%s.%s': '%s' has no connected dataport '%.*s'",
                       vm->name, s->name, vm->name, (int)length - 3, s->name);
    }
}

/* ---- tables --------------------------------------------------------------------------------- */

static uint64_t add_tables(struct plan *plan, struct instance_plan *instance,
                           enum capspec_type type, const char *word, uint32_t count)
{
    const char *name = instance->instance->name;
    struct spec_object *tables = spec_add_object(
        plan->spec, name, type, plan_name(plan, "%s_crossvm_%s", name, word), 0, count);
    return spec_add_caps(plan->spec, instance->space->cnode, SPEC_NEXT_SLOT, tables, 0, count,
                         CAPSPEC_ALL_RIGHTS);
}

bool plan_crossvm_legacy(const struct plan *plan, const struct instance *instance)
{
    return plan_is_vm(instance) &&
           value_is_true(system_setting(plan->system, instance->name, "crossvm_legacy"), false);
}

/* What the guest's BARs take: tables for each place they can be at, and address space. False after
 * a diagnostic. */
static bool measure_dataports(struct plan *plan, const struct instance_plan *instance,
                              uint64_t *tables, uint64_t *dataports)
{
    uint64_t window = 0;
    for (size_t i = 0; i < instance->ends.count; i++) {
        const struct end_plan *end = instance->ends.items[i];
        if (!end->frame_count)
            continue;
        ++*dataports;
        window += bar_size(end->size);
        *tables += end->frame_bits == 12 ? (end->size + TABLE_BYTES - 1) / TABLE_BYTES : 0;
        if (window <= BAR_WINDOW)
            continue;
        diag_error(plan->diag, end->end->loc,
                   "the dataports of '%s' for its guest, each rounded up to a power of two, "
                   "are over %llu MiB",
                   instance->instance->name, BAR_WINDOW >> 20);
        return false;
    }
    return true;
}

/* Pages of registers that the guest may read. The connections of a C file are not known here; most
 * have a dataport that no connection of the attribute names. */
static void add_register_pages(struct plan *plan, struct instance_plan *instance,
                               uint64_t dataports)
{
    struct vm_plan *vm = instance->vm;
    uint64_t count = vm->connections.count + dataports;
    for (size_t i = 0; i < vm->connections.count; i++)
        count -= vm->connections.items[i].dataport != NULL;
    if (count > MAX_DEVICES)
        count = MAX_DEVICES;
    if (count == 0 || plan_crossvm_legacy(plan, instance->instance))
        return;
    struct spec_memory pages = spec_add_memory(
        plan->spec, instance->space->vspace,
        plan_name(plan, "%s_crossvm_registers", instance->instance->name), count * 4096, SPEC_RW);
    vm->num_register_pages = count;
    vm->register_pages = pages.vaddr;
    vm->first_register_frame = spec_add_caps(plan->spec, instance->space->cnode, SPEC_NEXT_SLOT,
                                             pages.frames, 0, (uint32_t)count, CAPSPEC_READ);
}

void plan_crossvm(struct plan *plan, struct instance_plan *instance, struct spec_object *ept)
{
    struct vm_plan *vm = instance->vm;
    uint64_t tables = 0, dataports = 0;
    add_connections(plan, instance);
    check_ids(plan, instance);
    check_strays(plan, instance);
    if (!measure_dataports(plan, instance, &tables, &dataports))
        return;
    add_register_pages(plan, instance, dataports);
    if (!dataports && !vm->num_register_pages && !vm->num_ram_frames)
        return;
    tables += vm->num_register_pages;
    tables += (vm->num_ram_frames * 4096 + TABLE_BYTES - 1) / TABLE_BYTES;
    vm->ept_root = spec_add_cap(plan->spec, instance->space->cnode, SPEC_NEXT_SLOT, ept,
                                CAPSPEC_ALL_RIGHTS, 0);
    if (vm->num_ram_frames)
        vm->pointer_table = add_tables(plan, instance, CAPSPEC_EPT_PDPT, "pdpt", 1);
    vm->first_directory = add_tables(plan, instance, CAPSPEC_EPT_PD, "pd", DIRECTORIES);
    if (tables)
        vm->first_table = add_tables(plan, instance, CAPSPEC_EPT_PT, "pt", (uint32_t)tables);
    vm->num_tables = tables;
}
