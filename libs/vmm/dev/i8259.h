/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The two cascaded 8259A interrupt controllers of a PC and their edge/level registers. */
#include <vmm/device.h>

/** Which initialisation word the next write to the odd port is. */
enum i8259_step { I8259_READY, I8259_ICW2, I8259_ICW3, I8259_ICW4 };

/** One 8259A. */
struct i8259_chip {
    uint8_t irr;       /* requests: latched edges and live levels */
    uint8_t imr;       /* mask */
    uint8_t isr;       /* in service */
    uint8_t lines;     /* input pins */
    uint8_t elcr;      /* 1 = level-triggered input */
    uint8_t elcr_mask; /* inputs whose trigger mode can be changed */
    uint8_t base;      /* vector of input 0 */
    uint8_t lowest;    /* input with the lowest priority */
    enum i8259_step step;
    bool single, need_icw4; /* from ICW1 */
    bool auto_eoi, rotate_on_auto_eoi;
    bool special_mask, special_nested;
    bool poll;     /* the next read is a poll */
    bool read_isr; /* the even port reads ISR, else IRR */
};

/** The pair: 0x20 (master), 0xa0 (slave, on input 2 of the master), 0x4d0 (ELCR). */
struct i8259 {
    struct vmm_device dev;
    struct i8259_chip chip[2];
    bool output;          /* INTR of the master as last reported */
    uint16_t level_lines; /* level-triggered from reset on */
    void (*eoi)(void *ctx, unsigned line);
    void *eoi_ctx;
    uint64_t acknowledged[16], spurious;
};

/** Put the pair on the machine's bus and install it as the machine's PIC. Zero *pic before. */
void i8259_create(struct i8259 *pic, struct vmm *vm);

/** Lines (bit mask) that are level-triggered from reset on, as firmware sets the ELCR for devices
 * it knows. Lines that cannot be are left out. */
void i8259_set_level(struct i8259 *pic, uint16_t lines);

/** Call eoi(ctx, line) whenever the guest ends an interrupt of a line (0..15), so that the owner of
 * a passed-through interrupt can acknowledge the real one. */
void i8259_on_eoi(struct i8259 *pic, void (*eoi)(void *ctx, unsigned line), void *ctx);
