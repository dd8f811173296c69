/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <stdio.h>

char *t_pass(const char *text)
{
    char *out = NULL;
    if (asprintf(&out, "%s-%s%zu", text, mark, sizeof steps / sizeof(struct point)) < 0)
        return NULL;
    char *answer = next_pass(out); /* a server that is a client while it serves */
    free(out);
    return answer;
}
