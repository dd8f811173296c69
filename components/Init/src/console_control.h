/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The life of the machine as others see and direct it: the control page shared with the console
 * server, its commands (reset, stop, start, inspect), and what follows when the guest reboots,
 * powers off or crashes (attributes on_reset and on_crash: "restart" or "halt").
 */
#include <stdbool.h>
#include <stdint.h>
#include <console/control.h>
#include <vm_resources.h>
#include <vmm/vmm.h>

#define INIT_LAST_EXITS 16u

struct init;

/** An exit, for the inspector. */
struct init_exit {
    uint32_t reason;
    uint64_t rip, detail;
};

/** State of this part of the monitor. */
struct init_control {
    struct console_control *page;
    uint32_t last;                            /**< command word handled last */
    bool held;                                /**< stopped by the console */
    enum vmm_vcpu_state before[VM_MAX_VCPUS]; /**< what the vCPUs did when they were held */
    struct init_exit exits[VM_MAX_VCPUS][INIT_LAST_EXITS]; /**< the last ones, by total % size */
};

/** Shows the page to the server; the machine is being built. */
void init_control_start(struct init *init);
/** The machine could not be built: it will not run. */
void init_control_failed(struct init *init);
/** The machine is built and will run now. */
void init_control_running(struct init *init);
/** vCPU 0's thread was signalled: carries out a command of the console, if there is one. */
void init_control_poll(struct init *init);
/** Carries out what the guest or a device asked for (vmm_take_request()). */
void init_control_requests(struct init *init);
/** Counts an exit of this vCPU; called by its thread before the exit is handled. */
void init_control_note_exit(struct init *init, const struct vmm_vcpu *vcpu);
/** Shows whether this vCPU waits; called by its thread before VMEnter. */
void init_control_note_wait(struct init *init, const struct vmm_vcpu *vcpu);
