/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Dataports: shared memory between components, and pointers into it that survive the journey. */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <platsupport/io.h>

/** The untyped page-sized dataport type of the language. */
typedef struct {
    char content[4096];
} Buf;

/** A pointer into a dataport, meaningful in every component that shares the connection. */
typedef struct {
    int32_t id;   /**< index of the connection in the composition, -1: not a dataport pointer */
    off_t offset; /**< bytes from the start of the dataport */
} dataport_ptr_t;

/** Turns a pointer into one of this instance's dataports into its portable form. */
dataport_ptr_t dataport_wrap_ptr(void *ptr);

/** The reverse in this instance; NULL if no dataport here has that id and offset. */
void *dataport_unwrap_ptr(dataport_ptr_t ptr);

/** Cache maintenance on a part of a dataport; checks the range. 0, or -1 outside it. */
int camkes_dataport_flush_cache(size_t start, size_t size, uintptr_t dataport_start,
                                size_t dataport_size, dma_cache_op_t op);
