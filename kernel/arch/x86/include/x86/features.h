/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* What this processor can do; nothing beyond long mode, NX and 2 MiB pages is assumed. */
#include <stdbool.h>
#include <stdint.h>

struct x86_features {
    char vendor[13];
    unsigned family, model, stepping;
    unsigned phys_bits;
    bool xsave, avx, smep, smap, umip, pages_1g, rdtscp, x2apic, tsc_deadline, pat, pge;
    bool svm, vmx, ffxsr, invariant_tsc;
    bool fpu_pointers_leak; /* x87 pointers survive FXRSTOR and XRSTOR */
    uint32_t tsc_khz;       /* from CPUID, 0 when it does not say */
};

extern struct x86_features x86_features;

/** Fills x86_features. */
void features_probe(void);
/** Sets CR0, CR4, EFER, PAT of the CPU we run on. */
void features_enable(void);
/** One line about the processor. */
void features_print(void);
