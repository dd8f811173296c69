/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* For tests: a terminal that remembers everything, as one string. */
#include <stddef.h>
#include <string.h>

#define TERMINAL_SIZE (1 << 20)

/** What was printed. */
struct terminal {
    char text[TERMINAL_SIZE];
    size_t used;
};

/** The emit function of a mux. */
static inline void terminal_emit(void *context, const char *data, size_t size)
{
    struct terminal *terminal = context;
    if (size >= TERMINAL_SIZE - terminal->used)
        size = TERMINAL_SIZE - terminal->used - 1;
    memcpy(terminal->text + terminal->used, data, size);
    terminal->used += size;
    terminal->text[terminal->used] = '\0';
}

/** Forgets what was printed. */
static inline void terminal_clear(struct terminal *terminal)
{
    terminal->used = 0;
    terminal->text[0] = '\0';
}
