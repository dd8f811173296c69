/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The optional connections of the component. Weak: an assembly that leaves one out leaves its
 * symbols out too.
 */
#include <stddef.h>
#include <sel4/sel4.h>

extern seL4_Word processed_batch_get_sender_id(void) __attribute__((weak));
extern seL4_Word raw_batch_get_sender_id(void) __attribute__((weak));
extern const char *processed_batch_get_client_name(seL4_Word badge) __attribute__((weak));
extern void *processed_batch_buf(seL4_Word id) __attribute__((weak));
extern void *raw_batch_buf(seL4_Word id) __attribute__((weak));
extern unsigned getchar_num_badges(void) __attribute__((weak));
extern seL4_Word getchar_enumerate_badge(unsigned i) __attribute__((weak));
extern void *getchar_buf(seL4_Word id) __attribute__((weak));
extern void getchar_emit(unsigned badge) __attribute__((weak));
extern const char *processed_putchar_get_client_name(seL4_Word badge) __attribute__((weak));
extern seL4_Word processed_putchar_get_sender_id(void) __attribute__((weak));
extern seL4_Word raw_putchar_get_sender_id(void) __attribute__((weak));

struct console_ring;

/** Ring of a stream, processed ones first; NULL: not connected. */
struct console_ring *clients_ring(int stream);
struct console_control;

/** Control page of a VM; NULL: not connected. */
struct console_control *clients_control(int client);
/** The kernel's log. */
const struct klog_ring *clients_kernel_log(void);
/** Bytes mapped there. */
size_t clients_kernel_log_size(void);
