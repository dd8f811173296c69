/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Reports a panic through the paravirtual panic port, as a kernel does. */
#include "guest.h"

void guest_main(void)
{
    print("about to panic\r\n");
    out8(0x505, 1);
    stop();
}
