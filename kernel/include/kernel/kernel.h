/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The whole mutable state of the kernel but the per-CPU part, and the entry points the
 * architecture calls. All of them run with the big lock held, interrupts off, and the
 * registers of the interrupted thread saved in this_cpu()->current->regs.
 */
#include <kernel/arch.h>
#include <kernel/cpu.h>
#include <kernel/printf.h>

#define NUM_ASID_POOLS 8
#define NUM_DOMAINS    1
/** Entries of the domain schedule; the last one always ends it. */
#define DOMAIN_SCHEDULE_LENGTH 2

/** Who uses an interrupt. */
enum irq_state { IRQ_INACTIVE, IRQ_SIGNAL, IRQ_RESERVED };

struct domain_entry {
    uint64_t domain : 8;
    uint64_t duration : 56; /* ticks; 0 with domain 0 ends the schedule */
};

struct kernel {
    struct cpu *cpus[MAX_CPUS];
    unsigned num_cpus;

    /* interrupts */
    cte_t irq_slot[MAX_IRQ];    /* notification to signal */
    uint8_t irq_state[MAX_IRQ]; /* enum irq_state */

    /* I/O ports issued in capabilities, one bit each */
    uint64_t io_ports[65536 / 64];

    /* address spaces: physical address of each ASID pool, 0 = free (object/asid.c) */
    paddr_t asid_pool[NUM_ASID_POOLS];

    /* all vCPUs, for I/O port capabilities that go away (vcpu/vcpu.c) */
    struct {
        struct vcpu *first;
        uint32_t last_id;
    } vcpus;

    /* all threads but the idle ones, for reports */
    struct tcb *first_thread, *last_thread;
    /* the root task, NULL once it is deleted */
    struct tcb *root_thread;

    /* domains */
    struct domain_entry schedule[DOMAIN_SCHEDULE_LENGTH];
    unsigned schedule_index, schedule_start;
    unsigned domain;
    uint64_t domain_time;
};

extern struct kernel kernel;

/* Boot. */
/** Resets struct kernel. */
void kernel_init(void);
/**
 * Prepares the scheduler of one CPU (cpu->self, id, apic_id and kernel_stack are the caller's);
 * idle is memory for its idle thread, 4 KiB aligned and clear.
 */
void kernel_init_cpu(struct cpu *cpu, struct tcb *idle);

/* Traps. */
/** A syscall instruction: rdx holds the number, REG_FAULT_IP that instruction, REG_RIP the next. */
void kernel_handle_syscall(void);
/** Any exception but #PF from user mode. code 0 if it has none. FAULT_IP = RIP = the instruction.
 */
void kernel_handle_exception(word_t vector, word_t code);
/** #PF from user mode: CR2 and the error code. */
void kernel_handle_page_fault(word_t address, word_t error_code);
/** int n from user mode: UnknownSyscall fault with this number. FAULT_IP = the int instruction. */
void kernel_handle_unknown_trap(word_t number);
/** An interrupt by its kernel number (user vector + 16). The caller has not unmasked or EOI'd more
 * than delivery needs. */
void kernel_handle_irq(unsigned irq);
/** The one-shot timer of this CPU fired. */
void kernel_handle_timer(void);
/** Another CPU asked for a new choice. */
void kernel_handle_reschedule(void);
/**
 * Last thing before leaving the kernel: chooses and prepares the thread to run. Its state is
 * THREAD_RUNNING, THREAD_RUNNING_VM (run the guest: vcpu_run()) or THREAD_IDLE (wait for an
 * interrupt); its address space and FPU state are to be loaded by the caller.
 */
struct tcb *kernel_schedule(void);

/** Prints the threads that can run, by priority. */
void kernel_dump_scheduler(void);
/** Stable text of all capability spaces, one line per slot. */
void kernel_snapshot(void);
/** Stops for good. arch code halts; the host build exits. */
_Noreturn void arch_halt(void);
