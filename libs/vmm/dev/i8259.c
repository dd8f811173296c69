/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Intel 8259A programmable interrupt controller, data sheet order number 231468-003, as a
 * cascaded pair, with the edge/level control registers of the PIIX3 (82371SB, 2.5.4).
 *
 * Not modelled: MCS-80/85 mode (ICW4 bit 0 clear is treated as 8086 mode), the buffered-mode bits,
 * and LTIM of ICW1, which chip sets with ELCR ignore.
 * Deliberately different: an edge stays latched when its line drops before the acknowledge cycle
 * (the chip would answer with a spurious IR7), so that a model may pulse a line.
 */
#include "i8259.h"
#include "bytewise.h"
#include <vmm/platform.h>

enum { RANGE_MASTER, RANGE_SLAVE, RANGE_ELCR };
enum { MASTER, SLAVE };
#define CASCADE 2u /* input of the master that the slave drives */

#define ICW1_IC4    0x01u
#define ICW1_SINGLE 0x02u
#define ICW1_SELECT 0x10u
#define ICW4_AEOI   0x02u
#define ICW4_SFNM   0x10u
#define OCW3_SELECT 0x08u
#define OCW3_RIS    0x01u
#define OCW3_RR     0x02u
#define OCW3_POLL   0x04u
#define OCW3_SMM    0x20u
#define OCW3_ESMM   0x40u

/* OCW2 bits 7:5 */
enum ocw2 {
    OCW2_CLEAR_ROTATE_AEOI,
    OCW2_EOI,
    OCW2_NOP,
    OCW2_SPECIFIC_EOI,
    OCW2_SET_ROTATE_AEOI,
    OCW2_ROTATE_EOI,
    OCW2_SET_PRIORITY,
    OCW2_ROTATE_SPECIFIC_EOI
};

static uint8_t bit(unsigned n)
{
    return (uint8_t)(1u << n);
}

/* The set bit with the highest priority, or -1. Priority falls from lowest+1 round to lowest. */
static int first(const struct i8259_chip *c, uint8_t mask)
{
    for (unsigned i = 1; i <= 8; i++) {
        unsigned n = (c->lowest + i) & 7u;
        if (mask & bit(n)) {
            return (int)n;
        }
    }
    return -1;
}

/* How far a level is from the highest priority; 8 for none. */
static unsigned rank(const struct i8259_chip *c, int n)
{
    return n < 0 ? 8 : ((unsigned)n - c->lowest - 1u) & 7u;
}

/* The input that INT is raised for, or -1. */
static int requested(const struct i8259_chip *c)
{
    if (c->step != I8259_READY || !(c->irr & (uint8_t)~c->imr)) {
        return -1; /* asked at every guest entry: the usual answer comes first */
    }
    uint8_t service = c->isr;
    if (c->special_mask) {
        service &= (uint8_t)~c->imr; /* a masked level no longer inhibits the lower ones */
    }
    if (c->special_nested) {
        service &= (uint8_t)~bit(CASCADE); /* the slave may nest its own levels */
    }
    int want = first(c, c->irr & (uint8_t)~c->imr);
    return rank(c, want) < rank(c, first(c, service)) ? want : -1;
}

static void chip_set(struct i8259_chip *c, unsigned n, bool level)
{
    uint8_t mask = bit(n);
    if (c->elcr & mask) {
        c->irr = level ? c->irr | mask : c->irr & (uint8_t)~mask;
    } else if (level && !(c->lines & mask)) {
        c->irr |= mask;
    }
    c->lines = level ? c->lines | mask : c->lines & (uint8_t)~mask;
}

/* Let the slave's output reach the master, and the master's the processors. */
static void update(struct i8259 *pic)
{
    chip_set(&pic->chip[MASTER], CASCADE, requested(&pic->chip[SLAVE]) >= 0);
    bool output = requested(&pic->chip[MASTER]) >= 0;
    if (output && !pic->output) {
        for (unsigned i = 0; i < vmm_num_vcpus(pic->dev.vm); i++) {
            vmm_interrupt_changed(pic->dev.vm, i);
        }
    }
    pic->output = output;
}

static void report_eoi(struct i8259 *pic, const struct i8259_chip *c, unsigned n)
{
    unsigned line = n + (c == &pic->chip[SLAVE] ? 8u : 0u);
    if (pic->eoi && line != CASCADE) {
        pic->eoi(pic->eoi_ctx, line);
    }
}

static void end(struct i8259 *pic, struct i8259_chip *c, int n)
{
    if (n >= 0 && (c->isr & bit((unsigned)n))) {
        c->isr &= (uint8_t)~bit((unsigned)n);
        report_eoi(pic, c, (unsigned)n);
    }
}

/* The acknowledge cycle of one chip: the request moves into service. */
static void take(struct i8259 *pic, struct i8259_chip *c, unsigned n)
{
    if (!(c->elcr & bit(n))) {
        c->irr &= (uint8_t)~bit(n);
    }
    c->isr |= bit(n);
    if (c == &pic->chip[SLAVE]) {
        /* INT drops during the cycle, so a further request is a fresh edge for the master. */
        chip_set(&pic->chip[MASTER], CASCADE, false);
    }
    if (c->auto_eoi) {
        if (c->rotate_on_auto_eoi) {
            c->lowest = (uint8_t)n;
        }
        end(pic, c, (int)n);
    }
}

static bool pic_pending(void *ctx)
{
    const struct i8259 *pic = ctx;
    return requested(&pic->chip[MASTER]) >= 0;
}

static int pic_acknowledge(void *ctx)
{
    struct i8259 *pic = ctx;
    struct i8259_chip *c = &pic->chip[MASTER];
    int n = requested(c);
    if (n == (int)CASCADE) {
        take(pic, c, CASCADE);
        c = &pic->chip[SLAVE];
        n = requested(c);
    }
    if (n >= 0) {
        take(pic, c, (unsigned)n);
        pic->acknowledged[n + (c == &pic->chip[SLAVE] ? 8 : 0)]++;
    } else {
        n = 7; /* nothing requests any more: IR7 without its ISR bit, as the data sheet says */
        pic->spurious++;
    }
    update(pic);
    return c->base + n;
}

static void pic_set_pin(void *ctx, unsigned pin, bool level)
{
    struct i8259 *pic = ctx;
    if (pin < 16 && pin != CASCADE) {
        chip_set(&pic->chip[pin / 8], pin % 8, level);
        update(pic);
    }
}

static const struct vmm_pic_ops pic_ops = {
    .pending = pic_pending, .acknowledge = pic_acknowledge, .set_pin = pic_set_pin};

/* ICW1 restarts the initialisation sequence and clears most of the chip (data sheet, "ICW1"). */
static void write_icw1(struct i8259_chip *c, uint8_t value)
{
    c->irr &= c->elcr; /* edges must come again, levels stay */
    c->imr = 0;
    c->isr = 0;
    c->lowest = 7;
    c->special_mask = false;
    c->poll = false;
    c->read_isr = false;
    c->auto_eoi = false;
    c->rotate_on_auto_eoi = false;
    c->special_nested = false;
    c->single = value & ICW1_SINGLE;
    c->need_icw4 = value & ICW1_IC4;
    c->step = I8259_ICW2;
}

static void write_ocw2(struct i8259 *pic, struct i8259_chip *c, uint8_t value)
{
    uint8_t level = value & 7u;
    /* in special mask mode a masked level is not ended by a non-specific EOI */
    uint8_t service = c->special_mask ? c->isr & (uint8_t)~c->imr : c->isr;
    int highest = first(c, service);
    switch ((enum ocw2)(value >> 5)) {
    case OCW2_CLEAR_ROTATE_AEOI:
        c->rotate_on_auto_eoi = false;
        break;
    case OCW2_SET_ROTATE_AEOI:
        c->rotate_on_auto_eoi = true;
        break;
    case OCW2_EOI:
        end(pic, c, highest);
        break;
    case OCW2_ROTATE_EOI:
        end(pic, c, highest);
        c->lowest = highest >= 0 ? (uint8_t)highest : c->lowest;
        break;
    case OCW2_SPECIFIC_EOI:
        end(pic, c, level);
        break;
    case OCW2_ROTATE_SPECIFIC_EOI:
        end(pic, c, level);
        c->lowest = level;
        break;
    case OCW2_SET_PRIORITY:
        c->lowest = level;
        break;
    case OCW2_NOP:
        break;
    }
}

static void write_ocw3(struct i8259_chip *c, uint8_t value)
{
    if (value & OCW3_RR) {
        c->read_isr = value & OCW3_RIS;
    }
    if (value & OCW3_POLL) {
        c->poll = true;
    }
    if (value & OCW3_ESMM) {
        c->special_mask = value & OCW3_SMM;
    }
}

/* The odd port: the next initialisation word, or the mask. */
static void write_odd(struct i8259_chip *c, uint8_t value)
{
    switch (c->step) {
    case I8259_READY:
        c->imr = value;
        break;
    case I8259_ICW2:
        c->base = value & 0xf8u;
        c->step = !c->single ? I8259_ICW3 : c->need_icw4 ? I8259_ICW4 : I8259_READY;
        break;
    case I8259_ICW3: /* the wiring of a PC is fixed */
        c->step = c->need_icw4 ? I8259_ICW4 : I8259_READY;
        break;
    case I8259_ICW4:
        c->auto_eoi = value & ICW4_AEOI;
        c->special_nested = value & ICW4_SFNM;
        c->step = I8259_READY;
        break;
    }
}

static void write_elcr(struct i8259_chip *c, uint8_t value)
{
    c->elcr = value & c->elcr_mask;
    /* an input that is level-triggered now requests exactly while its line is high */
    c->irr = (c->irr & (uint8_t)~c->elcr) | (c->lines & c->elcr);
}

static void write_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct i8259 *pic = VMM_CHIP(struct i8259, dev);
    uint8_t value = (uint8_t)at->value;
    if (at->range == RANGE_ELCR) {
        write_elcr(&pic->chip[at->offset & 1], value);
        update(pic);
        return;
    }
    struct i8259_chip *c = &pic->chip[at->range == RANGE_SLAVE ? SLAVE : MASTER];
    if (at->offset & 1) {
        write_odd(c, value);
    } else if (value & ICW1_SELECT) {
        write_icw1(c, value);
    } else if (value & OCW3_SELECT) {
        write_ocw3(c, value);
    } else {
        write_ocw2(pic, c, value);
    }
    update(pic);
}

/* A poll is an acknowledge cycle whose answer is read by the program. */
static uint8_t poll_chip(struct i8259 *pic, struct i8259_chip *c)
{
    c->poll = false;
    int n = requested(c);
    if (n < 0) {
        return 0;
    }
    take(pic, c, (unsigned)n);
    update(pic);
    return 0x80u | (uint8_t)n;
}

static uint8_t read_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct i8259 *pic = VMM_CHIP(struct i8259, dev);
    if (at->range == RANGE_ELCR) {
        return pic->chip[at->offset & 1].elcr;
    }
    struct i8259_chip *c = &pic->chip[at->range == RANGE_SLAVE ? SLAVE : MASTER];
    if (c->poll) {
        return poll_chip(pic, c);
    }
    if (at->offset & 1) {
        return c->imr;
    }
    return c->read_isr ? c->isr : c->irr;
}

static bool i8259_read(struct vmm_device *dev, struct vmm_access *access)
{
    return bytewise_read(dev, access, read_byte);
}

static bool i8259_write(struct vmm_device *dev, const struct vmm_access *access)
{
    return bytewise_write(dev, access, write_byte);
}

static void set_elcr(struct i8259 *pic)
{
    for (unsigned i = 0; i < 2; i++) {
        write_elcr(&pic->chip[i], (uint8_t)(pic->level_lines >> (8 * i)));
    }
}

/* The chip has no reset pin; this is the state firmware leaves: initialised, all inputs masked. */
static void i8259_reset(struct vmm_device *dev)
{
    struct i8259 *pic = VMM_CHIP(struct i8259, dev);
    for (unsigned i = 0; i < 2; i++) {
        pic->chip[i] = (struct i8259_chip){
            .imr = 0xff,
            .lowest = 7,
            .base = i ? 0x70 : 0x08,
            /* the timer, the keyboard, the cascade, the clock and the coprocessor are edges */
            .elcr_mask = i ? 0xde : 0xf8,
        };
    }
    set_elcr(pic);
    pic->output = false;
}

static void i8259_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct i8259 *pic = VMM_CHIP(struct i8259, dev);
    for (unsigned i = 0; i < 2; i++) {
        const struct i8259_chip *c = &pic->chip[i];
        vmm_text_printf(out, "%s: irr %02x imr %02x isr %02x lines %02x elcr %02x base %02x\n",
                        i ? "slave" : "master", c->irr, c->imr, c->isr, c->lines, c->elcr, c->base);
    }
}

static void i8259_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct i8259 *pic = VMM_CHIP(struct i8259, dev);
    for (unsigned i = 0; i < 16; i++) {
        if (pic->acknowledged[i]) {
            vmm_text_printf(out, "irq%u %llu\n", i, (unsigned long long)pic->acknowledged[i]);
        }
    }
    vmm_text_printf(out, "spurious %llu\n", (unsigned long long)pic->spurious);
}

static const struct vmm_device_ops i8259_ops = {
    .name = "i8259",
    .read = i8259_read,
    .write = i8259_write,
    .reset = i8259_reset,
    .dump = i8259_dump,
    .stats = i8259_stats,
};

void i8259_create(struct i8259 *pic, struct vmm *vm)
{
    pic->dev.ops = &i8259_ops;
    vmm_device_add(vm, &pic->dev);
    vmm_bus_claim(&pic->dev, VMM_SPACE_IO, 0x20, 2, RANGE_MASTER);
    vmm_bus_claim(&pic->dev, VMM_SPACE_IO, 0xa0, 2, RANGE_SLAVE);
    vmm_bus_claim(&pic->dev, VMM_SPACE_IO, 0x4d0, 2, RANGE_ELCR);
    vmm_set_pic(vm, &pic_ops, pic);
}

void i8259_set_level(struct i8259 *pic, uint16_t lines)
{
    pic->level_lines = lines;
    set_elcr(pic);
}

void i8259_on_eoi(struct i8259 *pic, void (*eoi)(void *ctx, unsigned line), void *ctx)
{
    pic->eoi = eoi;
    pic->eoi_ctx = ctx;
}
