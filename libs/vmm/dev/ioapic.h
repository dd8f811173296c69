/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The I/O APIC: 24 inputs, each with a redirection entry. */
#include <vmm/device.h>
#include <vmm/platform.h>

/** The chip. */
struct ioapic {
    struct vmm_device dev;
    uint8_t select, id;
    uint64_t entry[VMM_IOAPIC_PINS]; /* redirection table, remote IRR included */
    uint32_t lines;                  /* input pins */
    void (*eoi)(void *ctx, unsigned pin);
    void *eoi_ctx;
    uint64_t delivered[VMM_IOAPIC_PINS];
};

/** Put the I/O APIC on the bus and install it in the machine. Zero *ioapic before. */
void ioapic_create(struct ioapic *ioapic, struct vmm *vm);

/** Call eoi(ctx, pin) whenever the guest ends a level-triggered interrupt of a pin, so that the
 * owner of a passed-through interrupt can acknowledge the real one. */
void ioapic_on_eoi(struct ioapic *ioapic, void (*eoi)(void *ctx, unsigned pin), void *ctx);
