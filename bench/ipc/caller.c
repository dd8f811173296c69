/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Measures with the TSC. Under `-icount shift=0` it advances once per instruction, so the figures
 * are instructions, equal in every run; elsewhere they are ticks. Output: "bench NAME VALUE".
 */
#include <camkes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ROUNDS = 2000 };

static uint64_t now(void)
{
    uint32_t low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static void do_nothing(void)
{
    null_nothing();
}

static void do_add(void)
{
    null_add(1, 2);
}

static void do_string(void)
{
    null_measure("a string of some length, as one passes a file's name");
}

static void do_ping(void)
{
    ping_emit();
    pong_wait();
}

static void do_mutex(void)
{
    int error = m_lock();
    error = m_unlock();
    (void)error;
}

static void do_page(void)
{
    memset(page, 1, sizeof(*page));
}

static void do_yield(void)
{
    seL4_Yield();
}

static void measure(const char *name, void (*operation)(void))
{
    for (int i = 0; i < ROUNDS / 10; i++)
        operation();
    uint64_t start = now();
    for (int i = 0; i < ROUNDS; i++)
        operation();
    printf("bench %s %llu\n", name, (unsigned long long)((now() - start) / ROUNDS));
}

int run(void)
{
    measure("null-rpc", do_nothing);
    measure("rpc-two-integers", do_add);
    measure("rpc-string-52", do_string);
    measure("signal-and-wait-both-ways", do_ping);
    measure("mutex-lock-unlock", do_mutex);
    measure("yield-alone", do_yield);
    measure("dataport-fill-4096", do_page);
    printf("bench done\n");
    return 0;
}
