/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The address space of the instance, as tables. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One mapped range. */
struct camkes_vma {
    void *start; /**< first byte */
    void *end;   /**< one past the last */
    bool read;
    bool write;
    bool execute;
    bool cached;
    const char *name; /**< "heap", "stack of …", "dataport d", … */
};

extern const struct camkes_vma camkes_vmas[];
extern const size_t camkes_vmas_size;
