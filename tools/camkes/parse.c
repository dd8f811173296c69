/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Parser core: token access, recovery, top-level items, imports. */
#include <string.h>

#include "parser.h"

const struct token *parser_peek(const struct parser *p, size_t ahead)
{
    size_t last = p->tokens.count - 1;
    size_t at = p->position + ahead;
    return &p->tokens.items[at < last ? at : last];
}

const struct token *parser_next(struct parser *p)
{
    const struct token *token = parser_peek(p, 0);
    if (token->kind == TOKEN_EOF)
        return token;
    p->position++;
    if (token->kind == TOKEN_PUNCT && strchr("{[(", (int)token->punct))
        p->depth++;
    if (token->kind == TOKEN_PUNCT && strchr("}])", (int)token->punct) && p->depth)
        p->depth--;
    return token;
}

bool parser_at_punct(const struct parser *p, unsigned punct)
{
    const struct token *token = parser_peek(p, 0);
    return token->kind == TOKEN_PUNCT && token->punct == punct;
}

bool parser_at_keyword(const struct parser *p, enum keyword keyword)
{
    const struct token *token = parser_peek(p, 0);
    return token->kind == TOKEN_KEYWORD && token->keyword == keyword;
}

bool parser_accept_punct(struct parser *p, unsigned punct)
{
    if (!parser_at_punct(p, punct))
        return false;
    parser_next(p);
    return true;
}

bool parser_accept_keyword(struct parser *p, enum keyword keyword)
{
    if (!parser_at_keyword(p, keyword))
        return false;
    parser_next(p);
    return true;
}

void parser_fail(struct parser *p)
{
    p->failed = true;
}

/* By convention macros have no small letters; anything else before a bracket is a slip of its own.
 */
void parser_note_macro(struct parser *p, const char *name, struct loc loc, size_t ahead)
{
    const struct token *next = parser_peek(p, ahead);
    if (!name || name[strcspn(name, "abcdefghijklmnopqrstuvwxyz")] || next->kind != TOKEN_PUNCT ||
        next->punct != '(')
        return;
    diag_note(p->diag, loc, "no macro '%s' is defined here: is an #include missing?", name);
}

void parser_fail_expected(struct parser *p, const char *what)
{
    if (p->failed)
        return;
    const struct token *token = parser_peek(p, 0);
    diag_error(p->diag, token->loc, "expected %s, found %s", what, token_describe(p->arena, token));
    if (token->kind == TOKEN_ID)
        parser_note_macro(p, token->text, token->loc, 1);
    p->failed = true;
}

/* A missing terminator is reported behind what it should terminate, like clang does. */
static void fail_missing(struct parser *p, const char *text, const char *after)
{
    if (p->failed)
        return;
    const struct token *found = parser_peek(p, 0);
    struct loc loc = found->loc;
    if (p->position) {
        loc = p->tokens.items[p->position - 1].loc;
        loc.offset += loc.length;
        loc.length = 0;
    }
    diag_error(p->diag, loc, "expected '%s' %s, found %s", text, after,
               token_describe(p->arena, found));
    p->failed = true;
}

bool parser_expect_punct(struct parser *p, unsigned punct, const char *after)
{
    if (p->failed)
        return false;
    if (parser_accept_punct(p, punct))
        return true;
    char text[3] = {(char)(punct & 0xff), (char)(punct >> 8), 0};
    if (punct == ';' || punct == ']' || punct == ')')
        fail_missing(p, text, after);
    else
        parser_fail_expected(p, arena_printf(p->arena, "'%s' %s", text, after));
    return false;
}

bool parser_expect_keyword(struct parser *p, enum keyword keyword, const char *where)
{
    if (p->failed)
        return false;
    if (parser_accept_keyword(p, keyword))
        return true;
    parser_fail_expected(p, where);
    return false;
}

const char *parser_expect_id(struct parser *p, const char *what, struct loc *loc)
{
    if (p->failed)
        return NULL;
    const struct token *token = parser_peek(p, 0);
    if (token->kind != TOKEN_ID) {
        parser_fail_expected(p, what);
        return NULL;
    }
    parser_next(p);
    if (loc)
        *loc = token->loc;
    return token->text;
}

void parser_recover(struct parser *p, unsigned depth)
{
    p->failed = false;
    for (;;) {
        const struct token *token = parser_peek(p, 0);
        if (token->kind == TOKEN_EOF)
            return;
        if (p->depth <= depth && token->kind == TOKEN_PUNCT && token->punct == '}')
            return;
        bool ends_item = token->kind == TOKEN_PUNCT && token->punct == ';';
        parser_next(p);
        if (ends_item && p->depth <= depth)
            return;
    }
}

void parser_recover_statement(struct parser *p, unsigned depth)
{
    p->failed = false;
    for (;;) {
        const struct token *token = parser_peek(p, 0);
        bool closes = token->kind == TOKEN_PUNCT && token->punct == '}' && p->depth <= depth;
        if (token->kind == TOKEN_EOF || closes)
            return;
        bool ends_item = token->kind == TOKEN_PUNCT && token->punct == ';';
        parser_next(p);
        if (ends_item) {
            p->depth = depth;
            return;
        }
    }
}

void parser_close_body(struct parser *p, struct loc open)
{
    if (parser_accept_punct(p, '}'))
        return;
    fail_missing(p, "}", "at the end of the body");
    diag_note(p->diag, open, "to match this '{'");
}

const char *parser_string(struct parser *p, struct loc *loc)
{
    const struct token *first = parser_peek(p, 0);
    if (first->kind != TOKEN_STRING)
        return NULL;
    const char *text = first->text;
    if (loc)
        *loc = first->loc;
    parser_next(p);
    while (parser_peek(p, 0)->kind == TOKEN_STRING) {
        char *joined = arena_printf(p->arena, "%s%s", text, parser_next(p)->text);
        text = arena_intern_string(p->arena, joined);
    }
    return text;
}

bool parser_ref(struct parser *p, struct ref *ref, const char *what)
{
    do {
        struct ref_part part;
        part.name = parser_expect_id(p, what, &part.loc);
        if (!part.name)
            return false;
        *array_push(p->arena, &ref->parts) = part;
    } while (parser_accept_punct(p, '.'));
    return true;
}

/* The path of an import or include. */
static bool parse_path(struct parser *p, struct c_include *path)
{
    const struct token *token = parser_peek(p, 0);
    path->loc = token->loc;
    path->system = token->kind == TOKEN_ANGLE;
    if (path->system) {
        path->path = parser_next(p)->text;
        return true;
    }
    path->path = parser_string(p, &path->loc);
    if (!path->path)
        parser_fail_expected(p, "a \"path\" or a <path>");
    return path->path != NULL;
}

bool parser_include(struct parser *p, struct c_include *include)
{
    return parse_path(p, include) && parser_expect_punct(p, ';', "after the include");
}

/* ---- imports ------------------------------------------------------------------------------- */

static const char *directory_of(struct arena *arena, const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? arena_intern(arena, name, (size_t)(slash - name) + 1) : "";
}

/* The path of an import as shown to people, and its absolute form; NULL if there is no file. */
static const char *find_import(struct parser *p, const struct c_include *import, const char **real)
{
    struct arena *arena = p->arena;
    if (!import->system) {
        bool absolute = import->path[0] == '/';
        const char *name = arena_printf(arena, "%s%s", absolute ? "" : p->directory, import->path);
        *real = source_real_path(arena, name);
        return *real ? name : NULL;
    }
    for (size_t i = 0; i < p->fe->options.import_paths.count; i++) {
        const char *folder = p->fe->options.import_paths.items[i];
        const char *slash = folder[0] && folder[strlen(folder) - 1] == '/' ? "" : "/";
        const char *name = arena_printf(arena, "%s%s%s", folder, slash, import->path);
        *real = source_real_path(arena, name);
        if (*real)
            return name;
    }
    return NULL;
}

static void parse_source(struct frontend *fe, struct adl_file *spec, const char *name,
                         uint32_t source);

static void parse_import(struct parser *p)
{
    parser_next(p);
    struct c_include import;
    if (!parse_path(p, &import) || !parser_expect_punct(p, ';', "after the import"))
        return;
    const char *real = NULL;
    const char *name = find_import(p, &import, &real);
    if (!name) {
        diag_error(p->diag, import.loc, "import '%s' not found", import.path);
        for (size_t i = 0; import.system && i < p->fe->options.import_paths.count; i++)
            diag_note(p->diag, (struct loc){0}, "looked in '%s'",
                      p->fe->options.import_paths.items[i]);
        return;
    }
    if (sources_has_file(&p->fe->sources, real))
        return;
    uint32_t source = preprocess_file(p->fe, name, real, import.loc);
    if (source)
        parse_source(p->fe, p->spec, name, source);
}

/* ---- top level ----------------------------------------------------------------------------- */

static void parse_declaration(struct parser *p, enum keyword keyword)
{
    struct adl_item item = {0};
    switch (keyword) {
    case KW_assembly:
        item = (struct adl_item){ITEM_ASSEMBLY, .assembly = parse_assembly(p)};
        break;
    case KW_component:
        item = (struct adl_item){ITEM_COMPONENT, .component = parse_component(p)};
        break;
    case KW_composition:
        item = (struct adl_item){ITEM_COMPOSITION, .composition = parse_composition(p)};
        break;
    case KW_configuration:
        item = (struct adl_item){ITEM_CONFIGURATION, .configuration = parse_configuration(p)};
        break;
    case KW_connector:
        item = (struct adl_item){ITEM_CONNECTOR, .connector = parse_connector(p)};
        break;
    case KW_procedure:
        item = (struct adl_item){ITEM_PROCEDURE, .procedure = parse_procedure(p)};
        break;
    case KW_struct:
        item = (struct adl_item){ITEM_STRUCT, .record = parse_struct(p)};
        break;
    default:
        parser_fail_expected(p, "a declaration (assembly, component, composition, configuration, "
                                "connector, import, procedure or struct)");
        return;
    }
    if (item.assembly)
        *array_push(p->arena, &p->spec->items) = item;
}

/* After an error outside all bodies: on to a token that can start an item. */
static void recover_top_level(struct parser *p)
{
    size_t start = p->position;
    p->failed = false;
    while (parser_peek(p, 0)->kind != TOKEN_EOF) {
        const struct token *token = parser_peek(p, 0);
        bool starts = token->kind == TOKEN_KEYWORD &&
                      (token->keyword == KW_assembly || token->keyword == KW_component ||
                       token->keyword == KW_composition || token->keyword == KW_configuration ||
                       token->keyword == KW_connector || token->keyword == KW_import ||
                       token->keyword == KW_procedure || token->keyword == KW_struct);
        if (starts && p->depth == 0 && p->position > start)
            return;
        parser_next(p);
    }
}

static void parse_source(struct frontend *fe, struct adl_file *spec, const char *name,
                         uint32_t source)
{
    struct parser parser = {.fe = fe,
                            .arena = &fe->arena,
                            .diag = &fe->diag,
                            .spec = spec,
                            .directory = directory_of(&fe->arena, name)};
    unsigned errors = fe->diag.errors;
    parser.tokens = lexer_run(&fe->arena, &fe->diag, source);
    if (fe->diag.errors != errors)
        return; /* wrong tokens would only cause misleading errors */
    while (parser_peek(&parser, 0)->kind != TOKEN_EOF) {
        if (parser_accept_punct(&parser, ';'))
            continue;
        if (parser_at_keyword(&parser, KW_import))
            parse_import(&parser);
        else
            parse_declaration(&parser, parser_peek(&parser, 0)->keyword);
        if (parser.failed)
            recover_top_level(&parser);
    }
}

struct adl_file *frontend_parse(struct frontend *fe)
{
    struct loc nowhere = {0};
    struct adl_file *spec = arena_new(&fe->arena, struct adl_file);
    const char *real = source_real_path(&fe->arena, fe->options.root);
    if (!real) {
        diag_error(&fe->diag, nowhere, "cannot find '%s'", fe->options.root);
        return NULL;
    }
    uint32_t source = preprocess_file(fe, fe->options.root, real, nowhere);
    if (source)
        parse_source(fe, spec, fe->options.root, source);
    return fe->diag.errors ? NULL : spec;
}
