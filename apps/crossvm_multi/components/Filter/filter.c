/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Between two guests: a text passes line by line, without the lines that contain the word "secret"
 * and with '?' for bytes that are neither printable nor a line's end. Each direction has its
 * own thread and buffers, so that neither guest can hold up the other's.
 */
#define _GNU_SOURCE /* memmem() */
#include <camkes.h>
#include <string.h>

#define SIZE 65536

/** One direction. Its text is copied before it is judged: the sender may still be writing. */
struct direction {
    char text[SIZE], passed[SIZE];
};

static struct direction to_1, to_0;

static size_t pass_line(char *to, const char *line, size_t length)
{
    static const char secret[] = "secret";
    if (memmem(line, length, secret, sizeof secret - 1)) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        to[i] = (line[i] >= ' ' && line[i] <= '~') || line[i] == '\n' ? line[i] : '?';
    }
    return length;
}

static void filter(struct direction *d, const volatile void *from, volatile void *to)
{
    memcpy(d->text, (const void *)from, SIZE);
    size_t length = strnlen(d->text, SIZE - 1), kept = 0;
    for (size_t at = 0; at < length;) {
        const char *line = d->text + at;
        const char *end = memchr(line, '\n', length - at);
        size_t n = end ? (size_t)(end - line) + 1 : length - at;
        kept += pass_line(d->passed + kept, line, n);
        at += n;
    }
    d->passed[kept] = '\0';
    memcpy((void *)to, d->passed, kept + 1);
}

void news0_handle(void)
{
    filter(&to_1, from0, to1);
    passed1_emit();
}

void news1_handle(void)
{
    filter(&to_0, from1, to0);
    passed0_emit();
}
