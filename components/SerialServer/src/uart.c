/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "uart.h"

enum { REG_DATA, REG_IER, REG_FCR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCRATCH };
enum { REG_DIVISOR_LOW = 0, REG_DIVISOR_HIGH = 1, REG_IIR = 2 };
enum { IIR_NONE = 1 };
enum { IER_RECEIVED = 1, IER_TRANSMIT_EMPTY = 2 };
enum { FCR_ENABLE = 1, FCR_CLEAR_BOTH = 6 };
enum { LCR_8N1 = 3, LCR_DIVISOR = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT2 = 8 }; /* OUT2 gates the interrupt line on a PC */
enum { LSR_READY = 1, LSR_TRANSMIT_EMPTY = 0x20 };
enum { DIVISOR_115200 = 1, FIFO_SIZE = 16 };

bool uart_init(struct uart *uart, const struct uart_port *port)
{
    *uart = (struct uart){.port = port};
    port->out(REG_SCRATCH, 0x5a);
    uart->present = port->in(REG_SCRATCH) == 0x5a;
    if (!uart->present)
        return false;
    port->out(REG_IER, 0);
    port->out(REG_LCR, LCR_DIVISOR);
    port->out(REG_DIVISOR_LOW, DIVISOR_115200);
    port->out(REG_DIVISOR_HIGH, 0);
    port->out(REG_LCR, LCR_8N1);
    port->out(REG_FCR, FCR_ENABLE | FCR_CLEAR_BOTH);
    port->out(REG_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
    uart->ier = IER_RECEIVED;
    port->out(REG_IER, uart->ier);
    return true;
}

size_t uart_space(const struct uart *uart)
{
    return UART_QUEUE - uart->used;
}

/* Fills the transmitter's FIFO once; false: it is still busy. */
static bool uart_fill_fifo(struct uart *uart)
{
    if ((uart->port->in(REG_LSR)&LSR_TRANSMIT_EMPTY) == 0)
        return false;
    for (int i = 0; i < FIFO_SIZE && uart->used != 0; i++) {
        uart->port->out(REG_DATA, (uint8_t)uart->queue[uart->head]);
        uart->head = (uart->head + 1) % UART_QUEUE;
        uart->used--;
    }
    return true;
}

static void uart_set_interrupts(struct uart *uart)
{
    unsigned ier = (uart->deaf ? 0 : IER_RECEIVED) | (uart->used != 0 ? IER_TRANSMIT_EMPTY : 0);
    if (ier != uart->ier) {
        uart->ier = (uint8_t)ier;
        uart->port->out(REG_IER, (uint8_t)ier);
    }
}

void uart_pump(struct uart *uart)
{
    if (!uart->present)
        return;
    while (uart->used != 0 && uart_fill_fifo(uart))
        ;
    uart_set_interrupts(uart);
}

void uart_set_ready(struct uart *uart, bool ready)
{
    if (uart->present)
        uart->port->out(REG_MCR, MCR_DTR | MCR_OUT2 | (ready ? MCR_RTS : 0));
}

void uart_set_deaf(struct uart *uart, bool deaf)
{
    uart->deaf = deaf;
    if (uart->present)
        uart_set_interrupts(uart);
}

void uart_write(struct uart *uart, const char *data, size_t size)
{
    if (!uart->present)
        return;
    for (size_t i = 0; i < size; i++) {
        while (uart->used == UART_QUEUE) {
            uart_fill_fifo(uart);
            if (uart->receive != NULL)
                uart->receive(uart->context);
        }
        uart->queue[(uart->head + uart->used) % UART_QUEUE] = data[i];
        uart->used++;
    }
}

bool uart_pending(const struct uart *uart)
{
    return uart->present && (uart->port->in(REG_IIR)&IIR_NONE) == 0;
}

bool uart_read(struct uart *uart, char *c)
{
    if (!uart->present || (uart->port->in(REG_LSR)&LSR_READY) == 0)
        return false;
    *c = (char)uart->port->in(REG_DATA);
    return true;
}
