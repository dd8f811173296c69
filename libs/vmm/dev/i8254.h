/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The 8254 programmable interval timer of a PC and port 0x61 (system control port B). */
#include <vmm/device.h>

/** Input clock of the counters, Hz. */
#define I8254_HZ 1193182u

/** One counter. Times are ticks of the input clock since the VM was created. */
struct i8254_counter {
    uint8_t mode;   /* 0..5 */
    uint8_t access; /* 1 low byte, 2 high byte, 3 low then high */
    bool bcd;
    bool gate;
    bool null_count;     /* a control word was written, its count is not complete */
    bool counting;       /* a count is loaded (and, in modes 1 and 5, triggered) */
    bool loaded;         /* a count was written since the control word */
    bool frozen;         /* modes 0 and 4 with gate low, or mode 0 between two bytes */
    uint32_t count;      /* period in ticks, 1..65536 */
    uint32_t next_count; /* modes 2 and 3: takes over at next_start */
    bool has_next;
    uint64_t start; /* tick of the first decrement */
    uint64_t next_start;
    uint64_t frozen_elapsed;
    uint8_t write_low; /* first byte of a two-byte count */
    bool write_high_next, read_high_next;
    bool latched, latched_status;
    uint16_t latch;
    uint8_t status;
};

/** The chip and its neighbours. */
struct i8254 {
    struct vmm_device dev;
    struct i8254_counter counter[3];
    uint8_t port61; /* bits 3:0 as written */
    struct vmm_irq_line irq;
    struct vmm_timer timer; /* next rising edge of counter 0's output */
    bool disconnected;      /* the HPET replaces counter 0 as source of interrupt 0 */
    uint64_t ticks_delivered;
};

/** Put the timer at ports 0x40..0x43 and 0x61; counter 0 drives ISA interrupt 0. Zero *pit before.
 */
void i8254_create(struct i8254 *pit, struct vmm *vm);

/** Cut (true) or restore counter 0's wire to interrupt 0: HPET legacy replacement. */
void i8254_disconnect(struct i8254 *pit, bool cut);
