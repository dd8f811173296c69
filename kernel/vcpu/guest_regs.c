/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Registers shared between host and guest that the processor does not switch at VMRUN or VM entry,
 * and what both extensions have to know of others. Only used while interrupts are off.
 */
#include "guest_regs.h"
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/instr.h>
#include <x86/percpu.h>
#include <string.h>

#define FCW_OFFSET       0
#define FTW_OFFSET       4
#define MXCSR_OFFSET     24
#define XSTATE_BV_OFFSET 512
#define FCW_RESET        0x40u
#define FTW_RESET        0xffu
#define MXCSR_RESET      0x1f80u
#define XCR0_X87         1u
#define XCR0_SSE         2u
#define XCR0_AVX         4u

_Static_assert(sizeof(((struct tcb *)0)->fpu) <= VCPU_IO_BITMAP - VCPU_FPU, "FPU part size");

static uint64_t read_xcr0(void)
{
    uint32_t lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return (uint64_t)hi << 32 | lo;
}

void guest_regs_reset(struct vcpu *v)
{
    uint8_t *image = vcpu_part(v, VCPU_FPU);
    memset(image, 0, VCPU_IO_BITMAP - VCPU_FPU);
    *(uint16_t *)(image + FCW_OFFSET) = FCW_RESET;
    image[FTW_OFFSET] = FTW_RESET;
    *(uint32_t *)(image + MXCSR_OFFSET) = MXCSR_RESET;
    *(uint64_t *)(image + XSTATE_BV_OFFSET) = XCR0_X87;
}

uint64_t guest_regs_legal_xcr0(uint64_t xcr0)
{
    xcr0 = (xcr0 & arch_xcr0_mask) | XCR0_X87;
    return xcr0 & XCR0_SSE ? xcr0 : xcr0 & ~(uint64_t)XCR0_AVX;
}

/* CR0.TS is the running thread's business: set again when the guest's state is out. */
static void load_fpu(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();
    if (cpu->fpu_owner != NULL) {
        arch_release_fpu(cpu->fpu_owner);
    }
    __asm__ volatile("clts");
    fpu_load_area(vcpu_part(v, VCPU_FPU));
    if (arch_xcr0_mask != 0 && v->xcr0 != arch_xcr0_mask) {
        x86_xsetbv(v->xcr0);
    }
}

/* The kernel's XCR0 again; returns the guest's, which emulators let it change without an exit. */
static uint64_t restore_xcr0(void)
{
    if (arch_xcr0_mask == 0) {
        return XCR0_X87;
    }
    uint64_t xcr0 = read_xcr0();
    if (xcr0 != arch_xcr0_mask) {
        x86_xsetbv(arch_xcr0_mask);
    }
    return guest_regs_legal_xcr0(xcr0);
}

static void restore_ts(void)
{
    if (x86_this_cpu_arch()->fpu_trapped) {
        x86_write_cr0(x86_read_cr0() | CR0_TS);
    }
}

static void save_fpu(struct vcpu *v)
{
    v->xcr0 = restore_xcr0();
    fpu_save_area(vcpu_part(v, VCPU_FPU));
    restore_ts();
}

#define WRITE_DR(n, value) __asm__ volatile("mov %0, %%dr" #n : : "r"(value))
#define READ_DR(n, value)  __asm__ volatile("mov %%dr" #n ", %0" : "=r"(value))

/*
 * Breakpoint addresses; DR6 and DR7 are switched by the processor, and the host has no
 * breakpoints of its own. What each CPU holds is remembered: writing is slow, and most guests
 * never use them.
 */
static uint64_t live_debug[MAX_CPUS][4];

static void load_debug(struct vcpu *v)
{
    uint64_t *live = live_debug[this_cpu()->id];
    uint64_t differs = 0;
    for (unsigned i = 0; i < 4; i++) {
        differs |= live[i] ^ v->dr[i];
    }
    if (differs == 0) {
        return;
    }
    WRITE_DR(0, v->dr[0]);
    WRITE_DR(1, v->dr[1]);
    WRITE_DR(2, v->dr[2]);
    WRITE_DR(3, v->dr[3]);
}

static void save_debug(struct vcpu *v)
{
    READ_DR(0, v->dr[0]);
    READ_DR(1, v->dr[1]);
    READ_DR(2, v->dr[2]);
    READ_DR(3, v->dr[3]);
    memcpy(live_debug[this_cpu()->id], v->dr, sizeof(v->dr));
}

void guest_regs_load(struct vcpu *v)
{
    load_fpu(v);
    load_debug(v);
    if (x86_features.rdtscp && v->tsc_aux != 0) {
        x86_wrmsr(MSR_TSC_AUX, v->tsc_aux);
    }
}

static void restore_tsc_aux(void)
{
    if (x86_features.rdtscp) {
        x86_wrmsr(MSR_TSC_AUX, 0);
    }
}

void guest_regs_save(struct vcpu *v)
{
    save_fpu(v);
    save_debug(v);
    if (v->tsc_aux != 0) {
        restore_tsc_aux();
    }
}

void guest_regs_discard(void)
{
    struct vcpu scratch; /* for the breakpoint addresses, to know what the CPU holds */
    restore_xcr0();
    restore_ts();
    save_debug(&scratch);
    restore_tsc_aux();
}

uint64_t guest_regs_msr_operand(const struct vcpu *v)
{
    return (uint32_t)v->gpr[VCPU_RAX] | v->gpr[VCPU_RDX] << 32;
}

void guest_regs_set_msr_result(struct vcpu *v, uint64_t value)
{
    v->gpr[VCPU_RAX] = (uint32_t)value;
    v->gpr[VCPU_RDX] = value >> 32;
}

bool guest_regs_legal_pat(uint64_t pat)
{
    for (unsigned i = 0; i < 8; i++, pat >>= 8) {
        unsigned type = pat & 0xff;
        if (type > 7 || type == 2 || type == 3) {
            return false;
        }
    }
    return true;
}

/* Long mode and NX are on every machine that the kernel starts on. */
uint64_t guest_regs_efer_mask(void)
{
    return EFER_SCE | EFER_LME | EFER_NXE | (x86_features.ffxsr ? EFER_FFXSR : 0);
}

bool guest_regs_write_efer(uint64_t *efer, uint64_t value, uint64_t cr0)
{
    value &= ~EFER_LMA; /* read-only, writes are ignored */
    if (value & ~guest_regs_efer_mask()) {
        return false;
    }
    if ((cr0 & GUEST_CR0_PG) && ((value ^ *efer) & EFER_LME)) {
        return false;
    }
    *efer = value | (*efer & EFER_LMA);
    return true;
}

enum vcpu_mode guest_regs_mode(const struct vcpu *v, uint64_t cr0, uint64_t efer,
                               uint32_t cs_attrib)
{
    if (!(cr0 & GUEST_CR0_PE)) {
        return VCPU_MODE_REAL;
    }
    if (efer & EFER_LMA) {
        if (cs_attrib & ATTRIB_L) {
            return VCPU_MODE_LONG64;
        }
        return cs_attrib & ATTRIB_DB ? VCPU_MODE_COMPAT32 : VCPU_MODE_COMPAT16;
    }
    if (v->rflags & GUEST_RFLAGS_VM) {
        return VCPU_MODE_VM86;
    }
    return cs_attrib & ATTRIB_DB ? VCPU_MODE_PROT32 : VCPU_MODE_PROT16;
}
