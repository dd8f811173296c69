/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "lexer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct lexer {
    struct arena *arena;
    struct diag *diag;
    uint32_t source;
    const char *text;
    const char *at;
    const char *end;
    struct token_list tokens;
    bool angle_allowed; /* the last token was `import` or `include` */
};

static const char *const keyword_names[] = {
#define X(word) #word,
    ADL_KEYWORDS(X)
#undef X
};

static enum keyword find_keyword(const char *word, size_t length)
{
    size_t low = 0, high = sizeof keyword_names / sizeof *keyword_names;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncmp(word, keyword_names[middle], length);
        if (!order)
            order = keyword_names[middle][length] ? -1 : 0;
        if (!order)
            return (enum keyword)(middle + 1);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return KW_NONE;
}

static struct loc loc_from(const struct lexer *lexer, const char *start)
{
    return (struct loc){.source = lexer->source,
                        .offset = (uint32_t)(start - lexer->text),
                        .length = (uint32_t)(lexer->at - start)};
}

static struct token *push(struct lexer *lexer, enum token_kind kind, const char *start)
{
    struct token *token = array_push(lexer->arena, &lexer->tokens);
    token->kind = kind;
    token->loc = loc_from(lexer, start);
    return token;
}

/* Reports at the start of an unterminated thing: only its first bytes are worth underlining. */
static void report_unterminated(struct lexer *lexer, const char *start, const char *what)
{
    struct loc loc = loc_from(lexer, start);
    loc.length = 1;
    diag_error(lexer->diag, loc, "unterminated %s", what);
}

static void skip_block_comment(struct lexer *lexer)
{
    const char *start = lexer->at;
    const char *close = strstr(lexer->at + 2, "*/");
    lexer->at = close ? close + 2 : lexer->end;
    if (!close)
        report_unterminated(lexer, start, "comment");
}

/* `#` to the end of the line is what is left of line markers; any such text is dropped. */
static void skip_blank(struct lexer *lexer)
{
    for (;;) {
        while (isspace((unsigned char)*lexer->at))
            lexer->at++;
        if (*lexer->at == '#' || (lexer->at[0] == '/' && lexer->at[1] == '/'))
            lexer->at += strcspn(lexer->at, "\n");
        else if (lexer->at[0] == '/' && lexer->at[1] == '*')
            skip_block_comment(lexer);
        else
            return;
    }
}

static void lex_word(struct lexer *lexer)
{
    const char *start = lexer->at;
    while (isalnum((unsigned char)*lexer->at) || *lexer->at == '_')
        lexer->at++;
    size_t length = (size_t)(lexer->at - start);
    enum keyword keyword = find_keyword(start, length);
    bool is_id = keyword == KW_NONE || keyword == KW_Buf;
    struct token *token = push(lexer, is_id ? TOKEN_ID : TOKEN_KEYWORD, start);
    token->keyword = keyword;
    token->text = arena_intern(lexer->arena, start, length);
    lexer->angle_allowed = keyword == KW_import || keyword == KW_include;
}

/* Accumulates digits; false when the value leaves 127 bits. */
static bool read_digits(struct lexer *lexer, unsigned base, adl_int *value)
{
    const adl_int limit = (adl_int)(~(unsigned __int128)0 >> 1);
    bool fits = true;
    for (; isxdigit((unsigned char)*lexer->at); lexer->at++) {
        char c = *lexer->at;
        unsigned digit =
            isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)(tolower(c) - 'a') + 10;
        if (digit >= base)
            break;
        if (*value > (limit - digit) / base)
            fits = false;
        else
            *value = *value * base + digit;
    }
    return fits;
}

static void lex_number(struct lexer *lexer)
{
    const char *start = lexer->at;
    bool hex = start[0] == '0' && start[1] == 'x';
    lexer->at += hex ? 2 : 0;
    const char *digits = lexer->at;
    adl_int value = 0;
    bool fits = read_digits(lexer, hex ? 16 : 10, &value);
    bool empty = lexer->at == digits;
    bool octal = !hex && *start == '0' && value != 0;
    bool real = !hex && *lexer->at == '.' && isdigit((unsigned char)lexer->at[1]);
    if (real) {
        lexer->at++;
        while (isdigit((unsigned char)*lexer->at))
            lexer->at++;
    }
    const char *tail = lexer->at;
    while (isalnum((unsigned char)*lexer->at) || *lexer->at == '_')
        lexer->at++;
    struct token *token = push(lexer, real ? TOKEN_FLOAT : TOKEN_INT, start);
    token->integer = value;
    if (real)
        token->real = strtod(start, NULL);
    int shown = (int)(lexer->at - start);
    if (tail != lexer->at || empty)
        diag_error(lexer->diag, token->loc, "invalid number '%.*s'", shown, start);
    else if (octal && !real)
        diag_error(lexer->diag, token->loc,
                   "number '%.*s' has a leading zero; octal is not supported", shown, start);
    else if (!fits)
        diag_error(lexer->diag, token->loc, "number is too large");
}

/* There are no escapes: a string ends at the next quote, wherever that is. */
static void lex_string(struct lexer *lexer)
{
    const char *start = lexer->at;
    const char *close = strchr(start + 1, '"');
    lexer->at = close ? close + 1 : lexer->end;
    if (!close) {
        report_unterminated(lexer, start, "string");
        return;
    }
    struct token *token = push(lexer, TOKEN_STRING, start);
    token->text = arena_intern(lexer->arena, start + 1, (size_t)(close - start) - 1);
}

static bool lex_angle(struct lexer *lexer)
{
    const char *start = lexer->at;
    size_t length = strcspn(start + 1, "<>;,\"{}\n");
    if (start[1 + length] != '>')
        return false;
    lexer->at += length + 2;
    push(lexer, TOKEN_ANGLE, start)->text = arena_intern(lexer->arena, start + 1, length);
    return true;
}

static void lex_punct(struct lexer *lexer)
{
    static const char doubles[][3] = {
        "->", "<-", "**", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>"};
    const char *start = lexer->at;
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) {
        if (!strncmp(start, doubles[i], 2)) {
            lexer->at += 2;
            push(lexer, TOKEN_PUNCT, start)->punct = PUNCT2(start[0], start[1]);
            return;
        }
    }
    lexer->at++;
    if (strchr("{}()[];,.:=?+-*/%!~&|^<>", *start)) {
        push(lexer, TOKEN_PUNCT, start)->punct = (unsigned char)*start;
        return;
    }
    while (lexer->at < lexer->end && (unsigned char)*lexer->at >= 0x80)
        lexer->at++;
    struct loc loc = loc_from(lexer, start);
    if (isprint((unsigned char)*start))
        diag_error(lexer->diag, loc, "unexpected character '%c'", *start);
    else
        diag_error(lexer->diag, loc, "unexpected character with code 0x%02x",
                   (unsigned char)*start);
}

static void lex_token(struct lexer *lexer)
{
    bool angle_allowed = lexer->angle_allowed;
    lexer->angle_allowed = false;
    unsigned char c = (unsigned char)*lexer->at;
    if (isalpha(c) || c == '_')
        lex_word(lexer);
    else if (isdigit(c))
        lex_number(lexer);
    else if (c == '"')
        lex_string(lexer);
    else if (c != '<' || !angle_allowed || !lex_angle(lexer))
        lex_punct(lexer);
}

struct token_list lexer_run(struct arena *arena, struct diag *diag, uint32_t source)
{
    const struct source *text = diag->sources->list.items[source - 1];
    struct lexer lexer = {.arena = arena,
                          .diag = diag,
                          .source = source,
                          .text = text->text,
                          .at = text->text,
                          .end = text->text + text->length};
    for (;;) {
        skip_blank(&lexer);
        if (lexer.at >= lexer.end)
            break;
        lex_token(&lexer);
    }
    lexer.at = lexer.end;
    push(&lexer, TOKEN_EOF, lexer.end);
    return lexer.tokens;
}

const char *token_describe(struct arena *arena, const struct token *token)
{
    switch (token->kind) {
    case TOKEN_EOF:
        return "the end of the file";
    case TOKEN_KEYWORD:
        return arena_printf(arena, "the reserved word '%s'", token->text);
    case TOKEN_ID:
        return arena_printf(arena, "'%s'", token->text);
    case TOKEN_INT:
    case TOKEN_FLOAT:
        return "a number";
    case TOKEN_STRING:
        return "a string";
    case TOKEN_ANGLE:
        return arena_printf(arena, "'<%s>'", token->text);
    case TOKEN_PUNCT:
        break;
    }
    char first = (char)(token->punct & 0xff), second = (char)(token->punct >> 8);
    return second ? arena_printf(arena, "'%c%c'", first, second)
                  : arena_printf(arena, "'%c'", first);
}
