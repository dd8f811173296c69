/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Tokens of the description language. The lexer turns a whole source into an array that ends
 * with TOKEN_EOF; wrong characters and numbers are reported and skipped.
 */
#include "diag.h"

/* clang-format off */
/* X(word): reserved words, sorted. `Buf` may still be used as an identifier. */
#define ADL_KEYWORDS(X)                                                                            \
    X(Buf) X(Dataport) X(Dataports) X(Event) X(Events) X(False) X(Procedure) X(Procedures)         \
    X(True) X(assembly) X(attribute) X(binary_semaphore) X(char) X(component) X(composition)       \
    X(configuration) X(connection) X(connector) X(consumes) X(control) X(dataport) X(emits)        \
    X(export) X(false) X(from) X(group) X(hardware) X(has) X(import) X(in) X(include) X(inout)     \
    X(int) X(int64_t) X(integer) X(maybe) X(mutex) X(out) X(procedure) X(provides) X(refin)        \
    X(schedule) X(semaphore) X(signed) X(string) X(struct) X(thread) X(threads) X(ticks) X(to)     \
    X(true) X(uint64_t) X(unsigned) X(us) X(uses) X(void) X(with)
/* clang-format on */

enum keyword {
    KW_NONE,
#define X(word) KW_##word,
    ADL_KEYWORDS(X)
#undef X
};

enum token_kind {
    TOKEN_EOF,
    TOKEN_ID,      /* text; keyword is KW_NONE or KW_Buf */
    TOKEN_KEYWORD, /* keyword, text */
    TOKEN_INT,     /* integer */
    TOKEN_FLOAT,   /* real */
    TOKEN_STRING,  /* text, without the quotes */
    TOKEN_ANGLE,   /* text, without < and > */
    TOKEN_PUNCT,   /* punct: up to two characters */
};

/** A punctuation token as a number: PUNCT2('-', '>') or a plain character. */
#define PUNCT2(first, second) ((unsigned)(first) | (unsigned)(second) << 8)

struct token {
    enum token_kind kind;
    enum keyword keyword;
    unsigned punct;
    struct loc loc;
    const char *text;
    adl_int integer;
    double real;
};

struct token_list {
    struct token *items;
    size_t count;
    size_t capacity;
};

/** Splits source number `source` into tokens. */
struct token_list lexer_run(struct arena *arena, struct diag *diag, uint32_t source);
/** A token as shown in messages: "';'", "'name'", "end of file" … */
const char *token_describe(struct arena *arena, const struct token *token);
