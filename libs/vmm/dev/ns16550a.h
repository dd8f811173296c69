/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* A 16550A serial port. */
#include <vmm/device.h>

#define NS16550A_FIFO 16u

/** A byte queue as deep as the chip's. */
struct ns16550a_fifo {
    uint8_t data[NS16550A_FIFO];
    unsigned head, used;
};

/** The chip. */
struct ns16550a {
    struct vmm_device dev;
    const struct vmm_console_ops *console; /* back end; NULL = nothing attached */
    void *console_ctx;
    struct vmm_irq_line irq;
    uint16_t port;
    uint8_t irq_number;

    uint8_t ier, fcr, lcr, mcr, scr, dll, dlm;
    uint8_t lsr_errors; /* OE, PE, FE, BI: cleared by reading LSR */
    uint8_t msr;        /* input lines and their change bits */
    bool thre_interrupt, timeout_interrupt;
    struct ns16550a_fifo rx, tx;
    struct vmm_timer timeout; /* receive data older than four characters */
    struct vmm_timer retry;   /* the back end was full */
    uint64_t sent, received, overruns;
};

/** Where it is and what is behind it. */
struct ns16550a_config {
    const char *id; /* "com1" */
    uint16_t port;  /* first of eight */
    uint8_t irq;    /* ISA interrupt */
    const struct vmm_console_ops *console;
    void *console_ctx;
};

/** Put a serial port on the bus. Zero *uart before. */
void ns16550a_create(struct ns16550a *uart, struct vmm *vm, const struct ns16550a_config *config);
