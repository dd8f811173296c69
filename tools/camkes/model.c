/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Queries on the resolved system. */
#include "model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "settings.h"

const struct value *value_get(const struct value *dict, const char *key)
{
    if (!dict || dict->kind != VALUE_DICT)
        return NULL;
    for (size_t i = 0; i < dict->dict.count; i++) {
        const struct value *name = dict->dict.items[i].key;
        if (name->kind == VALUE_STRING && !strcmp(name->string, key))
            return dict->dict.items[i].value;
    }
    return NULL;
}

const char *type_c_name(const struct type *type)
{
    static const char *const names[] = {
        [TYPE_VOID] = "void",
        [TYPE_INT] = "int",
        [TYPE_UNSIGNED] = "unsigned int",
        [TYPE_CHAR] = "char",
        [TYPE_SIGNED_CHAR] = "signed char",
        [TYPE_UNSIGNED_CHAR] = "unsigned char",
        [TYPE_STRING] = "char *",
        [TYPE_UINT64] = "uint64_t",
        [TYPE_INT64] = "int64_t",
    };
    if (type->kind == TYPE_NAMED || type->kind == TYPE_STRUCT)
        return type->name ? type->name : "";
    return names[type->kind];
}

bool connector_flag(const struct connector *connector, const char *name)
{
    for (size_t i = 0; i < connector->attributes.count; i++) {
        const struct attribute *attribute = connector->attributes.items[i];
        if (!strcmp(attribute->name, name))
            return value_is_true(attribute->initial, false);
    }
    return false;
}

struct instance *system_find_instance(const struct system *system, const char *name)
{
    for (size_t i = 0; i < system->instances.count; i++) {
        if (!strcmp(system->instances.items[i]->name, name))
            return system->instances.items[i];
    }
    return NULL;
}

struct connection *system_find_connection(const struct system *system, const char *name)
{
    for (size_t i = 0; i < system->connections.count; i++) {
        struct connection *connection = system->connections.items[i];
        if (!strcmp(connection->name, name))
            return connection;
        for (size_t j = 0; j < connection->aliases.count; j++) {
            if (!strcmp(connection->aliases.items[j], name))
                return connection;
        }
    }
    return NULL;
}

struct address_space *system_find_space(const struct system *system, const char *name)
{
    for (size_t i = 0; i < system->spaces.count; i++) {
        if (!strcmp(system->spaces.items[i]->name, name))
            return system->spaces.items[i];
    }
    return NULL;
}

const struct value *system_setting(const struct system *system, const char *key, const char *name)
{
    const struct setting *setting = settings_find(system->table, key, name);
    return setting ? setting->value : NULL;
}

const struct value *end_setting(const struct system *system, const struct end *end,
                                const char *suffix)
{
    char name[256];
    size_t head = strlen(end->interface->name), tail = strlen(suffix);
    if (head + tail + 2 > sizeof name)
        return NULL;
    memcpy(name, end->interface->name, head);
    name[head] = '_';
    memcpy(name + head + 1, suffix, tail + 1);
    return system_setting(system, end->instance->name, name);
}

const struct value *connection_setting(const struct system *system,
                                       const struct connection *connection, const char *name)
{
    const struct value *value = system_setting(system, connection->name, name);
    for (size_t i = 0; !value && i < connection->aliases.count; i++)
        value = system_setting(system, connection->aliases.items[i], name);
    return value;
}

bool value_to_u64(const struct value *value, uint64_t *out)
{
    if (value && value->kind == VALUE_INT) {
        *out = (uint64_t)value->integer;
        return value->integer >= 0 && value->integer <= (adl_int)UINT64_MAX;
    }
    if (!value || value->kind != VALUE_STRING || !isdigit((unsigned char)value->string[0]))
        return false;
    bool hex = value->string[0] == '0' && (value->string[1] | 32) == 'x';
    char *end;
    *out = strtoull(value->string, &end, hex ? 16 : 10);
    return *end == '\0';
}

bool value_is_true(const struct value *value, bool fallback)
{
    if (!value)
        return fallback;
    switch (value->kind) {
    case VALUE_INT:
        return value->integer != 0;
    case VALUE_FLOAT:
        return value->real != 0;
    case VALUE_STRING:
        return value->string[0] != '\0';
    case VALUE_LIST:
        return value->list.count != 0;
    case VALUE_DICT:
        return value->dict.count != 0;
    }
    return false;
}

struct end *instance_find_end(const struct instance *instance, const char *name)
{
    for (size_t i = 0; i < instance->ends.count; i++) {
        if (!strcmp(instance->ends.items[i]->interface->name, name))
            return instance->ends.items[i];
    }
    return NULL;
}

struct interface *component_find_interface(const struct component *component, const char *name)
{
    for (size_t i = 0; i < component->interfaces.count; i++) {
        if (!strcmp(component->interfaces.items[i]->name, name))
            return component->interfaces.items[i];
    }
    return NULL;
}

struct attribute *component_find_attribute(const struct component *component, const char *name)
{
    for (size_t i = 0; i < component->attributes.count; i++) {
        if (!strcmp(component->attributes.items[i]->name, name))
            return component->attributes.items[i];
    }
    return NULL;
}
