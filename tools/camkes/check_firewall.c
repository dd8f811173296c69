/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Settings of the component Firewall: `rules` and `addresses` are read by the same code that reads
 * them at run time, so a system with a wrong rule is not built.
 */
#include <firewall/rule.h>
#include <string.h>

#include "check.h"

/* The wrong word itself where the string is one literal, otherwise the whole value. */
static struct loc word_loc(const struct value *value, const struct firewall_rule_error *error)
{
    struct loc loc = value->loc;
    if (loc.length != strlen(value->string) + 2)
        return loc;
    loc.offset += 1 + (uint32_t)error->at;
    loc.length = error->length ? (uint32_t)error->length : 1;
    return loc;
}

static void complain(struct frontend *fe, const struct value *value,
                     const struct firewall_rule_error *error)
{
    if (error->length == 0)
        diag_error(&fe->diag, word_loc(value, error), "expected %s, but the text ends here",
                   error->expected);
    else
        diag_error(&fe->diag, word_loc(value, error), "expected %s, but this is '%.*s'",
                   error->expected, (int)error->length, value->string + error->at);
}

static void check_rule(struct frontend *fe, const struct instance *instance,
                       const struct value *value)
{
    struct firewall_rule rule;
    struct firewall_rule_error error;
    (void)instance;
    if (!firewall_rule_parse(&rule, value->string, &error))
        complain(fe, value, &error);
}

static bool has_client(const struct instance *instance, const char *name, size_t size)
{
    const struct end *server = instance_find_end(instance, "client");
    for (size_t i = 0; server && i < server->connection->from.count; i++) {
        const char *client = server->connection->from.items[i]->instance->name;
        if (strlen(client) == size && memcmp(client, name, size) == 0)
            return true;
    }
    return false;
}

static void check_addresses(struct frontend *fe, const struct instance *instance,
                            const struct value *value)
{
    struct firewall_owned owned;
    struct firewall_rule_error error;
    size_t name;
    if (!firewall_owned_parse(&owned, value->string, &name, &error)) {
        complain(fe, value, &error);
        return;
    }
    error = (struct firewall_rule_error){.length = name};
    if (!has_client(instance, value->string, name))
        diag_error(&fe->diag, word_loc(value, &error), "'%.*s' is no client of '%s'", (int)name,
                   value->string, instance->name);
}

static void check_strings(struct frontend *fe, const struct system *system,
                          const struct instance *instance, const char *name,
                          void (*check)(struct frontend *, const struct instance *,
                                        const struct value *))
{
    const struct value *list = system_setting(system, instance->name, name);
    for (size_t i = 0; list && list->kind == VALUE_LIST && i < list->list.count; i++) {
        if (list->list.items[i]->kind == VALUE_STRING)
            check(fe, instance, list->list.items[i]);
    }
}

void check_firewalls(struct frontend *fe, const struct system *system)
{
    for (size_t i = 0; i < system->instances.count; i++) {
        const struct instance *instance = system->instances.items[i];
        const char *component = instance->component->name;
        if (!component || strcmp(component, "Firewall") != 0)
            continue;
        check_strings(fe, system, instance, "rules", check_rule);
        check_strings(fe, system, instance, "addresses", check_addresses);
    }
}
