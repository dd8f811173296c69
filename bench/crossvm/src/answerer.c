/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Answers each event with one. */
#include <camkes.h>

int run(void)
{
    for (;;) {
        ping_wait();
        pong_emit();
    }
}
