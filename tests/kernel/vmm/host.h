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

/** The machine and its kernel objects. */
struct guest {
    struct vmm vm;
    struct vmm_pc pc;
    seL4_CPtr vcpu, nested_root, notification;
    struct vcpu_run *run;
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

/** Make vCPU, nested page table, RAM and run page, and vm on top of them. */
void guest_create(struct guest *g);

/** Back end of the guest's serial port. */
extern const struct vmm_console_ops guest_console;

/** Run until the guest powers off (returns true) or `seconds` have passed. */
bool guest_run(struct guest *g, unsigned seconds);
