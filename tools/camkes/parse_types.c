/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Types, attributes, structs, procedures and connectors. */
#include <string.h>

#include "parser.h"

/* `signed`, `unsigned`: an optional int, integer or (for both) char follows. */
static enum type_kind parse_signedness(struct parser *p, bool is_signed)
{
    if (parser_accept_keyword(p, KW_char))
        return is_signed ? TYPE_SIGNED_CHAR : TYPE_UNSIGNED_CHAR;
    if (!parser_accept_keyword(p, KW_int))
        parser_accept_keyword(p, KW_integer);
    return is_signed ? TYPE_INT : TYPE_UNSIGNED;
}

/* A scalar type made of reserved words; false (nothing consumed) if there is none. */
static bool parse_scalar(struct parser *p, struct type *type)
{
    const struct token *token = parser_peek(p, 0);
    type->loc = token->loc;
    if (token->kind != TOKEN_KEYWORD)
        return false;
    switch (token->keyword) {
    case KW_int:
    case KW_integer:
        type->kind = TYPE_INT;
        break;
    case KW_char:
        type->kind = TYPE_CHAR;
        break;
    case KW_string:
        type->kind = TYPE_STRING;
        break;
    case KW_uint64_t:
        type->kind = TYPE_UINT64;
        break;
    case KW_int64_t:
        type->kind = TYPE_INT64;
        break;
    case KW_signed:
    case KW_unsigned:
        parser_next(p);
        type->kind = parse_signedness(p, token->keyword == KW_signed);
        return true;
    default:
        return false;
    }
    parser_next(p);
    return true;
}

/* `character`, the older spelling of `char`, stays accepted. */
static void parse_named_type(struct parser *p, struct type *type, const char *what)
{
    type->name = parser_expect_id(p, what, &type->loc);
    type->kind = TYPE_NAMED;
    if (type->name && !strcmp(type->name, "character"))
        *type = (struct type){.kind = TYPE_CHAR, .loc = type->loc};
    else if (type->name && !strcmp(type->name, "boolean"))
        type->name = arena_intern_string(p->arena, "bool");
}

/* Type of a parameter or result. */
static bool parse_procedure_type(struct parser *p, struct type *type)
{
    if (parse_scalar(p, type))
        return true;
    if (parser_accept_keyword(p, KW_struct)) {
        type->kind = TYPE_STRUCT;
        type->name = parser_expect_id(p, "the name of a struct", &type->loc);
    } else {
        parse_named_type(p, type, "a type");
    }
    return type->name || type->kind == TYPE_CHAR;
}

static bool parse_array_mark(struct parser *p, bool *is_array)
{
    if (!parser_accept_punct(p, '['))
        return true;
    *is_array = true;
    return parser_expect_punct(p, ']', "('[]' marks an array; it has no size)");
}

/* ---- attributes and structs ---------------------------------------------------------------- */

static bool parse_members(struct parser *p, struct struct_type *record)
{
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the members"))
        return false;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        struct attribute *member = NULL;
        if (parse_attribute(p, &member) && parser_expect_punct(p, ';', "after the member"))
            *array_push(p->arena, &record->members) = member;
        if (p->failed)
            parser_recover(p, depth);
    }
    parser_close_body(p, open);
    return !p->failed;
}

static bool parse_attribute_type(struct parser *p, struct type *type)
{
    if (parse_scalar(p, type))
        return true;
    if (parser_at_punct(p, '{')) {
        type->kind = TYPE_STRUCT;
        type->record = arena_new(p->arena, struct struct_type);
        type->record->loc = type->loc;
        return parse_members(p, type->record);
    }
    parse_named_type(p, type, "a type");
    return !p->failed;
}

bool parse_attribute(struct parser *p, struct attribute **out)
{
    struct attribute *attribute = arena_new(p->arena, struct attribute);
    if (!parse_attribute_type(p, &attribute->type))
        return false;
    attribute->name = parser_expect_id(p, "a name", &attribute->loc);
    if (!attribute->name || !parse_array_mark(p, &attribute->is_array))
        return false;
    if (parser_accept_punct(p, '=')) {
        attribute->initial = parse_item(p);
        if (!attribute->initial)
            return false;
    }
    *out = attribute;
    return true;
}

struct struct_type *parse_struct(struct parser *p)
{
    struct struct_type *record = arena_new(p->arena, struct struct_type);
    parser_next(p);
    record->name = parser_expect_id(p, "the name of the struct", &record->loc);
    return record->name && parse_members(p, record) ? record : NULL;
}

/* ---- procedures ---------------------------------------------------------------------------- */

static bool parse_param(struct parser *p, struct param **out)
{
    struct param *param = arena_new(p->arena, struct param);
    if (parser_accept_keyword(p, KW_out))
        param->direction = PARAM_OUT;
    else if (parser_accept_keyword(p, KW_inout))
        param->direction = PARAM_INOUT;
    else if (parser_accept_keyword(p, KW_refin))
        param->direction = PARAM_REFIN;
    else
        parser_accept_keyword(p, KW_in);
    if (!parse_procedure_type(p, &param->type))
        return false;
    param->name = parser_expect_id(p, "the name of the parameter", &param->loc);
    *out = param;
    return param->name && parse_array_mark(p, &param->is_array);
}

/* The parameter list behind `(`. */
static bool parse_params(struct parser *p, struct method *method)
{
    const struct token *next = parser_peek(p, 1);
    if (parser_at_keyword(p, KW_void) && next->kind == TOKEN_PUNCT && next->punct == ')')
        parser_next(p);
    while (!p->failed && !parser_at_punct(p, ')')) {
        struct param *param = NULL;
        if (!parse_param(p, &param))
            return false;
        *array_push(p->arena, &method->params) = param;
        if (!parser_accept_punct(p, ','))
            break;
    }
    return parser_expect_punct(p, ')', "or ',' after the parameter") &&
           parser_expect_punct(p, ';', "after the method");
}

/* An attribute of a procedure has no keyword and no `;`, and no effect: it is read and dropped. */
static void parse_procedure_attribute(struct parser *p)
{
    bool is_array = false;
    if (parse_array_mark(p, &is_array) && parser_accept_punct(p, '='))
        parse_item(p);
}

static void parse_procedure_member(struct parser *p, struct procedure *procedure)
{
    if (parser_accept_keyword(p, KW_include)) {
        struct c_include include;
        if (parser_include(p, &include))
            *array_push(p->arena, &procedure->includes) = include;
        return;
    }
    struct method *method = arena_new(p->arena, struct method);
    struct loc loc = parser_peek(p, 0)->loc;
    if (parser_accept_keyword(p, KW_void))
        method->result = (struct type){.kind = TYPE_VOID, .loc = loc};
    else if (!parse_procedure_type(p, &method->result))
        return;
    method->name = parser_expect_id(p, "the name of the method", &method->loc);
    if (!method->name)
        return;
    if (!parser_accept_punct(p, '(')) {
        if (method->result.kind == TYPE_VOID || parser_at_punct(p, ';'))
            parser_fail_expected(p, "'(' after the name of the method");
        else
            parse_procedure_attribute(p);
    } else if (parse_params(p, method)) {
        *array_push(p->arena, &procedure->methods) = method;
    }
}

struct procedure *parse_procedure(struct parser *p)
{
    struct procedure *procedure = arena_new(p->arena, struct procedure);
    procedure->loc = parser_next(p)->loc;
    if (parser_peek(p, 0)->kind == TOKEN_ID)
        procedure->name = parser_expect_id(p, "a name", &procedure->loc);
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the methods"))
        return NULL;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        parse_procedure_member(p, procedure);
        if (p->failed)
            parser_recover_statement(p, depth);
    }
    parser_close_body(p, open);
    return p->failed ? NULL : procedure;
}

/* ---- connectors ---------------------------------------------------------------------------- */

static bool parse_end_kind(struct parser *p, struct connector_end *end)
{
    const struct token *token = parser_peek(p, 0);
    end->loc = token->loc;
    switch (token->kind == TOKEN_KEYWORD ? token->keyword : KW_NONE) {
    case KW_Event:
    case KW_Events:
        end->kind = END_EVENT;
        end->plural = token->keyword == KW_Events;
        break;
    case KW_Procedure:
    case KW_Procedures:
        end->kind = END_PROCEDURE;
        end->plural = token->keyword == KW_Procedures;
        break;
    case KW_Dataport:
    case KW_Dataports:
        end->kind = END_DATAPORT;
        end->plural = token->keyword == KW_Dataports;
        break;
    default:
        parser_fail_expected(p, "Procedure, Event or Dataport, or one of their plurals");
        return false;
    }
    parser_next(p);
    return true;
}

static bool parse_threads(struct parser *p, uint32_t *threads)
{
    *threads = 1;
    if (!parser_accept_keyword(p, KW_with))
        return true;
    struct loc loc = parser_peek(p, 0)->loc;
    struct value *count = parse_expression(p);
    if (!count)
        return false;
    if (count->kind != VALUE_INT || count->integer < 0 || count->integer > 64) {
        diag_error(p->diag, loc, "the number of threads must be an integer from 0 to 64");
        parser_fail(p);
        return false;
    }
    *threads = (uint32_t)count->integer;
    if (!parser_accept_keyword(p, KW_thread))
        return parser_expect_keyword(p, KW_threads, "'threads'");
    return true;
}

static bool parse_connector_end(struct parser *p, enum keyword side, struct connector_end *end)
{
    if (!parser_expect_keyword(p, side, side == KW_from ? "'from'" : "'to'"))
        return false;
    end->hardware = parser_accept_keyword(p, KW_hardware);
    return parse_end_kind(p, end) && parse_threads(p, &end->threads) &&
           parser_expect_punct(p, ';', "after the end of the connector");
}

struct connector *parse_connector_body(struct parser *p, struct loc loc)
{
    struct connector *connector = arena_new(p->arena, struct connector);
    connector->loc = loc;
    struct loc open = parser_peek(p, 0)->loc;
    if (!parser_expect_punct(p, '{', "before the ends of the connector") ||
        !parse_connector_end(p, KW_from, &connector->from) ||
        !parse_connector_end(p, KW_to, &connector->to))
        return NULL;
    unsigned depth = p->depth;
    while (!parser_at_punct(p, '}') && parser_peek(p, 0)->kind != TOKEN_EOF) {
        struct attribute *attribute = NULL;
        if (parser_expect_keyword(p, KW_attribute, "'attribute' or '}'") &&
            parse_attribute(p, &attribute) && parser_expect_punct(p, ';', "after the attribute"))
            *array_push(p->arena, &connector->attributes) = attribute;
        if (p->failed)
            parser_recover(p, depth);
    }
    parser_close_body(p, open);
    return p->failed ? NULL : connector;
}

struct connector *parse_connector(struct parser *p)
{
    struct loc loc = parser_next(p)->loc;
    const char *name = NULL;
    if (parser_peek(p, 0)->kind == TOKEN_ID)
        name = parser_expect_id(p, "a name", &loc);
    struct connector *connector = parse_connector_body(p, loc);
    if (connector)
        connector->name = name;
    return connector;
}
