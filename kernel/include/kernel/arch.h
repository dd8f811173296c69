/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The seam between the object layer (object/, api/) and the machine. arch/x86 implements
 * it on hardware, arch/host with simulated memory so that the same object code runs in
 * unit tests, fuzzers and proofs. Nothing else of arch/ is visible above.
 */
#include <kernel/object.h>

struct cpu;

/* Memory. All object memory is reachable through the kernel window. */
/** The kernel's address of object memory. */
void *phys_to_virt(paddr_t paddr);
/** Inverse of phys_to_virt(), for addresses in the kernel window only. */
paddr_t virt_to_phys(const void *p);

/* The CPU we run on (through GS on x86) and the big lock held in the kernel. */
/** State of the CPU that executes this; interrupts are off in the kernel, so it stays valid. */
struct cpu *this_cpu(void);

/** True when an interrupt waits: long operations stop at their next preemption point. */
bool arch_interrupt_pending(void);

/* Address spaces. root is the physical address of a PML4. */
/** Fills a new PML4's kernel half. */
void arch_init_pml4(paddr_t root);
/** Makes t's address space current (the kernel's empty one if it has none). */
void arch_set_vspace(struct tcb *t);
/** Forgets one page of an address space on all CPUs. nested: an NPT/EPT root. */
void arch_invalidate_page(uint16_t asid, uint64_t vaddr, bool nested);
/** Forgets everything of an address space on all CPUs. */
void arch_invalidate_asid(uint16_t asid, bool nested);
/** True if CPUs may use 1 GiB pages. */
bool arch_has_1g_pages(void);

/* Threads. */
void arch_init_tcb(struct tcb *t);    /* registers, clean FPU image */
void arch_release_fpu(struct tcb *t); /* t is going away or changes CPU: write back, forget */
/** FS base of t has changed: load it if t is current. */
void arch_set_tls_base(struct tcb *t);
/** Forces reserved register bits to legal values after a user wrote them (2.8). */
word_t arch_sanitise_register(enum user_register r, word_t value);
/** Asks another CPU to reschedule. */
void arch_send_reschedule(unsigned cpu);

/* Interrupts. irq is the kernel's number: user vector + 16. */
#define MAX_IRQ 124
/** Masks or unmasks an IOAPIC interrupt; message-signalled ones are never masked. */
void arch_irq_mask(unsigned irq, bool masked);
/** Number of IOAPICs, 0 if there are none. */
unsigned arch_num_ioapics(void);
/** Number of pins of an IOAPIC. */
unsigned arch_ioapic_pins(unsigned ioapic);
/** Makes a pin raise irq, masked. level: level-triggered, else edge. */
void arch_ioapic_route(unsigned ioapic, unsigned pin, bool level, bool active_low, unsigned irq);
/** Undoes arch_ioapic_route(); no effect on interrupts without a pin. */
void arch_irq_forget(unsigned irq);

/* I/O ports. size in bytes: 1, 2, 4. */
/** Reads size bytes (1, 2, 4) from an I/O port. */
uint32_t arch_port_in(uint16_t port, unsigned size);
/** Writes size bytes (1, 2, 4) to an I/O port. */
void arch_port_out(uint16_t port, unsigned size, uint32_t value);

/* Time: the TSC. */
/** The TSC. */
uint64_t arch_now(void);
/** TSC ticks per millisecond. */
uint64_t arch_ticks_per_ms(void);
/** Arms the one-shot timer of this CPU for an absolute TSC value; UINT64_MAX disarms. */
void arch_set_timer(uint64_t deadline);

/** User mode gets device memory (a frame): if the kernel uses it for its screen, no longer. */
void arch_note_device_frame(paddr_t base, uint64_t size);

/* Console, before hand-over and on panic; and the log ring after. */
/** One character to the kernel log, and to COM1 while the kernel owns it. */
void arch_debug_putchar(char c);
