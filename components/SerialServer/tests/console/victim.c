/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Dereferences NULL when told to. */
#include <camkes.h>
#include <stdio.h>

void pre_init(void)
{
    set_putchar(putchar_putchar);
}

void crash_handle(void)
{
    volatile int *nowhere = NULL;
    printf("about to fault\n");
    *nowhere = 1;
}
