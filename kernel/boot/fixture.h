/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Boot code on the host: simulated physical memory, panics that a test can expect. */
#include <kernel/cap.h>
#include <setjmp.h>
#include <stddef.h>

#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/** Bytes of simulated memory from physical address 0. */
#define FIXTURE_MEMORY (16u << 20)

/** Simulated memory above 4 GiB that only paging_boot_window() reaches, FIXTURE_MEMORY bytes. */
#define FIXTURE_HIGH_MEMORY (9ull << 30)
/** Its bytes. */
extern uint8_t fixture_high_memory[FIXTURE_MEMORY];

/** What was printed since fixture_setup(). */
extern char fixture_printed[8192];

extern jmp_buf fixture_panic;
extern bool fixture_panic_expected;

/** Clears the simulated memory. A cmocka set-up function. */
int fixture_setup(void **state);

/** Checks that a statement ends in a kernel panic. */
#define EXPECT_PANIC(statement)                                                                    \
    do {                                                                                           \
        fixture_panic_expected = true;                                                             \
        if (setjmp(fixture_panic) == 0) {                                                          \
            statement;                                                                             \
            fail_msg("no panic");                                                                  \
        }                                                                                          \
        fixture_panic_expected = false;                                                            \
    } while (0)
