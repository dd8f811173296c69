/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Takes what the guest wrote: copies the whole dataport and says so. */
#include <camkes.h>
#include <camkes/dataport.h>
#include <string.h>

static char copy[1 << 20];

int run(void)
{
    for (;;) {
        filled_wait();
        memcpy(copy, (const void *)data, sizeof(copy));
        __asm__ volatile("" : : "r"(copy) : "memory"); /* the copy is wanted */
        taken_emit();
    }
}
