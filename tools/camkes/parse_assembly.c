/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Compositions, configurations and assemblies. */
#include "parser.h"

/* Behind `component`: a type or an inline body, then the name. */
static struct instance_decl *parse_instance(struct parser *p)
{
    struct instance_decl *instance = arena_new(p->arena, struct instance_decl);
    struct loc loc = parser_next(p)->loc;
    if (parser_at_punct(p, '{')) {
        instance->component = parse_component_body(p, loc);
        if (!instance->component)
            return NULL;
    } else if (!parser_ref(p, &instance->type, "the name of a component")) {
        return NULL;
    }
    instance->name = parser_expect_id(p, "the name of the instance", &instance->loc);
    return instance->name && parser_expect_punct(p, ';', "after the instance") ? instance : NULL;
}

static struct group_decl *parse_group(struct parser *p)
{
    struct group_decl *group = arena_new(p->arena, struct group_decl);
    group->loc = parser_next(p)->loc;
    if (parser_peek(p, 0)->kind == TOKEN_ID)
        group->name = parser_expect_id(p, "a name", &group->loc);
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the instances of the group"))
        return NULL;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        struct instance_decl *instance = NULL;
        if (parser_at_keyword(p, KW_component))
            instance = parse_instance(p);
        else
            parser_fail_expected(p, "'component' (a group holds instances only)");
        if (instance) {
            instance->group = group;
            *array_push(p->arena, &group->instances) = instance;
        }
        if (p->failed)
            parser_recover(p, depth);
    }
    parser_close_body(p, open);
    return p->failed ? NULL : group;
}

static bool parse_ends(struct parser *p, struct connection_decl *connection)
{
    if (!parser_expect_punct(p, '(', "before the ends of the connection"))
        return false;
    while (!parser_at_punct(p, ')')) {
        struct end_decl end = {.is_from = parser_accept_keyword(p, KW_from)};
        if (!end.is_from && !parser_expect_keyword(p, KW_to, "'from' or 'to'"))
            return false;
        if (!parser_ref(p, &end.ref, "an interface"))
            return false;
        *array_push(p->arena, &connection->ends) = end;
        if (!parser_accept_punct(p, ','))
            break;
    }
    return parser_expect_punct(p, ')', "or ',' after the end") &&
           parser_expect_punct(p, ';', "after the connection");
}

static struct connection_decl *parse_connection(struct parser *p)
{
    struct connection_decl *connection = arena_new(p->arena, struct connection_decl);
    struct loc loc = parser_next(p)->loc;
    if (parser_at_punct(p, '{')) {
        connection->connector = parse_connector_body(p, loc);
        if (!connection->connector)
            return NULL;
    } else if (!parser_ref(p, &connection->type, "the name of a connector")) {
        return NULL;
    }
    connection->name = parser_expect_id(p, "the name of the connection", &connection->loc);
    return connection->name && parse_ends(p, connection) ? connection : NULL;
}

static struct export_decl *parse_export(struct parser *p)
{
    struct export_decl *export = arena_new(p->arena, struct export_decl);
    parser_next(p);
    if (!parser_ref(p, &export->inner, "an interface") ||
        !parser_expect_punct(p, PUNCT2('-', '>'), "after the inner interface") ||
        !parser_ref(p, &export->outer, "an interface") ||
        !parser_expect_punct(p, ';', "after the export"))
        return NULL;
    return export;
}

static void parse_composition_item(struct parser *p, struct composition *composition)
{
    if (parser_at_keyword(p, KW_component)) {
        struct instance_decl *instance = parse_instance(p);
        if (instance)
            *array_push(p->arena, &composition->instances) = instance;
    } else if (parser_at_keyword(p, KW_group)) {
        struct group_decl *group = parse_group(p);
        if (group)
            *array_push(p->arena, &composition->groups) = group;
    } else if (parser_at_keyword(p, KW_connection)) {
        struct connection_decl *connection = parse_connection(p);
        if (connection)
            *array_push(p->arena, &composition->connections) = connection;
    } else if (parser_at_keyword(p, KW_export)) {
        struct export_decl *export = parse_export(p);
        if (export)
            *array_push(p->arena, &composition->exports) = export;
    } else {
        parser_fail_expected(p, "component, group, connection or export");
    }
}

struct composition *parse_composition(struct parser *p)
{
    struct composition *composition = arena_new(p->arena, struct composition);
    composition->loc = parser_next(p)->loc;
    if (parser_peek(p, 0)->kind == TOKEN_ID)
        composition->name = parser_expect_id(p, "a name", &composition->loc);
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the body of the composition"))
        return NULL;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        parse_composition_item(p, composition);
        if (p->failed)
            parser_recover(p, depth);
    }
    parser_close_body(p, open);
    return p->failed ? NULL : composition;
}

static bool parse_reference(struct parser *p, struct setting_decl *setting)
{
    if (!parser_ref(p, &setting->reference, "an attribute"))
        return false;
    while (parser_accept_punct(p, '[')) {
        struct value *key = parse_item(p);
        if (!key || !parser_expect_punct(p, ']', "after the key"))
            return false;
        *array_push(p->arena, &setting->lookups) = key;
    }
    return true;
}

/* The two names on the left of a setting. */
static bool parse_setting_target(struct parser *p, struct setting_decl *setting)
{
    struct ref target = {0};
    struct loc loc = parser_peek(p, 0)->loc;
    if (!parser_ref(p, &target, "a setting (instance.attribute = value)"))
        return false;
    if (target.parts.count != 2) {
        diag_error(p->diag, loc, "the left side of a setting is two names: instance.attribute");
        parser_note_macro(p, target.parts.items[0].name, loc, 0);
        parser_fail(p);
        return false;
    }
    setting->key = target.parts.items[0].name;
    setting->name = target.parts.items[1].name;
    setting->loc = loc;
    setting->loc.length =
        target.parts.items[1].loc.offset + target.parts.items[1].loc.length - loc.offset;
    return true;
}

static struct setting_decl *parse_setting(struct parser *p)
{
    struct setting_decl *setting = arena_new(p->arena, struct setting_decl);
    if (!parse_setting_target(p, setting))
        return NULL;
    if (parser_accept_punct(p, PUNCT2('<', '-'))) {
        if (!parse_reference(p, setting))
            return NULL;
    } else if (!parser_expect_punct(p, '=', "or '<-' after the name of the setting")) {
        return NULL;
    } else if (parser_at_query(p)) {
        parse_query(p);
        return NULL;
    } else if (!(setting->value = parse_item(p))) {
        return NULL;
    }
    return parser_expect_punct(p, ';', "after the setting") ? setting : NULL;
}

struct configuration *parse_configuration(struct parser *p)
{
    struct configuration *configuration = arena_new(p->arena, struct configuration);
    configuration->loc = parser_next(p)->loc;
    if (parser_peek(p, 0)->kind == TOKEN_ID)
        configuration->name = parser_expect_id(p, "a name", &configuration->loc);
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the settings"))
        return NULL;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        struct setting_decl *setting = parse_setting(p);
        if (setting)
            *array_push(p->arena, &configuration->settings) = setting;
        if (p->failed)
            parser_recover_statement(p, depth);
    }
    parser_close_body(p, open);
    return p->failed ? NULL : configuration;
}

static bool parse_schedule_number(struct parser *p, uint64_t *out)
{
    const struct token *token = parser_peek(p, 0);
    if (token->kind != TOKEN_INT || token->integer > INT64_MAX) {
        parser_fail_expected(p, "a number (expressions are not allowed in a schedule)");
        return false;
    }
    *out = (uint64_t)token->integer;
    parser_next(p);
    return true;
}

static bool parse_schedule_entry(struct parser *p, struct assembly *assembly)
{
    struct schedule_entry entry = {0};
    if (!parser_expect_punct(p, '(', "before a schedule entry") ||
        !parse_schedule_number(p, &entry.domain) ||
        !parser_expect_punct(p, ',', "after the domain") ||
        !parse_schedule_number(p, &entry.duration))
        return false;
    entry.microseconds = parser_accept_keyword(p, KW_us);
    if (!entry.microseconds)
        parser_accept_keyword(p, KW_ticks);
    if (!parser_expect_punct(p, ')', "after the schedule entry"))
        return false;
    *array_push(p->arena, &assembly->schedule) = entry;
    return true;
}

static void parse_schedule(struct parser *p, struct assembly *assembly)
{
    struct loc loc = parser_next(p)->loc;
    if (assembly->has_schedule)
        diag_error(p->diag, loc, "an assembly has one schedule only");
    assembly->has_schedule = true;
    if (!parser_expect_punct(p, '{', "before the schedule") ||
        !parser_expect_punct(p, '[', "before the schedule entries"))
        return;
    while (!parser_at_punct(p, ']')) {
        if (!parse_schedule_entry(p, assembly))
            return;
        if (!parser_accept_punct(p, ','))
            break;
    }
    if (parser_expect_punct(p, ']', "or ',' after the schedule entry"))
        parser_expect_punct(p, '}', "after the schedule");
}

/* `composition name;` used to be accepted by grammar only; nothing ever gave it a meaning. */
static bool refuse_named(struct parser *p, const char *what)
{
    const struct token *next = parser_peek(p, 1), *after = parser_peek(p, 2);
    if (next->kind != TOKEN_ID || after->kind != TOKEN_PUNCT ||
        (after->punct != ';' && after->punct != '.'))
        return false;
    diag_error(p->diag, next->loc,
               "an assembly cannot name a %s declared elsewhere; "
               "write the %s inside the assembly",
               what, what);
    parser_fail(p);
    return true;
}

static void parse_assembly_item(struct parser *p, struct assembly *assembly)
{
    if (parser_at_keyword(p, KW_composition)) {
        struct composition *composition = NULL;
        if (!refuse_named(p, "composition"))
            composition = parse_composition(p);
        if (composition)
            *array_push(p->arena, &assembly->compositions) = composition;
    } else if (parser_at_keyword(p, KW_configuration)) {
        struct configuration *configuration = NULL;
        if (!refuse_named(p, "configuration"))
            configuration = parse_configuration(p);
        if (configuration)
            *array_push(p->arena, &assembly->configurations) = configuration;
    } else if (parser_at_keyword(p, KW_schedule)) {
        parse_schedule(p, assembly);
    } else {
        parser_fail_expected(p, "composition, configuration or schedule");
    }
}

struct assembly *parse_assembly(struct parser *p)
{
    struct assembly *assembly = arena_new(p->arena, struct assembly);
    assembly->loc = parser_next(p)->loc;
    if (parser_peek(p, 0)->kind == TOKEN_ID)
        assembly->name = parser_expect_id(p, "a name", &assembly->loc);
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the body of the assembly"))
        return NULL;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        parse_assembly_item(p, assembly);
        if (p->failed)
            parser_recover(p, depth);
    }
    parser_close_body(p, open);
    return p->failed ? NULL : assembly;
}
