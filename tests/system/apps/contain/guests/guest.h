/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Tiny guests: 32-bit code without paging, entered by the PVH protocol (start.S), COM1 for output.
 */
#include <stdint.h>

/** What the guest does; must not return. */
_Noreturn void guest_main(void);

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void print(const char *text)
{
    for (; *text; text++) {
        while (!(in8(0x3fd) & 0x20)) {
        }
        out8(0x3f8, (uint8_t)*text);
    }
}

static inline void print_number(uint32_t value)
{
    char digits[11];
    int n = sizeof digits;
    digits[--n] = 0;
    do {
        digits[--n] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    print(digits + n);
}

static inline _Noreturn void stop(void)
{
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}
