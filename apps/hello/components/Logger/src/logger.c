/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Prints what appears in the shared page. */
#include <stdio.h>
#include <camkes.h>

int run(void)
{
    for (;;) {
        written_wait();
        text_acquire();
        printf("%s: %.*s\n", get_instance_name(), (int)sizeof(*text), (const char *)text);
        printed_emit();
    }
    return 0;
}
