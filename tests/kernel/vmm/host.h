/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The root task as host of one virtual machine: kernel objects, files, console. */
#include <vmm/pc.h>
#include <vmm/vmm.h>
#include "test.h"

#define GUEST_RAM_MB 256u

/** A file that came as boot module. */
struct boot_file {
    const uint8_t *data;
    size_t size;
};

#define MAX_VCPUS 4u

/** One virtual processor: a thread (the first is the test's own) and its kernel objects. */
struct guest_vcpu {
    seL4_CPtr tcb, vcpu, notification;
    seL4_CPtr parked, go; /* hand-shake of guest_run() with the other threads */
    struct vcpu_run *run;
};

/** What guest_run() wants of the other threads. */
enum guest_order { GUEST_RUN, GUEST_PARK, GUEST_END };

/** The machine and its kernel objects. */
struct guest {
    struct vmm vm;
    struct vmm_pc pc;
    seL4_CPtr nested_root;
    struct guest_vcpu cpu[MAX_VCPUS];
    volatile enum guest_order order;
    volatile int lock_users; /* holder and waiters of the VM's lock */
    seL4_CPtr lock;
    uint8_t *ram;
    /* console */
    const char *const *script; /* expect, send, expect, send, ..., NULL */
    const char *typing;        /* rest of what is being sent */
    unsigned matched;          /* characters of the expected text seen */
    seL4_CPtr com1;            /* 0: no keyboard */
    uint64_t output;
};

/** Map a boot module named so; data is NULL when there is none. */
struct boot_file boot_file(const char *name);

/** Make vCPUs and their threads, nested page table, RAM and run pages, and vm on top of them. */
void guest_create(struct guest *g, unsigned num_vcpus);

/** Back end of the guest's serial port. */
extern const struct vmm_console_ops guest_console;

/** What the thread of a further vCPU does. */
void guest_vcpu_thread(struct thread *t);

/** Run until the guest powers off (returns true) or `seconds` have passed. */
bool guest_run(struct guest *g, unsigned seconds);
