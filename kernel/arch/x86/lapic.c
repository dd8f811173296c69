/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Local APIC as xAPIC or x2APIC. Intel SDM vol. 3, chapter 10. */
#include <kernel/kernel.h>
#include <x86/apic.h>
#include <x86/features.h>
#include <x86/instr.h>
#include <x86/layout.h>
#include <x86/paging.h>

/* Register offsets; an x2APIC register is MSR 0x800 + offset / 16. */
enum {
    LAPIC_ID = 0x20,
    LAPIC_TPR = 0x80,
    LAPIC_EOI = 0xb0,
    LAPIC_SVR = 0xf0,
    LAPIC_IRR = 0x200,
    LAPIC_ICR_LOW = 0x300,
    LAPIC_ICR_HIGH = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INITIAL = 0x380,
    LAPIC_TIMER_CURRENT = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3e0,
};
#define APIC_BASE_ENABLE (1u << 11)
#define APIC_BASE_X2     (1u << 10)
#define SVR_ENABLE       (1u << 8)
#define LVT_MASKED       (1u << 16)
#define LVT_NMI          (4u << 8)
#define LVT_TSC_DEADLINE (2u << 17)
#define DIVIDE_BY_1      0xb
#define ICR_ASSERT       (1u << 14)
#define ICR_PENDING      (1u << 12)

static volatile uint32_t *lapic_registers; /* NULL: x2APIC */

static uint32_t lapic_read(unsigned reg)
{
    if (lapic_registers) {
        return lapic_registers[reg / 4];
    }
    return (uint32_t)x86_rdmsr(MSR_X2APIC_BASE + reg / 16);
}

static void lapic_write(unsigned reg, uint32_t value)
{
    if (lapic_registers) {
        lapic_registers[reg / 4] = value;
    } else {
        x86_wrmsr(MSR_X2APIC_BASE + reg / 16, value);
    }
}

void lapic_init(paddr_t base)
{
    uint64_t apic_base = x86_rdmsr(MSR_APIC_BASE);
    /* Firmware's choice of mode is kept: leaving x2APIC needs a detour, and both serve us. */
    if (!(apic_base & APIC_BASE_X2)) {
        lapic_registers = paging_map_device(base);
        x86_wrmsr(MSR_APIC_BASE, apic_base | APIC_BASE_ENABLE);
    }
    lapic_write(LAPIC_TPR, 0);
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
    lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
    lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
    lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_1);
    lapic_write(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
    lapic_eoi();
}

uint32_t lapic_id(void)
{
    uint32_t id = lapic_read(LAPIC_ID);
    return lapic_registers ? id >> 24 : id;
}

bool lapic_is_x2apic(void)
{
    return !lapic_registers;
}

void lapic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

void lapic_send_ipi(uint32_t apic_id, uint8_t vector)
{
    if (!lapic_registers) {
        x86_wrmsr(MSR_X2APIC_BASE + LAPIC_ICR_LOW / 16,
                  (uint64_t)apic_id << 32 | ICR_ASSERT | vector);
        return;
    }
    while (lapic_read(LAPIC_ICR_LOW) & ICR_PENDING) {
        x86_pause();
    }
    lapic_write(LAPIC_ICR_HIGH, apic_id << 24);
    lapic_write(LAPIC_ICR_LOW, ICR_ASSERT | vector);
}

void lapic_timer_start(uint32_t count, bool masked)
{
    lapic_write(LAPIC_LVT_TIMER, (masked ? LVT_MASKED : 0) | VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_INITIAL, count);
}

uint32_t lapic_timer_current(void)
{
    return lapic_read(LAPIC_TIMER_CURRENT);
}

void lapic_timer_use_deadline(void)
{
    lapic_write(LAPIC_LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_TIMER);
    __asm__ volatile("mfence" : : : "memory"); /* before the first deadline is written */
}

bool arch_interrupt_pending(void)
{
    for (unsigned i = 1; i < 8; i++) { /* vectors below 32 are exceptions */
        if (lapic_read(LAPIC_IRR + i * 16)) {
            return true;
        }
    }
    return false;
}
