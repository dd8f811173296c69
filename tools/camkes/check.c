/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Rules over the flattened system: connectivity, directions, kinds, types. */
#include "check.h"

#include <string.h>

#include "ast.h"

struct checker {
    struct frontend *fe;
    struct diag *diag;
    const struct system *system;
};

static const char *kind_word(enum interface_kind kind)
{
    static const char *const words[] = {"uses", "provides", "emits", "consumes", "dataport"};
    return words[kind];
}

static const char *end_kind_word(enum end_kind kind)
{
    static const char *const words[] = {"Procedure", "Event", "Dataport"};
    return words[kind];
}

static enum end_kind kind_of(const struct interface *interface)
{
    switch (interface->kind) {
    case INTERFACE_USES:
    case INTERFACE_PROVIDES:
        return END_PROCEDURE;
    case INTERFACE_EMITS:
    case INTERFACE_CONSUMES:
        return END_EVENT;
    case INTERFACE_DATAPORT:
        break;
    }
    return END_DATAPORT;
}

/* A procedure's from end uses and its to end provides; an event flows from emits to consumes. */
static void check_direction(struct checker *c, const struct end *end)
{
    enum interface_kind kind = end->interface->kind;
    bool wrong = end->is_from ? kind == INTERFACE_PROVIDES || kind == INTERFACE_CONSUMES
                              : kind == INTERFACE_USES || kind == INTERFACE_EMITS;
    if (!wrong)
        return;
    diag_error(c->diag, end->loc, "'%s' end '%s.%s' is declared '%s': the connection is backwards",
               end->is_from ? "from" : "to", end->instance->name, end->interface->name,
               kind_word(kind));
    diag_note(c->diag, end->interface->loc, "declared here");
}

static void check_end_kind(struct checker *c, const struct end *end,
                           const struct connector_end *wanted)
{
    if (kind_of(end->interface) != wanted->kind) {
        diag_error(c->diag, end->loc, "connector '%s' joins %ss here, but '%s.%s' is declared '%s'",
                   end->connection->connector->name ? end->connection->connector->name : "(inline)",
                   end_kind_word(wanted->kind), end->instance->name, end->interface->name,
                   kind_word(end->interface->kind));
        diag_note(c->diag, wanted->loc, "this end of the connector is declared here");
        return;
    }
    bool hardware = end->instance->component->hardware;
    if (hardware == wanted->hardware)
        return;
    diag_error(c->diag, end->loc,
               hardware ? "'%s' is a hardware component, but the '%s' end of connector '%s' is not "
                          "for hardware"
                        : "'%s' is not a hardware component, but the '%s' end of connector '%s' "
                          "is for hardware",
               end->instance->name, end->is_from ? "from" : "to",
               end->connection->connector->name ? end->connection->connector->name : "(inline)");
    diag_note(c->diag, wanted->loc, "this end of the connector is declared here");
}

static const char *connector_name(const struct connection *connection)
{
    return connection->connector->name ? connection->connector->name : "(inline)";
}

/* The ends of one side: there is one, several only if the connector says so, each fitting. */
static void check_side(struct checker *c, const struct connection *connection, bool from)
{
    const struct connector_end *wanted =
        from ? &connection->connector->from : &connection->connector->to;
    size_t count = from ? connection->from.count : connection->to.count;
    struct end *const *ends = from ? connection->from.items : connection->to.items;
    const char *side = from ? "from" : "to";
    if (!count)
        diag_error(c->diag, connection->loc, "connection '%s' has no '%s' end", connection->name,
                   side);
    if (count > 1 && !wanted->plural) {
        diag_error(c->diag, ends[1]->loc,
                   "connection '%s' has several '%s' ends, but connector '%s' allows one",
                   connection->name, side, connector_name(connection));
        diag_note(c->diag, ends[0]->loc, "the first is here");
    }
    for (size_t i = 0; i < count; i++) {
        check_direction(c, ends[i]);
        check_end_kind(c, ends[i], wanted);
    }
}

static void check_types(struct checker *c, const struct connection *connection)
{
    if (!connection->from.count ||
        connector_flag(connection->connector, "disable_interface_type_checking"))
        return;
    const struct end *first = connection->from.items[0];
    size_t count = connection->from.count + connection->to.count;
    for (size_t i = 1; i < count; i++) {
        const struct end *end = i < connection->from.count
                                    ? connection->from.items[i]
                                    : connection->to.items[i - connection->from.count];
        if (end->interface->type_name == first->interface->type_name)
            continue;
        diag_error(c->diag, end->loc,
                   "connection '%s' joins different types: '%s.%s' is '%s', '%s.%s' is '%s'",
                   connection->name, first->instance->name, first->interface->name,
                   first->interface->type_name, end->instance->name, end->interface->name,
                   end->interface->type_name);
        diag_note(c->diag, first->interface->loc, "'%s' is declared here", first->interface->name);
        diag_note(c->diag, end->interface->loc, "'%s' is declared here", end->interface->name);
        return;
    }
}

static bool needs_connection(const struct interface *interface)
{
    return !interface->optional && interface->kind != INTERFACE_PROVIDES &&
           interface->kind != INTERFACE_EMITS;
}

static bool exports(const struct composition *composition, const char *instance, const char *inner,
                    const char *outer)
{
    for (size_t i = 0; composition && i < composition->exports.count; i++) {
        const struct export_decl *export = composition->exports.items[i];
        size_t count = export->inner.parts.count;
        if (outer && !strcmp(export->outer.parts.items[0].name, outer))
            return true;
        if (inner && count >= 2 && !strcmp(export->inner.parts.items[count - 1].name, inner) &&
            !strcmp(export->inner.parts.items[count - 2].name, instance))
            return true;
    }
    return false;
}

/* Hidden by an export: the interface of the compound, or the inner one it stands for. */
static bool is_exported(const struct instance *instance, const struct interface *interface)
{
    if (exports(instance->component->composition, NULL, NULL, interface->name))
        return true;
    if (!instance->parent)
        return false;
    const char *local = instance->name + strlen(instance->parent->name) + 1;
    return exports(instance->parent->component->composition, local, interface->name, NULL);
}

static void check_connected(struct checker *c, const struct instance *instance)
{
    const struct component *component = instance->component;
    for (size_t i = 0; i < component->interfaces.count; i++) {
        const struct interface *interface = component->interfaces.items[i];
        if (!needs_connection(interface) || instance_find_end(instance, interface->name) ||
            is_exported(instance, interface))
            continue;
        diag_error(c->diag, instance->loc, "'%s.%s' is not connected", instance->name,
                   interface->name);
        diag_note(c->diag, interface->loc,
                  "declared here; 'maybe %s' would make the connection optional",
                  kind_word(interface->kind));
    }
}

static void check_name_clash(struct checker *c, const struct connection *connection)
{
    const struct instance *instance = system_find_instance(c->system, connection->name);
    if (!instance)
        return;
    diag_error(c->diag, connection->loc, "connection '%s' has the name of an instance",
               connection->name);
    diag_note(c->diag, instance->loc, "the instance is declared here");
}

void check_system(struct frontend *fe, struct system *system)
{
    struct checker checker = {.fe = fe, .diag = &fe->diag, .system = system};
    for (size_t i = 0; i < system->connections.count; i++) {
        const struct connection *connection = system->connections.items[i];
        unsigned errors = fe->diag.errors;
        check_side(&checker, connection, true);
        check_side(&checker, connection, false);
        if (fe->diag.errors == errors)
            check_types(&checker, connection);
        check_name_clash(&checker, connection);
    }
    for (size_t i = 0; i < system->instances.count; i++)
        check_connected(&checker, system->instances.items[i]);
    check_settings(fe, system);
    check_firewalls(fe, system);
    if (!fe->diag.errors)
        check_setting_names(fe, system);
}
