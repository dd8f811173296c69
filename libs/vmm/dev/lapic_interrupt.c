/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Local APICs: acceptance, priorities, EOI and messages between processors (Intel SDM vol. 3,
 * 11.6 to 11.8 and 11.12).
 */
#include "lapic_internal.h"
#include <string.h>

static bool test_bit(const uint32_t *set, unsigned n)
{
    return set[n / 32] >> (n % 32) & 1u;
}

static void set_bit(uint32_t *set, unsigned n, bool value)
{
    uint32_t mask = 1u << (n % 32);
    set[n / 32] = value ? set[n / 32] | mask : set[n / 32] & ~mask;
}

/* The highest vector in a set, or -1. */
static int highest(const uint32_t *set)
{
    for (int i = 7; i >= 0; i--) {
        if (set[i]) {
            return i * 32 + 31 - __builtin_clz(set[i]);
        }
    }
    return -1;
}

uint32_t lapic_ppr(const struct lapic_cpu *c)
{
    int in_service = highest(c->isr);
    uint32_t class = in_service < 0 ? 0 : (uint32_t)in_service & 0xf0u;
    return (c->tpr & 0xf0u) >= class ? c->tpr : class;
}

static struct lapic_cpu *cpu(void *ctx, unsigned vcpu)
{
    return &((struct lapic *)ctx)->cpu[vcpu % VMM_MAX_VCPUS];
}

static int pending(void *ctx, unsigned vcpu)
{
    const struct lapic_cpu *c = cpu(ctx, vcpu);
    int vector = lapic_is_enabled(c) ? highest(c->irr) : -1;
    return vector >= 0 && ((uint32_t)vector & 0xf0u) > (lapic_ppr(c) & 0xf0u) ? vector : -1;
}

static int acknowledge(void *ctx, unsigned vcpu)
{
    struct lapic_cpu *c = cpu(ctx, vcpu);
    int vector = pending(ctx, vcpu);
    if (vector >= 0) {
        set_bit(c->irr, (unsigned)vector, false);
        set_bit(c->isr, (unsigned)vector, true);
    }
    return vector;
}

/* A fixed interrupt arrives. */
static void accept_vector(struct lapic *l, struct lapic_cpu *c, uint8_t vector, bool level)
{
    if (!lapic_is_enabled(c)) {
        return;
    }
    if (vector < 16) {
        lapic_note_error(l, c, ESR_RECEIVE_ILLEGAL);
        return;
    }
    c->accepted++;
    set_bit(c->tmr, vector, level);
    set_bit(c->irr, vector, true);
    if (pending(l, c->id) >= 0) {
        vmm_interrupt_changed(l->dev.vm, c->id);
    }
}

void lapic_accept(struct lapic *l, struct lapic_cpu *c, const struct vmm_apic_message *message)
{
    struct vmm *vm = l->dev.vm;
    switch (message->delivery) {
    case DELIVER_FIXED:
    case DELIVER_LOWEST:
        accept_vector(l, c, message->vector, message->level);
        break;
    case DELIVER_NMI:
        vmm_cpu_signal(vm, c->id, VMM_CPU_NMI, 0);
        break;
    case DELIVER_INIT:
        if (message->assert_level || !message->level) { /* the de-assert only set arbitration ids */
            vmm_cpu_signal(vm, c->id, VMM_CPU_INIT, 0);
        }
        break;
    case DELIVER_STARTUP:
        vmm_cpu_signal(vm, c->id, VMM_CPU_STARTUP, message->vector);
        break;
    default: /* SMI: no system management mode; ExtINT comes over LINT0 only */
        break;
    }
}

void lapic_raise_local(struct lapic *l, struct lapic_cpu *c, enum lapic_lvt which)
{
    uint32_t entry = c->lvt[which];
    if (entry & LVT_MASKED) {
        return;
    }
    /* the timer and error entries have no delivery mode field */
    bool plain = which == LAPIC_LVT_TIMER || which == LAPIC_LVT_ERROR;
    struct vmm_apic_message message = {
        .vector = (uint8_t)entry,
        .delivery = plain ? DELIVER_FIXED : (uint8_t)((entry & LVT_DELIVERY) >> 8),
        .assert_level = true,
    };
    lapic_accept(l, c, &message);
}

void lapic_note_error(struct lapic *l, struct lapic_cpu *c, uint32_t error)
{
    bool fresh = !(c->esr_pending & error);
    c->esr_pending |= error;
    /* an illegal vector in the error entry must not report itself for ever */
    if (fresh && (c->lvt[LAPIC_LVT_ERROR] & 0xffu) >= 16) {
        lapic_raise_local(l, c, LAPIC_LVT_ERROR);
    }
}

void lapic_eoi(struct lapic *l, struct lapic_cpu *c)
{
    int vector = highest(c->isr);
    if (vector < 0) {
        return;
    }
    set_bit(c->isr, (unsigned)vector, false);
    if (test_bit(c->tmr, (unsigned)vector)) {
        vmm_ioapic_eoi(l->dev.vm, (uint8_t)vector);
    }
    if (pending(l, c->id) >= 0) {
        vmm_interrupt_changed(l->dev.vm, c->id);
    }
}

static bool matches_logical(const struct lapic_cpu *c, uint32_t destination)
{
    if (lapic_is_x2apic(c)) {
        return destination >> 16 == c->ldr >> 16 && (destination & c->ldr & 0xffffu);
    }
    uint32_t id = c->ldr >> 24;
    if (c->dfr >> 28 == 0xf) { /* flat */
        return (destination & id & 0xffu) != 0;
    }
    return (destination & 0xf0u) == (id & 0xf0u) && (destination & id & 0x0fu);
}

static bool matches(const struct lapic_cpu *c, const struct vmm_apic_message *message)
{
    uint32_t destination = message->destination;
    if (!(c->base & APIC_BASE_ENABLE)) {
        return message->delivery >= DELIVER_INIT && destination == c->id && !message->logical;
    }
    switch (message->shorthand) {
    case 1:
        return c->id == message->source;
    case 2:
        return true;
    case 3:
        return c->id != message->source;
    default:
        break;
    }
    /* 8-bit and 32-bit broadcast; ids stay below both */
    if (destination == UINT32_MAX || (destination == 0xff && !message->logical)) {
        return true;
    }
    return message->logical ? matches_logical(c, destination) : destination == c->id;
}

/* Of the addressed processors the one with the lowest priority, taking turns. */
static struct lapic_cpu *choose_lowest(struct lapic *l, const struct vmm_apic_message *message)
{
    struct lapic_cpu *best = NULL;
    for (unsigned i = 1; i <= l->num; i++) {
        struct lapic_cpu *c = &l->cpu[(l->last_lowest + i) % l->num];
        if (lapic_is_enabled(c) && matches(c, message) &&
            (!best || lapic_ppr(c) < lapic_ppr(best))) {
            best = c;
        }
    }
    if (best) {
        l->last_lowest = best->id;
    }
    return best;
}

static void deliver(void *ctx, const struct vmm_apic_message *message)
{
    struct lapic *l = ctx;
    if (message->delivery == DELIVER_LOWEST) {
        struct lapic_cpu *c = choose_lowest(l, message);
        if (c) {
            lapic_accept(l, c, message);
        }
        return;
    }
    for (unsigned i = 0; i < l->num; i++) {
        if (matches(&l->cpu[i], message)) {
            lapic_accept(l, &l->cpu[i], message);
        }
    }
}

void lapic_send_icr(struct lapic *l, struct lapic_cpu *c)
{
    uint32_t low = (uint32_t)c->icr;
    struct vmm_apic_message message = {
        .vector = (uint8_t)low,
        .delivery = low >> 8 & 7u,
        .logical = low >> 11 & 1u,
        .assert_level = low >> 14 & 1u,
        .level = low >> 15 & 1u,
        .destination = lapic_is_x2apic(c) ? (uint32_t)(c->icr >> 32) : (uint32_t)(c->icr >> 56),
        .shorthand = low >> 18 & 3u,
        .source = c->id,
    };
    c->ipis_sent++;
    if (message.delivery <= DELIVER_LOWEST) {
        /* IPIs are edges whatever the trigger bit says (SDM table 11-3) */
        message.level = false;
        if (message.vector < 16) {
            lapic_note_error(l, c, ESR_SEND_ILLEGAL);
            return;
        }
    }
    deliver(l, &message);
}

static bool accepts_extint(void *ctx, unsigned vcpu)
{
    const struct lapic_cpu *c = cpu(ctx, vcpu);
    if (!(c->base & APIC_BASE_ENABLE)) {
        return c->base & APIC_BASE_BSP; /* the pin is the boot processor's INTR then */
    }
    uint32_t lint0 = c->lvt[LAPIC_LVT_LINT0];
    return !(lint0 & LVT_MASKED) && (lint0 & LVT_DELIVERY) == LVT_EXTINT;
}

static uint8_t get_cr8(void *ctx, unsigned vcpu)
{
    return (uint8_t)(cpu(ctx, vcpu)->tpr >> 4);
}

static void set_cr8(void *ctx, unsigned vcpu, uint8_t cr8)
{
    struct lapic_cpu *c = cpu(ctx, vcpu);
    c->tpr = (uint32_t)(cr8 & 15u) << 4;
    if (pending(ctx, vcpu) >= 0) {
        vmm_interrupt_changed(((struct lapic *)ctx)->dev.vm, vcpu);
    }
}

static uint64_t apic_base(void *ctx, unsigned vcpu)
{
    return cpu(ctx, vcpu)->base;
}

static void init(void *ctx, unsigned vcpu)
{
    struct lapic_cpu *c = cpu(ctx, vcpu);
    uint64_t base = c->base;
    lapic_reset_cpu(ctx, c);
    c->base = base;
    if (lapic_is_x2apic(c)) {
        c->ldr = c->id >> 4 << 16 | 1u << (c->id & 15u);
    }
}

const struct vmm_lapic_ops lapic_ops = {
    .deliver = deliver,
    .pending = pending,
    .acknowledge = acknowledge,
    .accepts_extint = accepts_extint,
    .get_cr8 = get_cr8,
    .set_cr8 = set_cr8,
    .apic_base = apic_base,
    .init = init,
};
