/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Settings of all scopes under their flat names, and `<-` references. */
#include "flatten.h"
#include "settings.h"

/* A setting before references are resolved. */
struct pending {
    const struct setting_decl *decl;
    const struct scope *scope;
    const char *key;
    struct setting *done; /* the finished setting; value NULL: stays unset */
    bool active;          /* on the chain being followed */
};

struct settings_state {
    struct flattener *f;
    ARRAY(struct pending) pending;
};

static struct pending *find_pending(struct settings_state *s, const char *key, const char *name)
{
    for (size_t i = 0; i < s->pending.count; i++) {
        struct pending *pending = &s->pending.items[i];
        if (pending->key == key && pending->decl->name == name)
            return pending;
    }
    return NULL;
}

static void collect(struct settings_state *s)
{
    struct flattener *f = s->f;
    struct setting_table *seen = settings_create(f->arena);
    for (size_t i = 0; i < f->scopes.count; i++) {
        const struct scope *scope = f->scopes.items[i];
        for (size_t j = 0; j < scope->configurations.count; j++) {
            const struct configuration *configuration = scope->configurations.items[j];
            for (size_t k = 0; k < configuration->settings.count; k++) {
                const struct setting_decl *decl = configuration->settings.items[k];
                struct setting *mark = arena_new(f->arena, struct setting);
                mark->key = flatten_join(f, scope, decl->key);
                mark->name = decl->name;
                mark->loc = decl->loc;
                const struct setting *earlier = settings_find(seen, mark->key, mark->name);
                if (earlier) {
                    diag_error(f->diag, decl->loc, "'%s.%s' is set twice", mark->key, mark->name);
                    diag_note(f->diag, earlier->loc, "first set here");
                    continue;
                }
                settings_add(f->arena, seen, mark);
                *array_push(f->arena, &s->pending) =
                    (struct pending){decl, scope, mark->key, NULL, false};
            }
        }
    }
}

static const struct attribute *declared(const struct flattener *f, const char *key,
                                        const char *name)
{
    const struct instance *instance = system_find_instance(f->system, key);
    return instance ? component_find_attribute(instance->component, name) : NULL;
}

/* `ref` as seen from a scope: the last part is the attribute, the rest names its owner. */
static const char *reference_key(struct flattener *f, const struct scope *scope,
                                 const struct ref *ref)
{
    if (ref->parts.count == 1)
        return scope->owner ? scope->owner->name : NULL;
    const char *key = ref->parts.items[0].name;
    for (size_t i = 1; i + 1 < ref->parts.count; i++)
        key = arena_intern_string(f->arena,
                                  arena_printf(f->arena, "%s.%s", key, ref->parts.items[i].name));
    return flatten_join(f, scope, key);
}

static const struct value *look_up(struct flattener *f, const struct setting_decl *decl,
                                   const struct value *value)
{
    for (size_t i = 0; value && i < decl->lookups.count; i++) {
        const struct value *key = decl->lookups.items[i];
        const struct value *found = NULL;
        if (value->kind == VALUE_DICT && key->kind == VALUE_STRING)
            found = value_get(value, key->string);
        else if (value->kind == VALUE_LIST && key->kind == VALUE_INT && key->integer >= 0 &&
                 key->integer < (adl_int)value->list.count)
            found = value->list.items[key->integer];
        if (!found)
            diag_error(f->diag, key->loc, "the referenced value has nothing under this key");
        value = found;
    }
    return value;
}

static void resolve_pending(struct settings_state *s, struct pending *pending);

static const struct value *follow(struct settings_state *s, struct pending *pending)
{
    struct flattener *f = s->f;
    const struct ref *ref = &pending->decl->reference;
    const struct ref_part *last = &ref->parts.items[ref->parts.count - 1];
    const char *key = reference_key(f, pending->scope, ref);
    if (!key) {
        diag_error(f->diag, last->loc, "a reference needs an instance: 'instance.%s'", last->name);
        return NULL;
    }
    struct pending *target = find_pending(s, key, last->name);
    if (target) {
        resolve_pending(s, target);
        target->done->referenced = true;
        return target->done->value;
    }
    const struct attribute *attribute = declared(f, key, last->name);
    if (attribute)
        return attribute->initial;
    /* A reference to a variable nobody set means the attribute's own default, if it has one. */
    const struct attribute *own = declared(f, pending->key, pending->decl->name);
    if (!own || !own->initial)
        diag_error(f->diag, last->loc, "unknown attribute '%s.%s'", key, last->name);
    return NULL;
}

static void resolve_pending(struct settings_state *s, struct pending *pending)
{
    struct flattener *f = s->f;
    if (pending->active) {
        diag_error(f->diag, pending->decl->loc, "loop detected in attribute references");
        pending->done = pending->done ? pending->done : arena_new(f->arena, struct setting);
        return;
    }
    if (pending->done)
        return;
    const struct value *value = pending->decl->value;
    pending->active = true;
    if (!value)
        value = look_up(f, pending->decl, follow(s, pending));
    pending->active = false;
    if (!value) { /* the attribute's own default */
        const struct attribute *own = declared(f, pending->key, pending->decl->name);
        value = own ? own->initial : NULL;
    }
    struct setting *setting = pending->done ? pending->done : arena_new(f->arena, struct setting);
    setting->key = pending->key;
    setting->name = pending->decl->name;
    setting->value = value;
    setting->loc = pending->decl->loc;
    pending->done = setting;
}

static void add_defaults(struct flattener *f)
{
    struct system *system = f->system;
    for (size_t i = 0; i < system->instances.count; i++) {
        const struct instance *instance = system->instances.items[i];
        const struct component *component = instance->component;
        for (size_t j = 0; j < component->attributes.count; j++) {
            const struct attribute *attribute = component->attributes.items[j];
            if (!attribute->initial ||
                settings_find(system->table, instance->name, attribute->name))
                continue;
            struct setting *setting = arena_new(f->arena, struct setting);
            *setting = (struct setting){.key = instance->name,
                                        .name = attribute->name,
                                        .value = attribute->initial,
                                        .loc = attribute->loc};
            settings_add(f->arena, system->table, setting);
        }
    }
}

void flatten_settings(struct flattener *f)
{
    struct settings_state state = {.f = f};
    struct system *system = f->system;
    system->table = settings_create(f->arena);
    collect(&state);
    for (size_t i = 0; i < state.pending.count; i++)
        resolve_pending(&state, &state.pending.items[i]);
    for (size_t i = 0; i < state.pending.count; i++) {
        struct setting *setting = state.pending.items[i].done;
        if (!setting->value)
            continue;
        *array_push(f->arena, &system->settings) = setting;
        settings_add(f->arena, system->table, setting);
    }
    add_defaults(f);
}
