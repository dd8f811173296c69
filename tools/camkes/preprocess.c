/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The C preprocessor in front of the lexer: one process per file, so macros do not leak from a
 * file into those it imports. A file in which the preprocessor could change nothing is read
 * directly; most component descriptions are of that kind and a process costs more than the
 * rest of the compiler together.
 */
#include <ctype.h>
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frontend.h"

extern char **environ;

typedef ARRAY(char *) arg_list;

static void add_arg(struct frontend *fe, arg_list *args, const char *arg)
{
    *array_push(&fe->arena, args) = arg ? arena_copy(&fe->arena, arg, strlen(arg)) : NULL;
}

/* Names a user defined with -D; their presence as a word needs the preprocessor. */
static bool is_defined_name(const struct frontend *fe, const char *word, size_t length)
{
    if (length >= 2 && word[0] == '_' && word[1] == '_')
        return true;
    if (length == 23 && !strncmp(word, "CAMKES_TOOL_PROCESSING", length))
        return true;
    for (size_t i = 0; i < fe->options.cpp_flags.count; i++) {
        const char *flag = fe->options.cpp_flags.items[i];
        if (strncmp(flag, "-D", 2))
            continue;
        flag += 2;
        if (!strncmp(flag, word, length) &&
            !(isalnum((unsigned char)flag[length]) || flag[length] == '_'))
            return true;
    }
    return false;
}

/* Flags other than -Dname…, -Iname and -Uname (such as -include) always need a run. */
static bool has_special_flags(const struct frontend *fe)
{
    for (size_t i = 0; i < fe->options.cpp_flags.count; i++) {
        const char *flag = fe->options.cpp_flags.items[i];
        if (flag[0] != '-' || !flag[1] || !strchr("DIU", flag[1]) || !flag[2])
            return true;
    }
    return false;
}

static bool needs_preprocessor(const struct frontend *fe, const char *text)
{
    if (has_special_flags(fe) || strstr(text, "\\\n") || strstr(text, "?\?="))
        return true;
    for (const char *at = text; *at;) {
        if (*at == '#')
            return true;
        if (!isalpha((unsigned char)*at) && *at != '_') {
            at++;
            continue;
        }
        const char *word = at;
        while (isalnum((unsigned char)*at) || *at == '_')
            at++;
        if (is_defined_name(fe, word, (size_t)(at - word)))
            return true;
    }
    return false;
}

static char **build_arguments(struct frontend *fe, const char *path)
{
    arg_list args = {0};
    add_arg(fe, &args, fe->options.cpp_program);
    /* Traditional predefined words would turn <linux/x> into <1/x>. */
    add_arg(fe, &args, "-Ulinux");
    add_arg(fe, &args, "-Uunix");
    add_arg(fe, &args, "-DCAMKES_TOOL_PROCESSING");
    for (size_t i = 0; i < fe->options.cpp_flags.count; i++)
        add_arg(fe, &args, fe->options.cpp_flags.items[i]);
    add_arg(fe, &args, path);
    add_arg(fe, &args, NULL);
    return args.items;
}

static char *read_all(struct frontend *fe, int fd, size_t *length)
{
    size_t capacity = 64 * 1024, used = 0;
    char *buffer = malloc(capacity);
    ssize_t got = 1;
    while (buffer && got > 0) {
        got = read(fd, buffer + used, capacity - used);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0 && (used += (size_t)got) == capacity)
            buffer = realloc(buffer, capacity *= 2);
    }
    char *text = buffer && got == 0 ? arena_copy(&fe->arena, buffer, used) : NULL;
    free(buffer);
    *length = used;
    return text;
}

/* Runs the preprocessor on a file; its own messages go straight to standard error. */
static char *run(struct frontend *fe, const char *name, size_t *length, struct loc loc)
{
    int pipe_fds[2];
    if (pipe(pipe_fds)) {
        diag_error(&fe->diag, loc, "cannot create a pipe: %s", strerror(errno));
        return NULL;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipe_fds[0]);
    posix_spawn_file_actions_addclose(&actions, pipe_fds[1]);
    pid_t child;
    int error = posix_spawnp(&child, fe->options.cpp_program, &actions, NULL,
                             build_arguments(fe, name), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(pipe_fds[1]);
    char *text = error ? NULL : read_all(fe, pipe_fds[0], length);
    close(pipe_fds[0]);
    int status = 0;
    while (!error && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (error) {
        diag_error(&fe->diag, loc, "cannot run the preprocessor '%s': %s", fe->options.cpp_program,
                   strerror(error));
    } else if (status || !text) {
        diag_error(&fe->diag, loc, "the preprocessor failed on '%s'", name);
        text = NULL;
    }
    return text;
}

uint32_t preprocess_file(struct frontend *fe, const char *name, const char *path, struct loc loc)
{
    size_t length;
    char *text = source_read_file(&fe->arena, path, &length);
    if (!text) {
        diag_error(&fe->diag, loc, "cannot read '%s': %s", name, strerror(errno));
        return 0;
    }
    if (!fe->options.no_cpp && needs_preprocessor(fe, text))
        text = run(fe, name, &length, loc);
    if (!text)
        return 0;
    if (strlen(text) != length) {
        diag_error(&fe->diag, loc, "'%s' contains a NUL character", name);
        return 0;
    }
    return sources_add(&fe->sources, arena_intern_string(&fe->arena, name), path, text, length);
}
