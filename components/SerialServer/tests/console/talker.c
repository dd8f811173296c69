/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A pretended guest with a tiny shell: it echoes what is typed, as a terminal does, and answers
 * lines: "same" (equal in every instance), "name", "flood", "bytes", "batch", "time", "pci",
 * "date", "hang", "crash", "storm" (another component prints without end).
 */
#include <camkes.h>
#include <console/ring.h>
#include "batch.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TIMER = 3, FLOOD = 10000, BATCHED_LINES = 500 };

static struct console_ring_end output, typed;

static void say(const char *text)
{
    while (*text != '\0') {
        text += console_ring_put(&output, text, strlen(text));
        out_ready_emit();
        if (*text != '\0')
            seL4_Yield();
    }
}

/* By call, a byte at a time. */
static void answer_bytes(void)
{
    for (const char *c = "byte by byte\r\n"; *c != '\0'; c++)
        guest_putchar_putchar(*c);
}

/* By call, as many as fit the buffer: more than one call takes. */
static void answer_batch(void)
{
    static char text[BATCHED_LINES * 32];
    size_t used = 0;
    for (int i = 0; i < BATCHED_LINES; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "batched line %d\r\n", i);
    batch_write(guest_batch_buf, guest_batch_batch, text);
    batch_write(log_batch_buf, log_batch_batch, "batched log\n");
}

static void answer_time(char *line, size_t size, uint64_t ms)
{
    uint64_t start = timer_time();
    timer_oneshot_relative(TIMER, ms * 1000000);
    unsigned completed = 0;
    while (completed == 0) {
        seL4_Wait(timer_notification(), NULL);
        completed = timer_completed();
    }
    snprintf(line, size, "timers %x after %u ms\r\n", completed,
             (unsigned)((timer_time() - start) / 1000000));
}

static void answer(const char *command)
{
    char line[128] = "what?\r\n";
    rtc_time_date_t now;
    if (strcmp(command, "same") == 0) {
        snprintf(line, sizeof(line), "one\r\ntwo\r\n");
    } else if (strcmp(command, "name") == 0) {
        snprintf(line, sizeof(line), "I am %s\r\n", get_instance_name());
    } else if (strcmp(command, "time") == 0) {
        answer_time(line, sizeof(line), 300);
    } else if (strcmp(command, "nap") == 0) {
        answer_time(line, sizeof(line), 10000);
    } else if (strcmp(command, "date") == 0) {
        now = clock_time_date();
        snprintf(line, sizeof(line), "%04u-%02u-%02u %02u:%02u\r\n", now.year, now.month, now.day,
                 now.hour, now.minute);
    } else if (strcmp(command, "pci") == 0) {
        pci_write32(0, 0x1f, 0, 0x10, 0);
        snprintf(line, sizeof(line), "%04x %08x\r\n", pci_read16(0, 0x1f, 0, 0),
                 (unsigned)pci_read32(0, 0, 0, 0));
    } else if (strcmp(command, "flood") == 0) {
        for (int i = 0; i < FLOOD; i++)
            say("x");
        snprintf(line, sizeof(line), "\r\n");
    } else if (strcmp(command, "bytes") == 0) {
        answer_bytes();
        line[0] = '\0';
    } else if (strcmp(command, "batch") == 0) {
        answer_batch();
        line[0] = '\0';
    } else if (strcmp(command, "crash") == 0) {
        crash_emit();
        snprintf(line, sizeof(line), "crashing it\r\n");
    } else if (strcmp(command, "storm") == 0) {
        storm_emit();
        snprintf(line, sizeof(line), "a storm\r\n");
    } else if (strcmp(command, "hang") == 0) {
        say("hanging\r\n");
        for (;;)
            ;
    }
    if (command[0] != '\0')
        say(line);
}

static void type(char c)
{
    static char command[80];
    static size_t length;
    char echo[2] = {c, '\0'};
    if (c != '\r' && c != '\003') {
        say(echo);
        if (length + 1 < sizeof(command))
            command[length++] = c;
        return;
    }
    say("\r\n");
    command[length] = '\0';
    length = 0;
    if (c == '\r')
        answer(command);
    say("$ ");
}

void pre_init(void)
{
    set_putchar(putchar_putchar);
}

int run(void)
{
    console_ring_attach_writer(&output, (struct console_ring *)guest_out);
    console_ring_attach_reader(&typed, (struct console_ring *)input_buf);
    printf("talker %s runs, pi is %.5f\n", get_instance_name(), 3.14159265);
    say("$ ");
    for (;;) {
        char c;
        while (console_ring_get(&typed, &c, 1) == 1)
            type(c);
        seL4_Wait(input_notification(), NULL);
    }
    return 0;
}
