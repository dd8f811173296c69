/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Clocks of known frequency, to measure the others against. */
#include <stdbool.h>
#include <stdint.h>

/** One such clock. */
struct reference {
    const char *name;
    uint64_t hz;
    void (*start)(void);
    uint64_t (*elapsed)(void); /* ticks since start */
    bool (*ran_out)(void);     /* it cannot count as far as this */
};

/** Channel 2 of the 8254; newer machines may have it switched off: then it stands still. */
extern const struct reference reference_pit;
/** The HPET, if ACPI lists one that makes sense; NULL otherwise. */
const struct reference *reference_hpet(void);
