/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Debug output: COM1 until a driver takes it, and the log ring always. */
#include <kernel/object.h>

#define LOG_RING_SIZE 65536

/** Sets the UART to 115200 8N1. */
void uart_init(void);
/** True if there is a COM1. */
bool uart_is_present(void);
/** The log so far: its bytes from the oldest that is kept, at most `length`. */
const char *log_start(uint64_t *length);
/** A panic: COM1 belongs to the kernel again. */
void uart_seize(void);
/** Writes a port for user mode; the first write to COM1 hands the UART over. */
void uart_note_user_out(uint16_t port);
/** Physical address of the log ring, LOG_RING_SIZE bytes, page-aligned (seL4_KernelLog). */
paddr_t log_ring_paddr(void);
