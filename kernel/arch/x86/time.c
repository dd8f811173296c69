/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Time: the TSC counts, the local APIC timer wakes. Frequencies come from CPUID or are measured
 * against a clock of known frequency. Intel SDM vol. 3, 10.5.4 (timer) and 18.17 (TSC).
 */
#include <kernel/kernel.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/instr.h>
#include <x86/reference.h>
#include <x86/time.h>

#define MEASURE_PARTS 50 /* of a second: 20 ms */
#define MEASURE_TRIES 50
#define STUCK_READS   100000
#define AGREEMENT     1000 /* one part in */
#define SAMPLES       8
#define FRACTION_BITS 32

static uint64_t tsc_hz, timer_hz;
static uint64_t timer_per_tsc; /* fixed point, FRACTION_BITS; 0: TSC-deadline mode */

struct sample {
    uint64_t tsc, window;
    uint32_t timer;
    uint64_t reference; /* ticks since the start */
};

/* All clocks at one moment: of several readings the one that took the least time. */
static struct sample time_sample(const struct reference *r)
{
    struct sample best = {.window = UINT64_MAX};
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t before = x86_rdtsc();
        uint64_t reference = r->elapsed();
        uint32_t timer = lapic_timer_current();
        uint64_t window = x86_rdtsc() - before;
        if (window < best.window) {
            best = (struct sample){before + window / 2, window, timer, reference};
        }
    }
    return best;
}

/* On an emulator whose host is busy any two instructions can be far apart: AGAIN. */
enum measured { MEASURED, AGAIN, STANDS_STILL };

/* Waits for a 20 ms step of the reference. */
static enum measured time_wait(const struct reference *r, uint64_t from)
{
    uint64_t last = from;
    for (unsigned same = 0; same < STUCK_READS; same++) {
        uint64_t now = r->elapsed();
        if (now < last) {
            return AGAIN; /* it ran out */
        }
        if (now >= from + r->hz / MEASURE_PARTS) {
            return MEASURED;
        }
        same = now == last ? same : 0;
        last = now;
    }
    return STANDS_STILL;
}

static enum measured time_measure(const struct reference *r)
{
    lapic_timer_start(UINT32_MAX, true);
    r->start();
    struct sample first = time_sample(r);
    enum measured waited = time_wait(r, first.reference);
    struct sample end = time_sample(r);
    bool ran_out = r->ran_out();
    lapic_timer_start(0, true);
    if (waited != MEASURED) {
        return waited;
    }
    if (ran_out || end.reference <= first.reference) {
        return AGAIN;
    }
    uint64_t ticks = end.reference - first.reference;
    tsc_hz = (end.tsc - first.tsc) * r->hz / ticks;
    timer_hz = (uint64_t)(first.timer - end.timer) * r->hz / ticks;
    return MEASURED;
}

/* Measures until two results in a row agree; false if there was none. */
static bool time_calibrate(const struct reference *r)
{
    uint64_t before = 0;
    for (unsigned i = 0; i < MEASURE_TRIES; i++) {
        enum measured m = time_measure(r);
        if (m == STANDS_STILL) {
            return false;
        }
        if (m == AGAIN) {
            continue;
        }
        uint64_t difference = tsc_hz > before ? tsc_hz - before : before - tsc_hz;
        if (difference <= tsc_hz / AGREEMENT) {
            return true;
        }
        before = tsc_hz;
    }
    if (before != 0) {
        kprintf("time: the clocks do not agree well\n");
    }
    return before != 0;
}

/* The 8254 is everywhere, but newer machines may have it switched off. */
static void time_find_frequencies(void)
{
    if (time_calibrate(&reference_pit)) {
        return;
    }
    const struct reference *hpet = reference_hpet();
    if (hpet && time_calibrate(hpet)) {
        kprintf("time: the 8254 does not count, measured against the HPET\n");
        return;
    }
    if (!x86_features.tsc_khz || !x86_features.tsc_deadline) {
        panic("neither 8254 nor HPET count: cannot find the TSC frequency");
    }
}

void time_init(void)
{
    time_find_frequencies();
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
