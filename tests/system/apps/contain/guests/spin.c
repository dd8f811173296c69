/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Never gives the processor back. */
#include "guest.h"

void guest_main(void)
{
    print("about to spin\r\n");
    __asm__ volatile("cli; 1: jmp 1b");
    stop();
}
