/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Rules that concern one declaration by itself. */
#include <string.h>

#include "resolve.h"

static const char *const c_keywords[] = {
    "auto",           "break",        "case",     "char",    "const",    "continue",
    "default",        "do",           "double",   "else",    "enum",     "extern",
    "float",          "for",          "goto",     "if",      "inline",   "int",
    "long",           "register",     "restrict", "return",  "short",    "signed",
    "sizeof",         "static",       "struct",   "switch",  "typedef",  "union",
    "unsigned",       "void",         "volatile", "while",   "_Bool",    "_Complex",
    "_Imaginary",     "_Alignas",     "_Alignof", "_Atomic", "_Generic", "_Noreturn",
    "_Static_assert", "_Thread_local"};

void resolve_check_c_name(struct resolver *r, const char *kind, const char *name, struct loc loc)
{
    for (size_t i = 0; i < sizeof c_keywords / sizeof *c_keywords; i++) {
        if (!strcmp(name, c_keywords[i]))
            diag_error(&r->fe->diag, loc, "%s name '%s' is a reserved word of C", kind, name);
    }
}

/* A named thing and its place, for the search of duplicates. */
struct named {
    const char *name;
    struct loc loc;
    const char *kind;
};

typedef ARRAY(struct named) named_list;

static void note_name(struct resolver *r, named_list *list, struct named named)
{
    for (size_t i = 0; named.name && i < list->count; i++) {
        const struct named *earlier = &list->items[i];
        if (earlier->name != named.name)
            continue;
        diag_error(&r->fe->diag, named.loc, "duplicate definition of %s '%s'", named.kind,
                   named.name);
        diag_note(&r->fe->diag, earlier->loc, "first defined here, as a%s %s",
                  strchr("aeiou", *earlier->kind) ? "n" : "", earlier->kind);
        return;
    }
    *array_push(&r->fe->arena, list) = named;
}

static void check_control_hardware(struct resolver *r, const struct component *component)
{
    if (!component->hardware)
        return;
    if (component->control) {
        diag_error(&r->fe->diag, component->control_loc,
                   "a hardware component has no code, so it cannot be 'control'");
        diag_note(&r->fe->diag, component->hardware_loc, "declared as hardware here");
    }
    for (size_t i = 0; i < component->syncs.count; i++) {
        diag_error(&r->fe->diag, component->syncs.items[i]->loc,
                   "a hardware component has no code, so it cannot have '%s'",
                   component->syncs.items[i]->name);
        diag_note(&r->fe->diag, component->hardware_loc, "declared as hardware here");
    }
}

void resolve_check_members(struct resolver *r, const struct component *component)
{
    static const char *const sync_kinds[] = {"mutex", "semaphore", "binary semaphore"};
    named_list names = {0};
    for (size_t i = 0; i < component->interfaces.count; i++) {
        const struct interface *interface = component->interfaces.items[i];
        note_name(r, &names, (struct named){interface->name, interface->loc, "interface"});
    }
    for (size_t i = 0; i < component->syncs.count; i++) {
        const struct sync_member *sync = component->syncs.items[i];
        note_name(r, &names, (struct named){sync->name, sync->loc, sync_kinds[sync->kind]});
    }
    for (size_t i = 0; i < component->attributes.count; i++) {
        const struct attribute *attribute = component->attributes.items[i];
        note_name(r, &names, (struct named){attribute->name, attribute->loc, "attribute"});
    }
    check_control_hardware(r, component);
}

void resolve_check_procedure(struct resolver *r, const struct procedure *procedure)
{
    named_list methods = {0};
    for (size_t i = 0; i < procedure->methods.count; i++) {
        const struct method *method = procedure->methods.items[i];
        named_list params = {0};
        resolve_check_c_name(r, "method", method->name, method->loc);
        note_name(r, &methods, (struct named){method->name, method->loc, "method"});
        for (size_t j = 0; j < method->params.count; j++) {
            const struct param *param = method->params.items[j];
            resolve_check_c_name(r, "parameter", param->name, param->loc);
            note_name(r, &params, (struct named){param->name, param->loc, "parameter"});
        }
    }
}

void resolve_check_composition(struct resolver *r, const struct composition *composition)
{
    named_list names = {0};
    for (size_t i = 0; i < composition->instances.count; i++) {
        const struct instance_decl *instance = composition->instances.items[i];
        note_name(r, &names, (struct named){instance->name, instance->loc, "instance"});
    }
    for (size_t i = 0; i < composition->groups.count; i++) {
        const struct group_decl *group = composition->groups.items[i];
        named_list members = {0};
        note_name(r, &names, (struct named){group->name, group->loc, "group"});
        for (size_t j = 0; j < group->instances.count; j++) {
            const struct instance_decl *instance = group->instances.items[j];
            note_name(r, &members, (struct named){instance->name, instance->loc, "instance"});
        }
    }
    for (size_t i = 0; i < composition->connections.count; i++) {
        const struct connection_decl *connection = composition->connections.items[i];
        note_name(r, &names, (struct named){connection->name, connection->loc, "connection"});
    }
}
