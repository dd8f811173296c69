/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Guest registers that no virtualization extension switches by itself: FPU, SSE and AVX
 * state, XCR0, breakpoint addresses, TSC_AUX. Used by every hv_ops.
 */
#include "vcpu.h"

/** Reset values: clean FPU image; the other registers are in struct vcpu. */
void guest_regs_reset(struct vcpu *v);
/** Puts the guest's registers into the processor; the thread's FPU state is saved first. */
void guest_regs_load(struct vcpu *v);
/** Takes them out again and gives the processor the kernel's XCR0. */
void guest_regs_save(struct vcpu *v);
/** The guest is gone: only the kernel's XCR0 matters, the rest is overwritten by its next owner. */
void guest_regs_discard(void);
/** An XCR0 value the processor takes and the kernel can save. */
uint64_t guest_regs_legal_xcr0(uint64_t xcr0);
