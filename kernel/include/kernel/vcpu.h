/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What the rest of the kernel calls on vCPUs. The rules (who may touch what, order of
 * commit, notification, deadline, entry) are in docs/architecture.md, "The vCPU ABI";
 * tests/proof/vcpu.pml is their model.
 *
 * Life of one seL4_VMEnter:
 *   system call  -> vcpu_enter(): takes the "in" part of the run page, thread state becomes
 *                   THREAD_RUNNING_VM (runnable)
 *   kernel exit  -> the current thread is THREAD_RUNNING_VM: vcpu_run() instead of going to
 *                   user mode; its result says what the exit path does next
 *   signal       -> a notification bound to a thread in THREAD_RUNNING_VM/_HALTED_VM becomes
 *                   active (badge kept in it) and vcpu_kick() is called; nothing else
 */
#include <kernel/object.h>

/** What the kernel's exit path does after vcpu_run(). */
enum vcpu_run_result {
    VCPU_RUN_USER,      /* VMEnter completed: the thread is THREAD_RUNNING, go to user mode */
    VCPU_RUN_INTERRUPT, /* a host interrupt waits: let it in (sti; nop; cli), schedule, come back */
    VCPU_RUN_SCHEDULE,  /* the thread blocked or stopped: choose another thread */
};

/**
 * System call VMEnter of thread t.
 * @return false if t has no vCPU or no run page: the caller raises an unknown-syscall fault.
 */
bool vcpu_enter(struct tcb *t);

/** Runs the guest of the current thread t (THREAD_RUNNING_VM); interrupts off, big lock held. */
enum vcpu_run_result vcpu_run(struct tcb *t);

/** The notification bound to t (THREAD_RUNNING_VM or THREAD_HALTED_VM) became active. */
void vcpu_kick(struct tcb *t);

/** t is being deleted, or gets another vCPU: separates it from its vCPU, if any. */
void vcpu_unbind_tcb(struct tcb *t);

/** t moves to another CPU: takes its deadline and processor state off this one. */
void vcpu_migrate(struct tcb *t);

/**
 * The I/O port capability that gave vCPU number id direct access goes away: ports
 * first..last exit again. id is cap.io_port.vcpu, 0 for none; a stale id is harmless.
 */
void vcpu_revoke_ports(uint32_t id, uint16_t first, uint16_t last);

/** Chooses SVM or VT-x, or none; prints the choice. Once, at boot. */
void vcpu_init_boot(void);

/** Prepares the CPU we run on for guests. On each CPU, at boot. */
void vcpu_init_cpu(void);

/** True if this machine can run guests. */
bool vcpu_available(void);
