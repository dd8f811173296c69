/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Says whether memory and devices are as after power-on, dirties them, and waits for keys: 'r'
 * resets the machine as an operating system does, any other key is echoed.
 */
#include "guest.h"

#define FIRST (4u << 20)
#define LAST  (32u << 20)

static uint32_t dirty_words(void)
{
    uint32_t dirty = 0;
    for (volatile uint32_t *p = (uint32_t *)FIRST; p < (uint32_t *)LAST; p += 1024) {
        dirty += *p == 0xd1d1d1d1u;
        *p = 0xd1d1d1d1u;
    }
    return dirty;
}

/* Scratch register and divisor of COM1, masks of the 8259s, latch of the speaker port. */
static uint32_t dirty_devices(void)
{
    uint32_t dirty = in8(0x3ff) == 0x5a;
    dirty += in8(0x21) == 0x12;
    dirty += in8(0x61) & 1;
    out8(0x3ff, 0x5a);
    out8(0x21, 0x12);
    out8(0x61, 1);
    return dirty;
}

void guest_main(void)
{
    out8(0x3fc, 3); /* ready to receive */
    uint32_t words = dirty_words(), devices = dirty_devices();
    print("started, stale words ");
    print_number(words);
    print(", stale devices ");
    print_number(devices);
    print("\r\n");
    for (;;) {
        if (in8(0x3fd) & 1) {
            uint8_t c = in8(0x3f8);
            if (c == 'r') {
                out8(0xcf9, 6);
            }
            char text[] = {'k', 'e', 'y', ' ', (char)c, '\r', '\n', 0};
            print(text);
        }
    }
}
