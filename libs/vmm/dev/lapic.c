/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Local APIC registers, memory-mapped (xAPIC) and as MSRs (x2APIC): Intel SDM vol. 3, chapter 11.
 *
 * Not modelled: moving the register page (a write of another address raises #GP; the bus has one
 * page for all processors), LINT0 in modes other than ExtINT, LINT1, ExtINT messages from the I/O
 * APIC, performance and thermal interrupts, EOI-broadcast suppression, SMI.
 */
#include "lapic_internal.h"
#include <vmm/platform.h>
#include <string.h>

enum { RANGE_PAGE, RANGE_BASE, RANGE_DEADLINE, RANGE_X2APIC };

#define MSR_APIC_BASE    0x1bu
#define MSR_TSC_DEADLINE 0x6e0u
#define MSR_X2APIC       0x800u

/* Register numbers: offset in the page / 16, and MSR number - 0x800. */
enum {
    REG_ID = 0x02,
    REG_VERSION = 0x03,
    REG_TPR = 0x08,
    REG_APR = 0x09,
    REG_PPR = 0x0a,
    REG_EOI = 0x0b,
    REG_RRD = 0x0c,
    REG_LDR = 0x0d,
    REG_DFR = 0x0e,
    REG_SVR = 0x0f,
    REG_ISR = 0x10,
    REG_TMR = 0x18,
    REG_IRR = 0x20,
    REG_ESR = 0x28,
    REG_ICR_LOW = 0x30,
    REG_ICR_HIGH = 0x31,
    REG_LVT = 0x32, /* timer, thermal, performance, LINT0, LINT1, error */
    REG_INITIAL_COUNT = 0x38,
    REG_CURRENT_COUNT = 0x39,
    REG_DIVIDE = 0x3e,
    REG_SELF_IPI = 0x3f, /* x2APIC only */
    NUM_REGS = 0x40
};

#define VERSION 0x00050014u /* integrated APIC, six LVT entries */

/* Bits a guest can write in the LVT entries (SDM figure 11-8). */
static const uint32_t lvt_bits[LAPIC_NUM_LVT] = {
    [LAPIC_LVT_TIMER] = 0x000700ff,       [LAPIC_LVT_THERMAL] = 0x000107ff,
    [LAPIC_LVT_PERFORMANCE] = 0x000107ff, [LAPIC_LVT_LINT0] = 0x0001a7ff,
    [LAPIC_LVT_LINT1] = 0x0001a7ff,       [LAPIC_LVT_ERROR] = 0x000100ff,
};
#define ICR_LOW_BITS 0x000ccfffu

void lapic_reset_cpu(struct lapic *l, struct lapic_cpu *c)
{
    lapic_timer_stop(l, c);
    memset(c->irr, 0, sizeof c->irr);
    memset(c->isr, 0, sizeof c->isr);
    memset(c->tmr, 0, sizeof c->tmr);
    c->tpr = c->ldr = c->esr = c->esr_pending = c->divide = 0;
    c->icr = 0;
    c->dfr = UINT32_MAX;
    c->svr = 0xff;
    for (unsigned i = 0; i < LAPIC_NUM_LVT; i++) {
        c->lvt[i] = LVT_MASKED;
    }
    bool boot = c->id == 0;
    if (boot) {
        /* firmware leaves the boot processor in virtual-wire mode; no firmware runs here */
        c->lvt[LAPIC_LVT_LINT0] = LVT_EXTINT;
    }
    c->base = VMM_LAPIC_BASE | APIC_BASE_ENABLE | (boot ? APIC_BASE_BSP : 0);
}

static uint32_t read_id(const struct lapic_cpu *c)
{
    return lapic_is_x2apic(c) ? c->id : c->id << 24;
}

/* A register in either mode. Sets *valid to false where there is none. */
static uint32_t read_register(struct lapic *l, struct lapic_cpu *c, unsigned reg, bool *valid)
{
    *valid = true;
    if (reg >= REG_ISR && reg < REG_ESR) {
        const uint32_t *set = reg < REG_TMR ? c->isr : reg < REG_IRR ? c->tmr : c->irr;
        return set[reg & 7u];
    }
    if (reg >= REG_LVT && reg < REG_LVT + LAPIC_NUM_LVT) {
        return c->lvt[reg - REG_LVT];
    }
    switch (reg) {
    case REG_ID:
        return read_id(c);
    case REG_VERSION:
        return VERSION;
    case REG_TPR:
        return c->tpr;
    case REG_APR:
    case REG_RRD: /* retired registers of external APICs */
        *valid = !lapic_is_x2apic(c);
        return 0;
    case REG_PPR:
        return lapic_ppr(c);
    case REG_LDR:
        return c->ldr;
    case REG_DFR:
        *valid = !lapic_is_x2apic(c);
        return c->dfr;
    case REG_SVR:
        return c->svr;
    case REG_ESR:
        return c->esr;
    case REG_ICR_LOW:
        return (uint32_t)c->icr;
    case REG_ICR_HIGH:
        *valid = !lapic_is_x2apic(c);
        return (uint32_t)(c->icr >> 32);
    case REG_INITIAL_COUNT:
        return c->initial_count;
    case REG_CURRENT_COUNT:
        return lapic_timer_count(l, c);
    case REG_DIVIDE:
        return c->divide;
    default:
        *valid = false;
        return 0;
    }
}

static void write_lvt(struct lapic *l, struct lapic_cpu *c, unsigned which, uint32_t value)
{
    value &= lvt_bits[which];
    if (!(c->svr & SVR_ENABLE)) {
        value |= LVT_MASKED; /* SDM 11.4.7.2: cannot be unmasked while disabled by software */
    }
    if (which == LAPIC_LVT_TIMER) {
        lapic_timer_set_lvt(l, c, value);
    } else {
        c->lvt[which] = value;
    }
}

static void write_svr(struct lapic *l, struct lapic_cpu *c, uint32_t value)
{
    c->svr = value & 0x3ffu;
    if (!(c->svr & SVR_ENABLE)) {
        for (unsigned i = 0; i < LAPIC_NUM_LVT; i++) {
            c->lvt[i] |= LVT_MASKED;
        }
    }
    vmm_interrupt_changed(l->dev.vm, c->id);
}

/* A register in either mode; false where there is none to write. */
static bool write_register(struct lapic *l, struct lapic_cpu *c, unsigned reg, uint32_t value)
{
    if (reg >= REG_LVT && reg < REG_LVT + LAPIC_NUM_LVT) {
        write_lvt(l, c, reg - REG_LVT, value);
        return true;
    }
    switch (reg) {
    case REG_TPR:
        c->tpr = value & 0xffu;
        if (lapic_ops.pending(l, c->id) >= 0) {
            vmm_interrupt_changed(l->dev.vm, c->id);
        }
        return true;
    case REG_EOI:
        lapic_eoi(l, c);
        return true;
    case REG_SVR:
        write_svr(l, c, value);
        return true;
    case REG_ESR: /* a write shows what was noted since the last one */
        c->esr = c->esr_pending;
        c->esr_pending = 0;
        return true;
    case REG_INITIAL_COUNT:
        lapic_timer_set_count(l, c, value);
        return true;
    case REG_DIVIDE:
        lapic_timer_set_divide(l, c, value);
        return true;
    default:
        return false;
    }
}

/* Registers that exist only in the memory-mapped form, then the common ones. */
static void write_page(struct lapic *l, struct lapic_cpu *c, unsigned reg, uint32_t value)
{
    switch (reg) {
    case REG_LDR:
        c->ldr = value & 0xff000000u;
        return;
    case REG_DFR:
        c->dfr = value | 0x0fffffffu;
        return;
    case REG_ICR_HIGH:
        c->icr = (uint32_t)c->icr | (uint64_t)(value & 0xff000000u) << 32;
        return;
    case REG_ICR_LOW:
        c->icr = (c->icr >> 32 << 32) | (value & ICR_LOW_BITS);
        lapic_send_icr(l, c);
        return;
    case REG_ID: /* fixed: the machine's tables name it */
        return;
    default:
        if (!write_register(l, c, reg, value)) {
            lapic_note_error(l, c, ESR_ILLEGAL_REGISTER);
        }
    }
}

/* Bits that must be zero in an x2APIC write; everything else raises #GP (SDM 11.12.1.2). */
static uint64_t x2apic_reserved(unsigned reg)
{
    if (reg >= REG_LVT && reg < REG_LVT + LAPIC_NUM_LVT) {
        return ~(uint64_t)(lvt_bits[reg - REG_LVT] | 1u << 12 | 1u << 14); /* read-only bits */
    }
    switch (reg) {
    case REG_TPR:
    case REG_SELF_IPI:
        return ~0xffull;
    case REG_EOI:
    case REG_ESR:
        return ~0ull;
    case REG_SVR:
        return ~0x13ffull;
    case REG_ICR_LOW:
        return 0xffffffffull & ~(uint64_t)(ICR_LOW_BITS | 1u << 12);
    case REG_DIVIDE:
        return ~0xbull;
    default:
        return ~0xffffffffull;
    }
}

static bool write_x2apic(struct lapic *l, struct lapic_cpu *c, unsigned reg, uint64_t value)
{
    if (!lapic_is_x2apic(c) || (value & x2apic_reserved(reg))) {
        return false;
    }
    if (reg == REG_ICR_LOW) {
        c->icr = value & (0xffffffffull << 32 | ICR_LOW_BITS);
        lapic_send_icr(l, c);
        return true;
    }
    if (reg == REG_SELF_IPI) {
        struct vmm_apic_message message = {.vector = (uint8_t)value, .assert_level = true};
        lapic_accept(l, c, &message);
        return true;
    }
    return write_register(l, c, reg, (uint32_t)value);
}

/* IA32_APIC_BASE (SDM 11.4.3, 11.12.5): mode changes, never the address. */
static bool write_base(struct lapic *l, struct lapic_cpu *c, uint64_t value)
{
    uint64_t fixed = VMM_LAPIC_BASE | (c->base & APIC_BASE_BSP);
    uint64_t mode = value & (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
    uint64_t old = c->base & (APIC_BASE_ENABLE | APIC_BASE_X2APIC);
    if ((value & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC)) != fixed || mode == APIC_BASE_X2APIC) {
        return false;
    }
    bool to_x2apic = mode & APIC_BASE_X2APIC;
    if (to_x2apic && old == 0) {
        return false; /* only from xAPIC mode */
    }
    if (!to_x2apic && (old & APIC_BASE_X2APIC) && mode != 0) {
        return false; /* back only by way of disabled */
    }
    if (mode == 0 && old != 0) {
        lapic_reset_cpu(l, c);
    }
    if (to_x2apic && !(old & APIC_BASE_X2APIC)) {
        c->icr &= 0xffffffffu;
        c->ldr = c->id >> 4 << 16 | 1u << (c->id & 15u);
    } else if (!to_x2apic && mode != old) {
        c->ldr = 0;
    }
    c->base = fixed | mode;
    vmm_interrupt_changed(l->dev.vm, c->id);
    return true;
}

static bool read_msr(struct lapic *l, struct lapic_cpu *c, struct vmm_access *access)
{
    bool valid = true;
    switch (access->range) {
    case RANGE_BASE:
        access->value = c->base;
        return true;
    case RANGE_DEADLINE:
        access->value = c->tsc_deadline;
        return true;
    default:
        if (!lapic_is_x2apic(c) || access->offset == REG_EOI) {
            return false;
        }
        access->value = access->offset == REG_ICR_LOW
                            ? c->icr
                            : read_register(l, c, (unsigned)access->offset, &valid);
        return valid;
    }
}

static bool lapic_read(struct vmm_device *dev, struct vmm_access *access)
{
    struct lapic *l = VMM_CHIP(struct lapic, dev);
    struct lapic_cpu *c = &l->cpu[access->vcpu % VMM_MAX_VCPUS];
    if (access->range != RANGE_PAGE) {
        return read_msr(l, c, access);
    }
    if (!(c->base & APIC_BASE_ENABLE) || lapic_is_x2apic(c)) {
        return false; /* the page is ordinary memory then, and there is none */
    }
    unsigned reg = (unsigned)access->offset >> 4, within = access->offset & 15u;
    bool valid = reg < NUM_REGS;
    uint32_t value = valid ? read_register(l, c, reg, &valid) : 0;
    if (!valid && reg != REG_EOI) {
        lapic_note_error(l, c, ESR_ILLEGAL_REGISTER);
    }
    access->value = within < 4 ? value >> (8 * within) : 0; /* bytes 4..15 of a slot are reserved */
    return true;
}

static bool lapic_write(struct vmm_device *dev, const struct vmm_access *access)
{
    struct lapic *l = VMM_CHIP(struct lapic, dev);
    struct lapic_cpu *c = &l->cpu[access->vcpu % VMM_MAX_VCPUS];
    switch (access->range) {
    case RANGE_BASE:
        return write_base(l, c, access->value);
    case RANGE_DEADLINE:
        lapic_timer_set_deadline(l, c, access->value);
        return true;
    case RANGE_X2APIC:
        return write_x2apic(l, c, (unsigned)access->offset, access->value);
    default:
        break;
    }
    if (!(c->base & APIC_BASE_ENABLE) || lapic_is_x2apic(c)) {
        return false;
    }
    /* registers are 32 bits wide on 16-byte boundaries; other writes are undefined: dropped */
    if ((access->offset & 15u) == 0 && access->size >= 4) {
        write_page(l, c, (unsigned)access->offset >> 4, (uint32_t)access->value);
    }
    return true;
}

static void lapic_reset(struct vmm_device *dev)
{
    struct lapic *l = VMM_CHIP(struct lapic, dev);
    l->last_lowest = 0;
    for (unsigned i = 0; i < l->num; i++) {
        lapic_reset_cpu(l, &l->cpu[i]);
    }
}

static void print_set(const struct vmm_text *out, const char *name, const uint32_t *set)
{
    vmm_text_printf(out, "  %s", name);
    for (int i = 7; i >= 0; i--) {
        vmm_text_printf(out, " %08x", (unsigned)set[i]);
    }
    vmm_text_printf(out, "\n");
}

static void lapic_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct lapic *l = VMM_CHIP(struct lapic, dev);
    for (unsigned i = 0; i < l->num; i++) {
        const struct lapic_cpu *c = &l->cpu[i];
        vmm_text_printf(out, "cpu%u: base %llx tpr %02x ppr %02x svr %03x ldr %x icr %llx\n", i,
                        (unsigned long long)c->base, (unsigned)c->tpr, (unsigned)lapic_ppr(c),
                        (unsigned)c->svr, (unsigned)c->ldr, (unsigned long long)c->icr);
        vmm_text_printf(out, "  timer lvt %05x count %u of %u deadline %llx lint0 %05x\n",
                        (unsigned)c->lvt[LAPIC_LVT_TIMER], (unsigned)lapic_timer_count(l, c),
                        (unsigned)c->initial_count, (unsigned long long)c->tsc_deadline,
                        (unsigned)c->lvt[LAPIC_LVT_LINT0]);
        print_set(out, "irr", c->irr);
        print_set(out, "isr", c->isr);
    }
}

static void lapic_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct lapic *l = VMM_CHIP(struct lapic, dev);
    for (unsigned i = 0; i < l->num; i++) {
        const struct lapic_cpu *c = &l->cpu[i];
        vmm_text_printf(out, "cpu%u.timer %llu\ncpu%u.accepted %llu\ncpu%u.ipis %llu\n", i,
                        (unsigned long long)c->timer_interrupts, i, (unsigned long long)c->accepted,
                        i, (unsigned long long)c->ipis_sent);
    }
}

static const struct vmm_device_ops lapic_device_ops = {
    .name = "lapic",
    .read = lapic_read,
    .write = lapic_write,
    .reset = lapic_reset,
    .dump = lapic_dump,
    .stats = lapic_stats,
};

void lapic_create(struct lapic *lapic, struct vmm *vm)
{
    lapic->dev.ops = &lapic_device_ops;
    lapic->num = vmm_num_vcpus(vm);
    for (unsigned i = 0; i < lapic->num; i++) {
        lapic->cpu[i].id = i;
        lapic->cpu[i].timer.fire = lapic_timer_fire;
        lapic->cpu[i].timer.vcpu = i;
    }
    vmm_device_add(vm, &lapic->dev);
    vmm_bus_claim(&lapic->dev, VMM_SPACE_MMIO, VMM_LAPIC_BASE, 4096, RANGE_PAGE);
    vmm_bus_claim(&lapic->dev, VMM_SPACE_MSR, MSR_APIC_BASE, 1, RANGE_BASE);
    vmm_bus_claim(&lapic->dev, VMM_SPACE_MSR, MSR_TSC_DEADLINE, 1, RANGE_DEADLINE);
    vmm_bus_claim(&lapic->dev, VMM_SPACE_MSR, MSR_X2APIC, NUM_REGS, RANGE_X2APIC);
    vmm_set_lapic(vm, &lapic_ops, lapic);
}
