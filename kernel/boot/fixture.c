/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What boot code needs from arch/x86, simulated. */
#include "fixture.h"
#include <kernel/arch.h>
#include <kernel/printf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t memory[FIXTURE_MEMORY] __attribute__((aligned(4096)));
jmp_buf fixture_panic;
bool fixture_panic_expected;

int fixture_setup(void **state)
{
    (void)state;
    memset(memory, 0, sizeof(memory));
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
    (void)format;
}

void kernel_panic(const char *file, int line, const char *format, ...)
{
    if (!fixture_panic_expected) {
        fprintf(stderr, "%s:%d: %s\n", file, line, format);
        abort();
    }
    longjmp(fixture_panic, 1);
}
