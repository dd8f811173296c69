/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* What the C library knows of each thread; lies in the thread's TLS, as newlib's own state does. */
#include <stdint.h>

/** One per thread. */
struct libc_thread {
    uint64_t parking; /**< notification this thread alone waits on, 0: none */
    uint64_t tcb;     /**< capability to this thread, 0: none */
    int id;           /**< gettid() */
};

/** The calling thread's. */
extern __thread struct libc_thread libc_thread;
