/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* FPU, SSE and AVX state of threads. */
#include <kernel/cpu.h>

/** Kernel's XCR0: x87, SSE, AVX if present. 0: the processor has no XSAVE, FXSAVE is used. */
extern uint64_t arch_xcr0_mask;
/** Bytes of struct tcb.fpu in use. */
extern unsigned arch_fpu_area_size;

/** Chooses between XSAVE and FXSAVE. Once. */
void fpu_probe(void);
/** Prepares the CPU we run on. */
void fpu_init_cpu(void);
/** Makes t's state the live one, or makes its FPU instructions trap if its flags say so. */
void fpu_load(struct cpu *cpu, struct tcb *t);
/** Writes a clean state into an area of struct tcb.fpu's size. */
void fpu_init_area(uint8_t *area);
/** Saves the live state to, or loads it from, an area with the kernel's mask. */
void fpu_save_area(uint8_t *area);
void fpu_load_area(const uint8_t *area);
