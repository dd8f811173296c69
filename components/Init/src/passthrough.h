/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Ports and interrupts of the real machine that the plan gave to the guest. */
#include <vmm/isa_passthrough.h>
#include <vm_resources.h>

struct init;
struct vmm_pc_config;

/** The device and its tables. */
struct init_passthrough {
    struct isa_passthrough device;
    struct isa_passthrough_config config;
    struct isa_ports ports[ISA_PASSTHROUGH_MAX_PORTS];
    struct isa_line lines[ISA_PASSTHROUGH_MAX_LINES];
};

/** Before the machine is made: fill in what it has to know. */
void init_passthrough_config(struct init *init, struct vmm_pc_config *config);

/** After the machine was made: add the device. NULL, or what is wrong. */
const char *init_passthrough_create(struct init *init);

/** On the thread of a vCPU, before it runs: let its accesses through without an exit. */
void init_passthrough_open(struct init *init, unsigned vcpu);

/** Badge bits arrived on vCPU 0's notification: some may be interrupts. */
void init_passthrough_notified(struct init *init, seL4_Word badge);
