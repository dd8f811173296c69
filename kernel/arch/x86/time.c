/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Time: the TSC counts, the local APIC timer wakes. Frequencies come from CPUID or are measured
 * against channel 2 of the 8254 (1.193182 MHz), whose gate is at port 0x61. Intel 8254 data sheet;
 * Intel SDM vol. 3, 10.5.4 (timer) and 18.17 (TSC).
 */
#include <kernel/kernel.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/instr.h>
#include <x86/time.h>

#define PIT_HZ          1193182ull
#define PIT_CHANNEL2    0x42
#define PIT_COMMAND     0x43
#define PIT_MODE0       0xb0 /* channel 2, low then high byte, mode 0 */
#define PIT_LATCH2      0x80
#define PORT_61         0x61
#define PORT_61_GATE2   1
#define PORT_61_SPEAKER 2
#define PORT_61_OUT2    0x20
#define MEASURE_TICKS   23864 /* 20 ms */
#define MEASURE_TRIES   50
#define AGREEMENT       1000 /* one part in */
#define SAMPLES         8
#define FRACTION_BITS   32

static uint64_t tsc_hz, timer_hz;
static uint64_t timer_per_tsc; /* fixed point, FRACTION_BITS; 0: TSC-deadline mode */

struct sample {
    uint64_t tsc, window;
    uint32_t timer;
    uint32_t pit; /* ticks since the start */
};

static void pit_start(void)
{
    uint8_t port = x86_in8(PORT_61) & (uint8_t)~PORT_61_SPEAKER;
    x86_out8(PORT_61, port & (uint8_t)~PORT_61_GATE2);
    x86_out8(PIT_COMMAND, PIT_MODE0);
    x86_out8(PIT_CHANNEL2, 0xff);
    x86_out8(PIT_CHANNEL2, 0xff);
    x86_out8(PORT_61, port | PORT_61_GATE2);
}

static uint32_t pit_elapsed(void)
{
    x86_out8(PIT_COMMAND, PIT_LATCH2);
    uint32_t low = x86_in8(PIT_CHANNEL2);
    uint32_t high = x86_in8(PIT_CHANNEL2);
    return 0xffff - (high << 8 | low);
}

/* All clocks at one moment: of several readings the one that took the least time. */
static struct sample time_sample(void)
{
    struct sample best = {.window = UINT64_MAX};
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t before = x86_rdtsc();
        uint32_t pit = pit_elapsed();
        uint32_t timer = lapic_timer_current();
        uint64_t window = x86_rdtsc() - before;
        if (window < best.window) {
            best = (struct sample){before + window / 2, window, timer, pit};
        }
    }
    return best;
}

/*
 * One measurement. False if the counter ran out meanwhile (its output is high then): on an
 * emulator whose host is busy, any two instructions can be far apart.
 */
static bool time_measure(void)
{
    lapic_timer_start(UINT32_MAX, true);
    pit_start();
    struct sample first = time_sample();
    uint32_t last = first.pit;
    for (uint32_t now; (now = pit_elapsed()) < first.pit + MEASURE_TICKS && now >= last;) {
        last = now;
    }
    struct sample end = time_sample();
    bool ran_out = x86_in8(PORT_61) & PORT_61_OUT2;
    lapic_timer_start(0, true);
    if (ran_out || end.pit <= first.pit) {
        return false;
    }
    uint64_t ticks = end.pit - first.pit;
    tsc_hz = (end.tsc - first.tsc) * PIT_HZ / ticks;
    timer_hz = (uint64_t)(first.timer - end.timer) * PIT_HZ / ticks;
    return true;
}

/* Measures until two results in a row agree. */
static void time_calibrate(void)
{
    uint64_t before = 0;
    for (unsigned i = 0; i < MEASURE_TRIES; i++) {
        if (!time_measure()) {
            continue;
        }
        uint64_t difference = tsc_hz > before ? tsc_hz - before : before - tsc_hz;
        if (difference <= tsc_hz / AGREEMENT) {
            return;
        }
        before = tsc_hz;
    }
    if (before == 0) {
        panic("the 8254 does not count: cannot find the TSC frequency");
    }
    kprintf("time: the clocks do not agree well\n");
}

void time_init(void)
{
    time_calibrate();
    if (x86_features.tsc_khz) {
        tsc_hz = (uint64_t)x86_features.tsc_khz * 1000;
    }
    if (x86_features.tsc_deadline) {
        lapic_timer_use_deadline();
    } else if (timer_hz == 0) {
        panic("the local APIC timer does not count");
    } else {
        timer_per_tsc = (timer_hz << FRACTION_BITS) / tsc_hz;
        lapic_timer_start(0, false);
    }
    kprintf("time: TSC %lu.%03lu MHz, timer %s", tsc_hz / 1000000, tsc_hz / 1000 % 1000,
            timer_per_tsc ? "one-shot" : "TSC deadline\n");
    if (timer_per_tsc) {
        kprintf(" %lu.%03lu MHz\n", timer_hz / 1000000, timer_hz / 1000 % 1000);
    }
}

uint64_t time_tsc_hz(void)
{
    return tsc_hz;
}

uint64_t time_timer_hz(void)
{
    return timer_per_tsc ? timer_hz : 0;
}

uint64_t arch_now(void)
{
    return x86_rdtsc();
}

uint64_t arch_ticks_per_ms(void)
{
    return tsc_hz / 1000;
}

void arch_set_timer(uint64_t deadline)
{
    if (!timer_per_tsc) {
        x86_wrmsr(MSR_TSC_DEADLINE, deadline == UINT64_MAX ? 0 : deadline);
        return;
    }
    if (deadline == UINT64_MAX) {
        lapic_timer_start(0, false);
        return;
    }
    uint64_t now = x86_rdtsc();
    uint64_t delta = deadline > now ? deadline - now : 0;
    if (delta > tsc_hz) {
        delta = tsc_hz; /* the caller arms again after an early interrupt */
    }
    uint64_t count = (delta * (timer_per_tsc >> 8) >> (FRACTION_BITS - 8)) + 1;
    lapic_timer_start(count > UINT32_MAX ? UINT32_MAX : (uint32_t)count, false);
}
