/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The order of the stages, the options they share, and the dependency rule. */
#include "frontend.h"

#include <errno.h>
#include <string.h>

void frontend_init(struct frontend *fe, FILE *out)
{
    *fe = (struct frontend){0};
    fe->sources.arena = &fe->arena;
    fe->diag.sources = &fe->sources;
    fe->diag.out = out;
    fe->options.cpp_program = "cpp";
}

void frontend_free(struct frontend *fe)
{
    arena_free(&fe->arena);
}

/* The value of an option: behind '=' or the next argument; NULL (reported) if there is none. */
static const char *option_value(int argc, char **argv, int *i)
{
    const char *equals = strchr(argv[*i], '=');
    if (equals)
        return equals + 1;
    if (*i + 1 < argc)
        return argv[++*i];
    fprintf(stderr, "camkes: option '%s' needs a value\n", argv[*i]);
    return NULL;
}

static bool is_option(const char *argument, const char *name)
{
    size_t length = strlen(name);
    return !strncmp(argument, name, length) &&
           (argument[length] == '\0' || argument[length] == '=');
}

/* Options with a value. */
static int take_value(struct frontend *fe, const char *name, const char *value)
{
    struct frontend_options *options = &fe->options;
    if (!value)
        return -1;
    if (!strcmp(name, "--import-path"))
        *array_push(&fe->arena, &options->import_paths) = value;
    else if (!strcmp(name, "--cpp-flag"))
        *array_push(&fe->arena, &options->cpp_flags) = value;
    else if (!strcmp(name, "--cpp-bin"))
        options->cpp_program = value;
    else if (!strcmp(name, "--depfile"))
        options->depfile = value;
    else
        options->deptarget = value;
    return 1;
}

int frontend_option(struct frontend *fe, int argc, char **argv, int *i)
{
    static const char *const with_value[] = {"--import-path", "--cpp-flag", "--cpp-bin",
                                             "--depfile", "--deptarget"};
    const char *argument = argv[*i];
    for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++) {
        if (is_option(argument, with_value[k]))
            return take_value(fe, with_value[k], option_value(argc, argv, i));
    }
    if (!strcmp(argument, "--cpp"))
        fe->options.no_cpp = false;
    else if (!strcmp(argument, "--nocpp"))
        fe->options.no_cpp = true;
    else if (!strcmp(argument, "--allow-forward-references"))
        fe->options.allow_forward = true;
    else if (argument[0] != '-' && !fe->options.root)
        fe->options.root = argument;
    else
        return 0;
    return 1;
}

struct system *frontend_load(struct frontend *fe)
{
    struct adl_file *file = frontend_parse(fe);
    if (!file || !resolve_spec(fe, file))
        return NULL;
    struct system *system = flatten_spec(fe, file);
    if (system)
        check_system(fe, system);
    return fe->diag.errors ? NULL : system;
}

/* Spaces and '#' in names are escaped and '$' doubled, as make and ninja read them. */
static void write_escaped(FILE *out, const char *path)
{
    for (; *path; path++) {
        if (*path == ' ' || *path == '#')
            fputc('\\', out);
        if (*path == '$')
            fputc('$', out);
        fputc(*path, out);
    }
}

bool frontend_write_depfile(struct frontend *fe)
{
    if (!fe->options.depfile)
        return true;
    FILE *out = fopen(fe->options.depfile, "w");
    if (out) {
        write_escaped(out, fe->options.deptarget ? fe->options.deptarget : fe->options.depfile);
        fputc(':', out);
        for (size_t i = 0; i < fe->sources.files.count; i++) {
            fputs(" \\\n  ", out);
            write_escaped(out, fe->sources.files.items[i]);
        }
        fputc('\n', out);
    }
    if (!out || fclose(out)) {
        fprintf(stderr, "camkes: cannot write '%s': %s\n", fe->options.depfile, strerror(errno));
        return false;
    }
    return true;
}
