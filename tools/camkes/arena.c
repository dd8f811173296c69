/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (256 * 1024)
#define ALIGNMENT   16

struct arena_chunk {
    struct arena_chunk *next;
    size_t used;
    size_t size;
    _Alignas(ALIGNMENT) unsigned char data[];
};

struct intern_entry {
    struct intern_entry *next;
    uint32_t hash;
    size_t length;
    char text[];
};

struct intern_table {
    struct intern_entry *buckets[4096];
};

static struct arena_chunk *chunk_add(struct arena *arena, size_t size)
{
    size_t bytes = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    struct arena_chunk *chunk = calloc(1, sizeof *chunk + bytes);
    if (!chunk) {
        fputs("camkes: out of memory\n", stderr);
        exit(2);
    }
    chunk->size = bytes;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->size - chunk->used < size)
        chunk = chunk_add(arena, size);
    void *memory = chunk->data + chunk->used;
    chunk->used += size;
    return memory;
}

char *arena_copy(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length)
        memcpy(copy, text, length);
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list measure;
    va_copy(measure, args);
    int length = vsnprintf(NULL, 0, format, measure);
    va_end(measure);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

static uint32_t hash_bytes(const char *text, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

const char *arena_intern(struct arena *arena, const char *text, size_t length)
{
    if (!arena->names)
        arena->names = arena_new(arena, struct intern_table);
    uint32_t hash = hash_bytes(text, length);
    struct intern_entry **bucket = &arena->names->buckets[hash % 4096];
    for (struct intern_entry *entry = *bucket; entry; entry = entry->next) {
        if (entry->hash == hash && entry->length == length && !memcmp(entry->text, text, length))
            return entry->text;
    }
    struct intern_entry *entry = arena_alloc(arena, sizeof *entry + length + 1);
    entry->hash = hash;
    entry->length = length;
    memcpy(entry->text, text, length);
    entry->next = *bucket;
    *bucket = entry;
    return entry->text;
}

const char *arena_intern_string(struct arena *arena, const char *text)
{
    return arena_intern(arena, text, strlen(text));
}

void arena_free(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
    arena->names = NULL;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 4;
    void *bigger = arena_alloc(arena, wanted * size);
    if (count)
        memcpy(bigger, items, count * size);
    *capacity = wanted;
    return bigger;
}
