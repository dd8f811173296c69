/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Panics when x is typed. */
#include "guest.h"

void guest_main(void)
{
    out8(0x3fc, 3); /* ready to receive */
    print("waits for a key\r\n");
    while (!(in8(0x3fd) & 1) || in8(0x3f8) != 'x') {
    }
    print("panics\r\n");
    out8(0x505, 1);
    stop();
}
