/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Kernel output. */
#include <stdarg.h>
#include <stddef.h>

/**
 * Prints to the debug console: %s %c %d %i %u %x %lx %ld %lu %llx %llu %p %zu %% with width, 0 and
 * - flags and precision for %s.
 */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list args);
/** Prints what happened, where and the state, and stops the machine. */
_Noreturn void kernel_panic(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define panic(...) kernel_panic(__FILE__, __LINE__, __VA_ARGS__)
/** Our own invariants only, never user input. */
#define kassert(cond)                                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            panic("assertion failed: %s", #cond);                                                  \
        }                                                                                          \
    } while (0)
