/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Driver of a 16550A serial port: 115200 8N1, both FIFOs, received bytes by interrupt, output
 * through a queue that the transmitter's interrupt empties, so that a slow line never holds up
 * the server. Registers: PC16550D data sheet, table II.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UART_QUEUE 65536u

/** How the driver reaches the registers: offsets 0 .. 7 from the base port. */
struct uart_port {
    uint8_t (*in)(unsigned offset);
    void (*out)(unsigned offset, uint8_t value);
};

/** A port and its output queue. */
struct uart {
    const struct uart_port *port;
    bool present;                   /**< a UART answered at uart_init */
    bool deaf;                      /**< received bytes stay in the port: their interrupt is off */
    uint8_t ier;                    /**< interrupt enables in force */
    void (*receive)(void *context); /**< called while uart_write() waits; NULL: nothing */
    void *context;
    size_t head; /**< first byte of the queue */
    size_t used;
    char queue[UART_QUEUE];
};

/** Programs the port. False: nothing answers there; output is then dropped. */
bool uart_init(struct uart *uart, const struct uart_port *port);
/** Bytes the queue has room for. */
size_t uart_space(const struct uart *uart);
/** Queues bytes. When the queue is full, waits for the line. */
void uart_write(struct uart *uart, const char *data, size_t size);
/** Moves queued bytes to the transmitter; arms its interrupt if some are left. */
void uart_pump(struct uart *uart);
/** Sets RTS: the other end may send, or is to pause. */
void uart_set_ready(struct uart *uart, bool ready);
/** Takes received bytes from now on, or leaves them where they are (no interrupt for them). */
void uart_set_deaf(struct uart *uart, bool deaf);
/** Does the port still ask for its interrupt to be served? */
bool uart_pending(const struct uart *uart);
/** Takes a received byte; false: none. */
bool uart_read(struct uart *uart, char *c);
