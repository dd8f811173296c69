/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Pieces of the compiler by themselves: arena, suggestions, settings, lexer, locations, templates.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lexer.h"
#include "frontend.h"
#include "settings.h"
#include "suggest.h"
#include "template.h"

struct fixture {
    struct frontend fe;
    char *messages;
    size_t length;
    char folder[64];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    frontend_init(&fixture->fe, open_memstream(&fixture->messages, &fixture->length));
    strcpy(fixture->folder, "/tmp/camkes_test.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    int status = system(command);
    fclose(fixture->fe.diag.out);
    frontend_free(&fixture->fe);
    free(fixture->messages);
    free(fixture);
    return status;
}

static const char *write_file(struct fixture *fixture, const char *name, const char *text)
{
    const char *path = arena_printf(&fixture->fe.arena, "%s/%s", fixture->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static const char *messages(struct fixture *fixture)
{
    fflush(fixture->fe.diag.out);
    return fixture->messages;
}

static struct system *load(struct fixture *fixture, const char *root)
{
    fixture->fe.options.root = root;
    return frontend_load(&fixture->fe);
}

/* ---- arena, names ---- */

static void test_interned_strings_are_unique(void **state)
{
    struct fixture *fixture = *state;
    struct arena *arena = &fixture->fe.arena;
    const char *name = arena_intern_string(arena, "vm0");
    assert_ptr_equal(name, arena_intern(arena, "vm0.x", 3));
    assert_ptr_not_equal(name, arena_intern_string(arena, "vm1"));
}

static void test_suggestions(void **state)
{
    (void)state;
    struct suggestion suggestion = suggest_start("seL4RPCall");
    suggest_offer(&suggestion, "seL4Notification");
    suggest_offer(&suggestion, "seL4RPCCall");
    assert_string_equal(suggestion.best, "seL4RPCCall");
    suggestion = suggest_start("a");
    suggest_offer(&suggestion, "completely");
    assert_null(suggestion.best);
}

/* ---- lexer ---- */

static struct token_list lex(struct fixture *fixture, const char *text)
{
    uint32_t source = sources_add(&fixture->fe.sources, "text", "/text", text, strlen(text));
    return lexer_run(&fixture->fe.arena, &fixture->fe.diag, source);
}

static void test_tokens(void **state)
{
    struct token_list list =
        lex(*state, "Buf us 0xfF 1.5 \"a\\n\" <- -> ** # gone\n// gone\n/* */ x");
    const enum token_kind kinds[] = {TOKEN_ID,     TOKEN_KEYWORD, TOKEN_INT,   TOKEN_FLOAT,
                                     TOKEN_STRING, TOKEN_PUNCT,   TOKEN_PUNCT, TOKEN_PUNCT,
                                     TOKEN_ID,     TOKEN_EOF};
    assert_int_equal(list.count, sizeof kinds / sizeof *kinds);
    for (size_t i = 0; i < list.count; i++)
        assert_int_equal(list.items[i].kind, kinds[i]);
    assert_true(list.items[2].integer == 255);
    assert_string_equal(list.items[4].text, "a\\n");
}

static void test_every_keyword_is_found(void **state)
{
#define X(word) #word "\n"
    struct token_list list = lex(*state, ADL_KEYWORDS(X));
#undef X
    for (size_t i = 0; i + 1 < list.count; i++)
        assert_int_equal(list.items[i].keyword, i + 1);
}

static void test_angle_only_after_import(void **state)
{
    struct token_list list = lex(*state, "import <a/b.h>; include <c>; x < y >");
    assert_int_equal(list.items[1].kind, TOKEN_ANGLE);
    assert_string_equal(list.items[1].text, "a/b.h");
    assert_int_equal(list.items[4].kind, TOKEN_ANGLE);
    assert_int_equal(list.items[7].kind, TOKEN_PUNCT);
}

/* ---- files ---- */

static const char plain_system[] = "component A { control; }\n"
                                   "assembly { composition { component A a; } }\n";

static void test_macros_do_not_leak_into_imports(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, "inner.camkes", "component A {\n#ifdef OUTER\n    wrong\n#endif\n}\n");
    const char *root = write_file(fixture, "root.camkes",
                                  "#define OUTER 1\nimport \"inner.camkes\";\n"
                                  "assembly { composition { component A a; } }\n");
    assert_non_null(load(fixture, root));
}

static void test_tool_macro_is_defined(void **state)
{
    struct fixture *fixture = *state;
    const char *root = write_file(fixture, "root.camkes",
                                  "#ifndef CAMKES_TOOL_PROCESSING\nwrong\n#endif\n"
                                  "component A { control; }\n"
                                  "assembly { composition { component A a; } }\n");
    assert_non_null(load(fixture, root));
}

static void test_command_line_macros_reach_every_file(void **state)
{
    struct fixture *fixture = *state;
    *array_push(&fixture->fe.arena, &fixture->fe.options.cpp_flags) = "-DNAME=A";
    write_file(fixture, "inner.camkes", "component NAME { control; }\n");
    const char *root = write_file(fixture, "root.camkes",
                                  "import \"inner.camkes\";\n"
                                  "assembly { composition { component A a; } }\n");
    assert_non_null(load(fixture, root));
}

/* A file the preprocessor already read is not imported again. */
static void test_included_files_count_as_read(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, "types.camkes", "component A { control; }\n");
    const char *root = write_file(fixture, "root.camkes",
                                  "#include \"types.camkes\"\nimport \"types.camkes\";\n"
                                  "assembly { composition { component A a; } }\n");
    struct system *system = load(fixture, root);
    assert_non_null(system);
    assert_true(system->files.count >= 2); /* and what the preprocessor reads by itself */
}

static void test_import_once_by_real_path(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, "types.camkes", "component A { control; }\n");
    const char *link = arena_printf(&fixture->fe.arena, "%s/link.camkes", fixture->folder);
    assert_int_equal(symlink("types.camkes", link), 0);
    const char *root = write_file(fixture, "root.camkes",
                                  "import \"types.camkes\"; import \"./types.camkes\";\n"
                                  "import \"link.camkes\";\n"
                                  "assembly { composition { component A a; } }\n");
    assert_non_null(load(fixture, root));
}

static void test_unicode_file_names(void **state)
{
    struct fixture *fixture = *state;
    assert_non_null(load(fixture, write_file(fixture, "größe.camkes", plain_system)));
}

static void test_dependency_rule(void **state)
{
    struct fixture *fixture = *state;
    struct frontend *fe = &fixture->fe;
    fe->options.depfile = arena_printf(&fe->arena, "%s/out.d", fixture->folder);
    fe->options.deptarget = "a target";
    assert_non_null(load(fixture, write_file(fixture, "root.camkes", plain_system)));
    assert_true(frontend_write_depfile(fe));
    size_t length;
    const char *text = source_read_file(&fe->arena, fe->options.depfile, &length);
    assert_memory_equal(text, "a\\ target: \\\n  /", 16);
    assert_non_null(strstr(text, "root.camkes\n"));
}

static void test_missing_root(void **state)
{
    struct fixture *fixture = *state;
    assert_null(load(fixture, "/nowhere/at/all.camkes"));
    assert_string_equal(messages(fixture), "camkes: error: cannot find '/nowhere/at/all.camkes'\n");
}

static void test_error_limit(void **state)
{
    struct fixture *fixture = *state;
    char text[8192] = "component A {\n";
    for (int i = 0; i < 100; i++)
        strcat(text, "    wrong wrong;\n");
    strcat(text, "}\n");
    assert_null(load(fixture, write_file(fixture, "root.camkes", text)));
    assert_int_equal(fixture->fe.diag.errors, 100);
    size_t shown = 0;
    for (const char *at = messages(fixture); (at = strstr(at, "error:")); at++)
        shown++;
    assert_int_equal(shown, DIAG_ERROR_LIMIT);
}

/* ---- settings ---- */

static void test_defaults_are_settings(void **state)
{
    struct fixture *fixture = *state;
    struct system *system =
        load(fixture, write_file(fixture, "root.camkes",
                                 "component A { attribute int heap_size = 8192; "
                                 "attribute int priority = 5; }\n"
                                 "assembly { composition { component A a; } "
                                 "configuration { a.priority = 7; } }\n"));
    uint64_t number;
    assert_true(value_to_u64(system_setting(system, "a", "heap_size"), &number));
    assert_int_equal(number, 8192);
    assert_true(value_to_u64(system_setting(system, "a", "priority"), &number));
    assert_int_equal(number, 7);
    assert_null(system_setting(system, "a", "nothing"));
}

/* The settings and the name of each part of a fused connection stay usable. */
static void test_settings_of_fused_connections(void **state)
{
    struct fixture *fixture = *state;
    struct system *system = load(
        fixture,
        write_file(fixture, "root.camkes",
                   "component P { dataport Buf d; }\n"
                   "connector C { from Dataports with 0 threads; to Dataports with 0 threads; }\n"
                   "assembly {\n"
                   "composition { component P a; component P b; component P c;\n"
                   "connection C z(from a.d, to b.d); connection C y(from a.d, to c.d); }\n"
                   "configuration { y.size = 8192; } }\n"));
    assert_non_null(system);
    assert_int_equal(system->connections.count, 1);
    const struct connection *connection = system->connections.items[0];
    assert_string_equal(connection->name, "y.z");
    assert_string_equal(connection->symbol, "y_z");
    assert_ptr_equal(system_find_connection(system, "z"), connection);
    uint64_t size;
    assert_true(value_to_u64(connection_setting(system, connection, "size"), &size));
    assert_int_equal(size, 8192);
}

static void test_numbers_in_strings(void **state)
{
    (void)state;
    struct value value = {.kind = VALUE_STRING, .string = "0x70"};
    uint64_t number;
    assert_true(value_to_u64(&value, &number));
    assert_int_equal(number, 0x70);
    value.string = "12ab";
    assert_false(value_to_u64(&value, &number));
    value.string = "";
    assert_false(value_to_u64(&value, &number));
    assert_false(value_to_u64(NULL, &number));
}

/* ---- templates ---- */

static const char *render(struct fixture *fixture, const char *text)
{
    struct template_engine engine = {0};
    assert_true(template_open(&engine, &fixture->fe));
    const char *output = template_render(&engine, write_file(fixture, "t.c", text));
    template_close(&engine);
    return output;
}

static void test_template_tags(void **state)
{
    assert_string_equal(render(*state, "/*# gone #*/\n/*- for i = 1, 2 do -*/\n  x/*? i ?*/;\n"
                                       "/*- end -*/\na /*- if true then -*/b/*- end -*/ c\n"
                                       "/* stays */ \"\\n\"\n"),
                        "  x1;\n  x2;\na b c\n/* stays */ \"\\n\"\n");
}

static void test_template_errors_name_the_line(void **state)
{
    struct fixture *fixture = *state;
    assert_null(render(fixture, "one\ntwo\n/*? nothing.at.all ?*/\n"));
    assert_non_null(strstr(messages(fixture), "t.c:3:"));
}

static void test_template_open_tag(void **state)
{
    struct fixture *fixture = *state;
    assert_null(render(fixture, "one\n/*- if\n"));
    assert_non_null(strstr(messages(fixture), "t.c:2: this tag is not closed"));
}

static void test_template_missing(void **state)
{
    struct fixture *fixture = *state;
    assert_null(render(fixture, "/*- include(\"none.c\") -*/\n"));
    assert_non_null(strstr(messages(fixture), "template 'none.c' not found"));
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_interned_strings_are_unique),
        cmocka_unit_test(test_suggestions),
        WITH_FIXTURE(test_tokens),
        WITH_FIXTURE(test_every_keyword_is_found),
        WITH_FIXTURE(test_angle_only_after_import),
        WITH_FIXTURE(test_macros_do_not_leak_into_imports),
        WITH_FIXTURE(test_tool_macro_is_defined),
        WITH_FIXTURE(test_command_line_macros_reach_every_file),
        WITH_FIXTURE(test_included_files_count_as_read),
        WITH_FIXTURE(test_import_once_by_real_path),
        WITH_FIXTURE(test_unicode_file_names),
        WITH_FIXTURE(test_dependency_rule),
        WITH_FIXTURE(test_missing_root),
        WITH_FIXTURE(test_error_limit),
        WITH_FIXTURE(test_defaults_are_settings),
        WITH_FIXTURE(test_settings_of_fused_connections),
        cmocka_unit_test(test_numbers_in_strings),
        WITH_FIXTURE(test_template_tags),
        WITH_FIXTURE(test_template_errors_name_the_line),
        WITH_FIXTURE(test_template_open_tag),
        WITH_FIXTURE(test_template_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
