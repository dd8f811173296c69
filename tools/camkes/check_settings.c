/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Values of settings against declared attribute types. Defaults are not checked, by design. */
#include <string.h>

#include "check.h"

static const char *value_word(const struct value *value)
{
    static const char *const words[] = {"an integer", "a floating-point number", "a string",
                                        "a list", "a dict"};
    return words[value->kind];
}

static bool is_real_type(const struct type *type)
{
    return type->kind == TYPE_NAMED &&
           (!strcmp(type->name, "float") || !strcmp(type->name, "double"));
}

static bool scalar_fits(const struct type *type, const struct value *value)
{
    switch (type->kind) {
    case TYPE_STRING:
        return value->kind == VALUE_STRING;
    case TYPE_STRUCT:
        return value->kind == VALUE_DICT;
    default:
        return value->kind == VALUE_INT || (value->kind == VALUE_FLOAT && is_real_type(type));
    }
}

static const char *expected(const struct type *type, bool is_array)
{
    if (is_array)
        return "a list";
    if (type->kind == TYPE_STRING)
        return "a string";
    if (type->kind == TYPE_STRUCT)
        return "a dict";
    return is_real_type(type) ? "a number" : "an integer";
}

static void check_value(struct frontend *fe, const struct attribute *attribute, bool is_array,
                        const struct value *value);

static const struct attribute *find_member(const struct struct_type *record, const char *name)
{
    for (size_t i = 0; i < record->members.count; i++) {
        if (!strcmp(record->members.items[i]->name, name))
            return record->members.items[i];
    }
    return NULL;
}

static void check_record(struct frontend *fe, const struct struct_type *record,
                         const struct value *value)
{
    for (size_t i = 0; i < value->dict.count; i++) {
        const struct dict_entry *entry = &value->dict.items[i];
        const struct attribute *member =
            entry->key->kind == VALUE_STRING ? find_member(record, entry->key->string) : NULL;
        if (member)
            check_value(fe, member, member->is_array, entry->value);
        else if (entry->key->kind == VALUE_STRING)
            diag_warning(&fe->diag, entry->key->loc, "the struct has no member '%s'",
                         entry->key->string);
        else
            diag_error(&fe->diag, entry->key->loc, "a member name must be a string");
    }
    for (size_t i = 0; i < record->members.count; i++) {
        const struct attribute *member = record->members.items[i];
        if (member->initial || value_get(value, member->name))
            continue;
        diag_error(&fe->diag, value->loc, "member '%s' has no value and no default", member->name);
        diag_note(&fe->diag, member->loc, "'%s' is declared here", member->name);
    }
}

static void check_value(struct frontend *fe, const struct attribute *attribute, bool is_array,
                        const struct value *value)
{
    bool fits = is_array ? value->kind == VALUE_LIST : scalar_fits(&attribute->type, value);
    if (!fits) {
        diag_error(&fe->diag, value->loc, "'%s' needs %s, but this is %s", attribute->name,
                   expected(&attribute->type, is_array), value_word(value));
        diag_note(&fe->diag, attribute->loc, "'%s' is declared here", attribute->name);
        return;
    }
    for (size_t i = 0; is_array && i < value->list.count; i++)
        check_value(fe, attribute, false, value->list.items[i]);
    if (!is_array && attribute->type.kind == TYPE_STRUCT && attribute->type.record)
        check_record(fe, attribute->type.record, value);
}

void check_settings(struct frontend *fe, const struct system *system)
{
    for (size_t i = 0; i < system->settings.count; i++) {
        const struct setting *setting = system->settings.items[i];
        const struct instance *instance = system_find_instance(system, setting->key);
        const struct attribute *attribute =
            instance ? component_find_attribute(instance->component, setting->name) : NULL;
        if (attribute)
            check_value(fe, attribute, attribute->is_array, setting->value);
    }
}
