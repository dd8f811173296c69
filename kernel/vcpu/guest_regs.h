/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Guest registers as every hv_ops sees them: those that no virtualization extension switches by
 * itself (FPU, SSE and AVX state, XCR0, breakpoint addresses, TSC_AUX), and the rules of others.
 */
#include "vcpu.h"

/* Exceptions that the kernel takes or raises. */
#define VECTOR_DB 1
#define VECTOR_UD 6
#define VECTOR_DF 8
#define VECTOR_GP 13
#define VECTOR_AC 17
#define VECTOR_MC 18

#define EFER_SCE   (1ull << 0)
#define EFER_LME   (1ull << 8)
#define EFER_LMA   (1ull << 10)
#define EFER_NXE   (1ull << 11)
#define EFER_SVME  (1ull << 12)
#define EFER_FFXSR (1ull << 14)

#define GUEST_CR0_PE    (1ull << 0)
#define GUEST_CR0_NW    (1ull << 29)
#define GUEST_CR0_CD    (1ull << 30)
#define GUEST_CR0_PG    (1ull << 31)
#define GUEST_CR4_PAE   (1ull << 5)
#define GUEST_CR4_MCE   (1ull << 6)
#define GUEST_RFLAGS_TF (1ull << 8)
#define GUEST_RFLAGS_IF (1ull << 9)
#define GUEST_RFLAGS_VM (1ull << 17)

/* Attributes of segments in the run page's packing: struct vcpu_segment. */
#define ATTRIB_ACCESSED (1u << 0)
#define ATTRIB_S        (1u << 4)
#define ATTRIB_P        (1u << 7)
#define ATTRIB_L        (1u << 9)
#define ATTRIB_DB       (1u << 10)
#define ATTRIB_G        (1u << 11)

/* After reset: AMD APM vol. 2, table 14-1; Intel SDM vol. 3, table 10-1. */
#define RESET_CR0    0x60000010u
#define RESET_DR6    0xffff0ff0u
#define RESET_DR7    0x400u
#define RESET_PAT    0x0007040600070406ull
#define RESET_CODE16 0x09bu
#define RESET_DATA16 0x093u
#define RESET_LDT    0x082u
#define RESET_TSS    0x08bu

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

/** EDX:EAX, the value that WRMSR writes. */
uint64_t guest_regs_msr_operand(const struct vcpu *v);
/** What RDMSR reads, into EDX:EAX. */
void guest_regs_set_msr_result(struct vcpu *v, uint64_t value);
/** A value the PAT takes. Intel SDM vol. 3, 11.12.2. */
bool guest_regs_legal_pat(uint64_t pat);
/** EFER bits a guest may set on this machine. */
uint64_t guest_regs_efer_mask(void);
/**
 * WRMSR of EFER by the guest.
 * @param efer what it has; changed to what it gets
 * @return false if the processor would raise #GP
 */
bool guest_regs_write_efer(uint64_t *efer, uint64_t value, uint64_t cr0);
/** The mode of a guest. cs_attrib: in the run page's packing. */
enum vcpu_mode guest_regs_mode(const struct vcpu *v, uint64_t cr0, uint64_t efer,
                               uint32_t cs_attrib);
