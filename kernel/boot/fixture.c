/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What boot code needs from arch/x86, simulated. */
#include "fixture.h"
#include <kernel/arch.h>
#include <kernel/printf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86/paging.h>

static uint8_t memory[FIXTURE_MEMORY] __attribute__((aligned(4096)));
uint8_t fixture_high_memory[FIXTURE_MEMORY];
char fixture_printed[8192];
jmp_buf fixture_panic;
bool fixture_panic_expected;

int fixture_setup(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
    memset(fixture_high_memory, 0, sizeof(fixture_high_memory));
    fixture_printed[0] = 0;
    return 0;
}

void *phys_to_virt(paddr_t paddr)
{
    if (paddr >= sizeof(memory)) {
        fail_msg("physical address %lx is outside of the simulated memory", paddr);
    }
    return memory + paddr;
}

paddr_t virt_to_phys(const void *p)
{
    return (paddr_t)((const uint8_t *)p - memory);
}

void kprintf(const char *format, ...)
{
    size_t used = strlen(fixture_printed);
    va_list args;
    va_start(args, format);
    vsnprintf(fixture_printed + used, sizeof(fixture_printed) - used, format, args);
    va_end(args);
}

/* One window at a time, like the real ones: the other's contents are gone when it is used. */
const void *paging_boot_window(enum boot_window window, paddr_t paddr, uint64_t size)
{
    static uint8_t windows[NUM_BOOT_WINDOWS][PAGE_SIZE * 16];
    if (paddr < sizeof(memory) && size <= sizeof(memory) - paddr) {
        return memory + paddr;
    }
    if (paddr < FIXTURE_HIGH_MEMORY || size > sizeof(windows[0]) ||
        paddr - FIXTURE_HIGH_MEMORY > FIXTURE_MEMORY - size) {
        return NULL;
    }
    memcpy(windows[window], fixture_high_memory + (paddr - FIXTURE_HIGH_MEMORY), size);
    return windows[window];
}

void kernel_panic(const char *file, int line, const char *format, ...)
{
    if (!fixture_panic_expected) {
        fprintf(stderr, "%s:%d: %s\n", file, line, format);
        abort();
    }
    longjmp(fixture_panic, 1);
}
