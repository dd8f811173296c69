/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Merging of assemblies, expansion of compounds, address spaces. */
#include "flatten.h"

#include <string.h>

const char *flatten_join(struct flattener *f, const struct scope *scope, const char *name)
{
    if (!scope->owner)
        return name;
    return arena_intern_string(f->arena, arena_printf(f->arena, "%s.%s", scope->owner->name, name));
}

const char *flatten_symbol(struct flattener *f, const char *name)
{
    char *symbol = arena_copy(f->arena, name, strlen(name));
    for (char *c = symbol; *c; c++) {
        if (*c == '.')
            *c = '_';
    }
    return arena_intern_string(f->arena, symbol);
}

static struct scope *add_scope(struct flattener *f, struct instance *owner)
{
    struct scope *scope = arena_new(f->arena, struct scope);
    scope->owner = owner;
    *array_push(f->arena, &f->scopes) = scope;
    return scope;
}

static struct address_space *add_space(struct flattener *f, const char *name, bool is_group,
                                       struct loc loc)
{
    struct address_space *space = arena_new(f->arena, struct address_space);
    space->name = name;
    space->symbol = flatten_symbol(f, name);
    space->is_group = is_group;
    space->loc = loc;
    return space;
}

static void add_instance(struct flattener *f, struct scope *scope, const struct instance_decl *decl,
                         struct address_space *space)
{
    struct instance *instance = arena_new(f->arena, struct instance);
    struct child *child = arena_new(f->arena, struct child);
    instance->name = flatten_join(f, scope, decl->name);
    instance->symbol = flatten_symbol(f, instance->name);
    instance->component = decl->component;
    instance->parent = scope->owner;
    instance->index = (uint32_t)f->system->instances.count;
    instance->pid = instance->index + 2;
    instance->loc = decl->loc;
    const struct instance *earlier = system_find_instance(f->system, instance->name);
    if (earlier) {
        diag_error(f->diag, decl->loc, "duplicate definition of instance '%s'", instance->name);
        diag_note(f->diag, earlier->loc, "first defined here, as an instance");
    }
    instance->space = space ? space : add_space(f, instance->name, false, decl->loc);
    *array_push(f->arena, &instance->space->members) = instance;
    if (instance->space->members.count == 1 && !instance->component->hardware)
        *array_push(f->arena, &f->system->spaces) = instance->space;
    *child = (struct child){decl, instance, NULL};
    *array_push(f->arena, &scope->children) = child;
    *array_push(f->arena, &f->children) = child;
    *array_push(f->arena, &f->system->instances) = instance;
}

static void add_group(struct flattener *f, struct scope *scope, const struct group_decl *group,
                      unsigned *anonymous)
{
    const char *name = group->name;
    if (!name)
        name = arena_intern_string(f->arena,
                                   arena_printf(f->arena, "unnamed_group_%u", (*anonymous)++));
    struct address_space *space = add_space(f, flatten_join(f, scope, name), true, group->loc);
    for (size_t i = 0; i < group->instances.count; i++) {
        const struct instance_decl *decl = group->instances.items[i];
        if (decl->component->hardware)
            diag_error(f->diag, decl->loc, "a hardware component cannot be in a group");
        else
            add_instance(f, scope, decl, space);
    }
}

/* The instances of a scope: ungrouped ones of all compositions first, then group by group. */
static void add_children(struct flattener *f, struct scope *scope)
{
    unsigned anonymous = 0;
    for (size_t i = 0; i < scope->compositions.count; i++) {
        const struct composition *composition = scope->compositions.items[i];
        for (size_t j = 0; j < composition->instances.count; j++)
            add_instance(f, scope, composition->instances.items[j], NULL);
    }
    for (size_t i = 0; i < scope->compositions.count; i++) {
        const struct composition *composition = scope->compositions.items[i];
        for (size_t j = 0; j < composition->groups.count; j++)
            add_group(f, scope, composition->groups.items[j], &anonymous);
    }
}

/* All children of a compound, then what is inside each of them. */
static void expand(struct flattener *f, struct child *child)
{
    struct component *component = child->instance->component;
    if (!component->composition)
        return;
    struct scope *scope = child->inside = add_scope(f, child->instance);
    *array_push(f->arena, &scope->compositions) = component->composition;
    if (component->configuration)
        *array_push(f->arena, &scope->configurations) = component->configuration;
    add_children(f, scope);
    for (size_t i = 0; i < scope->children.count; i++)
        expand(f, scope->children.items[i]);
}

/* The settings and the schedule: every assembly's settings, the first one's schedule. */
static void merge_assemblies(struct flattener *f, struct adl_file *file, struct scope *top)
{
    const struct assembly *first = NULL;
    for (size_t i = 0; i < file->items.count; i++) {
        if (file->items.items[i].kind != ITEM_ASSEMBLY)
            continue;
        const struct assembly *assembly = file->items.items[i].assembly;
        *array_push(f->arena, &top->compositions) = assembly->compositions.items[0];
        if (assembly->configurations.count)
            *array_push(f->arena, &top->configurations) = assembly->configurations.items[0];
        if (!first)
            first = assembly;
        else if (assembly->has_schedule)
            diag_warning(f->diag, assembly->loc,
                         "the schedule of this assembly is ignored: only the first assembly's "
                         "schedule counts");
        for (size_t j = 0; assembly == first && j < assembly->schedule.count; j++)
            *array_push(f->arena, &f->system->schedule) = assembly->schedule.items[j];
    }
    if (!first)
        diag_error(f->diag, (struct loc){0}, "'%s' declares no assembly", f->fe->options.root);
}

static void check_not_empty(struct flattener *f, const struct scope *top)
{
    if (f->diag->errors == 0 && f->system->instances.count == 0)
        diag_error(f->diag, top->compositions.items[0]->loc, "the assembly declares no instances");
}

struct system *flatten_spec(struct frontend *fe, struct adl_file *file)
{
    struct flattener flattener = {.fe = fe, .arena = &fe->arena, .diag = &fe->diag};
    struct system *system = arena_new(&fe->arena, struct system);
    flattener.system = system;
    struct scope *top = add_scope(&flattener, NULL);
    merge_assemblies(&flattener, file, top);
    add_children(&flattener, top);
    for (size_t i = 0; i < top->children.count; i++)
        expand(&flattener, top->children.items[i]);
    check_not_empty(&flattener, top);
    if (fe->diag.errors)
        return NULL;
    flatten_check_exports(&flattener);
    flatten_connections(&flattener);
    if (!fe->diag.errors)
        flatten_fuse(&flattener);
    flatten_settings(&flattener);
    for (size_t i = 0; i < fe->sources.files.count; i++)
        *array_push(&fe->arena, &system->files) = fe->sources.files.items[i];
    return fe->diag.errors ? NULL : system;
}
