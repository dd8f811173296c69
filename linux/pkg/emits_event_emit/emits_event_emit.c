/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* emits_event_emit CONNECTION [COUNT]: signals the other side, COUNT times. */
#include "tool.h"

int main(int argc, char **argv)
{
    struct camkes_connection *c = tool_open(argc, argv, 1, 2, "CONNECTION [COUNT]");
    unsigned long count = argc > 2 ? tool_number(argv[2]) : 1;
    for (unsigned long i = 0; i < count; i++) {
        tool_emit(c);
    }
    camkes_close(c);
    return 0;
}
