/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Descriptor tables, per-CPU data, registers of threads. AMD APM vol. 2, chapters 4, 6.1, 8, 12. */
#include <kernel/kernel.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/layout.h>
#include <x86/paging.h>
#include <x86/percpu.h>
#include <x86/trap.h>

_Static_assert(offsetof(struct cpu, kernel_stack) == CPU_STACK, "entry.S");
_Static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "entry.S");
_Static_assert(offsetof(struct cpu, scratch) == CPU_SCRATCH, "entry.S");
_Static_assert(offsetof(struct tcb, regs) == TCB_REGS, "entry.S");
_Static_assert(REG_R15 == 17 && REG_FAULT_IP == 20 && REG_ERROR == 21, "entry.S");

#define GDT_KERNEL_CODE 0x00af9b000000ffffull
#define GDT_KERNEL_DATA 0x00cf93000000ffffull
#define GDT_USER_DATA   0x00cff3000000ffffull
#define GDT_USER_CODE   0x00affb000000ffffull

/* Flags cleared by SYSCALL: TF, IF, DF, IOPL, NT, RF, AC. */
#define SYSCALL_FLAG_MASK 0x57700
/* User flags: the arithmetic ones, DF; bit 1 and IF always. */
#define USER_FLAGS_KEEP  0xcd5
#define USER_FLAGS_FORCE 0x202

/* An interrupt gate. Intel SDM vol. 3, 6.14.1. */
struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_mid;
    uint32_t offset_high, reserved;
};

static struct gate idt[256];
static struct cpu_arch boot_cpu;

static void idt_set(unsigned vector, unsigned ist, unsigned dpl)
{
    uint64_t at = (uint64_t)entry_stubs[vector];
    idt[vector] = (struct gate){
        .offset_low = (uint16_t)at,
        .selector = SEL_KERNEL_CODE,
        .ist = (uint8_t)ist,
        .type = (uint8_t)(0x8e | dpl << 5),
        .offset_mid = (uint16_t)(at >> 16),
        .offset_high = (uint32_t)(at >> 32),
    };
}

/* User mode may raise #BP, and the vectors above the interrupts as unknown system calls. */
static void idt_fill(void)
{
    for (unsigned v = 0; v < 256; v++) {
        idt_set(v, IST_NONE, v == 3 || (v > VECTOR_RESCHEDULE && v < VECTOR_SPURIOUS) ? 3 : 0);
    }
    idt_set(2, IST_NMI, 0);
    idt_set(8, IST_DF, 0);
    idt_set(18, IST_MC, 0);
}

static void cpu_load_tables(struct cpu_arch *arch)
{
    uint64_t tss = (uint64_t)&arch->tss;
    arch->gdt[1] = GDT_KERNEL_CODE;
    arch->gdt[2] = GDT_KERNEL_DATA;
    arch->gdt[3] = GDT_USER_DATA;
    arch->gdt[4] = GDT_USER_CODE;
    arch->gdt[5] =
        (sizeof(arch->tss) - 1) | (tss & 0xffffff) << 16 | 0x89ull << 40 | (tss >> 24 & 0xff) << 56;
    arch->gdt[6] = tss >> 32;
    arch->tss.rsp[0] = arch->cpu.kernel_stack;
    for (unsigned i = 1; i < NUM_IST; i++) {
        arch->tss.ist[i - 1] = (uint64_t)(arch->ist_stack[i] + IST_STACK_SIZE);
    }
    arch->tss.io_map_base = sizeof(arch->tss); /* none */

    struct table_pointer gdtr = {sizeof(arch->gdt) - 1, (uint64_t)arch->gdt};
    struct table_pointer idtr = {sizeof(idt) - 1, (uint64_t)idt};
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2; lldt %w3"
                     :
                     : "m"(gdtr), "m"(idtr), "r"(SEL_TSS), "r"(0));
    __asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs" : : "r"(0));
}

static void cpu_load_msrs(struct cpu_arch *arch)
{
    x86_wrmsr(MSR_GS_BASE, (uint64_t)&arch->cpu);
    x86_wrmsr(MSR_KERNEL_GS_BASE, 0);
    x86_wrmsr(MSR_FS_BASE, 0);
    /* SYSRET loads CS = base + 16 and SS = base + 8, both with RPL 3. */
    x86_wrmsr(MSR_STAR, (uint64_t)(SEL_USER_DATA - 8) << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
    x86_wrmsr(MSR_LSTAR, (uint64_t)entry_syscall);
    x86_wrmsr(MSR_CSTAR, (uint64_t)entry_syscall32);
    x86_wrmsr(MSR_SFMASK, SYSCALL_FLAG_MASK);
}

void cpu_init_boot(void)
{
    struct cpu_arch *arch = &boot_cpu;
    arch->cpu.self = &arch->cpu;
    arch->cpu.arch = arch;
    arch->cpu.kernel_stack = (uint64_t)(arch->stack + CPU_STACK_SIZE);
    paging_unmap_image_page(arch->guard);
    idt_fill();
    cpu_load_tables(arch);
    cpu_load_msrs(arch);
    features_enable();
    fpu_init_cpu();
}

void cpu_init_kernel(void)
{
    struct cpu_arch *arch = x86_this_cpu_arch();
    arch->cpu.current_root = 0;
    arch->cpu.apic_id = lapic_id();
    kernel_init_cpu(&arch->cpu, (struct tcb *)arch->idle);
}

struct cpu *this_cpu(void)
{
    return x86_gs_self();
}

paddr_t x86_hv_page(unsigned index)
{
    return virt_to_phys(x86_this_cpu_arch()->hv_page[index]);
}

void x86_forget_bases(void)
{
    x86_this_cpu_arch()->bases_of = NULL;
}

void arch_init_tcb(struct tcb *t)
{
    t->regs[REG_RFLAGS] = USER_FLAGS_FORCE;
    fpu_init_area(t->fpu);
}

void arch_set_tls_base(struct tcb *t)
{
    (void)t; /* loaded from the saved registers at exit */
}

word_t arch_sanitise_register(enum user_register r, word_t value)
{
    switch (r) {
    case REG_RFLAGS:
        return (value & USER_FLAGS_KEEP) | USER_FLAGS_FORCE;
    case REG_RIP:
    case REG_FAULT_IP:
    case REG_FS_BASE:
    case REG_GS_BASE:
        /* User addresses only: the entry code knows the kernel's GS base by its sign. */
        return value >> 47 ? 0 : value;
    default:
        return value;
    }
}

uint32_t arch_port_in(uint16_t port, unsigned size)
{
    return size == 1 ? x86_in8(port) : size == 2 ? x86_in16(port) : x86_in32(port);
}

void arch_send_reschedule(unsigned cpu)
{
    lapic_send_ipi(kernel.cpus[cpu]->apic_id, VECTOR_RESCHEDULE);
}
