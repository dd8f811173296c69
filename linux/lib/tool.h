/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What the utilities share: each failure prints one line with the name of the program and ends it
 * with status 1 (2: wrong arguments).
 */
#include <camkes_guest.h>
#include <stdnoreturn.h>

/** Prints the message and ends the program. */
noreturn void tool_fail(const char *message);

/** The same, with the text of errno behind it. */
noreturn void tool_fail_errno(const char *what);

/** Prints "usage: PROGRAM `arguments`" and ends the program. */
noreturn void tool_usage(const char *arguments);

/** Prints the usage and ends the program, if the only argument is -h or --help. */
void tool_help(int argc, char **argv, const char *arguments);

/** camkes_open() or end. */
struct camkes_connection *tool_connect(const char *name);

/** Opens argv[1]; ends with the usage unless there are `least` to `most` arguments. */
struct camkes_connection *tool_open(int argc, char **argv, int least, int most,
                                    const char *arguments);

/** camkes_map() or end. */
void *tool_map(struct camkes_connection *connection, size_t *size);

/** camkes_emit() or end. */
void tool_emit(struct camkes_connection *connection);

/** camkes_wait() or end. */
int64_t tool_wait(struct camkes_connection *connection, int timeout_ms);

/** A number from the command line. */
unsigned long tool_number(const char *text);

/** A size from the command line, 1 to `limit`. */
size_t tool_size(const char *text, size_t limit);

/** Ends the program if standard input ended with a failure. */
void tool_check_input(void);

/** The exit status: 0, or a failure if standard output could not be written. */
int tool_end(void);
