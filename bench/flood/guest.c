/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Prints as fast as the serial port takes it, sixteen bytes per look at its status as drivers do,
 * and says how long that took. */
#include "guest.h"

#define LINES 512
#define LINE  64

static uint32_t now(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low;
}

static void print_line(const char *line)
{
    for (int i = 0; i < LINE; i++) {
        if (i % 16 == 0)
            while (!(in8(0x3fd) & 0x20)) {
            }
        out8(0x3f8, (uint8_t)line[i]);
    }
}

void guest_main(void)
{
    char line[LINE];
    for (int i = 0; i < LINE - 2; i++)
        line[i] = (char)('!' + i);
    line[LINE - 2] = '\r';
    line[LINE - 1] = '\n';
    out8(0x3fa, 7); /* FIFOs on */
    uint32_t start = now();
    for (int i = 0; i < LINES; i++)
        print_line(line);
    uint32_t ticks = now() - start;
    print("printed ");
    print_number(LINES * LINE);
    print(" bytes in ");
    print_number(ticks);
    print("\r\n");
    stop();
}
