/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Memory functions of the freestanding kernel: string instructions. Eight bytes at a time: early
 * processors have no fast byte form, and an emulator pays for every step.
 */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *d = to;
    size_t words = size / 8, bytes = size % 8;
    __asm__ volatile("rep movsq" : "+D"(d), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(bytes) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((char *)to <= (const char *)from || (char *)to >= (const char *)from + size) {
        return memcpy(to, from, size);
    }
    for (size_t i = size; i > 0; i--) {
        ((char *)to)[i - 1] = ((const char *)from)[i - 1];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *d = to;
    uint64_t pattern = (unsigned char)value * 0x0101010101010101ull;
    size_t words = size / 8, bytes = size % 8;
    __asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(bytes) : "a"(pattern) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int d = ((const unsigned char *)a)[i] - ((const unsigned char *)b)[i];
        if (d) {
            return d;
        }
    }
    return 0;
}
