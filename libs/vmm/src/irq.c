/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Interrupt wiring: lines into the 8259 pair and the I/O APIC, message-signalled interrupts, and
 * the signals between vCPUs. The controllers themselves are devices.
 */
#include "internal.h"

void vmm_set_lapic(struct vmm *vm, const struct vmm_lapic_ops *ops, void *ctx)
{
    vm->lapic = ops;
    vm->lapic_ctx = ctx;
}

void vmm_set_pic(struct vmm *vm, const struct vmm_pic_ops *ops, void *ctx)
{
    vm->pic = ops;
    vm->pic_ctx = ctx;
}

void vmm_set_ioapic(struct vmm *vm, const struct vmm_ioapic_ops *ops, void *ctx)
{
    vm->ioapic = ops;
    vm->ioapic_ctx = ctx;
}

/* In PIC mode the PCI interrupts share two ISA lines; the DSDT's _PRT says the same. */
#define PCI_PIC_LINE(gsi) (((gsi)&1u) ? 11u : 10u)

static bool gsi_level(const struct vmm *vm, unsigned gsi)
{
    return vm->gsi_sources[gsi] != 0;
}

static void drive_pic(struct vmm *vm, unsigned pin)
{
    bool level = gsi_level(vm, pin);
    for (unsigned gsi = VMM_PCI_GSI_BASE; gsi < VMM_IOAPIC_PINS; gsi++) {
        level |= PCI_PIC_LINE(gsi) == pin && gsi_level(vm, gsi);
    }
    if (vm->pic && vm->pic->set_pin) {
        vm->pic->set_pin(vm->pic_ctx, pin, level);
    }
}

/* Pin encoding of a vmm_irq_line: GSI in bits 7:0, the line's own number in bits 12:8. */
static void line_set(void *ctx, unsigned pin, bool level)
{
    struct vmm *vm = ctx;
    unsigned gsi = pin & 0xffu;
    uint32_t bit = 1u << ((pin >> 8) & 31u);
    bool before = gsi_level(vm, gsi);
    vm->gsi_sources[gsi] = level ? vm->gsi_sources[gsi] | bit : vm->gsi_sources[gsi] & ~bit;
    if (gsi_level(vm, gsi) == before) {
        return;
    }
    drive_pic(vm, gsi < 16 ? gsi : PCI_PIC_LINE(gsi));
    if (vm->ioapic && vm->ioapic->set_pin) {
        /* The timer (ISA 0) arrives at pin 2: interrupt source override in the MADT. */
        vm->ioapic->set_pin(vm->ioapic_ctx, gsi == VMM_IRQ_TIMER ? 2 : gsi, level);
    }
}

struct vmm_irq_line vmm_irq_line(struct vmm *vm, unsigned gsi)
{
    if (gsi >= VMM_IOAPIC_PINS) {
        return (struct vmm_irq_line){0};
    }
    unsigned source = vm->gsi_used[gsi]++ & 31u;
    return (struct vmm_irq_line){.set = line_set, .ctx = vm, .pin = gsi | source << 8};
}

void vmm_apic_send(struct vmm *vm, const struct vmm_apic_message *message)
{
    if (vm->lapic) {
        vm->lapic->deliver(vm->lapic_ctx, message);
    }
}

void vmm_ioapic_eoi(struct vmm *vm, uint8_t vector)
{
    if (vm->ioapic) {
        vm->ioapic->eoi(vm->ioapic_ctx, vector);
    }
}

void vmm_msi_send(struct vmm *vm, uint64_t address, uint32_t data)
{
    if (address >> 20 != 0xfee) {
        vmm_log(vm, "message interrupt to address 0x%llx dropped", (unsigned long long)address);
        return;
    }
    struct vmm_apic_message message = {
        .vector = (uint8_t)data,
        .delivery = (data >> 8) & 7u,
        .logical = (address >> 2) & 1u,
        .level = (data >> 15) & 1u,
        .assert_level = true,
        .destination = (address >> 12) & 0xffu,
    };
    vmm_apic_send(vm, &message);
}

void vmm_interrupt_changed(struct vmm *vm, unsigned vcpu)
{
    /* Every vCPU looks at its controllers before each entry; only one that runs (or sleeps) on
     * another thread has to be told. */
    if (vcpu < vm->num_vcpus && vm->current != (int)vcpu && vm->host.kick) {
        vm->host.kick(vm->host.ctx, vcpu);
    }
}

void vmm_cpu_signal(struct vmm *vm, unsigned vcpu, enum vmm_cpu_signal kind, uint8_t vector)
{
    if (vcpu >= vm->num_vcpus) {
        return;
    }
    struct vmm_vcpu *v = &vm->vcpu[vcpu];
    switch (kind) {
    case VMM_CPU_NMI:
        v->nmi_pending = true;
        break;
    case VMM_CPU_INIT:
        v->init_pending = true;
        v->sipi_pending = false;
        break;
    case VMM_CPU_STARTUP:
        /* Only a processor that waits for it takes a start-up message (SDM vol. 3, 9.4.3). */
        if (v->state == VMM_VCPU_WAIT_SIPI || v->init_pending) {
            v->sipi_pending = true;
            v->sipi_vector = vector;
        }
        break;
    }
    vmm_interrupt_changed(vm, vcpu);
}

unsigned vmm_num_vcpus(const struct vmm *vm)
{
    return vm->num_vcpus;
}
