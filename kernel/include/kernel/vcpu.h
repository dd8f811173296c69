/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What boot, scheduler and address spaces call on vCPUs; the hooks of threads and objects
 * are in objects.h. The rules (who may touch what, order of commit, notification, deadline,
 * entry) are in docs/architecture.md, "The vCPU ABI"; tests/proof/vcpu.pml is their model.
 *
 * Life of one seL4_VMEnter:
 *   system call  -> vcpu_enter(): takes the "in" part of the run page, thread state becomes
 *                   THREAD_RUNNING_VM (runnable)
 *   kernel exit  -> the current thread is THREAD_RUNNING_VM: vcpu_run() instead of going to
 *                   user mode. If it is still THREAD_RUNNING_VM afterwards, a host interrupt
 *                   waits: let it in (sti; nop; cli), then schedule and come back
 *   signal       -> a notification bound to a thread in THREAD_RUNNING_VM or _HALTED_VM
 *                   becomes active; a halted thread becomes THREAD_RUNNING_VM, a CPU in the
 *                   guest is asked to reschedule. The notification is taken in vcpu_run().
 */
#include <kernel/object.h>

/** t moves to another CPU: takes its deadline and processor state off this one. */
void vcpu_migrate(struct tcb *t);

/**
 * The I/O port capability that gave vCPU number id direct access goes away: ports
 * first..last exit again. id is cap.io_port.vcpu, 0 for none; a stale id is harmless.
 */
void vcpu_revoke_ports(uint32_t id, uint16_t first, uint16_t last);

/**
 * Translations of a nested address space were taken away: CPUs in a guest that uses it
 * leave the guest before this returns. They flush when they enter again.
 */
void vcpu_shootdown(uint16_t asid);

/** Chooses SVM or VT-x, or none; prints the choice. Once, at boot. */
void vcpu_init_boot(void);

/** What runs guests on this machine; if nothing does, why the processor's extension does not. */
const char *vcpu_describe(void);
/** Prepares the CPU we run on for guests. On each CPU, at boot. */
void vcpu_init_cpu(void);

/** True if this machine can run guests. */
bool vcpu_available(void);
