/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Shared by the files of the recursive-descent parser. A parse function that meets wrong input
 * reports it, sets parser->failed and returns; list loops then skip to the next item, so one
 * run reports several errors.
 */
#include "ast.h"
#include "frontend.h"
#include "lexer.h"

struct parser {
    struct frontend *fe;
    struct arena *arena;
    struct diag *diag;
    struct adl_file *spec;
    const char *directory; /* of the file, as shown to people; "" for the current one */
    struct token_list tokens;
    size_t position;
    unsigned depth;   /* open brackets of any kind before `position` */
    unsigned nesting; /* recursion of expressions and values */
    bool failed;
};

/** Bound on nested values, so that hostile input cannot exhaust the stack. */
#define PARSER_NESTING_LIMIT 200

/* parse.c: tokens */
const struct token *parser_peek(const struct parser *p, size_t ahead);
const struct token *parser_next(struct parser *p);
bool parser_at_punct(const struct parser *p, unsigned punct);
bool parser_at_keyword(const struct parser *p, enum keyword keyword);
bool parser_accept_punct(struct parser *p, unsigned punct);
bool parser_accept_keyword(struct parser *p, enum keyword keyword);
/** Requires a punctuation token; `after` says what it follows ("a setting"). */
bool parser_expect_punct(struct parser *p, unsigned punct, const char *after);
bool parser_expect_keyword(struct parser *p, enum keyword keyword, const char *where);
/** Requires an identifier; NULL after an error. `what` names it ("an instance name"). */
const char *parser_expect_id(struct parser *p, const char *what, struct loc *loc);
/** Reports "expected WHAT, found …" at the next token and marks failure. */
void parser_fail_expected(struct parser *p, const char *what);
/** A note if `name` looks like a call of a macro: '(' is the token `ahead` of the next one. */
void parser_note_macro(struct parser *p, const char *name, struct loc loc, size_t ahead);
/** Marks failure after an error the caller reported. */
void parser_fail(struct parser *p);
/** After a failure inside a list at bracket depth `depth`: skips the rest of the item. */
void parser_recover(struct parser *p, unsigned depth);
/**
 * The same where items hold no bodies of their own: the next ';' ends the item even if brackets
 * inside it were left open.
 */
void parser_recover_statement(struct parser *p, unsigned depth);
/** Closes a body opened by `open`; reports a missing brace with a note. */
void parser_close_body(struct parser *p, struct loc open);
/** One or more adjacent string literals; NULL if there is none (no error). */
const char *parser_string(struct parser *p, struct loc *loc);
bool parser_ref(struct parser *p, struct ref *ref, const char *what);
bool parser_include(struct parser *p, struct c_include *include);

/* parse_value.c */
struct value *parse_item(struct parser *p);
struct value *parse_expression(struct parser *p);
/** A query on the right of a setting: always refused with the reason. */
bool parser_at_query(const struct parser *p);
void parse_query(struct parser *p);

/* fold.c */
struct value *fold_unary(struct parser *p, unsigned op, struct loc loc, struct value *operand);
struct value *fold_binary(struct parser *p, const struct token *op, struct value *left,
                          struct value *right);
bool fold_is_true(const struct value *value);

/* parse_types.c */
bool parse_attribute(struct parser *p, struct attribute **out);
struct struct_type *parse_struct(struct parser *p);
struct procedure *parse_procedure(struct parser *p);
struct connector *parse_connector(struct parser *p);
struct connector *parse_connector_body(struct parser *p, struct loc loc);

/* parse_component.c */
struct component *parse_component(struct parser *p);
struct component *parse_component_body(struct parser *p, struct loc loc);

/* parse_assembly.c */
struct composition *parse_composition(struct parser *p);
struct configuration *parse_configuration(struct parser *p);
struct assembly *parse_assembly(struct parser *p);
