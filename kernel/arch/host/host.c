/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* arch.h on a simulated machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/vcpu.h>

#include "host.h"

#define GARBAGE        0xa5
#define TICKS_PER_MS   1000
#define NUM_PINS       24
#define CANONICAL_BITS 47

struct host_machine host;
bool host_keep_ram;

void host_reset(void)
{
    char *ram = host.ram;
    memset(&host, 0, sizeof(host));
    if (!ram) {
        /* Aligned to the largest object so that virtual alignment equals physical alignment. */
        ram = aligned_alloc(HOST_RAM_SIZE, HOST_RAM_SIZE);
        if (!ram) {
            abort();
        }
    }
    host.ram = ram;
    if (!host_keep_ram) {
        memset(ram, GARBAGE, HOST_RAM_SIZE);
    }
    host.timer = UINT64_MAX;
    static struct tcb idle __attribute__((aligned(4096)));
    memset(&idle, 0, sizeof(idle));
    host.cpu.self = &host.cpu;
    kernel_init();
    kernel_init_cpu(&host.cpu, &idle);
}

void *phys_to_virt(paddr_t paddr)
{
    if (paddr < HOST_RAM_BASE || paddr >= HOST_RAM_BASE + HOST_RAM_SIZE) {
        panic("physical address %#lx outside the simulated RAM", paddr);
    }
    return host.ram + (paddr - HOST_RAM_BASE);
}

paddr_t virt_to_phys(const void *p)
{
    const char *c = p;
    if (c < host.ram || c >= host.ram + HOST_RAM_SIZE) {
        panic("%p is not simulated RAM", p);
    }
    return HOST_RAM_BASE + (paddr_t)(c - host.ram);
}

struct cpu *this_cpu(void)
{
    return &host.cpu;
}

bool arch_interrupt_pending(void)
{
    if (host.pending_after && --host.pending_after == 0) {
        return true;
    }
    return false;
}

void arch_init_pml4(paddr_t root)
{
    (void)root;
}

void arch_set_vspace(struct tcb *t)
{
    (void)t;
}

void arch_invalidate_page(uint16_t asid, uint64_t vaddr, bool nested)
{
    (void)asid, (void)vaddr, (void)nested;
}

void arch_invalidate_asid(uint16_t asid, bool nested)
{
    (void)asid, (void)nested;
}

bool arch_has_1g_pages(void)
{
    return true;
}

void arch_init_tcb(struct tcb *t)
{
    t->regs[REG_RFLAGS] = 0x202;
}

void arch_release_fpu(struct tcb *t)
{
    if (host.cpu.fpu_owner == t) {
        host.cpu.fpu_owner = NULL;
    }
}

void arch_set_tls_base(struct tcb *t)
{
    (void)t;
}

word_t arch_sanitise_register(enum user_register r, word_t value)
{
    int64_t top = (int64_t)value >> CANONICAL_BITS;
    switch (r) {
    case REG_RIP:
    case REG_FS_BASE:
    case REG_GS_BASE:
        return top == 0 || top == -1 ? value : 0;
    case REG_RFLAGS:
        return (value & 0xfff & ~0x128ull) | 0x202;
    default:
        return value;
    }
}

void arch_send_reschedule(unsigned cpu)
{
    (void)cpu;
    host.reschedules++;
}

void arch_irq_mask(unsigned irq, bool masked)
{
    host.irq_masked[irq] = masked;
}

unsigned arch_num_ioapics(void)
{
    return 1;
}

unsigned arch_ioapic_pins(unsigned ioapic)
{
    (void)ioapic;
    return NUM_PINS;
}

void arch_ioapic_route(unsigned ioapic, unsigned pin, bool level, bool active_low, unsigned irq)
{
    (void)ioapic, (void)level, (void)active_low;
    host.irq_routed[irq] = pin + 1;
}

void arch_irq_forget(unsigned irq)
{
    host.irq_routed[irq] = 0;
}

uint32_t arch_port_in(uint16_t port, unsigned size)
{
    host.last_port = port;
    host.last_port_size = size;
    return 0x12345678u & (uint32_t)((1ull << size * 8) - 1);
}

void arch_port_out(uint16_t port, unsigned size, uint32_t value)
{
    host.last_port = port;
    host.last_port_size = size;
    host.last_port_value = value;
}

uint64_t arch_now(void)
{
    return host.now;
}

uint64_t arch_ticks_per_ms(void)
{
    return TICKS_PER_MS;
}

void arch_set_timer(uint64_t deadline)
{
    host.timer = deadline;
}

void arch_debug_putchar(char c)
{
    if (host.log_length == sizeof(host.log) - 1) {
        memmove(host.log, host.log + sizeof(host.log) / 2, sizeof(host.log) / 2);
        host.log_length -= sizeof(host.log) / 2;
    }
    host.log[host.log_length++] = c;
    host.log[host.log_length] = 0;
}

_Noreturn void arch_halt(void)
{
    fprintf(stderr, "%s\n", host.log);
    abort();
}

void arch_note_device_frame(paddr_t base, uint64_t size)
{
    (void)base;
    (void)size;
}

/* No guests: vcpu/none.c is the only back end; tests of the object layer still make vCPUs. */
bool vcpu_available(void)
{
    return true;
}
