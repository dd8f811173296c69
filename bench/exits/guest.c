/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A guest that measures what its own exits cost, by its TSC. Under `-icount shift=0` a tick of
 * the emulated processor is an instruction: kernel and VMM together, from guest to guest.
 */
#include "guest.h"

enum { ROUNDS = 2000, IOAPIC = 0xfec00000, MSR_APIC_BASE = 0x1b };

static uint32_t now(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low; /* a measurement is far shorter than 2^32 ticks */
}

static void do_nothing(void)
{
    __asm__ volatile("");
}

static void do_cpuid(void)
{
    uint32_t a = 0, c = 0;
    __asm__ volatile("cpuid" : "+a"(a), "+c"(c) : : "ebx", "edx");
}

static void do_port_known(void)
{
    in8(0x61);
}

static void do_port_unknown(void)
{
    in8(0x2e0);
}

static void do_uart_status(void)
{
    in8(0x3fd);
}

static void do_ioapic(void)
{
    (void)*(volatile uint32_t *)IOAPIC;
}

static void do_msr(void)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(MSR_APIC_BASE));
}

static void measure(const char *name, void (*operation)(void))
{
    for (int i = 0; i < ROUNDS / 10; i++)
        operation();
    uint32_t start = now();
    for (int i = 0; i < ROUNDS; i++)
        operation();
    uint32_t ticks = now() - start;
    print("bench ");
    print(name);
    print(" ");
    print_number(ticks / ROUNDS);
    print("\r\n");
}

void guest_main(void)
{
    measure("no-exit", do_nothing);
    measure("cpuid", do_cpuid);
    measure("port-input-0x61", do_port_known);
    measure("port-input-nobody-home", do_port_unknown);
    measure("port-input-uart-status", do_uart_status);
    measure("mmio-read-ioapic", do_ioapic);
    measure("rdmsr-apic-base", do_msr);
    print("bench done\r\n");
    stop();
}
