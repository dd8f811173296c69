/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Frequencies of the clocks and the one-shot timer. */
#include <stdint.h>

/** Finds the frequencies of TSC and timer; the local APIC must be on. */
void time_init(void);
/** TSC ticks per second. */
uint64_t time_tsc_hz(void);
/** Frequency of the local APIC timer; 0 in TSC-deadline mode. */
uint64_t time_timer_hz(void);
