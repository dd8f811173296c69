/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Ends of connections and exports: from dotted names to interfaces of flat instances. */
#include "flatten.h"

#include <string.h>

#include "suggest.h"

/* ---- names to children ---------------------------------------------------------------------- */

static bool group_is(const struct child *child, const char *group)
{
    const struct group_decl *decl = child->decl->group;
    return group ? decl && decl->name == group : !decl;
}

static struct child *find_child(const struct scope *scope, const char *group, const char *name)
{
    for (size_t i = 0; i < scope->children.count; i++) {
        struct child *child = scope->children.items[i];
        if (child->decl->name == name && group_is(child, group))
            return child;
    }
    return NULL;
}

/* The name of a member of some group, used without the group: say what was meant. */
static void note_grouped(struct flattener *f, const struct scope *scope, const char *name)
{
    struct suggestion suggestion = suggest_start(name);
    for (size_t i = 0; i < scope->children.count; i++) {
        const struct child *child = scope->children.items[i];
        const struct group_decl *group = child->decl->group;
        if (child->decl->name == name && group && group->name) {
            diag_note(f->diag, child->decl->loc, "it is in group '%s': write '%s.%s'", group->name,
                      group->name, name);
            return;
        }
        suggest_offer(&suggestion, child->decl->name);
    }
    if (suggestion.best)
        diag_note(f->diag, (struct loc){0}, "did you mean '%s'?", suggestion.best);
}

static void report_interface(struct flattener *f, const struct component *component,
                             const char *instance, const struct ref_part *part)
{
    struct suggestion suggestion = suggest_start(part->name);
    diag_error(f->diag, part->loc, "'%s' has no interface '%s'", instance, part->name);
    for (size_t i = 0; i < component->interfaces.count; i++)
        suggest_offer(&suggestion, component->interfaces.items[i]->name);
    if (suggestion.best)
        diag_note(f->diag, component_find_interface(component, suggestion.best)->loc,
                  "did you mean '%s'?", suggestion.best);
    else
        diag_note(f->diag, component->loc, "its component is declared here");
}

static const struct export_decl *find_export(const struct scope *inside, const char *interface)
{
    for (size_t i = 0; inside && i < inside->compositions.items[0]->exports.count; i++) {
        const struct export_decl *export = inside->compositions.items[0]->exports.items[i];
        if (export->outer.parts.items[export->outer.parts.count - 1].name == interface)
            return export;
    }
    return NULL;
}

static struct binding bind(struct flattener *f, const struct scope *scope, const struct ref *ref);

/* The interface itself, or what a compound forwards it to. */
static struct binding follow_exports(struct flattener *f, const struct child *child,
                                     struct interface *interface)
{
    const struct export_decl *export = find_export(child->inside, interface->name);
    if (!export)
        return (struct binding){child->instance, interface};
    return bind(f, child->inside, &export->inner);
}

/* [group.][instance.]interface; a bare interface is the enclosing compound's own. */
static struct binding bind(struct flattener *f, const struct scope *scope, const struct ref *ref)
{
    struct binding none = {0};
    size_t count = ref->parts.count;
    const struct ref_part *last = &ref->parts.items[count - 1];
    if (count > 3 || (count == 1 && !scope->owner)) {
        diag_error(f->diag, ref->parts.items[0].loc,
                   count == 1 ? "an end needs an instance: 'instance.%s'"
                              : "an end is at most group.instance.interface, found more at '%s'",
                   last->name);
        return none;
    }
    if (count == 1) {
        struct interface *own = component_find_interface(scope->owner->component, last->name);
        if (!own)
            report_interface(f, scope->owner->component, scope->owner->name, last);
        return (struct binding){own ? scope->owner : NULL, own};
    }
    const struct ref_part *name = &ref->parts.items[count - 2];
    const char *group = count == 3 ? ref->parts.items[0].name : NULL;
    struct child *child = find_child(scope, group, name->name);
    if (!child) {
        diag_error(f->diag, name->loc, "unknown instance '%s%s%s'", group ? group : "",
                   group ? "." : "", name->name);
        note_grouped(f, scope, name->name);
        return none;
    }
    struct component *component = child->instance->component;
    struct interface *interface = component_find_interface(component, last->name);
    if (!interface) {
        report_interface(f, component, child->instance->name, last);
        return none;
    }
    return follow_exports(f, child, interface);
}

/* ---- exports -------------------------------------------------------------------------------- */

static void check_export(struct flattener *f, const struct scope *scope,
                         const struct export_decl *export)
{
    const struct ref_part *outer = &export->outer.parts.items[0];
    if (!scope->owner) {
        diag_error(f->diag, outer->loc, "an assembly has no interfaces to export to");
        return;
    }
    const struct component *component = scope->owner->component;
    const struct interface *own = component_find_interface(component, outer->name);
    if (!own || export->outer.parts.count != 1) {
        report_interface(f, component, scope->owner->name, outer);
        return;
    }
    struct binding inner = bind(f, scope, &export->inner);
    if (!inner.interface)
        return;
    if (inner.interface->kind != own->kind || inner.interface->type_name != own->type_name) {
        diag_error(f->diag, outer->loc, "'%s' and the exported '%s' differ in kind or type",
                   own->name, inner.interface->name);
        diag_note(f->diag, own->loc, "'%s' is declared here", own->name);
        diag_note(f->diag, inner.interface->loc, "'%s' is declared here", inner.interface->name);
    }
    const struct export_decl *first =
        find_export(f->children.items[scope->owner->index]->inside, outer->name);
    if (first != export) {
        diag_error(f->diag, outer->loc, "interface '%s' is exported twice", outer->name);
        diag_note(f->diag, first->outer.parts.items[0].loc, "the first export is here");
    }
}

void flatten_check_exports(struct flattener *f)
{
    ARRAY(const struct component *) done = {0};
    for (size_t i = 0; i < f->scopes.count; i++) {
        const struct scope *scope = f->scopes.items[i];
        bool seen = false;
        for (size_t j = 0; scope->owner && j < done.count; j++)
            seen |= done.items[j] == scope->owner->component;
        if (seen) /* one report per declaration, not per instance */
            continue;
        if (scope->owner)
            *array_push(f->arena, &done) = scope->owner->component;
        for (size_t j = 0; j < scope->compositions.count; j++) {
            const struct composition *composition = scope->compositions.items[j];
            for (size_t k = 0; k < composition->exports.count; k++)
                check_export(f, scope, composition->exports.items[k]);
        }
    }
}

/* ---- connections ---------------------------------------------------------------------------- */

static struct end *add_end(struct flattener *f, struct connection *connection,
                           const struct binding *binding, const struct end_decl *decl)
{
    struct end *end = arena_new(f->arena, struct end);
    const struct ref_part *first = &decl->ref.parts.items[0];
    const struct ref_part *last = &decl->ref.parts.items[decl->ref.parts.count - 1];
    end->connection = connection;
    end->instance = binding->instance;
    end->interface = binding->interface;
    end->is_from = decl->is_from;
    end->loc = first->loc;
    if (last->loc.source == first->loc.source)
        end->loc.length = last->loc.offset + last->loc.length - first->loc.offset;
    if (decl->is_from)
        *array_push(f->arena, &connection->from) = end;
    else
        *array_push(f->arena, &connection->to) = end;
    return end;
}

static void report_duplicate_end(struct flattener *f, const struct end *end,
                                 const struct end *earlier)
{
    diag_error(f->diag, end->loc, "duplicate use of interface '%s.%s'", end->instance->name,
               end->interface->name);
    diag_note(f->diag, earlier->loc, "it is connected here");
}

static const struct end *find_end(const struct connection *connection, const struct binding *wanted)
{
    for (size_t i = 0; i < connection->from.count + connection->to.count; i++) {
        const struct end *end = i < connection->from.count
                                    ? connection->from.items[i]
                                    : connection->to.items[i - connection->from.count];
        if (end->instance == wanted->instance && end->interface == wanted->interface)
            return end;
    }
    return NULL;
}

static void add_connection(struct flattener *f, const struct scope *scope,
                           const struct connection_decl *decl)
{
    struct connection *connection = arena_new(f->arena, struct connection);
    connection->name = flatten_join(f, scope, decl->name);
    connection->symbol = flatten_symbol(f, connection->name);
    connection->connector = decl->connector;
    connection->loc = decl->loc;
    const struct connection *earlier = system_find_connection(f->system, connection->name);
    if (earlier) {
        diag_error(f->diag, decl->loc, "duplicate definition of connection '%s'", connection->name);
        diag_note(f->diag, earlier->loc, "first defined here, as a connection");
    }
    for (size_t i = 0; i < decl->ends.count; i++) {
        struct binding binding = bind(f, scope, &decl->ends.items[i].ref);
        if (!binding.interface)
            continue;
        const struct end *same = find_end(connection, &binding);
        struct end *end = add_end(f, connection, &binding, &decl->ends.items[i]);
        if (same)
            report_duplicate_end(f, end, same);
    }
    *array_push(f->arena, &f->system->connections) = connection;
}

void flatten_connections(struct flattener *f)
{
    for (size_t i = 0; i < f->scopes.count; i++) {
        const struct scope *scope = f->scopes.items[i];
        for (size_t j = 0; j < scope->compositions.count; j++) {
            const struct composition *composition = scope->compositions.items[j];
            for (size_t k = 0; k < composition->connections.count; k++)
                add_connection(f, scope, composition->connections.items[k]);
        }
    }
}
