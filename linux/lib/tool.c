/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "tool.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

noreturn void tool_fail(const char *message)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, message);
    exit(1);
}

noreturn void tool_fail_errno(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    exit(1);
}

noreturn void tool_usage(const char *arguments)
{
    fprintf(stderr, "usage: %s %s\n", program_invocation_short_name, arguments);
    exit(2);
}

void tool_help(int argc, char **argv, const char *arguments)
{
    if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
        printf("usage: %s %s\n", program_invocation_short_name, arguments);
        exit(tool_end());
    }
}

struct camkes_connection *tool_connect(const char *name)
{
    struct camkes_connection *c = camkes_open(name);
    if (!c) {
        tool_fail_errno(name);
    }
    return c;
}

struct camkes_connection *tool_open(int argc, char **argv, int least, int most,
                                    const char *arguments)
{
    tool_help(argc, argv, arguments);
    if (argc - 1 < least || argc - 1 > most) {
        tool_usage(arguments);
    }
    return tool_connect(argv[1]);
}

void *tool_map(struct camkes_connection *connection, size_t *size)
{
    void *data = camkes_map(connection, size);
    if (!data) {
        tool_fail_errno("no dataport");
    }
    return data;
}

void tool_emit(struct camkes_connection *connection)
{
    if (camkes_emit(connection) != 0) {
        tool_fail_errno("cannot emit");
    }
}

int64_t tool_wait(struct camkes_connection *connection, int timeout_ms)
{
    int64_t events = camkes_wait(connection, timeout_ms);
    if (events < 0) {
        tool_fail_errno("cannot wait");
    }
    return events;
}

unsigned long tool_number(const char *text)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 0);
    if (errno != 0 || end == text || *end != 0 || value > INT_MAX) {
        tool_fail("a number between 0 and 2147483647 is expected");
    }
    return value;
}

size_t tool_size(const char *text, size_t limit)
{
    size_t size = tool_number(text);
    if (size == 0 || size > limit) {
        tool_fail("the dataport is smaller than that (or the size is 0)");
    }
    return size;
}

void tool_check_input(void)
{
    if (ferror(stdin)) {
        tool_fail_errno("standard input");
    }
}

int tool_end(void)
{
    if (fflush(stdout) != 0) {
        tool_fail_errno("standard output");
    }
    return 0;
}
