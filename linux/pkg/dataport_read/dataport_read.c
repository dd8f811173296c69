/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* dataport_read CONNECTION [SIZE]: prints the C string in the dataport, at most SIZE bytes. */
#include "tool.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct camkes_connection *c = tool_open(argc, argv, 1, 2, "CONNECTION [SIZE]");
    size_t size = 0;
    const char *data = tool_map(c, &size);
    if (argc > 2) {
        size = tool_size(argv[2], size);
    }
    fwrite(data, 1, strnlen(data, size), stdout);
    putchar('\n');
    camkes_close(c);
    return tool_end();
}
