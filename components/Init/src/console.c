/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Console of the VM: two output rings and one input ring shared with the console server. Output is
 * signalled in bunches: at once when half a ring waits or the guest goes idle, else after FLUSH_NS.
 */
#include <camkes.h>
#include <stdarg.h>
#include <stdio.h>
#include "init.h"

#define FLUSH_NS    2000000u
#define FLUSH_BYTES 1024u

void init_console_flush(struct init *init)
{
    if (init->unsent) {
        init->unsent = false;
        init->unsent_bytes = 0;
        vmm_timer_cancel(&init->vm, &init->flush);
        out_ready_emit();
    }
}

static void flush_fired(struct vmm_timer *timer)
{
    init_console_flush(VMM_TIMER_OF(struct init, flush, timer));
}

static void note_output(struct init *init, size_t n)
{
    init->unsent_bytes += n;
    if (init->unsent_bytes >= FLUSH_BYTES) {
        init->unsent = true;
        init_console_flush(init);
    } else if (n && !init->unsent) {
        init->unsent = true;
        vmm_timer_arm(&init->vm, &init->flush, vmm_now(&init->vm) + FLUSH_NS);
    }
}

static size_t guest_write(void *ctx, const uint8_t *data, size_t n)
{
    struct init *init = ctx;
    size_t put = console_ring_put(&init->guest_out.ring, data, n);
    note_output(init, put);
    if (put < n) {
        init_console_flush(init); /* full: the server has to run before the retry */
    }
    return put;
}

static size_t guest_read(void *ctx, uint8_t *data, size_t n)
{
    struct init *init = ctx;
    return console_ring_get(&init->input, data, n);
}

void init_console_drop_input(struct init *init)
{
    uint8_t lost[64];
    size_t left = console_ring_waiting(&init->input);
    while (left != 0) {
        size_t got = console_ring_get(&init->input, lost, left < sizeof lost ? left : sizeof lost);
        if (got == 0)
            return; /* the other end took its index back */
        left -= got;
    }
}

const struct vmm_console_ops init_console_ops = {.write = guest_write, .read = guest_read};

void init_console_log(struct init *init, const char *text, size_t n)
{
    struct init_stream *log = &init->log_out;
    size_t put = console_ring_put(&log->ring, text, n);
    if (put < n) {
        log->dropped += n - put; /* a monitor never waits for its own log */
    }
    init->unsent = true;
    init_console_flush(init);
}

void init_print(struct init *init, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0) {
        init_console_log(init, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
    }
}

void init_console_start(struct init *init)
{
    console_ring_attach_writer(&init->guest_out.ring, (struct console_ring *)guest_out);
    console_ring_attach_writer(&init->log_out.ring, (struct console_ring *)vm_out);
    console_ring_attach_reader(&init->input, (struct console_ring *)serial_getchar_buf);
    init->flush.fire = flush_fired;
}
