/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Intel 8254 programmable interval timer, data sheet order number 231164-005, with the PC's wiring:
 * counter 0 to interrupt 0, counter 1 was memory refresh (bit 4 of port 0x61 toggles with it),
 * counter 2 to the speaker, its gate in bit 0 and its output in bit 5 of port 0x61 (ICH9 13.7.1).
 * Operating systems calibrate their TSC against counter 2, so its timing is exact.
 *
 * Nothing counts here: a counter is the tick at which it started, and everything else is computed.
 * Deliberately different: ticks of counter 0 that pass while the machine does not run are not made
 * up for; a count of 1 in modes 2 and 3, which the data sheet forbids, counts as 65536.
 */
#include "i8254.h"
#include "bytewise.h"
#include <vmm/platform.h>

enum { RANGE_COUNTERS, RANGE_PORT61 };
#define CONTROL 3u /* offset of the control word register */

#define READ_BACK_NO_COUNT  0x20u
#define READ_BACK_NO_STATUS 0x10u
#define STATUS_OUT          0x80u
#define STATUS_NULL         0x40u

#define PORT61_GATE2    0x01u
#define PORT61_WRITABLE 0x0fu
#define PORT61_REFRESH  0x10u
#define PORT61_OUT2     0x20u
#define REFRESH_TICKS   18u /* counter 1 as firmware programs it: 15 us */

static uint64_t tick_now(const struct i8254 *pit)
{
    return vmm_ns_to_ticks(vmm_now(pit->dev.vm), I8254_HZ);
}

static bool is_periodic(const struct i8254_counter *c)
{
    return c->mode == 2 || c->mode == 3;
}

/* Modes 2 and 3: a new count takes over when the current period ends. */
static void settle(struct i8254_counter *c, uint64_t now)
{
    if (c->has_next && now >= c->next_start) {
        c->start = c->next_start;
        c->count = c->next_count;
        c->has_next = false;
    }
}

static uint64_t elapsed(const struct i8254_counter *c, uint64_t now)
{
    if (c->frozen) {
        return c->frozen_elapsed;
    }
    return now > c->start ? now - c->start : 0;
}

/* Level of OUT (data sheet, "Mode Definitions"). */
static bool output(const struct i8254_counter *c, uint64_t now)
{
    if (!c->counting) {
        return c->mode != 0;
    }
    uint64_t t = elapsed(c, now);
    switch (c->mode) {
    case 0:
    case 1:
        return t >= c->count;
    case 2:
        return !c->gate || t % c->count != c->count - 1;
    case 3:
        return !c->gate || t % c->count < (c->count + 1) / 2;
    default:
        return t != c->count; /* strobe: low for one tick */
    }
}

static uint16_t to_bcd(uint32_t n)
{
    return (uint16_t)(n % 10 | n / 10 % 10 << 4 | n / 100 % 10 << 8 | n / 1000 % 10 << 12);
}

/* What the counting element holds. */
static uint16_t value(const struct i8254_counter *c, uint64_t now)
{
    uint32_t modulus = c->bcd ? 10000 : 65536;
    uint64_t t = c->counting ? elapsed(c, now) : 0;
    uint64_t left;
    if (c->mode == 2) {
        left = c->count - t % c->count;
    } else if (c->mode == 3) {
        /* counts by two from the even part, once per half period */
        uint64_t half = (c->count + 1) / 2;
        uint64_t in_half = t % c->count;
        in_half = in_half >= half ? in_half - half : in_half;
        left = (c->count & ~1u) - 2 * in_half;
    } else {
        left = c->count + modulus - t % modulus; /* runs on past zero */
    }
    left %= modulus;
    return c->bcd ? to_bcd((uint32_t)left) : (uint16_t)left;
}

/* The tick of the next rising edge of OUT after now, or UINT64_MAX. */
static uint64_t next_rise(const struct i8254_counter *c, uint64_t now)
{
    if (!c->counting || c->frozen || (is_periodic(c) && !c->gate)) {
        return UINT64_MAX;
    }
    uint64_t at;
    if (is_periodic(c)) {
        uint64_t t = elapsed(c, now);
        at = c->start + (t / c->count + 1) * c->count;
        return at > now ? at : at + c->count;
    }
    at = c->start + c->count + (c->mode >= 4 ? 1 : 0);
    return at > now ? at : UINT64_MAX;
}

/* Show counter 0's output on its line and plan the next rising edge after now. Time may have gone
 * on since now was read (the VMM was preempted): an edge that has passed by then is planned in the
 * past and fires at once, so a one-shot is never lost. */
static void update_timer(struct i8254 *pit, uint64_t now)
{
    struct i8254_counter *c = &pit->counter[0];
    settle(c, now);
    /* the low phases of modes 2..5 are not worth an exit: the line falls just before it rises */
    vmm_irq_set(&pit->irq, !pit->disconnected && (output(c, now) || c->mode >= 2));
    uint64_t at = next_rise(c, now);
    if (at == UINT64_MAX) {
        vmm_timer_cancel(pit->dev.vm, &pit->timer);
    } else {
        vmm_timer_arm(pit->dev.vm, &pit->timer, vmm_ticks_to_ns(at, I8254_HZ));
    }
}

static void timer_fire(struct vmm_timer *timer)
{
    struct i8254 *pit = VMM_TIMER_OF(struct i8254, timer, timer);
    vmm_irq_set(&pit->irq, false);
    vmm_irq_set(&pit->irq, !pit->disconnected);
    pit->ticks_delivered++;
    update_timer(pit, tick_now(pit));
}

static uint32_t from_bcd(uint16_t raw)
{
    return (raw >> 12) * 1000u + (raw >> 8 & 15u) * 100u + (raw >> 4 & 15u) * 10u + (raw & 15u);
}

/* A complete count arrived. */
static void load(struct i8254_counter *c, uint16_t raw, uint64_t now)
{
    uint32_t count = c->bcd ? from_bcd(raw) : raw;
    if (count == 0 || (count == 1 && is_periodic(c))) {
        count = c->bcd ? 10000 : 65536;
    }
    c->null_count = false;
    c->loaded = true;
    if (c->mode == 1 || c->mode == 5) {
        /* waits for the trigger; a running shot keeps its own count */
        c->next_count = count;
        if (!c->counting) {
            c->count = count;
        }
        return;
    }
    if (is_periodic(c) && c->counting) {
        settle(c, now);
        c->next_count = count;
        c->next_start = c->start + (elapsed(c, now) / c->count + 1) * c->count;
        c->has_next = true;
        return;
    }
    c->count = count;
    c->start = now + 1; /* the next clock loads the counting element */
    c->counting = true;
    c->frozen = !c->gate && !is_periodic(c);
    c->frozen_elapsed = 0;
}

static void write_count(struct i8254_counter *c, uint8_t byte, uint64_t now)
{
    if (c->access == 1) {
        load(c, byte, now);
    } else if (c->access == 2) {
        load(c, (uint16_t)(byte << 8), now);
    } else if (!c->write_high_next) {
        c->write_low = byte;
        c->write_high_next = true;
        if (c->mode == 0) {
            c->counting = false; /* the first byte stops the count and lowers OUT */
        }
    } else {
        c->write_high_next = false;
        load(c, (uint16_t)(byte << 8 | c->write_low), now);
    }
}

static void latch_count(struct i8254_counter *c, uint64_t now)
{
    if (!c->latched) {
        c->latch = value(c, now);
        c->latched = true;
    }
}

static void latch_status(struct i8254_counter *c, uint64_t now)
{
    if (!c->latched_status) {
        bool waits = c->null_count || c->has_next || (c->counting && now < c->start);
        c->status = (uint8_t)((output(c, now) ? STATUS_OUT : 0) | (waits ? STATUS_NULL : 0) |
                              c->access << 4 | c->mode << 1 | c->bcd);
        c->latched_status = true;
    }
}

static void write_control(struct i8254 *pit, uint8_t word, uint64_t now)
{
    unsigned select = word >> 6;
    if (select == 3) { /* read-back command */
        for (unsigned i = 0; i < 3; i++) {
            struct i8254_counter *c = &pit->counter[i];
            if (!(word & 2u << i)) {
                continue;
            }
            settle(c, now);
            if (!(word & READ_BACK_NO_COUNT)) {
                latch_count(c, now);
            }
            if (!(word & READ_BACK_NO_STATUS)) {
                latch_status(c, now);
            }
        }
        return;
    }
    struct i8254_counter *c = &pit->counter[select];
    uint8_t access = word >> 4 & 3u;
    if (access == 0) {
        settle(c, now);
        latch_count(c, now);
        return;
    }
    uint8_t mode = word >> 1 & 7u;
    *c = (struct i8254_counter){
        .mode = mode > 5 ? mode - 4 : mode, /* the top bit is ignored in modes 2 and 3 */
        .access = access,
        .bcd = word & 1u,
        .gate = c->gate,
        .null_count = true,
        .count = word & 1u ? 10000 : 65536,
    };
}

static uint8_t read_counter(struct i8254 *pit, struct i8254_counter *c)
{
    if (c->latched_status) {
        c->latched_status = false;
        return c->status;
    }
    uint64_t now = tick_now(pit);
    settle(c, now);
    uint16_t word = c->latched ? c->latch : value(c, now);
    bool high = c->access == 2;
    if (c->access == 3) {
        high = c->read_high_next;
        c->read_high_next = !high;
    }
    if (c->access != 3 || high) {
        c->latched = false;
    }
    return (uint8_t)(high ? word >> 8 : word);
}

static void set_gate(struct i8254_counter *c, bool gate, uint64_t now)
{
    if (c->gate == gate) {
        return;
    }
    settle(c, now);
    if (!gate && !is_periodic(c) && c->mode != 1 && c->mode != 5 && c->counting) {
        c->frozen_elapsed = elapsed(c, now);
        c->frozen = true;
    }
    c->gate = gate;
    if (!gate) {
        return;
    }
    if ((c->mode == 1 || c->mode == 5) && c->loaded) { /* trigger */
        c->count = c->next_count;
        c->start = now + 1;
        c->counting = true;
    } else if (is_periodic(c) && c->counting) { /* reload and start again */
        c->count = c->has_next ? c->next_count : c->count;
        c->has_next = false;
        c->start = now + 1;
    } else if (c->frozen) {
        c->start = now - c->frozen_elapsed;
        c->frozen = false;
    }
}

static uint8_t read_port61(struct i8254 *pit)
{
    uint64_t now = tick_now(pit);
    settle(&pit->counter[2], now);
    return (uint8_t)(pit->port61 | (now / REFRESH_TICKS & 1 ? PORT61_REFRESH : 0) |
                     (output(&pit->counter[2], now) ? PORT61_OUT2 : 0));
}

static uint8_t read_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct i8254 *pit = VMM_CHIP(struct i8254, dev);
    if (at->range == RANGE_PORT61) {
        return read_port61(pit);
    }
    return at->offset == CONTROL ? 0xff : read_counter(pit, &pit->counter[at->offset]);
}

/* A tick whose time has come but that has not fired yet must not be lost to a new plan. */
static void fire_due(struct i8254 *pit, uint64_t now)
{
    if (pit->timer.armed && pit->timer.deadline <= vmm_ticks_to_ns(now, I8254_HZ)) {
        vmm_timer_cancel(pit->dev.vm, &pit->timer);
        timer_fire(&pit->timer);
    }
}

static void write_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct i8254 *pit = VMM_CHIP(struct i8254, dev);
    uint64_t now = tick_now(pit);
    uint8_t byte = (uint8_t)at->value;
    if (at->range == RANGE_PORT61) {
        pit->port61 = byte & PORT61_WRITABLE;
        set_gate(&pit->counter[2], byte & PORT61_GATE2, now);
        return;
    }
    fire_due(pit, now);
    if (at->offset == CONTROL) {
        write_control(pit, byte, now);
    } else {
        write_count(&pit->counter[at->offset], byte, now);
    }
    update_timer(pit, now);
}

static bool i8254_read(struct vmm_device *dev, struct vmm_access *access)
{
    return bytewise_read(dev, access, read_byte);
}

static bool i8254_write(struct vmm_device *dev, const struct vmm_access *access)
{
    return bytewise_write(dev, access, write_byte);
}

/* Undefined by the data sheet: nothing counts until it is programmed. */
static void i8254_reset(struct vmm_device *dev)
{
    struct i8254 *pit = VMM_CHIP(struct i8254, dev);
    for (unsigned i = 0; i < 3; i++) {
        pit->counter[i] = (struct i8254_counter){
            .mode = 3, .access = 3, .gate = i != 2, .null_count = true, .count = 65536};
    }
    pit->port61 = 0;
    vmm_timer_cancel(dev->vm, &pit->timer);
    vmm_irq_set(&pit->irq, false);
}

static void i8254_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct i8254 *pit = VMM_CHIP(struct i8254, dev);
    uint64_t now = tick_now(pit);
    for (unsigned i = 0; i < 3; i++) {
        const struct i8254_counter *c = &pit->counter[i];
        vmm_text_printf(out, "counter %u: mode %u count %u now %04x out %u gate %u%s\n", i, c->mode,
                        (unsigned)c->count, value(c, now), output(c, now), c->gate,
                        c->counting ? "" : " stopped");
    }
    vmm_text_printf(out, "port 0x61: %02x\n", pit->port61);
}

static void i8254_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct i8254 *pit = VMM_CHIP(struct i8254, dev);
    vmm_text_printf(out, "ticks %llu\n", (unsigned long long)pit->ticks_delivered);
}

static const struct vmm_device_ops i8254_ops = {
    .name = "i8254",
    .read = i8254_read,
    .write = i8254_write,
    .reset = i8254_reset,
    .dump = i8254_dump,
    .stats = i8254_stats,
};

void i8254_create(struct i8254 *pit, struct vmm *vm)
{
    pit->dev.ops = &i8254_ops;
    pit->timer.fire = timer_fire;
    pit->irq = vmm_irq_line(vm, VMM_IRQ_TIMER);
    vmm_device_add(vm, &pit->dev);
    vmm_bus_claim(&pit->dev, VMM_SPACE_IO, 0x40, 4, RANGE_COUNTERS);
    vmm_bus_claim(&pit->dev, VMM_SPACE_IO, 0x61, 1, RANGE_PORT61);
}

void i8254_disconnect(struct i8254 *pit, bool cut)
{
    pit->disconnected = cut;
    update_timer(pit, tick_now(pit));
}
