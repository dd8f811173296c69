/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Expressions (folded while parsing: there are no names in them), strings, lists, dicts. */
#include "parser.h"

static struct value *new_value(struct parser *p, enum value_kind kind, struct loc loc)
{
    struct value *value = arena_new(p->arena, struct value);
    value->kind = kind;
    value->loc = loc;
    return value;
}

static bool enter(struct parser *p)
{
    if (++p->nesting <= PARSER_NESTING_LIMIT)
        return true;
    if (!p->failed)
        diag_error(p->diag, parser_peek(p, 0)->loc, "value is nested too deeply");
    parser_fail(p);
    return false;
}

static struct value *parse_primary(struct parser *p)
{
    const struct token *token = parser_peek(p, 0);
    if (token->kind == TOKEN_INT || token->kind == TOKEN_FLOAT) {
        parser_next(p);
        bool real = token->kind == TOKEN_FLOAT;
        struct value *value = new_value(p, real ? VALUE_FLOAT : VALUE_INT, token->loc);
        value->integer = real ? 0 : token->integer;
        value->real = token->real;
        return value;
    }
    enum keyword word = token->kind == TOKEN_KEYWORD ? token->keyword : KW_NONE;
    if (word == KW_true || word == KW_True || word == KW_false || word == KW_False) {
        parser_next(p);
        struct value *value = new_value(p, VALUE_INT, token->loc);
        value->integer = word == KW_true || word == KW_True;
        return value;
    }
    if (parser_accept_punct(p, '(')) {
        struct value *value = parse_expression(p);
        return parser_expect_punct(p, ')', "after the expression") ? value : NULL;
    }
    if (token->kind == TOKEN_ID && !p->failed) {
        diag_error(p->diag, token->loc, "'%s' is not a value: names cannot be used in expressions",
                   token->text);
        parser_fail(p);
    } else {
        parser_fail_expected(p, "a value");
    }
    return NULL;
}

static struct value *parse_unary(struct parser *p)
{
    if (!enter(p))
        return NULL;
    struct value *value = NULL;
    const struct token *token = parser_peek(p, 0);
    unsigned op = token->kind == TOKEN_PUNCT ? token->punct : 0;
    if (op == '-' || op == '+' || op == '!' || op == '~') {
        parser_next(p);
        struct value *operand = parse_unary(p);
        value = operand ? fold_unary(p, op, token->loc, operand) : NULL;
    } else {
        value = parse_primary(p);
    }
    p->nesting--;
    return value;
}

/* Binary levels, loosest first; all are left-associative, `**` shares the level of `*`. */
static const unsigned levels[][5] = {
    {PUNCT2('|', '|')},
    {PUNCT2('&', '&')},
    {'|'},
    {'^'},
    {'&'},
    {PUNCT2('=', '='), PUNCT2('!', '=')},
    {'<', PUNCT2('<', '='), '>', PUNCT2('>', '='), PUNCT2('<', '-')},
    {PUNCT2('<', '<'), PUNCT2('>', '>')},
    {'+', '-'},
    {'*', '/', '%', PUNCT2('*', '*')},
};
#define LEVEL_COUNT (sizeof levels / sizeof *levels)

static bool at_level(const struct parser *p, size_t level)
{
    const struct token *token = parser_peek(p, 0);
    for (size_t i = 0; i < 5 && token->kind == TOKEN_PUNCT; i++) {
        if (levels[level][i] && token->punct == levels[level][i])
            return true;
    }
    return false;
}

static struct value *parse_binary(struct parser *p, size_t level)
{
    if (level == LEVEL_COUNT)
        return parse_unary(p);
    struct value *left = parse_binary(p, level + 1);
    while (left && !p->failed && at_level(p, level)) {
        struct token op = *parser_next(p);
        struct value *right = parse_binary(p, level + 1);
        if (op.punct == PUNCT2('<', '-')) { /* `a<-b` is a < (-b) here */
            op.punct = '<';
            right = right ? fold_unary(p, '-', op.loc, right) : NULL;
        }
        left = right ? fold_binary(p, &op, left, right) : NULL;
    }
    return left;
}

/* c ? a : b, where b may be another conditional only in parentheses. */
struct value *parse_expression(struct parser *p)
{
    if (!enter(p))
        return NULL;
    struct value *value = parse_binary(p, 0);
    if (value && !p->failed && parser_accept_punct(p, '?')) {
        struct value *yes = parse_expression(p);
        struct value *no = NULL;
        if (parser_expect_punct(p, ':', "in the conditional expression"))
            no = parse_binary(p, 0);
        if (no && parser_at_punct(p, '?')) {
            diag_error(p->diag, parser_peek(p, 0)->loc,
                       "a conditional in the else branch needs parentheses");
            parser_fail(p);
        }
        value = yes && no ? (fold_is_true(value) ? yes : no) : NULL;
    }
    p->nesting--;
    return p->failed ? NULL : value;
}

static struct value *parse_list(struct parser *p)
{
    struct value *list = new_value(p, VALUE_LIST, parser_next(p)->loc);
    while (!p->failed && !parser_at_punct(p, ']')) {
        struct value *item = parse_item(p);
        if (!item)
            return NULL;
        *array_push(p->arena, &list->list) = item;
        if (!parser_accept_punct(p, ','))
            break;
    }
    return parser_expect_punct(p, ']', "after the list") ? list : NULL;
}

static struct value *parse_key(struct parser *p)
{
    struct loc loc;
    const char *text = parser_string(p, &loc);
    if (!text)
        return parse_expression(p);
    struct value *key = new_value(p, VALUE_STRING, loc);
    key->string = text;
    return key;
}

static struct value *parse_dict(struct parser *p)
{
    struct value *dict = new_value(p, VALUE_DICT, parser_next(p)->loc);
    while (!p->failed && !parser_at_punct(p, '}')) {
        struct value *key = parse_key(p);
        if (!key || !parser_expect_punct(p, ':', "after the key"))
            return NULL;
        struct value *item = parse_item(p);
        if (!item)
            return NULL;
        if (key->kind == VALUE_STRING && value_get(dict, key->string)) {
            diag_error(p->diag, key->loc, "duplicate key \"%s\"", key->string);
            diag_note(p->diag, value_get(dict, key->string)->loc, "its first value is here");
        }
        *array_push(p->arena, &dict->dict) = (struct dict_entry){key, item};
        if (!parser_accept_punct(p, ','))
            break;
    }
    return parser_expect_punct(p, '}', "or ',' after the value") ? dict : NULL;
}

struct value *parse_item(struct parser *p)
{
    if (p->failed || !enter(p))
        return NULL;
    struct value *value;
    if (parser_at_punct(p, '{'))
        value = parse_dict(p);
    else if (parser_at_punct(p, '['))
        value = parse_list(p);
    else
        value = parse_key(p);
    p->nesting--;
    return value;
}

bool parser_at_query(const struct parser *p)
{
    const struct token *next = parser_peek(p, 1);
    return parser_peek(p, 0)->kind == TOKEN_ID && next->kind == TOKEN_PUNCT && next->punct == '(';
}

void parse_query(struct parser *p)
{
    const struct token *name = parser_next(p);
    bool dtb = name->text == arena_intern_string(p->arena, "dtb");
    bool gpio = name->text == arena_intern_string(p->arena, "gpio");
    if (dtb)
        diag_error(p->diag, name->loc,
                   "query 'dtb' cannot be answered: x86 machines have no device tree");
    else if (gpio)
        diag_error(p->diag, name->loc,
                   "query 'gpio' cannot be answered: x86 machines have no pin list");
    else
        diag_error(p->diag, name->loc, "unknown query '%s'", name->text);
    parser_fail(p);
}
