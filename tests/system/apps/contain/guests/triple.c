/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* An exception without any handler: triple fault. */
#include "guest.h"

void guest_main(void)
{
    static const struct __attribute__((packed)) {
        uint16_t limit;
        uint32_t base;
    } none = {0, 0};
    print("about to triple fault\r\n");
    __asm__ volatile("lidt %0; int3" : : "m"(none));
    stop();
}
