/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The component: channel 0 of the machine's 8254 interrupts at the earliest deadline of all
 * clients, the TSC tells the time. One mutex guards the timers and the chip; clients are
 * signalled after it is released.
 */
#include <camkes.h>
#include <stdio.h>
#include <stdlib.h>
#include "clock.h"
#include "timers.h"

/* Optional connection. */
extern void putchar_putchar(int c) __attribute__((weak));

/* 8254 data sheet: control word for channel 0, both bytes, mode 0 (interrupt on terminal count);
 * latch command for channel 0. Ports relative to 0x40. */
enum { PIT_CHANNEL_0 = 0, PIT_CONTROL = 3, PIT_MODE_0 = 0x30, PIT_LATCH = 0x00 };
enum { CALIBRATION_COUNT = 50000 }; /* about 42 ms */

/* Frequency of the TSC, stored by the loader; absent or 0: measure it. */
extern uint64_t camkes_tsc_hz __attribute__((weak));
extern int the_timer_largest_badge(void) __attribute__((weak));
extern void the_timer_emit(unsigned badge) __attribute__((weak));

static struct timers timers;
static uint64_t tsc_hz;
static bool *to_signal; /* per client: signal once the mutex is free */

static uint64_t read_tsc(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t now_ns(void)
{
    return clock_ticks_to_ns(read_tsc(), tsc_hz);
}

static void pit_start(uint32_t count)
{
    pit_port_out8_offset(PIT_CONTROL, PIT_MODE_0);
    pit_port_out8_offset(PIT_CHANNEL_0, (uint8_t)count);
    pit_port_out8_offset(PIT_CHANNEL_0, (uint8_t)(count >> 8));
}

static uint32_t pit_read(void)
{
    pit_port_out8_offset(PIT_CONTROL, PIT_LATCH);
    uint32_t low = pit_port_in8_offset(PIT_CHANNEL_0);
    return low | (uint32_t)pit_port_in8_offset(PIT_CHANNEL_0) << 8;
}

static uint64_t calibrate_tsc(void)
{
    pit_start(CLOCK_8254_MAX_COUNT);
    uint32_t first = pit_read(), last;
    uint64_t start = read_tsc(), end;
    do {
        last = pit_read();
        end = read_tsc();
    } while (first - last < CALIBRATION_COUNT && last <= first);
    uint32_t elapsed = first - last;
    return elapsed == 0 ? 0 : (end - start) * CLOCK_8254_HZ / elapsed;
}

static void note_expired(size_t client)
{
    to_signal[client] = true;
}

/* With the mutex held: expires what is due and sets the chip for what comes next. */
static void timers_update(void)
{
    timers_expire(&timers, now_ns(), note_expired);
    uint64_t next = timers_next(&timers);
    if (next == TIMERS_NEVER)
        return;
    uint64_t now = now_ns();
    pit_start(clock_ns_to_count(next > now ? next - now : 0));
}

/* With the mutex held; returns with it released and the clients signalled. */
static void timers_finish(void)
{
    timers_update();
    size_t count = timers.clients;
    bool signal[count + 1];
    for (size_t c = 0; c < count; c++) {
        signal[c] = to_signal[c];
        to_signal[c] = false;
    }
    timer_lock_unlock();
    for (size_t c = 0; c < count; c++)
        if (signal[c])
            the_timer_emit((unsigned)c);
}

static int timers_set(int tid, uint64_t deadline, uint64_t period)
{
    struct timer setting = {deadline, period};
    size_t client = the_timer_get_sender_id();
    timer_lock_lock();
    int result = timers_arm(&timers, client, tid, &setting);
    timers_finish();
    return result;
}

static uint64_t from_now(uint64_t ns)
{
    uint64_t deadline;
    return __builtin_add_overflow(now_ns(), ns, &deadline) ? TIMERS_NEVER : deadline;
}

int the_timer_periodic(int tid, uint64_t ns)
{
    return ns == 0 ? -1 : timers_set(tid, from_now(ns), ns);
}

int the_timer_oneshot_absolute(int tid, uint64_t ns)
{
    return timers_set(tid, ns, 0);
}

int the_timer_oneshot_relative(int tid, uint64_t ns)
{
    return timers_set(tid, from_now(ns), 0);
}

int the_timer_stop(int tid)
{
    size_t client = the_timer_get_sender_id();
    timer_lock_lock();
    int result = timers_stop(&timers, client, tid);
    timer_lock_unlock();
    return result;
}

unsigned int the_timer_completed(void)
{
    size_t client = the_timer_get_sender_id();
    timer_lock_lock();
    uint32_t completed = timers_take_completed(&timers, client);
    timer_lock_unlock();
    return completed;
}

uint64_t the_timer_time(void)
{
    return now_ns();
}

uint64_t the_timer_tsc_frequency(void)
{
    return tsc_hz;
}

void pit_irq_handle(void)
{
    timer_lock_lock();
    pit_irq_acknowledge();
    timers_finish();
}

void pre_init(void)
{
    if (putchar_putchar != NULL)
        set_putchar(putchar_putchar);
    size_t clients = the_timer_largest_badge != NULL ? (size_t)the_timer_largest_badge() + 1 : 0;
    unsigned per_client = (unsigned)timers_per_client;
    if (per_client > TIMERS_MAX_PER_CLIENT)
        per_client = TIMERS_MAX_PER_CLIENT;
    struct timer *timer = calloc(clients * per_client + 1, sizeof(*timer));
    uint32_t *completed = calloc(clients + 1, sizeof(*completed));
    to_signal = calloc(clients + 1, sizeof(*to_signal));
    if (timer == NULL || completed == NULL || to_signal == NULL) {
        printf("no memory for %zu clients with %u timers: raise heap_size\n", clients, per_client);
        clients = 0;
    }
    timers_init(&timers, timer, completed, clients, per_client);
    tsc_hz = &camkes_tsc_hz != NULL ? camkes_tsc_hz : 0;
    if (tsc_hz == 0)
        tsc_hz = calibrate_tsc();
    pit_irq_acknowledge();
}
