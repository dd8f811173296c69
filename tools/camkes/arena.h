/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The one allocator of the compiler: memory lives until the program ends, so no data
 * structure has an owner to track. Out of memory ends the program with a message.
 */
#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    struct intern_table *names;
};

/** `size` zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/** Copy of `length` bytes with a NUL appended. */
char *arena_copy(struct arena *arena, const char *text, size_t length);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args);
/** The unique copy of a string: equal contents give equal pointers. */
const char *arena_intern(struct arena *arena, const char *text, size_t length);
const char *arena_intern_string(struct arena *arena, const char *text);
/** Frees everything; for tests, fuzzers and sanitizers. */
void arena_free(struct arena *arena);

/* Backs array_push(): makes room for one more item of `size` bytes and returns the items. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size);

/** Appends a zeroed item to an ARRAY() and evaluates to its address (valid until next push). */
#define array_push(arena, array)                                                                   \
    ((array)->items = arena_grow((arena), (array)->items, (array)->count, &(array)->capacity,      \
                                 sizeof *(array)->items),                                          \
     &(array)->items[(array)->count++])

#define arena_new(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
