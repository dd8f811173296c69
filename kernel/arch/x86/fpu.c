/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * FPU state is switched eagerly: it never belongs to anyone but the thread that runs. Intel SDM
 * vol. 1, chapters 10.5 (FXSAVE) and 13 (XSAVE). XCR0 is the kernel's mask whenever a thread runs;
 * vCPU code restores it after a guest.
 */
#include <kernel/arch.h>
#include <kernel/kernel.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/instr.h>
#include <x86/percpu.h>

#define XCR0_X87_SSE     3
#define XCR0_AVX         4
#define FXSAVE_SIZE      512
#define FCW_DEFAULT      0x37f
#define MXCSR_OFFSET     24
#define MXCSR_DEFAULT    0x1f80
#define TCB_FPU_DISABLED 1 /* seL4_TCBFlag_fpuDisabled */

uint64_t arch_xcr0_mask;
unsigned arch_fpu_area_size;

void fpu_probe(void)
{
    arch_fpu_area_size = FXSAVE_SIZE;
    if (x86_features.xsave) {
        uint64_t offered = x86_cpuid(0xd, 0).eax;
        arch_xcr0_mask = XCR0_X87_SSE | (x86_features.avx ? XCR0_AVX & offered : 0);
    }
}

void fpu_init_cpu(void)
{
    if (arch_xcr0_mask) {
        x86_xsetbv(arch_xcr0_mask);
        arch_fpu_area_size = x86_cpuid(0xd, 0).ebx;
    }
    if (arch_fpu_area_size > sizeof(((struct tcb *)0)->fpu)) {
        panic("FPU state of %u bytes does not fit into a TCB", arch_fpu_area_size);
    }
    __asm__ volatile("fninit");
}

void fpu_init_area(uint8_t *area)
{
    for (unsigned i = 0; i < sizeof(((struct tcb *)0)->fpu); i++) {
        area[i] = 0;
    }
    *(uint16_t *)area = FCW_DEFAULT;
    *(uint32_t *)(area + MXCSR_OFFSET) = MXCSR_DEFAULT;
}

void fpu_save_area(uint8_t *area)
{
    if (arch_xcr0_mask) {
        __asm__ volatile("xsave64 (%0)"
                         :
                         : "r"(area), "a"((uint32_t)arch_xcr0_mask), "d"(0)
                         : "memory");
    } else {
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
    }
}

void fpu_load_area(const uint8_t *area)
{
    if (arch_xcr0_mask) {
        __asm__ volatile("xrstor64 (%0)"
                         :
                         : "r"(area), "a"((uint32_t)arch_xcr0_mask), "d"(0)
                         : "memory");
    } else {
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
    }
}

static void fpu_set_trapped(struct cpu_arch *arch, bool trapped)
{
    if (arch->fpu_trapped != trapped) {
        arch->fpu_trapped = trapped;
        if (trapped) {
            x86_write_cr0(x86_read_cr0() | CR0_TS);
        } else {
            __asm__ volatile("clts");
        }
    }
}

/*
 * AMD processors before Zen 2 save and restore the x87 instruction and data pointers only while an
 * exception is pending: another thread would read the last one's. Loading anything replaces them.
 * AMD APM vol. 2, 11.4.4.3.
 */
static void fpu_hide_pointers(void)
{
    static const uint32_t zero;
    if (x86_features.fpu_pointers_leak) {
        __asm__ volatile("fnclex; emms; fildl %0" : : "m"(zero));
    }
}

void fpu_load(struct cpu *cpu, struct tcb *t)
{
    if (t->flags & TCB_FPU_DISABLED) {
        fpu_set_trapped(cpu->arch, true);
        return;
    }
    fpu_set_trapped(cpu->arch, false);
    if (cpu->fpu_owner == t) {
        return;
    }
    if (cpu->fpu_owner) {
        fpu_save_area(cpu->fpu_owner->fpu);
    }
    fpu_hide_pointers();
    fpu_load_area(t->fpu);
    cpu->fpu_owner = t;
}

void arch_release_fpu(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct cpu_arch *arch = cpu->arch;

    if (t && cpu->fpu_owner == t) {
        fpu_set_trapped(arch, false);
        fpu_save_area(t->fpu);
        cpu->fpu_owner = NULL;
    }
    if (arch->bases_of == t) {
        arch->bases_of = NULL; /* the next thread at this address is another one */
    }
}
