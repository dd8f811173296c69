/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <stdio.h>

/* The compound's own interface, called by the last of its inner components. */
char *own_pass(const char *text)
{
    char *out = NULL;
    return asprintf(&out, "%s+%s", text, get_instance_name()) < 0 ? NULL : out;
}

/* Declared, but forwarded to the first stage: never called here. */
char *t_pass(const char *text)
{
    (void)text;
    return NULL;
}
