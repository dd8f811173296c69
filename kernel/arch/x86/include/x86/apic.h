/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Interrupt controllers. irq is the kernel's interrupt number, vector the processor's. */
#include <kernel/arch.h>

/** Both 8259A: out of the way and masked. */
void pic_disable(void);

/** Enables the local APIC of this CPU, at the address ACPI gives (xAPIC) or by MSRs (x2APIC). */
void lapic_init(paddr_t base);
uint32_t lapic_id(void);
/** True if the firmware left the local APIC in x2APIC mode. */
bool lapic_is_x2apic(void);
void lapic_eoi(void);
void lapic_send_ipi(uint32_t apic_id, uint8_t vector);
/** Runs the timer down from count (0 stops it); interrupts with VECTOR_TIMER unless masked. */
void lapic_timer_start(uint32_t count, bool masked);
uint32_t lapic_timer_current(void);
/** Puts the timer into TSC-deadline mode. */
void lapic_timer_use_deadline(void);

/** Adds an I/O APIC; all pins masked. */
void ioapic_add(paddr_t base, uint32_t gsi_base);
