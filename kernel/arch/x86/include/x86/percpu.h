/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* What each CPU owns besides struct cpu: descriptor tables, stacks, pages for virtualization. */
#include <kernel/cpu.h>
#include <x86/instr.h>

#define CPU_STACK_SIZE 16384
#define IST_STACK_SIZE 4096
/** Interrupt stack table: index 1.. of the TSS. */
enum ist { IST_NONE, IST_NMI, IST_DF, IST_MC, NUM_IST };

/** 64-bit task state segment. Intel SDM vol. 3, 7.7. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map_base;
} __attribute__((packed));

/** Architecture part of a CPU; cpu->arch points to it. */
struct cpu_arch {
    /** For the processor's own use: SVM host save area, VMXON region. 4 KiB each. */
    uint8_t hv_page[2][4096] __attribute__((aligned(4096)));
    uint8_t ist_stack[NUM_IST][IST_STACK_SIZE] __attribute__((aligned(16)));
    uint8_t guard[4096] __attribute__((aligned(4096))); /* never mapped: the stack ends here */
    uint8_t stack[CPU_STACK_SIZE] __attribute__((aligned(16)));
    uint64_t gdt[7];
    struct tss tss;
    uint64_t fs_base, gs_base;  /* user bases in the processor now */
    const struct tcb *bases_of; /* whose they are; NULL: to be written before the next exit */
    bool fpu_trapped;           /* CR0.TS is set */
    int window_vector;          /* interrupt taken in arch_wait_interrupt and friends, -1 none */
    struct cpu cpu;
    uint8_t idle[4096] __attribute__((aligned(4096)));
};

/** The word at GS:0: struct cpu of this CPU. */
static inline void *x86_gs_self(void)
{
    void *p;
    __asm__("movq %%gs:0, %0" : "=r"(p));
    return p;
}

/** The architecture part of the CPU we run on. */
static inline struct cpu_arch *x86_this_cpu_arch(void)
{
    return ((struct cpu *)x86_gs_self())->arch;
}

/** Physical address of page 0 or 1 of this CPU's pages for virtualization. */
paddr_t x86_hv_page(unsigned index);

/** The user FS/GS bases and KERNEL_GS_BASE in the processor are no longer what the kernel loaded.
 */
void x86_forget_bases(void);

/** Boot CPU: descriptor tables, GS, system call registers, control registers, FPU. */
void cpu_init_boot(void);
/** Registers this CPU with the scheduler; after kernel_init. */
void cpu_init_kernel(void);
