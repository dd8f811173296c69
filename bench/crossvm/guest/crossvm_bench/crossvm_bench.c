/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * crossvm_bench memcpy             the guest's own copy, from memory to memory
 * crossvm_bench write|read C       the same copy into or out of a dataport
 * crossvm_bench transfer C         copy into the dataport, signal, await the other side's copy
 * crossvm_bench rounds C COUNT     signal and await the answer, COUNT times
 * crossvm_bench serve C            the other side of `transfer`, for ever
 * Prints ticks of the time stamp counter, for each MiB or each round.
 */
#include <camkes_guest.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1 << 20, TURNS = 16 };

static char from[SIZE];
static char to[SIZE];

static uint64_t now(void)
{
    return __builtin_ia32_rdtsc();
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Copies so that the compiler cannot leave it out. */
static void copy(void *target, const void *source)
{
    memcpy(target, source, SIZE);
    __asm__ volatile("" : : "r"(target) : "memory");
}

static void signal_and_wait(struct camkes_connection *c)
{
    if (camkes_emit(c) != 0 || camkes_wait(c, -1) <= 0) {
        fail(camkes_name(c));
    }
}

static void print_ticks(uint64_t ticks, unsigned long count)
{
    printf("ticks %llu\n", (unsigned long long)(ticks / count));
}

/* Copies TURNS times after one for the page faults; with `c` the other side copies each time. */
static void copies(struct camkes_connection *c, void *target, const void *source)
{
    uint64_t start = 0;
    for (int i = 0; i <= TURNS; i++) {
        if (i == 1) {
            start = now();
        }
        copy(target, source);
        if (c) {
            signal_and_wait(c);
        }
    }
    print_ticks(now() - start, TURNS);
}

static void rounds(struct camkes_connection *c, unsigned long count)
{
    signal_and_wait(c);
    uint64_t start = now();
    for (unsigned long i = 0; i < count; i++) {
        signal_and_wait(c);
    }
    print_ticks(now() - start, count);
}

static void serve(struct camkes_connection *c, const void *dataport)
{
    while (camkes_wait(c, -1) > 0) {
        copy(to, dataport);
        if (camkes_emit(c) != 0) {
            break;
        }
    }
    fail(camkes_name(c));
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    memset(from, 1, SIZE);
    if (strcmp(what, "memcpy") == 0) {
        copies(NULL, to, from);
        return 0;
    }
    struct camkes_connection *c = argc > 2 ? camkes_open(argv[2]) : NULL;
    if (!c || camkes_poll(c) < 0) {
        fail("connection");
    }
    if (strcmp(what, "rounds") == 0 && argc > 3) {
        rounds(c, strtoul(argv[3], NULL, 0));
        return 0;
    }
    size_t size = 0;
    void *dataport = camkes_map(c, &size);
    if (!dataport || size < SIZE) {
        fail("dataport");
    }
    if (strcmp(what, "write") == 0) {
        copies(NULL, dataport, from);
    } else if (strcmp(what, "read") == 0) {
        copies(NULL, to, dataport);
    } else if (strcmp(what, "transfer") == 0) {
        copies(c, dataport, from);
    } else if (strcmp(what, "serve") == 0) {
        serve(c, dataport);
    }
    return 0;
}
