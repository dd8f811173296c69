/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What happens between entry and exit. */
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/instr.h>
#include <x86/layout.h>
#include <x86/panic.h>
#include <x86/percpu.h>
#include <x86/trap.h>

enum {
    TRAP_DEBUG = 1,
    TRAP_NMI = 2,
    TRAP_BREAKPOINT = 3,
    TRAP_DOUBLE_FAULT = 8,
    TRAP_PAGE_FAULT = 14,
    NUM_EXCEPTIONS = 32,
};

/* Ticket lock: next to hand out, and being served. */
static struct {
    uint32_t next, serving;
} big_lock;

void kernel_lock(void)
{
    uint32_t ticket = __atomic_fetch_add(&big_lock.next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&big_lock.serving, __ATOMIC_ACQUIRE) != ticket) {
        x86_pause();
    }
}

void kernel_unlock(void)
{
    __atomic_store_n(&big_lock.serving, big_lock.serving + 1, __ATOMIC_RELEASE);
}

static void trap_interrupt(unsigned vector)
{
    if (vector == VECTOR_SPURIOUS) {
        return; /* no EOI for these */
    }
    if (vector == VECTOR_TIMER) {
        lapic_eoi();
        kernel_handle_timer();
    } else if (vector == VECTOR_RESCHEDULE) {
        lapic_eoi();
        kernel_handle_reschedule();
    } else {
        /* Masks a level-triggered pin; only then may the interrupt be acknowledged. */
        if (vector >= VECTOR_IRQ_BASE && vector - VECTOR_IRQ_BASE < MAX_IRQ) {
            kernel_handle_irq(vector - VECTOR_IRQ_BASE);
        }
        lapic_eoi();
    }
}

void trap_syscall(void)
{
    kernel_lock();
    kernel_handle_syscall();
    trap_exit();
}

static bool trap_is_interrupt(uint64_t vector)
{
    return vector >= VECTOR_IRQ_BASE && (vector <= VECTOR_RESCHEDULE || vector == VECTOR_SPURIOUS);
}

void trap_user(uint64_t vector, uint64_t error)
{
    struct tcb *t = this_cpu()->current;

    kernel_lock();
    if (trap_is_interrupt(vector)) {
        t->regs[REG_ERROR] = 0;
        trap_interrupt((unsigned)vector);
    } else if (vector == TRAP_PAGE_FAULT) {
        kernel_handle_page_fault(x86_read_cr2(), error);
    } else if (vector < NUM_EXCEPTIONS) {
        t->regs[REG_ERROR] = error;
        kernel_handle_exception(vector, error);
    } else {
        /* int n: the saved rip is behind the two-byte instruction. */
        t->regs[REG_ERROR] = 0;
        t->regs[REG_FAULT_IP] -= 2;
        kernel_handle_unknown_trap(vector << 24 | (t->regs[REG_RAX] & 0xffffff));
    }
    trap_exit();
}

void trap_kernel(struct kernel_frame *frame)
{
    if (trap_is_interrupt(frame->vector) && (frame->rflags & RFLAGS_IF)) {
        /* One per window: what it needs is done by whoever opened the window. */
        x86_this_cpu_arch()->window_vector = (int)frame->vector;
        frame->rflags &= ~(uint64_t)RFLAGS_IF;
        return;
    }
    panic_kernel_frame(frame);
}

void trap_ist(struct ist_frame *frame)
{
    if (frame->vector == TRAP_NMI) {
        kprintf("NMI at %lx\n", frame->rip);
        return;
    }
    panic_ist_frame(frame);
}

/* Opens a window and handles the interrupt that came, if one did. */
static void trap_take_interrupt(void (*window)(void))
{
    struct cpu_arch *arch = x86_this_cpu_arch();

    arch->window_vector = -1;
    kernel_unlock();
    window();
    kernel_lock();
    if (arch->window_vector >= 0) {
        trap_interrupt((unsigned)arch->window_vector);
    }
}

/*
 * FS and GS bases. CR4.FSGSBASE is 0, but loading a selector changes the base in the processor, so
 * another thread's values are never trusted to be still there.
 */
static void trap_load_bases(struct cpu_arch *arch, const struct tcb *t)
{
    if (arch->bases_of != t || arch->fs_base != t->regs[REG_FS_BASE] ||
        arch->gs_base != t->regs[REG_GS_BASE]) {
        arch->bases_of = t;
        arch->fs_base = t->regs[REG_FS_BASE];
        arch->gs_base = t->regs[REG_GS_BASE];
        x86_wrmsr(MSR_FS_BASE, arch->fs_base);
        x86_wrmsr(MSR_KERNEL_GS_BASE, arch->gs_base);
    }
}

static _Noreturn void trap_leave(struct cpu *cpu, struct tcb *t)
{
    struct cpu_arch *arch = cpu->arch;

    arch_set_vspace(t);
    fpu_load(cpu, t);
    trap_load_bases(arch, t);
    if (t->regs[REG_RIP] >> 47) {
        /* Such an address must never reach sysret or iretq; at 0 the thread faults in user mode. */
        t->regs[REG_RIP] = 0;
    }
    bool by_sysret = t->regs[REG_ERROR] == (word_t)-1;
    kernel_unlock();
    if (by_sysret) {
        exit_sysret(t);
    }
    exit_iret(t);
}

void trap_exit(void)
{
    struct cpu *cpu = this_cpu();

    for (;;) {
        struct tcb *t = kernel_schedule();
        switch (t->state) {
        case THREAD_RUNNING_VM:
            arch_set_vspace(t);
            vcpu_run(t);
            if (t->state == THREAD_RUNNING_VM) {
                trap_take_interrupt(entry_window_short);
            }
            break;
        case THREAD_IDLE:
            trap_take_interrupt(entry_window_halt);
            break;
        default:
            trap_leave(cpu, t);
        }
    }
}
