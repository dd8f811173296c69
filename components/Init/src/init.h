/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the files of the virtual machine monitor component. */
#include <stdbool.h>
#include <console/ring.h>
#include <vm_resources.h>
#include <vmm/pc.h>
#include <vmm/vmm.h>
#include <crossvm/set.h>
#include "console_control.h"
#include "passthrough.h"

/** One output stream to the console server: a shared ring, signalled with some delay. */
struct init_stream {
    struct console_ring_end ring;
    uint64_t dropped; /* bytes of the log that found the ring full */
};

/** The monitor: one virtual machine and what connects it to the system. */
struct init {
    struct vmm vm;
    struct vmm_pc pc;
    struct init_stream guest_out, log_out;
    struct console_ring_end input;
    struct init_control control;
    struct crossvm_set crossvm;
    struct init_passthrough passthrough;
    struct vmm_timer flush; /* signal the console server for output that waits */
    bool built;             /* the other vCPU threads may start */
    bool unsent;            /* output since the last signal */
    size_t unsent_bytes;
    int64_t utc_base;      /* wall clock at vmm_now() = 0 */
    uint64_t quick_resets; /* resets in a row, each soon after the one before */
    uint64_t last_reset;   /* vmm_now() */
};

/** console.c: attach the rings; forget typed bytes that wait; back end of COM1; the log; signal
 * what waits. */
void init_console_start(struct init *init);
void init_console_drop_input(struct init *init);
extern const struct vmm_console_ops init_console_ops;
void init_console_log(struct init *init, const char *text, size_t n);
void init_console_flush(struct init *init);

/** host.c: fill the library's view of the kernel. Returns NULL, or what is missing. */
const char *init_host(struct init *init, struct vmm_host *host);
/** Read the wall clock of the machine and print the start line. */
void init_clock_start(struct init *init);
extern const struct vmm_clock_ops init_clock_ops;

/** crossvm.c: add the connections to components to the machine. NULL, or what is wrong. */
const char *init_crossvm(struct init *init);
/** The notification was signalled: hand events of connections to the guest. */
void init_crossvm_notified(struct init *init, seL4_Word badge);

/** images.c: find kernel and initrd named by the attributes. NULL, or what is wrong. */
const char *init_find_images(struct vmm_boot_images *images);

/** network.c: the guest's network cards. NULL, or what is wrong. Then: events of their back ends.
 */
const char *init_network(struct init *init);
/** This vCPU will sleep unless there is something to do: send what the guest has queued. */
void init_network_idle(struct init *init, struct vmm_vcpu *v);
void init_network_notified(struct init *init, uint64_t badge);

/** Print a line to the component's log, whatever the state of the VM. */
void init_print(struct init *init, const char *format, ...) __attribute__((format(printf, 2, 3)));
