/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The kernel's log: a ring in kernel memory, mapped read-only. */
#include <stddef.h>
#include <stdint.h>

/** The mapped block. */
struct klog_ring {
    uint64_t written; /**< bytes ever written; the newest is at (written - 1) % size */
    uint64_t size;    /**< bytes of data[] */
    char data[];
};

/** A reader. */
struct klog {
    const struct klog_ring *ring;
    uint64_t size; /**< of the ring, read once and checked */
    uint64_t read; /**< bytes taken so far */
    uint64_t lost; /**< bytes overwritten before they were taken */
};

/** Starts reading at the newest byte. `mapped`: bytes mapped at `ring`. */
void klog_init(struct klog *log, const struct klog_ring *ring, size_t mapped);
/** Takes up to `size` bytes; returns how many. */
size_t klog_read(struct klog *log, char *data, size_t size);
