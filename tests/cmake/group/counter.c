/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>

static int total;

int count_next(int step)
{
    total += step;
    return start + total;
}
