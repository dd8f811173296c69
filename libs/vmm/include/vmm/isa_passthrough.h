/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Ports and interrupt lines of the real machine that belong to this guest. The kernel normally lets
 * the guest's accesses through without an exit; this device is what remains: accesses that exit
 * (they straddle the end of a range, or the kernel opened nothing), and the interrupts.
 */
#include <vmm/device.h>

#define ISA_PASSTHROUGH_MAX_PORTS 32u
#define ISA_PASSTHROUGH_MAX_LINES 16u

/** Ports first to last, both included. */
struct isa_ports {
    uint16_t first, last;
};

/** A real interrupt that drives ISA line `dest` (0 to 15) of the guest. */
struct isa_line {
    uint8_t dest;
    bool level; /* level-triggered, else edge */
};

/** The real machine. `range` and `line` are indexes into the tables of the configuration. */
struct isa_passthrough_ops {
    /** Read `size` (1, 2, 4) bytes at a port of that range. */
    uint32_t (*in)(void *ctx, unsigned range, unsigned port, unsigned size);
    /** Write; bits beyond size are 0. */
    void (*out)(void *ctx, unsigned range, unsigned port, unsigned size, uint32_t value);
    /** Let the real interrupt come again. */
    void (*acknowledge)(void *ctx, unsigned line);
};

/** What a guest was given. The tables must live as long as the device. */
struct isa_passthrough_config {
    const struct isa_ports *ports;
    unsigned num_ports;
    const struct isa_line *lines;
    unsigned num_lines;
    const struct isa_passthrough_ops *ops;
    void *ctx;
};

/** The device. */
struct isa_passthrough {
    struct vmm_device dev;
    struct isa_passthrough_config config;
    struct vmm_irq_line line[ISA_PASSTHROUGH_MAX_LINES];
    uint32_t waiting; /* level-triggered lines that wait for the guest's end of interrupt */
    uint64_t interrupts[ISA_PASSTHROUGH_MAX_LINES];
};

/** Put it on the bus, after the emulated devices. Zero *p before. NULL, or what is wrong: a range
 * overlaps an emulated device's, a table is too long. */
const char *isa_passthrough_create(struct isa_passthrough *p, struct vmm *vm,
                                   const struct isa_passthrough_config *config);

/** The real interrupt of lines[line] arrived and is masked until acknowledged. With the VM locked.
 */
void isa_passthrough_raise(struct isa_passthrough *p, unsigned line);

/** The guest ended an interrupt of ISA line `dest` (from vmm_pc_config.eoi). */
void isa_passthrough_ended(struct isa_passthrough *p, unsigned dest);

/** Bit mask of the ISA lines that are level-triggered. */
uint32_t isa_passthrough_levels(const struct isa_passthrough_config *config);
