/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Dereferences NULL. */
#include <camkes.h>

int run(void)
{
    int *volatile nothing = NULL;
    return *nothing;
}
