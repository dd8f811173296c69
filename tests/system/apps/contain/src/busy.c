/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Runs for ever at a low priority. */
#include <camkes.h>

int run(void)
{
    for (;;) {
        __asm__ volatile("" ::: "memory");
    }
}
