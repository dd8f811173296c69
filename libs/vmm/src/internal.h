/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Shared by the files of the library's core; not for devices or users. */
#include <vmm/vmm.h>
#include <vmm/platform.h>
#include <string.h>

/* RFLAGS */
#define RFLAGS_CF (1u << 0)
#define RFLAGS_PF (1u << 2)
#define RFLAGS_AF (1u << 4)
#define RFLAGS_ZF (1u << 6)
#define RFLAGS_SF (1u << 7)
#define RFLAGS_TF (1u << 8)
#define RFLAGS_IF (1u << 9)
#define RFLAGS_DF (1u << 10)
#define RFLAGS_OF (1u << 11)
#define RFLAGS_RF (1u << 16)
#define RFLAGS_AC (1u << 18)

#define CR0_PE      (1u << 0)
#define CR0_WP      (1u << 16)
#define CR0_PG      (1u << 31)
#define CR4_PSE     (1u << 4)
#define CR4_PAE     (1u << 5)
#define CR4_LA57    (1u << 12)
#define CR4_SMEP    (1u << 20)
#define CR4_SMAP    (1u << 21)
#define CR4_OSXSAVE (1u << 18)
#define EFER_SCE    (1u << 0)
#define EFER_LME    (1u << 8)
#define EFER_LMA    (1u << 10)
#define EFER_NXE    (1u << 11)

/* exception vectors */
enum { X86_DB = 1, X86_UD = 6, X86_DF = 8, X86_NP = 11, X86_SS = 12, X86_GP = 13, X86_PF = 14 };

/* page-fault error code and walk request bits */
#define PF_PRESENT 1u
#define PF_WRITE   2u
#define PF_USER    4u
#define PF_RSVD    8u
#define PF_FETCH   16u

static inline uint64_t size_mask(unsigned size)
{
    return size >= 8 ? UINT64_MAX : (1ull << (size * 8)) - 1;
}

static inline uint64_t vcpu_gpr(const struct vmm_vcpu *v, unsigned n)
{
    return v->run->gpr[n & 15u];
}

/* Write size bytes of a register with the processor's rules: 1 and 2 bytes merge, 4 zero-extend. */
static inline void vcpu_set_gpr(struct vmm_vcpu *v, unsigned n, unsigned size, uint64_t value)
{
    uint64_t *reg = &v->run->gpr[n & 15u];
    uint64_t mask = size_mask(size);
    *reg = size >= 4 ? value & mask : (*reg & ~mask) | (value & mask);
    v->run->commit |= (n & 15u) == VCPU_RSP ? VCPU_COMMIT_RSP : VCPU_COMMIT_GPR;
}

/* run->state with these groups fetched; NULL when the kernel refuses. Dirty groups are written back
 * before the next entry. */
struct vcpu_state *vcpu_state(struct vmm_vcpu *v, unsigned groups);
struct vcpu_state *vcpu_state_modify(struct vmm_vcpu *v, unsigned groups);

/* The current instruction is done: RIP to next_rip (or + len), shadow and RF gone, TF honoured. */
void vcpu_advance(struct vmm_vcpu *v, unsigned length);
/* Advance over an instruction whose exit may lack next_rip: decode its length. */
void vcpu_skip(struct vmm_vcpu *v);

/* Queue an exception for the next entry (folding double faults). */
void vcpu_raise(struct vmm_vcpu *v, uint8_t vector);
void vcpu_raise_code(struct vmm_vcpu *v, uint8_t vector, uint32_t code);
/* #PF with CR2. */
void vcpu_raise_pf(struct vmm_vcpu *v, uint64_t address, uint32_t code);

/* vmm.c: power-on state of a vCPU; by its own thread, or while it cannot run */
void vcpu_reset(struct vmm_vcpu *v);

/* events.c */
void vcpu_choose_event(struct vmm_vcpu *v);
bool vcpu_can_wake(struct vmm_vcpu *v);

/* timer.c */
void vcpu_run_timers(struct vmm_vcpu *v);
uint64_t vcpu_next_deadline(const struct vmm_vcpu *v);
uint64_t vmm_time_to_tsc(const struct vmm *vm, uint64_t time);

struct vmm_walk {
    uint64_t gpa;
    uint32_t code;
};
/* walk.c: linear to guest-physical; access = PF_WRITE|PF_USER|PF_FETCH. 0, or -1 with *code the
 * page-fault error code. Sets accessed/dirty bits like the processor. */
int vcpu_walk(struct vmm_vcpu *v, uint64_t linear, unsigned access, struct vmm_walk *out);
/* Fetch up to max bytes at RIP; returns how many (0: not fetchable). */
unsigned vcpu_fetch(struct vmm_vcpu *v, uint8_t *bytes, unsigned max);

/* exit handlers */
void exit_io(struct vmm_vcpu *v);
void exit_memory(struct vmm_vcpu *v);
void exit_cpuid(struct vmm_vcpu *v);
void exit_rdmsr(struct vmm_vcpu *v);
void exit_wrmsr(struct vmm_vcpu *v);

/* msr.c, kvmclock.c, cpuid.c */
void vcpu_reset_msrs(struct vmm_vcpu *v);
bool vcpu_msr_read(struct vmm_vcpu *v, uint32_t index, uint64_t *value);
bool vcpu_msr_write(struct vmm_vcpu *v, uint32_t index, uint64_t value);
void vcpu_set_tsc_offset(struct vmm_vcpu *v, uint64_t offset);
void kvmclock_write_system_time(struct vmm_vcpu *v, uint64_t value);
void kvmclock_write_wall_clock(struct vmm_vcpu *v, uint64_t value);
void vcpu_cpuid(struct vmm_vcpu *v, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
