/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* dataport_write CONNECTION [SIZE]: copies standard input into the dataport, at most SIZE - 1
 * bytes, and a NUL behind it. */
#include "tool.h"
#include <stdio.h>

int main(int argc, char **argv)
{
    struct camkes_connection *c = tool_open(argc, argv, 1, 2, "CONNECTION [SIZE]");
    size_t size = 0;
    char *data = tool_map(c, &size);
    if (argc > 2) {
        size = tool_size(argv[2], size);
    }
    if (!camkes_writable(c)) {
        tool_fail("the dataport is read-only");
    }
    size_t n = 0;
    for (int byte; n + 1 < size && (byte = getchar()) != EOF; n++) {
        data[n] = (char)byte;
    }
    data[n] = 0;
    tool_check_input();
    camkes_close(c);
    return tool_end();
}
