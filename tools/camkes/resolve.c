/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Name resolution inside declarations: procedures of interfaces, structs of attributes,
 * components and connectors of compositions. A name must be declared above its use unless
 * forward references are allowed.
 */
#include <string.h>

#include "ast.h"
#include "frontend.h"
#include "resolve.h"
#include "suggest.h"

static const char *item_name(const struct adl_item *item)
{
    switch (item->kind) {
    case ITEM_ASSEMBLY:
        return item->assembly->name;
    case ITEM_COMPONENT:
        return item->component->name;
    case ITEM_COMPOSITION:
        return item->composition->name;
    case ITEM_CONFIGURATION:
        return item->configuration->name;
    case ITEM_CONNECTOR:
        return item->connector->name;
    case ITEM_PROCEDURE:
        return item->procedure->name;
    case ITEM_STRUCT:
        return item->record->name;
    }
    return NULL;
}

static struct loc item_loc(const struct adl_item *item)
{
    switch (item->kind) {
    case ITEM_ASSEMBLY:
        return item->assembly->loc;
    case ITEM_COMPONENT:
        return item->component->loc;
    case ITEM_COMPOSITION:
        return item->composition->loc;
    case ITEM_CONFIGURATION:
        return item->configuration->loc;
    case ITEM_CONNECTOR:
        return item->connector->loc;
    case ITEM_PROCEDURE:
        return item->procedure->loc;
    default:
        return item->record->loc;
    }
}

static const char *kind_name(enum adl_item_kind kind)
{
    static const char *const names[] = {
        [ITEM_ASSEMBLY] = "assembly",       [ITEM_COMPONENT] = "component",
        [ITEM_COMPOSITION] = "composition", [ITEM_CONFIGURATION] = "configuration",
        [ITEM_CONNECTOR] = "connector",     [ITEM_PROCEDURE] = "procedure",
        [ITEM_STRUCT] = "struct",
    };
    return names[kind];
}

static const struct adl_item *find_item(const struct resolver *r, enum adl_item_kind kind,
                                        const char *name, size_t limit)
{
    for (size_t i = 0; i < limit; i++) {
        const struct adl_item *item = &r->file->items.items[i];
        if (item->kind == kind && item_name(item) == name)
            return item;
    }
    return NULL;
}

static void report_unknown(struct resolver *r, enum adl_item_kind kind, const char *name,
                           struct loc loc)
{
    size_t all = r->file->items.count;
    diag_error(&r->fe->diag, loc, "unknown %s '%s'", kind_name(kind), name);
    const struct adl_item *later = find_item(r, kind, name, all);
    if (later) {
        diag_note(&r->fe->diag, item_loc(later),
                  "'%s' is declared here, after its use; move it up or pass "
                  "--allow-forward-references",
                  name);
        return;
    }
    struct suggestion suggestion = suggest_start(name);
    for (size_t i = 0; i < r->limit; i++) {
        if (r->file->items.items[i].kind == kind)
            suggest_offer(&suggestion, item_name(&r->file->items.items[i]));
    }
    if (suggestion.best)
        diag_note(&r->fe->diag, item_loc(find_item(r, kind, suggestion.best, r->limit)),
                  "did you mean '%s'?", suggestion.best);
}

/* The declaration a dotted name refers to; declarations are global, so one part is right. */
static const struct adl_item *lookup(struct resolver *r, enum adl_item_kind kind,
                                     const struct ref *ref)
{
    const struct ref_part *last = &ref->parts.items[ref->parts.count - 1];
    const struct adl_item *item = NULL;
    if (ref->parts.count == 1)
        item = find_item(r, kind, last->name, r->limit);
    if (!item)
        report_unknown(r, kind, last->name, last->loc);
    return item;
}

/* ---- structs and attributes ---------------------------------------------------------------- */

static const char *const extra_scalars[] = {"bool",     "float",    "double",   "size_t",
                                            "int8_t",   "int16_t",  "int32_t",  "uint8_t",
                                            "uint16_t", "uint32_t", "uintptr_t"};

static void resolve_struct(struct resolver *r, struct struct_type *record);

static void resolve_attribute(struct resolver *r, struct attribute *attribute)
{
    struct type *type = &attribute->type;
    if (type->kind == TYPE_STRUCT && type->record && !type->name) {
        resolve_struct(r, type->record);
        return;
    }
    if (type->kind != TYPE_NAMED)
        return;
    const struct adl_item *item = find_item(r, ITEM_STRUCT, type->name, r->limit);
    if (item) {
        type->kind = TYPE_STRUCT;
        type->record = item->record;
        return;
    }
    for (size_t i = 0; i < sizeof extra_scalars / sizeof *extra_scalars; i++) {
        if (!strcmp(type->name, extra_scalars[i]))
            return;
    }
    report_unknown(r, ITEM_STRUCT, type->name, type->loc);
}

static void resolve_struct(struct resolver *r, struct struct_type *record)
{
    for (size_t i = 0; i < record->members.count; i++) {
        struct attribute *member = record->members.items[i];
        resolve_check_c_name(r, "member", member->name, member->loc);
        resolve_attribute(r, member);
        for (size_t j = 0; j < i; j++) {
            if (record->members.items[j]->name != member->name)
                continue;
            diag_error(&r->fe->diag, member->loc, "duplicate member '%s'", member->name);
            diag_note(&r->fe->diag, record->members.items[j]->loc, "first declared here");
            break;
        }
    }
}

/* ---- components ---------------------------------------------------------------------------- */

static void resolve_composition(struct resolver *r, struct composition *composition);

static void resolve_interface(struct resolver *r, struct interface *interface)
{
    if (interface->kind != INTERFACE_USES && interface->kind != INTERFACE_PROVIDES)
        return;
    const struct adl_item *item = find_item(r, ITEM_PROCEDURE, interface->type_name, r->limit);
    if (item)
        interface->procedure = item->procedure;
    else
        report_unknown(r, ITEM_PROCEDURE, interface->type_name, interface->type_loc);
}

void resolve_component(struct resolver *r, struct component *component)
{
    for (size_t i = 0; i < component->interfaces.count; i++)
        resolve_interface(r, component->interfaces.items[i]);
    for (size_t i = 0; i < component->attributes.count; i++) {
        struct attribute *attribute = component->attributes.items[i];
        resolve_check_c_name(r, "attribute", attribute->name, attribute->loc);
        resolve_attribute(r, attribute);
    }
    resolve_check_members(r, component);
    if (component->composition)
        resolve_composition(r, component->composition);
}

/* With forward references a compound may contain itself, which has no finite expansion. */
static bool contains(const struct component *outer, const struct component *inner, unsigned depth)
{
    const struct composition *composition = outer->composition;
    if (outer == inner || depth > 64)
        return true;
    for (size_t i = 0; composition && i < composition->instances.count; i++) {
        const struct component *child = composition->instances.items[i]->component;
        if (child && contains(child, inner, depth + 1))
            return true;
    }
    for (size_t i = 0; composition && i < composition->groups.count; i++) {
        const struct group_decl *group = composition->groups.items[i];
        for (size_t j = 0; j < group->instances.count; j++) {
            const struct component *child = group->instances.items[j]->component;
            if (child && contains(child, inner, depth + 1))
                return true;
        }
    }
    return false;
}

static void resolve_instance(struct resolver *r, struct instance_decl *instance)
{
    if (instance->component) {
        resolve_component(r, instance->component);
        return;
    }
    const struct adl_item *item = lookup(r, ITEM_COMPONENT, &instance->type);
    if (!item)
        return;
    if (r->enclosing && contains(item->component, r->enclosing, 0)) {
        diag_error(&r->fe->diag, instance->loc, "component '%s' contains itself",
                   r->enclosing->name);
        return;
    }
    instance->component = item->component;
}

static void resolve_connection(struct resolver *r, struct connection_decl *connection)
{
    if (connection->connector)
        return;
    const struct adl_item *item = lookup(r, ITEM_CONNECTOR, &connection->type);
    if (item)
        connection->connector = item->connector;
}

static void resolve_composition(struct resolver *r, struct composition *composition)
{
    for (size_t i = 0; i < composition->instances.count; i++)
        resolve_instance(r, composition->instances.items[i]);
    for (size_t i = 0; i < composition->groups.count; i++) {
        struct group_decl *group = composition->groups.items[i];
        for (size_t j = 0; j < group->instances.count; j++)
            resolve_instance(r, group->instances.items[j]);
    }
    for (size_t i = 0; i < composition->connections.count; i++)
        resolve_connection(r, composition->connections.items[i]);
    resolve_check_composition(r, composition);
}

/* ---- assemblies and the walk ---------------------------------------------------------------- */

static void resolve_assembly(struct resolver *r, struct assembly *assembly)
{
    if (!assembly->compositions.count)
        diag_error(&r->fe->diag, assembly->loc, "an assembly needs a composition");
    for (size_t i = 0; i < assembly->compositions.count; i++) {
        if (i == 1) {
            diag_error(&r->fe->diag, assembly->compositions.items[i]->loc,
                       "an assembly has one composition only");
            diag_note(&r->fe->diag, assembly->compositions.items[0]->loc, "the first is here");
        }
        resolve_composition(r, assembly->compositions.items[i]);
    }
    if (assembly->configurations.count > 1) {
        diag_error(&r->fe->diag, assembly->configurations.items[1]->loc,
                   "an assembly has one configuration only");
        diag_note(&r->fe->diag, assembly->configurations.items[0]->loc, "the first is here");
    }
}

static void resolve_item(struct resolver *r, const struct adl_item *item)
{
    r->enclosing = NULL;
    switch (item->kind) {
    case ITEM_ASSEMBLY:
        resolve_assembly(r, item->assembly);
        break;
    case ITEM_COMPONENT:
        r->enclosing = item->component;
        resolve_component(r, item->component);
        break;
    case ITEM_COMPOSITION:
        resolve_composition(r, item->composition);
        break;
    case ITEM_PROCEDURE:
        resolve_check_procedure(r, item->procedure);
        break;
    case ITEM_STRUCT:
        resolve_struct(r, item->record);
        break;
    case ITEM_CONFIGURATION:
    case ITEM_CONNECTOR:
        break;
    }
}

bool resolve_spec(struct frontend *fe, struct adl_file *file)
{
    struct resolver resolver = {.fe = fe, .file = file};
    for (size_t i = 0; i < file->items.count; i++) {
        const struct adl_item *item = &file->items.items[i];
        const char *name = item_name(item);
        const struct adl_item *earlier = name ? find_item(&resolver, item->kind, name, i) : NULL;
        if (earlier) {
            diag_error(&fe->diag, item_loc(item), "duplicate definition of %s '%s'",
                       kind_name(item->kind), name);
            diag_note(&fe->diag, item_loc(earlier), "first defined here");
        }
        resolver.limit = fe->options.allow_forward ? file->items.count : i;
        resolve_item(&resolver, item);
    }
    return fe->diag.errors == 0;
}
