/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Takes the last letter typed as its name and says so. 'f' prints numbered lines with that name as
 * fast as the serial port takes them, sixteen bytes per look at its status; 'l' many more of them.
 */
#include "guest.h"

#define LINES 300
#define MANY  1000

static char line[96];
static unsigned length;

static void put(const char *text)
{
    while (*text) {
        line[length++] = *text++;
    }
}

static void put_number(uint32_t value)
{
    char digits[11];
    int n = sizeof digits;
    digits[--n] = 0;
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    put(digits + n);
}

static void print_line(void)
{
    for (unsigned i = 0; i < length; i++) {
        while (i % 16 == 0 && !(in8(0x3fd) & 0x20)) {
        }
        out8(0x3f8, (uint8_t)line[i]);
    }
    length = 0;
}

static void flood(const char *name, uint32_t lines)
{
    for (uint32_t i = 1; i <= lines; i++) {
        put(name);
        put(" says line ");
        put_number(i);
        put(" of the flood, which is long\r\n");
        print_line();
    }
    put(name);
    put(" is done\r\n");
    print_line();
}

void guest_main(void)
{
    char name[2] = "?";
    out8(0x3fa, 7); /* FIFOs on */
    out8(0x3fc, 3); /* ready to receive */
    print("answers\r\n");
    for (;;) {
        if (!(in8(0x3fd) & 1)) {
            continue;
        }
        char c = (char)in8(0x3f8);
        if (c == 'f') {
            flood(name, LINES);
        } else if (c == 'l') {
            flood(name, MANY);
        } else if (c >= 'A' && c <= 'Z') {
            name[0] = c;
            print("my name is ");
            print(name);
            print("\r\n");
        }
    }
}
