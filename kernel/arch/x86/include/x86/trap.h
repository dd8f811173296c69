/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Entry and exit code seen from C. */
#include <kernel/object.h>

/** Frame of an exception or interrupt taken in the kernel, as entry_from_kernel pushes it. */
struct kernel_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/** Frame of an NMI, double fault or machine check. */
struct ist_frame {
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/** Target of the SYSCALL instruction (LSTAR). */
void entry_syscall(void);
/** Target of SYSCALL in compatibility mode (CSTAR). */
void entry_syscall32(void);
/** First instructions of every vector, 16 bytes each. */
extern const uint8_t entry_stubs[256][16];
/** Leaves for a thread that entered by SYSCALL: all registers but rcx and r11. */
_Noreturn void exit_sysret(struct tcb *t);
/** Leaves for a thread with all its registers. */
_Noreturn void exit_iret(struct tcb *t);
/** Sleeps until an interrupt comes; its vector is in cpu_arch.window_vector. */
void entry_window_halt(void);
/** Takes an interrupt if one waits. */
void entry_window_short(void);

/** A system call; the current thread's registers are saved. */
_Noreturn void trap_syscall(void);
/** Exception or interrupt in user mode; the current thread's registers are saved. */
_Noreturn void trap_user(uint64_t vector, uint64_t error);
/** Exception or interrupt in the kernel. Returns to frame, which may have been changed. */
void trap_kernel(struct kernel_frame *frame);
/** NMI, double fault or machine check, wherever it hit. */
void trap_ist(struct ist_frame *frame);
/** Runs threads: chooses, runs guests, idles, and leaves for user mode. */
_Noreturn void trap_exit(void);

/** The big kernel lock; held whenever the kernel runs but for idling. */
void kernel_lock(void);
void kernel_unlock(void);
