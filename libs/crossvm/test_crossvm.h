/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* A PCI bus with connections whose dataports are mapped by a kernel made of arrays. */
#include "test_vcpu.h"
#include <crossvm/device.h>
#include <crossvm/nested.h>

#define TEST_DEVICES 3
#define TEST_TABLES  7
#define TEST_FRAMES  600
#define TEST_LARGE   590 /* from here on frames of 2 MiB */

/** What the pretended kernel has mapped: by frame, 0 = nothing. */
struct test_kernel {
    uint64_t frame_at[TEST_FRAMES];
    uint64_t table_at[TEST_TABLES];
    bool directory[4];
    unsigned errors; /* things the real kernel would refuse */
};

static struct test_kernel test_kernel;

static inline bool test_table_covers(uint64_t gpa)
{
    for (unsigned i = 0; i < TEST_TABLES; i++) {
        if (test_kernel.table_at[i] && test_kernel.table_at[i] == gpa >> 21 << 21) {
            return true;
        }
    }
    return false;
}

static inline int test_map_frame(void *ctx, uint64_t cap, uint64_t gpa, bool writable)
{
    (void)ctx, (void)writable;
    bool taken = test_kernel.frame_at[cap] != 0;
    for (unsigned i = 0; i < TEST_FRAMES; i++) {
        taken |= test_kernel.frame_at[i] == gpa;
    }
    bool large = cap >= TEST_LARGE;
    if (taken || test_table_covers(gpa) == large || !test_kernel.directory[gpa >> 30]) {
        test_kernel.errors++;
        return -1;
    }
    test_kernel.frame_at[cap] = gpa;
    return 0;
}

static inline void test_unmap_frame(void *ctx, uint64_t cap)
{
    (void)ctx;
    test_kernel.errors += test_kernel.frame_at[cap] == 0;
    test_kernel.frame_at[cap] = 0;
}

static inline int test_map_directory(void *ctx, uint64_t cap, uint64_t gpa)
{
    (void)ctx;
    test_kernel.errors += cap != gpa >> 30;
    test_kernel.directory[gpa >> 30] = true;
    return 0;
}

static inline int test_map_table(void *ctx, uint64_t cap, uint64_t gpa)
{
    (void)ctx;
    if (test_table_covers(gpa) || test_kernel.table_at[cap]) {
        test_kernel.errors++;
        return -1;
    }
    test_kernel.table_at[cap] = gpa;
    return 0;
}

static inline void test_unmap_table(void *ctx, uint64_t cap)
{
    (void)ctx;
    for (unsigned i = 0; i < TEST_FRAMES; i++) { /* a table in use is never taken away */
        test_kernel.errors += test_kernel.frame_at[i] &&
                              test_kernel.frame_at[i] >> 21 << 21 == test_kernel.table_at[cap];
    }
    test_kernel.table_at[cap] = 0;
}

static const struct crossvm_nested_ops test_nested_ops = {.map_frame = test_map_frame,
                                                          .unmap_frame = test_unmap_frame,
                                                          .map_directory = test_map_directory,
                                                          .map_table = test_map_table,
                                                          .unmap_table = test_unmap_table};
