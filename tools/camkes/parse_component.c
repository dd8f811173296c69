/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Component declarations. */
#include <string.h>

#include "parser.h"

static struct interface *add_interface(struct parser *p, struct component *component,
                                       const struct interface *interface)
{
    struct interface *copy = arena_new(p->arena, struct interface);
    *copy = *interface;
    *array_push(p->arena, &component->interfaces) = copy;
    return copy;
}

/* "provides P x;" and "uses P x;" behind the keyword. */
static void parse_procedure_interface(struct parser *p, struct component *component,
                                      struct interface interface)
{
    struct ref type = {0};
    if (!parser_ref(p, &type, "the name of a procedure"))
        return;
    const char *name = type.parts.items[0].name;
    for (size_t i = 1; i < type.parts.count; i++)
        name = arena_printf(p->arena, "%s.%s", name, type.parts.items[i].name);
    interface.type_name = arena_intern_string(p->arena, name);
    interface.type_loc = type.parts.items[0].loc;
    interface.name = parser_expect_id(p, "the name of the interface", &interface.loc);
    if (interface.name && parser_expect_punct(p, ';', "after the interface"))
        add_interface(p, component, &interface);
}

/* "emits E x;" and "consumes E x;" behind the keyword. */
static void parse_event_interface(struct parser *p, struct component *component,
                                  struct interface interface)
{
    interface.type_name = parser_expect_id(p, "the type of the event", &interface.type_loc);
    interface.name = parser_expect_id(p, "the name of the interface", &interface.loc);
    if (interface.name && parser_expect_punct(p, ';', "after the interface"))
        add_interface(p, component, &interface);
}

static bool parse_buf_size(struct parser *p, struct interface *interface)
{
    parser_next(p);
    struct loc loc = parser_peek(p, 0)->loc;
    struct value *size = parse_expression(p);
    if (!size || !parser_expect_punct(p, ')', "after the size"))
        return false;
    if (size->kind != VALUE_INT || size->integer <= 0 ||
        size->integer > UINT32_MAX * (adl_int)256) {
        diag_error(p->diag, loc, "the size of a Buf must be a positive integer");
        parser_fail(p);
        return false;
    }
    interface->is_buf = true;
    interface->buf_size = (uint64_t)size->integer;
    interface->type_name = arena_intern_string(
        p->arena, arena_printf(p->arena, "Buf(%llu)", (unsigned long long)interface->buf_size));
    return true;
}

static void parse_dataport(struct parser *p, struct component *component, bool optional)
{
    struct interface interface = {.kind = INTERFACE_DATAPORT, .optional = optional};
    bool buf = parser_peek(p, 0)->keyword == KW_Buf;
    interface.type_name = parser_expect_id(p, "the type of the dataport", &interface.type_loc);
    if (!interface.type_name)
        return;
    if (buf)
        interface.buf_size = 4096;
    if (buf && parser_at_punct(p, '(') && !parse_buf_size(p, &interface))
        return;
    interface.name = parser_expect_id(p, "the name of the dataport", &interface.loc);
    if (interface.name && parser_expect_punct(p, ';', "after the dataport"))
        add_interface(p, component, &interface);
}

static void parse_sync(struct parser *p, struct component *component)
{
    struct sync_member *sync = arena_new(p->arena, struct sync_member);
    if (parser_accept_keyword(p, KW_mutex))
        sync->kind = SYNC_MUTEX;
    else if (parser_accept_keyword(p, KW_semaphore))
        sync->kind = SYNC_SEMAPHORE;
    else if (parser_accept_keyword(p, KW_binary_semaphore))
        sync->kind = SYNC_BINARY_SEMAPHORE;
    else
        parser_fail_expected(p, "mutex, semaphore or binary_semaphore");
    sync->name = parser_expect_id(p, "a name", &sync->loc);
    if (sync->name && parser_expect_punct(p, ';', "after the declaration"))
        *array_push(p->arena, &component->syncs) = sync;
}

static void parse_component_attribute(struct parser *p, struct component *component)
{
    struct attribute *attribute = NULL;
    if (parse_attribute(p, &attribute) && parser_expect_punct(p, ';', "after the attribute"))
        *array_push(p->arena, &component->attributes) = attribute;
}

static void parse_interface(struct parser *p, struct component *component, bool optional)
{
    struct interface interface = {.optional = optional};
    const struct token *token = parser_peek(p, 0);
    switch (token->kind == TOKEN_KEYWORD ? token->keyword : KW_NONE) {
    case KW_uses:
        parser_next(p);
        interface.kind = INTERFACE_USES;
        parse_procedure_interface(p, component, interface);
        break;
    case KW_consumes:
        parser_next(p);
        interface.kind = INTERFACE_CONSUMES;
        parse_event_interface(p, component, interface);
        break;
    case KW_dataport:
        parser_next(p);
        parse_dataport(p, component, optional);
        break;
    default:
        parser_fail_expected(p, "uses, consumes or dataport after 'maybe'");
        break;
    }
}

/* A flag of the component: `control;` or `hardware;`. */
static void parse_flag(struct parser *p, bool *flag, struct loc *loc)
{
    *loc = parser_next(p)->loc;
    *flag = true;
    parser_expect_punct(p, ';', "after the keyword");
}

static void parse_member(struct parser *p, struct component *component)
{
    const struct token *token = parser_peek(p, 0);
    struct c_include include;
    switch (token->kind == TOKEN_KEYWORD ? token->keyword : KW_NONE) {
    case KW_control:
        parse_flag(p, &component->control, &component->control_loc);
        break;
    case KW_hardware:
        parse_flag(p, &component->hardware, &component->hardware_loc);
        break;
    case KW_include:
        parser_next(p);
        if (parser_include(p, &include))
            *array_push(p->arena, &component->includes) = include;
        break;
    case KW_provides:
        parser_next(p);
        parse_procedure_interface(p, component, (struct interface){.kind = INTERFACE_PROVIDES});
        break;
    case KW_emits:
        parser_next(p);
        parse_event_interface(p, component, (struct interface){.kind = INTERFACE_EMITS});
        break;
    case KW_maybe:
        parser_next(p);
        parse_interface(p, component, true);
        break;
    case KW_uses:
    case KW_consumes:
    case KW_dataport:
        parse_interface(p, component, false);
        break;
    case KW_has:
        parser_next(p);
        parse_sync(p, component);
        break;
    case KW_attribute:
        parser_next(p);
        parse_component_attribute(p, component);
        break;
    default:
        parser_fail_expected(p, "a member of the component");
        break;
    }
}

/* The embedded composition and configuration, in either order, at the end of the body. */
static void parse_embedded(struct parser *p, struct component *component)
{
    struct loc configuration_loc = {0};
    while (!p->failed) {
        struct loc loc = parser_peek(p, 0)->loc;
        if (parser_at_keyword(p, KW_composition) && !component->composition) {
            component->composition = parse_composition(p);
        } else if (parser_at_keyword(p, KW_configuration) && !component->configuration) {
            configuration_loc = loc;
            component->configuration = parse_configuration(p);
        } else {
            break;
        }
    }
    if (p->failed)
        return;
    if (component->configuration && !component->composition) {
        diag_error(p->diag, configuration_loc,
                   "a component with a configuration needs a composition too");
    } else if (component->composition && !parser_at_punct(p, '}') &&
               parser_peek(p, 0)->kind != TOKEN_EOF) {
        parser_fail_expected(p, "'}' (composition and configuration come last in a component)");
    }
}

struct component *parse_component_body(struct parser *p, struct loc loc)
{
    struct component *component = arena_new(p->arena, struct component);
    component->loc = loc;
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the body of the component"))
        return NULL;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        if (parser_at_keyword(p, KW_composition) || parser_at_keyword(p, KW_configuration))
            parse_embedded(p, component);
        else
            parse_member(p, component);
        if (p->failed)
            parser_recover(p, depth);
    }
    parser_close_body(p, open);
    return p->failed ? NULL : component;
}

struct component *parse_component(struct parser *p)
{
    struct loc loc = parser_next(p)->loc;
    const char *name = NULL;
    if (parser_peek(p, 0)->kind == TOKEN_ID)
        name = parser_expect_id(p, "a name", &loc);
    struct component *component = parse_component_body(p, loc);
    if (component)
        component->name = name;
    return component;
}
