/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <string.h>

void null_nothing(void) {}

int null_add(int a, int b)
{
    return a + b;
}

int null_measure(const char *text)
{
    return (int)strlen(text);
}

int run(void)
{
    for (;;) {
        ping_wait();
        pong_emit();
    }
    return 0;
}
