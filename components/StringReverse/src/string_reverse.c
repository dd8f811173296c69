/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <string.h>
#include "string_reverse.h"

/* The guest may write while this reads: the string is copied once, and only the copy decides. */
static char copy[STRING_REVERSE_BUFSIZE];

int run(void)
{
    for (;;) {
        ready_wait();
        memcpy(copy, (const char *)src_dp, sizeof copy);
        size_t n = strnlen(copy, sizeof copy - 1);
        volatile char *out = (volatile char *)dest_dp;
        for (size_t i = 0; i < n; i++) {
            out[i] = copy[n - 1 - i];
        }
        out[n] = '\0';
        done_emit();
    }
}
