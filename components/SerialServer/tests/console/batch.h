/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Output through a ring in the buffer of a call. */
#include <console/ring.h>
#include <string.h>

/** Puts text into the ring at `buffer`, and calls each time it is full. */
static inline void batch_write(void *buffer, void (*call)(void), const char *text)
{
    struct console_ring_end end;
    console_ring_attach_writer(&end, buffer);
    while (*text != '\0') {
        text += console_ring_put(&end, text, strlen(text));
        call();
    }
}
