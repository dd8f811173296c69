/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Shared by lapic.c (registers), lapic_interrupt.c (priorities and messages) and lapic_timer.c. */
#include "lapic.h"

#define APIC_BASE_BSP    (1ull << 8)
#define APIC_BASE_X2APIC (1ull << 10)
#define APIC_BASE_ENABLE (1ull << 11)

#define SVR_ENABLE (1u << 8)

#define LVT_MASKED     (1u << 16)
#define LVT_DELIVERY   0x700u
#define LVT_EXTINT     0x700u
#define LVT_TIMER_MODE (3u << 17)
#define LVT_ONE_SHOT   (0u << 17)
#define LVT_PERIODIC   (1u << 17)
#define LVT_DEADLINE   (2u << 17)

#define ESR_SEND_ILLEGAL     (1u << 5)
#define ESR_RECEIVE_ILLEGAL  (1u << 6)
#define ESR_ILLEGAL_REGISTER (1u << 7)

/** Delivery modes of vmm_apic_message. */
enum {
    DELIVER_FIXED,
    DELIVER_LOWEST,
    DELIVER_SMI,
    DELIVER_NMI = 4,
    DELIVER_INIT,
    DELIVER_STARTUP,
    DELIVER_EXTINT
};

static inline bool lapic_is_x2apic(const struct lapic_cpu *c)
{
    return c->base & APIC_BASE_X2APIC;
}

/** Globally and by software enabled. */
static inline bool lapic_is_enabled(const struct lapic_cpu *c)
{
    return (c->base & APIC_BASE_ENABLE) && (c->svr & SVR_ENABLE);
}

/* lapic_interrupt.c */
extern const struct vmm_lapic_ops lapic_ops;
uint32_t lapic_ppr(const struct lapic_cpu *c);
void lapic_eoi(struct lapic *l, struct lapic_cpu *c);
void lapic_send_icr(struct lapic *l, struct lapic_cpu *c);
void lapic_accept(struct lapic *l, struct lapic_cpu *c, const struct vmm_apic_message *message);
void lapic_raise_local(struct lapic *l, struct lapic_cpu *c, enum lapic_lvt which);
void lapic_note_error(struct lapic *l, struct lapic_cpu *c, uint32_t error);

/* lapic.c */
void lapic_reset_cpu(struct lapic *l, struct lapic_cpu *c);

/* lapic_timer.c */
void lapic_timer_fire(struct vmm_timer *timer);
void lapic_timer_stop(struct lapic *l, struct lapic_cpu *c);
void lapic_timer_set_count(struct lapic *l, struct lapic_cpu *c, uint32_t count);
void lapic_timer_set_divide(struct lapic *l, struct lapic_cpu *c, uint32_t divide);
void lapic_timer_set_lvt(struct lapic *l, struct lapic_cpu *c, uint32_t value);
void lapic_timer_set_deadline(struct lapic *l, struct lapic_cpu *c, uint64_t tsc);
uint32_t lapic_timer_count(const struct lapic *l, const struct lapic_cpu *c);
