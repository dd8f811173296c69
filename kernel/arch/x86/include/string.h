/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* <string.h> of the freestanding kernel: the four functions the compiler itself calls. */
#include <stddef.h>

/** Copies bytes; the ranges must not overlap. Returns to. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
/** Copies bytes; the ranges may overlap. Returns to. */
void *memmove(void *to, const void *from, size_t size);
/** Sets bytes to a value. Returns to. */
void *memset(void *to, int value, size_t size);
/** Compares bytes: less than, equal to or greater than 0. */
int memcmp(const void *a, const void *b, size_t size);
