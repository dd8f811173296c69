/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Frames of a dataport into the nested page tables of a VM, at an address chosen at run time. The
 * tables come from a fixed stock that the plan made large enough for every place the BARs can be:
 * they are used again when a BAR moves. Below 4 GiB only, as 32-bit BARs are.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Page directories of the stock, one per GiB below 4 GiB. */
#define CROSSVM_NESTED_DIRECTORIES 4

/** What the kernel does. Capabilities are numbers; 0 is success. */
struct crossvm_nested_ops {
    int (*map_frame)(void *ctx, uint64_t cap, uint64_t gpa, bool writable);
    void (*unmap_frame)(void *ctx, uint64_t cap);
    int (*map_directory)(void *ctx, uint64_t cap, uint64_t gpa); /**< 0 also if there is one */
    int (*map_table)(void *ctx, uint64_t cap, uint64_t gpa);
    void (*unmap_table)(void *ctx, uint64_t cap);
};

/** A page table of the stock. */
struct crossvm_table {
    uint64_t gpa;   /* multiple of 2 MiB */
    unsigned users; /* dataports with pages in it */
    bool mapped;
};

/** The stock. Set ops, ctx and the capabilities, zero the rest. */
struct crossvm_nested {
    const struct crossvm_nested_ops *ops;
    void *ctx;
    uint64_t first_directory;     /**< CROSSVM_NESTED_DIRECTORIES consecutive capabilities */
    uint64_t first_table;         /**< num_tables consecutive capabilities */
    unsigned num_tables;          /**< entries of tables */
    struct crossvm_table *tables; /**< zeroed */
    bool directory[CROSSVM_NESTED_DIRECTORIES]; /* mapped */
};

/** Frames of one dataport. */
struct crossvm_frames {
    uint64_t first;      /**< capability of the first; the others follow */
    const uint64_t *cap; /**< or, if not NULL, each of them */
    unsigned count;
    unsigned bits; /**< 12 or 21 */
    bool writable;
};

/** Capability of frame i. */
static inline uint64_t crossvm_frame(const struct crossvm_frames *frames, uint64_t i)
{
    return frames->cap ? frames->cap[i] : frames->first + i;
}

/** Map all frames from gpa on, which is a multiple of the frame size. All or nothing. */
bool crossvm_nested_map(struct crossvm_nested *nested, const struct crossvm_frames *frames,
                        uint64_t gpa);
/** Undo crossvm_nested_map() with the same arguments. */
void crossvm_nested_unmap(struct crossvm_nested *nested, const struct crossvm_frames *frames,
                          uint64_t gpa);
