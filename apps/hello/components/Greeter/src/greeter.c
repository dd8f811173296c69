/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Writes greetings into the shared page and says so. */
#include <stdio.h>
#include <camkes.h>

int greeting_greet(const char *who, int n)
{
    int length = snprintf((char *)text, sizeof(*text), "Hello, %s, for time number %d", who, n);
    text_release();
    written_emit();
    return length;
}
