/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Reads every page below 4 GiB that is neither its memory nor a device: an empty bus gives all
 * ones, anything else would be somebody's. Then writes there, and reads again. */
#include "guest.h"

#define RAM_END  (32u << 20)
#define ECAM     0xe0000000u
#define ECAM_END 0xe0100000u
#define IOAPIC   0xfec00000u
#define LAPIC    0xfee00000u
#define PAGE     4096u

static int is_device(uint32_t at)
{
    return (at >= ECAM && at < ECAM_END) || at == IOAPIC || at == LAPIC;
}

void guest_main(void)
{
    uint32_t pages = 0, foreign = 0;
    print("about to probe\r\n");
    for (uint32_t at = RAM_END; at != 0; at += PAGE) {
        volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)(at + (at >> 12) % 1024 * 4);
        if (is_device(at)) {
            continue;
        }
        pages++;
        foreign += *word != 0xffffffffu;
        if (pages % 64 == 0) {
            *word = 0;
            foreign += *word != 0xffffffffu;
        }
    }
    print("probed ");
    print_number(pages);
    print(" pages, ");
    print_number(foreign);
    print(" foreign\r\n");
    stop();
}
