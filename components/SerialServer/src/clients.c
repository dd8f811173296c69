/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include "clients.h"
#include "klog.h"
#include "mux.h"

#define EACH_CLIENT(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

/* A dataport variable of an unconnected optional end does not exist: its address is NULL. */
struct console_ring *clients_ring(int stream)
{
    switch (stream) {
#define X(n)                                                                                       \
    case MUX_PROCESSED(n):                                                                         \
        return &processed_ring##n != NULL ? (struct console_ring *)processed_ring##n : NULL;
        EACH_CLIENT(X)
#undef X
#define X(n)                                                                                       \
    case MUX_RAW(n):                                                                               \
        return &raw_ring##n != NULL ? (struct console_ring *)raw_ring##n : NULL;
        EACH_CLIENT(X)
#undef X
    default:
        return NULL;
    }
}

struct console_control *clients_control(int client)
{
    switch (client) {
#define X(n)                                                                                       \
    case n:                                                                                        \
        return &console_control##n != NULL ? (struct console_control *)console_control##n : NULL;
        EACH_CLIENT(X)
#undef X
    default:
        return NULL;
    }
}

const struct klog_ring *clients_kernel_log(void)
{
    return (const struct klog_ring *)kernel_log;
}

size_t clients_kernel_log_size(void)
{
    return kernel_log_get_size();
}
