/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * IA-PC HPET specification 1.0a: 100 MHz main counter, three 64-bit comparators, all of them
 * periodic-capable, legacy replacement routing, I/O APIC inputs 20 to 23.
 *
 * Not modelled: FSB (message) interrupts. Periods that pass while the machine does not run are not
 * made up for. A 64-bit access is one access; the two halves of a counter read by 32-bit accesses
 * can belong to different moments, as in the chip.
 */
#include "hpet.h"
#include <vmm/platform.h>

enum {
    REG_ID = 0x000,
    REG_CONFIG = 0x010,
    REG_STATUS = 0x020,
    REG_COUNTER = 0x0f0,
    REG_TIMERS = 0x100,
    TIMER_STRIDE = 0x20
};
enum { TIMER_CONFIG = 0x00, TIMER_COMPARATOR = 0x08 };

#define ID_64BIT  (1u << 13)
#define ID_LEGACY (1u << 15)
#define ID                                                                                         \
    ((uint64_t)HPET_PERIOD_FS << 32 | 0x8086u << 16 | ID_LEGACY | ID_64BIT |                       \
     (HPET_TIMERS - 1) << 8 | 0x01u)
_Static_assert((uint32_t)ID == HPET_BLOCK_ID, "the ACPI table shows the same");

#define CONFIG_ENABLE 1u
#define CONFIG_LEGACY 2u

#define T_LEVEL        (1u << 1)
#define T_ENABLE       (1u << 2)
#define T_PERIODIC     (1u << 3)
#define T_CAP_PERIODIC (1u << 4)
#define T_CAP_64BIT    (1u << 5)
#define T_SET_VALUE    (1u << 6)
#define T_32BIT        (1u << 8)
#define T_ROUTE        (31u << 9)
#define T_WRITABLE     (T_LEVEL | T_ENABLE | T_PERIODIC | T_SET_VALUE | T_32BIT | T_ROUTE)
#define ROUTES         0x00f00000ull
#define T_FIXED        (ROUTES << 32 | T_CAP_PERIODIC | T_CAP_64BIT)

#define COUNTER_HZ 100000000u
/* A guest may ask for a shorter period; it gets one it can survive. */
#define MIN_PERIOD_TICKS 1000u

static uint64_t counter_at(const struct hpet *h, uint64_t ns)
{
    if (!(h->config & CONFIG_ENABLE)) {
        return h->counter;
    }
    return h->counter + vmm_ns_to_ticks(ns - h->counter_ns, COUNTER_HZ);
}

static uint64_t counter_now(const struct hpet *h)
{
    return counter_at(h, vmm_now(h->dev.vm));
}

/* One access or one match sees one moment: a match that passes while it is handled (the VMM may be
 * preempted) is planned in the past and fires at once instead of being taken for the next round. */
static void take_time(struct hpet *h)
{
    h->now = vmm_now(h->dev.vm);
}

/* Ticks from the counter's value to the match: 1 .. 2^32 or 2^64. */
static uint64_t ticks_to_match(const struct hpet_timer *t, uint64_t counter)
{
    if (t->config & T_32BIT) {
        uint32_t left = (uint32_t)t->comparator - (uint32_t)counter;
        return left ? left : 1ull << 32;
    }
    uint64_t left = t->comparator - counter;
    return left ? left : UINT64_MAX;
}

static bool is_legacy(const struct hpet *h, unsigned n)
{
    return (h->config & CONFIG_LEGACY) && n < 2;
}

/* The wire of a comparator now, NULL when its route leads nowhere. */
static const struct vmm_irq_line *wire(const struct hpet *h, unsigned n)
{
    if (is_legacy(h, n)) {
        return n == 0 ? &h->irq_timer : &h->irq_rtc;
    }
    unsigned route = (h->timers[n].config & T_ROUTE) >> 9;
    return route < 24 && (ROUTES >> route & 1u) ? &h->irq[n][route] : NULL;
}

static void arm(struct hpet *h, struct hpet_timer *t)
{
    if (!(h->config & CONFIG_ENABLE) || !(t->config & T_ENABLE)) {
        vmm_timer_cancel(h->dev.vm, &t->timer);
        return;
    }
    uint64_t counter = counter_at(h, h->now);
    uint64_t left = ticks_to_match(t, counter);
    if (left > (uint64_t)COUNTER_HZ * 86400 * 365) { /* a year is never */
        vmm_timer_cancel(h->dev.vm, &t->timer);
        return;
    }
    uint64_t since = counter - h->counter + left; /* ticks after counter_ns, exactly */
    vmm_timer_arm(h->dev.vm, &t->timer, h->counter_ns + vmm_ticks_to_ns(since, COUNTER_HZ));
}

static void interrupt(struct hpet *h, struct hpet_timer *t)
{
    const struct vmm_irq_line *line = wire(h, t->index);
    if (!line) {
        return;
    }
    h->interrupts++;
    if ((t->config & T_LEVEL) && !is_legacy(h, t->index)) {
        h->status |= 1u << t->index;
        vmm_irq_set(line, true);
    } else {
        vmm_irq_pulse(line);
    }
}

static void lower(struct hpet *h, unsigned n)
{
    const struct vmm_irq_line *line = wire(h, n);
    if ((h->status >> n & 1u) && line) {
        vmm_irq_set(line, false);
    }
    h->status &= ~(uint64_t)(1u << n);
}

static void match(struct hpet *h, struct hpet_timer *t)
{
    interrupt(h, t);
    if (!(t->config & T_PERIODIC) || t->period == 0) {
        arm(h, t); /* matches again when the counter has gone round */
        return;
    }
    uint64_t period = t->period < MIN_PERIOD_TICKS ? MIN_PERIOD_TICKS : t->period;
    uint64_t late = counter_at(h, h->now) - t->comparator;
    if (t->config & T_32BIT) {
        late = (uint32_t)late;
    }
    t->comparator += (late / period + 1) * period;
    if (t->config & T_32BIT) {
        t->comparator = (uint32_t)t->comparator;
    }
    arm(h, t);
}

static void timer_fire(struct vmm_timer *timer)
{
    struct hpet_timer *t = VMM_TIMER_OF(struct hpet_timer, timer, timer);
    struct hpet *h = VMM_TIMER_OF(struct hpet, timers[t->index], t);
    take_time(h);
    match(h, t);
}

/* A match whose time has come but that has not fired yet must not be lost to a new plan. */
static void fire_due(struct hpet *h)
{
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        struct vmm_timer *timer = &h->timers[i].timer;
        if (timer->armed && timer->deadline <= h->now) {
            vmm_timer_cancel(h->dev.vm, timer);
            match(h, &h->timers[i]);
        }
    }
}

static void write_config(struct hpet *h, uint64_t value)
{
    uint64_t changed = h->config ^ value;
    h->counter = counter_at(h, h->now);
    h->counter_ns = h->now;
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        lower(h, i); /* while the old routing still holds */
    }
    h->config = value & (CONFIG_ENABLE | CONFIG_LEGACY);
    if ((changed & CONFIG_LEGACY) && h->legacy) {
        h->legacy(h->legacy_ctx, h->config & CONFIG_LEGACY);
    }
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        arm(h, &h->timers[i]);
    }
}

static void write_counter(struct hpet *h, uint64_t value)
{
    h->counter = value;
    h->counter_ns = h->now;
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        arm(h, &h->timers[i]);
    }
}

/* A write to the comparator of a periodic timer is its period; after "set value" also its next
 * match (2.3.9.2.2). */
static void write_comparator(struct hpet_timer *t, uint64_t value)
{
    if (t->config & T_32BIT) {
        value = (uint32_t)value;
    }
    if (!(t->config & T_PERIODIC) || (t->config & T_SET_VALUE)) {
        t->comparator = value;
    }
    if (t->config & T_PERIODIC) {
        t->period = value;
    }
    t->config &= ~(uint64_t)T_SET_VALUE;
}

static void write_timer_config(struct hpet *h, struct hpet_timer *t, uint64_t value)
{
    lower(h, t->index);
    t->config = (value & T_WRITABLE) | T_FIXED;
    if (t->config & T_32BIT) {
        t->comparator = (uint32_t)t->comparator;
        t->period = (uint32_t)t->period;
    }
}

static uint64_t *timer_register(struct hpet *h, uint64_t reg, unsigned *n)
{
    *n = (unsigned)(reg - REG_TIMERS) / TIMER_STRIDE;
    if (reg < REG_TIMERS || *n >= HPET_TIMERS) {
        return NULL;
    }
    switch (reg % TIMER_STRIDE) {
    case TIMER_CONFIG:
        return &h->timers[*n].config;
    case TIMER_COMPARATOR:
        return &h->timers[*n].comparator;
    default:
        return NULL;
    }
}

static uint64_t read_register(struct hpet *h, uint64_t reg)
{
    unsigned n;
    switch (reg) {
    case REG_ID:
        return ID;
    case REG_CONFIG:
        return h->config;
    case REG_STATUS:
        return h->status;
    case REG_COUNTER:
        return counter_now(h);
    default:
        break;
    }
    const uint64_t *value = timer_register(h, reg, &n);
    return value ? *value : 0;
}

static void write_register(struct hpet *h, uint64_t reg, uint64_t value)
{
    unsigned n;
    switch (reg) {
    case REG_CONFIG:
        write_config(h, value);
        return;
    case REG_STATUS:
        for (n = 0; n < HPET_TIMERS; n++) {
            if (value >> n & 1u) {
                lower(h, n);
            }
        }
        return;
    case REG_COUNTER:
        if (!(h->config & CONFIG_ENABLE)) { /* undefined while it runs: ignored */
            write_counter(h, value);
        }
        return;
    default:
        break;
    }
    if (!timer_register(h, reg, &n)) {
        return;
    }
    if (reg % TIMER_STRIDE == TIMER_CONFIG) {
        write_timer_config(h, &h->timers[n], value);
    } else {
        write_comparator(&h->timers[n], value);
    }
    arm(h, &h->timers[n]);
}

static uint64_t mask_of(unsigned size)
{
    return size >= 8 ? UINT64_MAX : (1ull << (8 * size)) - 1;
}

static bool hpet_read(struct vmm_device *dev, struct vmm_access *access)
{
    struct hpet *h = VMM_CHIP(struct hpet, dev);
    uint64_t reg = access->offset & ~7ull, shift = 8 * (access->offset & 7u);
    access->value = read_register(h, reg) >> shift;
    return true;
}

static bool hpet_write(struct vmm_device *dev, const struct vmm_access *access)
{
    struct hpet *h = VMM_CHIP(struct hpet, dev);
    uint64_t reg = access->offset & ~7ull, shift = 8 * (access->offset & 7u);
    uint64_t lanes = mask_of(access->size) << shift;
    uint64_t value = access->value << shift;
    /* bytes not written keep their value, but status is write-one-to-clear */
    if (lanes != UINT64_MAX && reg != REG_STATUS) {
        value = (value & lanes) | (read_register(h, reg) & ~lanes);
    }
    take_time(h);
    fire_due(h);
    write_register(h, reg, value);
    return true;
}

static void hpet_reset(struct vmm_device *dev)
{
    struct hpet *h = VMM_CHIP(struct hpet, dev);
    take_time(h);
    write_config(h, 0);
    h->counter = 0;
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        struct hpet_timer *t = &h->timers[i];
        vmm_timer_cancel(dev->vm, &t->timer);
        t->config = T_FIXED;
        t->comparator = UINT64_MAX;
        t->period = 0;
    }
}

static void hpet_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct hpet *h = VMM_CHIP(struct hpet, dev);
    vmm_text_printf(out, "config %llx status %llx counter %llx\n", (unsigned long long)h->config,
                    (unsigned long long)h->status, (unsigned long long)counter_now(h));
    for (unsigned i = 0; i < HPET_TIMERS; i++) {
        const struct hpet_timer *t = &h->timers[i];
        vmm_text_printf(out, "timer %u: config %04x comparator %llx period %llx%s\n", i,
                        (unsigned)(t->config & 0xffff), (unsigned long long)t->comparator,
                        (unsigned long long)t->period, t->timer.armed ? " armed" : "");
    }
}

static void hpet_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct hpet *h = VMM_CHIP(struct hpet, dev);
    vmm_text_printf(out, "interrupts %llu\n", (unsigned long long)h->interrupts);
}

static const struct vmm_device_ops hpet_ops = {
    .name = "hpet",
    .read = hpet_read,
    .write = hpet_write,
    .reset = hpet_reset,
    .dump = hpet_dump,
    .stats = hpet_stats,
};

void hpet_create(struct hpet *hpet, struct vmm *vm, void (*legacy)(void *ctx, bool replaces),
                 void *ctx)
{
    hpet->dev.ops = &hpet_ops;
    hpet->legacy = legacy;
    hpet->legacy_ctx = ctx;
    hpet->irq_timer = vmm_irq_line(vm, VMM_IRQ_TIMER);
    hpet->irq_rtc = vmm_irq_line(vm, VMM_IRQ_RTC);
    for (unsigned n = 0; n < HPET_TIMERS; n++) {
        hpet->timers[n].index = n;
        hpet->timers[n].timer.fire = timer_fire;
        for (unsigned pin = 0; pin < 24; pin++) {
            if (ROUTES >> pin & 1u) {
                hpet->irq[n][pin] = vmm_irq_line(vm, pin);
            }
        }
    }
    vmm_device_add(vm, &hpet->dev);
    vmm_bus_claim(&hpet->dev, VMM_SPACE_MMIO, VMM_HPET_BASE, 0x400, 0);
}
