/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Intel 82093AA I/O APIC, data sheet order number 290566-001, as version 0x20, which has the EOI
 * register of later chip sets (ICH9 13.5.7).
 *
 * Lines are "asserted" or not: the polarity bits are kept but mean nothing here.
 * As in the data sheet, an edge on a masked pin is ignored.
 * Not modelled: SMI and ExtINT delivery, the delivery status bit (delivery takes no time).
 */
#include "ioapic.h"

#define REG_SELECT 0x00u
#define REG_WINDOW 0x10u
#define REG_EOI    0x40u

#define INDEX_ID          0x00u
#define INDEX_VERSION     0x01u
#define INDEX_ARBITRATION 0x02u
#define INDEX_ENTRIES     0x10u

#define VERSION 0x20u

#define ENTRY_STATUS     (1ull << 12)
#define ENTRY_REMOTE_IRR (1ull << 14)
#define ENTRY_LEVEL      (1ull << 15)
#define ENTRY_MASKED     (1ull << 16)
#define ENTRY_LOGICAL    (1ull << 11)
#define ENTRY_WRITABLE   0xff0000000001afffull

static void deliver(struct ioapic *io, unsigned pin)
{
    uint64_t e = io->entry[pin];
    struct vmm_apic_message message = {
        .vector = (uint8_t)e,
        .delivery = e >> 8 & 7u,
        .logical = e & ENTRY_LOGICAL,
        .level = e & ENTRY_LEVEL,
        .assert_level = true,
        .destination = (uint32_t)(e >> 56),
    };
    io->delivered[pin]++;
    if (e & ENTRY_LEVEL) {
        io->entry[pin] |= ENTRY_REMOTE_IRR;
    }
    vmm_apic_send(io->dev.vm, &message);
}

/* A level-triggered pin asks as long as its line is up and no processor has it. */
static void service_level(struct ioapic *io, unsigned pin)
{
    uint64_t e = io->entry[pin];
    if ((e & ENTRY_LEVEL) && !(e & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) && (io->lines >> pin & 1u)) {
        deliver(io, pin);
    }
}

static void set_pin(void *ctx, unsigned pin, bool level)
{
    struct ioapic *io = ctx;
    if (pin >= VMM_IOAPIC_PINS) {
        return;
    }
    uint32_t mask = 1u << pin;
    bool rises = level && !(io->lines & mask);
    io->lines = level ? io->lines | mask : io->lines & ~mask;
    if (!(io->entry[pin] & ENTRY_LEVEL)) {
        if (rises && !(io->entry[pin] & ENTRY_MASKED)) {
            deliver(io, pin);
        }
        return;
    }
    service_level(io, pin);
}

static void end(struct ioapic *io, uint8_t vector)
{
    for (unsigned pin = 0; pin < VMM_IOAPIC_PINS; pin++) {
        uint64_t e = io->entry[pin];
        if ((uint8_t)e != vector || !(e & ENTRY_LEVEL) || !(e & ENTRY_REMOTE_IRR)) {
            continue;
        }
        io->entry[pin] = e & ~ENTRY_REMOTE_IRR;
        if (io->eoi) {
            io->eoi(io->eoi_ctx, pin);
        }
        service_level(io, pin);
    }
}

static void eoi(void *ctx, uint8_t vector)
{
    end(ctx, vector);
}

static const struct vmm_ioapic_ops ioapic_ops = {.set_pin = set_pin, .eoi = eoi};

static uint32_t read_window(const struct ioapic *io)
{
    unsigned index = io->select;
    switch (index) {
    case INDEX_ID:
    case INDEX_ARBITRATION:
        return (uint32_t)io->id << 24;
    case INDEX_VERSION:
        return VERSION | (VMM_IOAPIC_PINS - 1) << 16;
    default:
        break;
    }
    unsigned pin = (index - INDEX_ENTRIES) / 2;
    if (index < INDEX_ENTRIES || pin >= VMM_IOAPIC_PINS) {
        return 0;
    }
    return (uint32_t)(io->entry[pin] >> (index & 1u ? 32 : 0));
}

static void write_entry(struct ioapic *io, unsigned pin, unsigned high, uint32_t value)
{
    uint64_t old = io->entry[pin];
    uint64_t e = high ? (old & 0xffffffffull) | (uint64_t)value << 32 : (old >> 32 << 32) | value;
    e = (e & ENTRY_WRITABLE) | (old & ENTRY_REMOTE_IRR);
    if (!(e & ENTRY_LEVEL)) {
        e &= ~ENTRY_REMOTE_IRR; /* operating systems clear a stuck remote IRR this way */
    }
    io->entry[pin] = e;
    service_level(io, pin);
}

static void write_window(struct ioapic *io, uint32_t value)
{
    unsigned index = io->select;
    if (index == INDEX_ID) {
        io->id = (uint8_t)(value >> 24);
        return;
    }
    unsigned pin = (index - INDEX_ENTRIES) / 2;
    if (index >= INDEX_ENTRIES && pin < VMM_IOAPIC_PINS) {
        write_entry(io, pin, index & 1u, value);
    }
}

static bool ioapic_read(struct vmm_device *dev, struct vmm_access *access)
{
    const struct ioapic *io = VMM_CHIP(struct ioapic, dev);
    unsigned reg = (unsigned)access->offset & ~3u, within = (unsigned)access->offset & 3u;
    uint32_t value = reg == REG_SELECT ? io->select : reg == REG_WINDOW ? read_window(io) : 0;
    access->value = value >> (8 * within);
    return true;
}

static bool ioapic_write(struct vmm_device *dev, const struct vmm_access *access)
{
    struct ioapic *io = VMM_CHIP(struct ioapic, dev);
    uint32_t value = (uint32_t)access->value;
    switch (access->offset) {
    case REG_SELECT:
        io->select = (uint8_t)value;
        break;
    case REG_WINDOW:
        if (access->size < 4) { /* byte lanes not driven keep what is there */
            uint32_t lanes = (1u << (8 * access->size)) - 1;
            value = (read_window(io) & ~lanes) | (value & lanes);
        }
        write_window(io, value);
        break;
    case REG_EOI:
        end(io, (uint8_t)value);
        break;
    default:
        break;
    }
    return true;
}

static void ioapic_reset(struct vmm_device *dev)
{
    struct ioapic *io = VMM_CHIP(struct ioapic, dev);
    io->select = 0;
    io->id = VMM_IOAPIC_ID; /* as firmware sets it */
    for (unsigned i = 0; i < VMM_IOAPIC_PINS; i++) {
        io->entry[i] = ENTRY_MASKED;
    }
}

static void ioapic_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct ioapic *io = VMM_CHIP(struct ioapic, dev);
    for (unsigned i = 0; i < VMM_IOAPIC_PINS; i++) {
        uint64_t e = io->entry[i];
        if (e & ENTRY_MASKED) {
            continue;
        }
        vmm_text_printf(
            out, "pin %u: vector %02x mode %u %s%s dest %02x line %u\n", i, (unsigned)(e & 0xff),
            (unsigned)(e >> 8 & 7), e & ENTRY_LEVEL ? "level" : "edge",
            e & ENTRY_REMOTE_IRR ? " in service" : "", (unsigned)(e >> 56), io->lines >> i & 1u);
    }
}

static void ioapic_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct ioapic *io = VMM_CHIP(struct ioapic, dev);
    for (unsigned i = 0; i < VMM_IOAPIC_PINS; i++) {
        if (io->delivered[i]) {
            vmm_text_printf(out, "pin%u %llu\n", i, (unsigned long long)io->delivered[i]);
        }
    }
}

static const struct vmm_device_ops ioapic_device_ops = {
    .name = "ioapic",
    .read = ioapic_read,
    .write = ioapic_write,
    .reset = ioapic_reset,
    .dump = ioapic_dump,
    .stats = ioapic_stats,
};

void ioapic_create(struct ioapic *ioapic, struct vmm *vm)
{
    ioapic->dev.ops = &ioapic_device_ops;
    vmm_device_add(vm, &ioapic->dev);
    vmm_bus_claim(&ioapic->dev, VMM_SPACE_MMIO, VMM_IOAPIC_BASE, 4096, 0);
    vmm_set_ioapic(vm, &ioapic_ops, ioapic);
}

void ioapic_on_eoi(struct ioapic *ioapic, void (*eoi_fn)(void *ctx, unsigned pin), void *ctx)
{
    ioapic->eoi = eoi_fn;
    ioapic->eoi_ctx = ctx;
}
