/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* I/O APICs and the 8259A pair they replace. Intel 82093AA and 8259A data sheets. */
#include <kernel/kernel.h>
#include <x86/apic.h>
#include <x86/instr.h>
#include <x86/layout.h>
#include <x86/paging.h>

#define MAX_IOAPICS 8
#define MAX_PINS    240
enum { IOAPIC_SELECT = 0, IOAPIC_WINDOW = 4 }; /* in 32-bit words */
enum { IOAPIC_VERSION = 1, IOAPIC_REDIRECTION = 0x10 };
#define REDIRECT_MASKED     (1u << 16)
#define REDIRECT_LEVEL      (1u << 15)
#define REDIRECT_ACTIVE_LOW (1u << 13)

static struct {
    volatile uint32_t *registers;
    unsigned pins;
} ioapics[MAX_IOAPICS];
static unsigned num_ioapics;

/* Which pin an interrupt comes from. */
static struct {
    bool routed;
    uint8_t ioapic, pin;
    uint32_t low; /* redirection entry without the mask bit */
} irq_pins[MAX_IRQ];

static uint32_t ioapic_read(unsigned i, unsigned reg)
{
    ioapics[i].registers[IOAPIC_SELECT] = reg;
    return ioapics[i].registers[IOAPIC_WINDOW];
}

static void ioapic_write(unsigned i, unsigned reg, uint32_t value)
{
    ioapics[i].registers[IOAPIC_SELECT] = reg;
    ioapics[i].registers[IOAPIC_WINDOW] = value;
}

void ioapic_add(paddr_t base, uint32_t gsi_base)
{
    if (num_ioapics == MAX_IOAPICS) {
        kprintf("ioapic: more than %d, ignoring the one at %lx\n", MAX_IOAPICS, base);
        return;
    }
    unsigned i = num_ioapics++;
    ioapics[i].registers = paging_map_device(base);
    ioapics[i].pins = (ioapic_read(i, IOAPIC_VERSION) >> 16 & 0xff) + 1;
    if (ioapics[i].pins > MAX_PINS) {
        ioapics[i].pins = MAX_PINS;
    }
    for (unsigned pin = 0; pin < ioapics[i].pins; pin++) {
        ioapic_write(i, IOAPIC_REDIRECTION + 2 * pin, REDIRECT_MASKED);
        ioapic_write(i, IOAPIC_REDIRECTION + 2 * pin + 1, 0);
    }
    kprintf("ioapic %u: at %lx, interrupts %u to %u\n", i, base, gsi_base,
            gsi_base + ioapics[i].pins - 1);
}

unsigned arch_num_ioapics(void)
{
    return num_ioapics;
}

unsigned arch_ioapic_pins(unsigned ioapic)
{
    return ioapic < num_ioapics ? ioapics[ioapic].pins : 0;
}

void arch_ioapic_route(unsigned ioapic, unsigned pin, bool level, bool active_low, unsigned irq)
{
    irq_pins[irq].routed = true;
    irq_pins[irq].ioapic = (uint8_t)ioapic;
    irq_pins[irq].pin = (uint8_t)pin;
    irq_pins[irq].low = (VECTOR_IRQ_BASE + irq) | (level ? REDIRECT_LEVEL : 0) |
                        (active_low ? REDIRECT_ACTIVE_LOW : 0);
    ioapic_write(ioapic, IOAPIC_REDIRECTION + 2 * pin, REDIRECT_MASKED);
    ioapic_write(ioapic, IOAPIC_REDIRECTION + 2 * pin + 1, kernel.cpus[0]->apic_id << 24);
    ioapic_write(ioapic, IOAPIC_REDIRECTION + 2 * pin, irq_pins[irq].low | REDIRECT_MASKED);
}

void arch_irq_mask(unsigned irq, bool masked)
{
    if (irq < MAX_IRQ && irq_pins[irq].routed) {
        ioapic_write(irq_pins[irq].ioapic, IOAPIC_REDIRECTION + 2 * irq_pins[irq].pin,
                     irq_pins[irq].low | (masked ? REDIRECT_MASKED : 0));
    }
}

void arch_irq_forget(unsigned irq)
{
    arch_irq_mask(irq, true);
    irq_pins[irq].routed = false;
}

enum { PIC1_COMMAND = 0x20, PIC1_DATA = 0x21, PIC2_COMMAND = 0xa0, PIC2_DATA = 0xa1 };

void pic_disable(void)
{
    /* ICW1..4: edge, cascade, vectors 0x20 and 0x28 for spurious interrupts, 8086 mode. */
    x86_out8(PIC1_COMMAND, 0x11);
    x86_out8(PIC2_COMMAND, 0x11);
    x86_out8(PIC1_DATA, VECTOR_IRQ_BASE);
    x86_out8(PIC2_DATA, VECTOR_IRQ_BASE + 8);
    x86_out8(PIC1_DATA, 4);
    x86_out8(PIC2_DATA, 2);
    x86_out8(PIC1_DATA, 1);
    x86_out8(PIC2_DATA, 1);
    x86_out8(PIC1_DATA, 0xff);
    x86_out8(PIC2_DATA, 0xff);
}
