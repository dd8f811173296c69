/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* string_reverse [SOURCE [DESTINATION]]: hands each line of standard input to the component
 * behind SOURCE, waits for the event of DESTINATION and prints what is in its dataport then.
 * Without arguments these are the first two connections of the VM; one name means that one
 * connection does both. */
#include "tool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_answer(const char *data, size_t size)
{
    fwrite(data, 1, strnlen(data, size), stdout);
    putchar('\n');
    fflush(stdout);
}

/* Copies the line without its end; longer ones are cut to what fits. */
static void hand_over(char *data, size_t size, const char *line, size_t length)
{
    if (length > 0 && line[length - 1] == '\n') {
        length--;
    }
    length = length < size ? length : size - 1;
    memcpy(data, line, length);
    data[length] = 0;
}

int main(int argc, char **argv)
{
    const char *arguments = "[SOURCE [DESTINATION]]";
    tool_help(argc, argv, arguments);
    if (argc > 3) {
        tool_usage(arguments);
    }
    struct camkes_connection *to = tool_connect(argc > 1 ? argv[1] : "0");
    struct camkes_connection *from = argc == 2 ? to : tool_connect(argc > 2 ? argv[2] : "1");
    size_t to_size;
    size_t from_size;
    char *source = tool_map(to, &to_size);
    const char *answer = tool_map(from, &from_size);
    char *line = NULL;
    size_t room = 0;
    if (camkes_poll(from) < 0) { /* forget events of earlier runs */
        tool_fail_errno("cannot wait");
    }
    for (ssize_t n; (n = getline(&line, &room, stdin)) > 0;) {
        hand_over(source, to_size, line, (size_t)n);
        tool_emit(to);
        tool_wait(from, -1);
        print_answer(answer, from_size);
    }
    tool_check_input();
    free(line);
    if (from != to) {
        camkes_close(from);
    }
    camkes_close(to);
    return tool_end();
}
