/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* consumes_event_wait CONNECTION [MILLISECONDS]: waits for events and prints how many came.
 * Status 1 when none came in time. */
#include "tool.h"
#include <stdio.h>

int main(int argc, char **argv)
{
    struct camkes_connection *c = tool_open(argc, argv, 1, 2, "CONNECTION [MILLISECONDS]");
    int64_t events = tool_wait(c, argc > 2 ? (int)tool_number(argv[2]) : -1);
    if (events == 0) {
        tool_fail("no event came in time");
    }
    printf("Back from waiting with val: %lld\n", (long long)events);
    camkes_close(c);
    return tool_end();
}
