/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Kernel output: the log ring, the screen, COM1. COM1 is a 16550A; TL16C550C data sheet. Output
 * polls LSR.THRE with a bound, so that a machine without the port does not hang, and is sent 8N1.
 */
#include <kernel/arch.h>
#include <x86/instr.h>
#include <x86/screen.h>
#include <x86/uart.h>

#define COM1     0x3f8
#define COM1_END 0x400
enum { UART_THR = 0, UART_IER = 1, UART_FCR = 2, UART_LCR = 3, UART_MCR = 4, UART_LSR = 5 };
#define LCR_8N1  0x03
#define LCR_DLAB 0x80
#define LSR_THRE 0x20
#define SPIN_MAX 200000

/* The ring as user mode maps it: struct seL4_KernelLog of <sel4/bootinfo_types.h>. The linker
 * script aligns it to its size, so that it becomes one untyped. */
static struct {
    volatile uint64_t written;
    uint64_t size;
    char data[LOG_RING_SIZE - 16];
} log_ring __attribute__((section(".bss.log"), aligned(4096)));

static uint64_t log_written; /* ours: the ring's own word may be written by who maps it */
static bool uart_present, uart_is_users;

void uart_init(void)
{
    log_ring.size = sizeof(log_ring.data);
    x86_out8(COM1 + UART_IER, 0);
    x86_out8(COM1 + UART_LCR, LCR_DLAB);
    x86_out8(COM1 + UART_THR, 1);
    x86_out8(COM1 + UART_IER, 0);
    x86_out8(COM1 + UART_LCR, LCR_8N1);
    x86_out8(COM1 + UART_FCR, 0x07);
    x86_out8(COM1 + UART_MCR, 0x03);
    uart_present = x86_in8(COM1 + UART_LSR) != 0xff;
}

static void uart_put(char c)
{
    for (unsigned i = 0; i < SPIN_MAX; i++) {
        if (x86_in8(COM1 + UART_LSR) & LSR_THRE) {
            x86_out8(COM1 + UART_THR, (uint8_t)c);
            return;
        }
    }
}

void uart_seize(void)
{
    screen_seize();
    if (uart_is_users) {
        uart_is_users = false;
        uart_init();
    }
}

void uart_note_user_out(uint16_t port)
{
    if (port >= COM1 && port < COM1_END) {
        uart_is_users = true;
    }
}

bool uart_is_present(void)
{
    return uart_present;
}

/* While booting less is written than the ring holds. */
const char *log_start(uint64_t *length)
{
    *length = log_written < sizeof(log_ring.data) ? log_written : sizeof(log_ring.data);
    return log_ring.data;
}

paddr_t log_ring_paddr(void)
{
    return virt_to_phys(&log_ring);
}

void arch_debug_putchar(char c)
{
    log_ring.data[log_written % sizeof(log_ring.data)] = c;
    log_written++;
    log_ring.written = log_written;
    screen_put(c);
    if (uart_present && !uart_is_users) {
        if (c == '\n') {
            uart_put('\r');
        }
        uart_put(c);
    }
}

void arch_note_device_frame(paddr_t base, uint64_t size)
{
    screen_note_user_memory(base, size);
}

void arch_port_out(uint16_t port, unsigned size, uint32_t value)
{
    uart_note_user_out(port);
    if (size == 1) {
        x86_out8(port, (uint8_t)value);
    } else if (size == 2) {
        x86_out16(port, (uint16_t)value);
    } else {
        x86_out32(port, value);
    }
}
