/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * National Semiconductor PC16550D, data sheet TL/C/8652, as the serial port of a PC: interrupt
 * enabled by OUT2, a peer that always has CTS, DSR and DCD on.
 *
 * The line is as fast as the back end: a byte leaves as soon as the back end takes it. Input is
 * taken from the back end only when the receiver has room and the guest asks for data with RTS, so
 * bytes typed before a driver opens the port wait instead of being lost.
 * Not modelled: DMA mode, parity and framing errors, breaks (there is no wire to have them).
 */
#include "ns16550a.h"
#include "bytewise.h"
#include <vmm/aml.h>

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR };

#define IER_RX         0x01u
#define IER_THRE       0x02u
#define IER_LINE       0x04u
#define IER_MODEM      0x08u
#define IIR_NONE       0x01u
#define IIR_MODEM      0x00u
#define IIR_THRE       0x02u
#define IIR_RX         0x04u
#define IIR_LINE       0x06u
#define IIR_TIMEOUT    0x0cu
#define IIR_FIFO       0xc0u
#define FCR_ENABLE     0x01u
#define FCR_CLEAR_RX   0x02u
#define FCR_CLEAR_TX   0x04u
#define LCR_DLAB       0x80u
#define MCR_DTR        0x01u
#define MCR_RTS        0x02u
#define MCR_OUT1       0x04u
#define MCR_OUT2       0x08u
#define MCR_LOOP       0x10u
#define LSR_DR         0x01u
#define LSR_OE         0x02u
#define LSR_THRE       0x20u
#define LSR_TEMT       0x40u
#define LSR_FIFO_ERROR 0x80u
#define MSR_DELTAS     0x0fu
#define MSR_TERI       0x04u
#define MSR_CTS        0x10u
#define MSR_DSR        0x20u
#define MSR_RI         0x40u
#define MSR_DCD        0x80u

#define BASE_BAUD      115200u
#define RETRY_NS       3000000u /* when the back end is full and forgets to say it has room */
#define TIMEOUT_MAX_NS 10000000u

static void push(struct ns16550a_fifo *f, uint8_t byte)
{
    f->data[(f->head + f->used) % NS16550A_FIFO] = byte;
    f->used++;
}

static uint8_t pop(struct ns16550a_fifo *f)
{
    uint8_t byte = f->data[f->head];
    f->head = (f->head + 1) % NS16550A_FIFO;
    f->used--;
    return byte;
}

static unsigned depth(const struct ns16550a *u)
{
    return u->fcr & FCR_ENABLE ? NS16550A_FIFO : 1;
}

/* Receive trigger level: FCR bits 7:6. */
static unsigned trigger(const struct ns16550a *u)
{
    static const uint8_t levels[] = {1, 4, 8, 14};
    return u->fcr & FCR_ENABLE ? levels[u->fcr >> 6] : 1;
}

/* Four characters of ten bits at the programmed speed. */
static uint64_t timeout_ns(const struct ns16550a *u)
{
    unsigned divisor = (unsigned)u->dlm << 8 | u->dll;
    uint64_t ns = 40ull * (divisor ? divisor : 1) * 1000000000ull / BASE_BAUD;
    return ns < TIMEOUT_MAX_NS ? ns : TIMEOUT_MAX_NS;
}

/* The pending interrupt of the highest priority (data sheet, table IV). */
static uint8_t interrupt_id(const struct ns16550a *u)
{
    if ((u->ier & IER_LINE) && u->lsr_errors) {
        return IIR_LINE;
    }
    if ((u->ier & IER_RX) && u->rx.used >= trigger(u)) {
        return IIR_RX;
    }
    if ((u->ier & IER_RX) && u->timeout_interrupt) {
        return IIR_TIMEOUT;
    }
    if ((u->ier & IER_THRE) && u->thre_interrupt) {
        return IIR_THRE;
    }
    if ((u->ier & IER_MODEM) && (u->msr & MSR_DELTAS)) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

static void update_irq(struct ns16550a *u)
{
    /* OUT2 opens the PC's interrupt driver; in loop-back the pin is inactive */
    bool open = (u->mcr & MCR_OUT2) && !(u->mcr & MCR_LOOP);
    vmm_irq_set(&u->irq, open && interrupt_id(u) != IIR_NONE);
}

static void arm_timeout(struct ns16550a *u)
{
    u->timeout_interrupt = false;
    if (u->rx.used && (u->fcr & FCR_ENABLE)) {
        vmm_timer_arm(u->dev.vm, &u->timeout, vmm_now(u->dev.vm) + timeout_ns(u));
    } else {
        vmm_timer_cancel(u->dev.vm, &u->timeout);
    }
}

static void timeout_fire(struct vmm_timer *timer)
{
    struct ns16550a *u = VMM_TIMER_OF(struct ns16550a, timeout, timer);
    u->timeout_interrupt = u->rx.used != 0;
    update_irq(u);
}

/* A character from the wire (or the loop): overruns when there is no room. */
static void receive(struct ns16550a *u, uint8_t byte)
{
    if (u->rx.used >= depth(u)) {
        u->lsr_errors |= LSR_OE;
        u->overruns++;
        if (!(u->fcr & FCR_ENABLE)) {
            u->rx.data[u->rx.head] = byte; /* the 16450 overwrites, the FIFO keeps the old ones */
        }
        return;
    }
    push(&u->rx, byte);
    u->received++;
}

/* Take what the back end has and the receiver can hold. */
static void fill(struct ns16550a *u)
{
    if (!u->console || !(u->mcr & MCR_RTS) || (u->mcr & MCR_LOOP) || u->rx.used >= depth(u)) {
        return;
    }
    uint8_t bytes[NS16550A_FIFO];
    size_t room = depth(u) - u->rx.used;
    size_t n = u->console->read(u->console_ctx, bytes, room);
    n = n <= room ? n : room;
    for (size_t i = 0; i < n; i++) {
        receive(u, bytes[i]);
    }
    if (n) {
        arm_timeout(u);
    }
}

/* Hand the transmit queue to the back end; tell the guest when it becomes empty. */
static void flush(struct ns16550a *u)
{
    while (u->tx.used) {
        size_t run = NS16550A_FIFO - u->tx.head;
        run = u->tx.used < run ? u->tx.used : run;
        size_t n =
            u->console ? u->console->write(u->console_ctx, &u->tx.data[u->tx.head], run) : run;
        n = n <= run ? n : run;
        u->tx.head = (u->tx.head + (unsigned)n) % NS16550A_FIFO;
        u->tx.used -= (unsigned)n;
        u->sent += n;
        if (n == 0) {
            vmm_timer_arm(u->dev.vm, &u->retry, vmm_now(u->dev.vm) + RETRY_NS);
            return;
        }
    }
    vmm_timer_cancel(u->dev.vm, &u->retry);
    u->thre_interrupt = true;
}

static void retry_fire(struct vmm_timer *timer)
{
    struct ns16550a *u = VMM_TIMER_OF(struct ns16550a, retry, timer);
    flush(u);
    update_irq(u);
}

static void write_thr(struct ns16550a *u, uint8_t byte)
{
    u->thre_interrupt = false;
    if (u->mcr & MCR_LOOP) {
        receive(u, byte);
        arm_timeout(u);
        u->thre_interrupt = true;
        return;
    }
    if (u->tx.used >= NS16550A_FIFO) {
        flush(u);
    }
    if (u->tx.used >= NS16550A_FIFO) {
        u->overruns++; /* written although THRE said no */
        return;
    }
    push(&u->tx, byte);
    flush(u);
}

static void write_fcr(struct ns16550a *u, uint8_t value)
{
    bool toggled = (u->fcr ^ value) & FCR_ENABLE;
    if (toggled || (value & FCR_CLEAR_RX)) {
        u->rx.head = u->rx.used = 0;
    }
    /* FCR_CLEAR_TX drops nothing: what is queued here had left a real chip long ago */
    u->fcr = value & FCR_ENABLE ? value & (0xc0u | FCR_ENABLE) : 0;
    arm_timeout(u);
    fill(u);
}

/* Modem lines as the guest sees them: its own in loop-back (data sheet, 8.6.7), else the peer's. */
static uint8_t modem_lines(const struct ns16550a *u)
{
    if (!(u->mcr & MCR_LOOP)) {
        return MSR_CTS | MSR_DSR | MSR_DCD;
    }
    return (uint8_t)((u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
                     (u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0));
}

static void write_mcr(struct ns16550a *u, uint8_t value)
{
    u->mcr = value & 0x1fu;
    uint8_t lines = modem_lines(u);
    uint8_t changed = (lines ^ u->msr) & 0xf0u;
    uint8_t deltas = (changed >> 4) & (uint8_t)~MSR_TERI;
    if ((changed & MSR_RI) && !(lines & MSR_RI)) {
        deltas |= MSR_TERI; /* the ring indicator counts only when it ends */
    }
    u->msr = (uint8_t)(lines | (u->msr & MSR_DELTAS) | deltas);
    fill(u);
}

static void write_ier(struct ns16550a *u, uint8_t value)
{
    uint8_t risen = value & (uint8_t)~u->ier;
    u->ier = value & 0x0fu;
    if ((risen & IER_THRE) && !u->tx.used) {
        u->thre_interrupt = true; /* enabling it with an empty transmitter interrupts at once */
    }
}

static void write_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct ns16550a *u = VMM_CHIP(struct ns16550a, dev);
    uint8_t value = (uint8_t)at->value;
    bool dlab = u->lcr & LCR_DLAB;
    switch (at->offset) {
    case RBR_THR:
        if (dlab) {
            u->dll = value;
        } else {
            write_thr(u, value);
        }
        break;
    case IER:
        if (dlab) {
            u->dlm = value;
        } else {
            write_ier(u, value);
        }
        break;
    case IIR_FCR:
        write_fcr(u, value);
        break;
    case LCR:
        u->lcr = value;
        break;
    case MCR:
        write_mcr(u, value);
        break;
    case SCR:
        u->scr = value;
        break;
    default: /* LSR and MSR are read-only */
        break;
    }
    update_irq(u);
}

static uint8_t read_rbr(struct ns16550a *u)
{
    uint8_t byte = u->rx.used ? pop(&u->rx) : 0;
    arm_timeout(u);
    fill(u);
    return byte;
}

static uint8_t read_iir(struct ns16550a *u)
{
    uint8_t id = interrupt_id(u);
    if (id == IIR_THRE) {
        u->thre_interrupt = false; /* reading it as the source is one of the two ways to clear it */
    }
    return id | (u->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

static uint8_t read_lsr(struct ns16550a *u)
{
    uint8_t lsr = (uint8_t)(u->lsr_errors | (u->rx.used ? LSR_DR : 0) |
                            (u->tx.used ? 0 : LSR_THRE | LSR_TEMT));
    u->lsr_errors = 0;
    return lsr;
}

static uint8_t read_msr(struct ns16550a *u)
{
    uint8_t msr = u->msr;
    u->msr &= (uint8_t)~MSR_DELTAS;
    return msr;
}

static uint8_t read_register(struct ns16550a *u, uint64_t offset)
{
    bool dlab = u->lcr & LCR_DLAB;
    switch (offset) {
    case RBR_THR:
        return dlab ? u->dll : read_rbr(u);
    case IER:
        return dlab ? u->dlm : u->ier;
    case IIR_FCR:
        return read_iir(u);
    case LCR:
        return u->lcr;
    case MCR:
        return u->mcr;
    case LSR:
        return read_lsr(u);
    case MSR:
        return read_msr(u);
    default:
        return u->scr;
    }
}

static uint8_t read_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct ns16550a *u = VMM_CHIP(struct ns16550a, dev);
    uint8_t value = read_register(u, at->offset);
    update_irq(u);
    return value;
}

static bool ns16550a_read(struct vmm_device *dev, struct vmm_access *access)
{
    return bytewise_read(dev, access, read_byte);
}

static bool ns16550a_write(struct vmm_device *dev, const struct vmm_access *access)
{
    return bytewise_write(dev, access, write_byte);
}

static void ns16550a_poll(struct vmm_device *dev)
{
    struct ns16550a *u = VMM_CHIP(struct ns16550a, dev);
    if (u->tx.used) {
        flush(u);
    }
    fill(u);
    update_irq(u);
}

/* Data sheet table III, and the divisor for 9600 baud. */
static void ns16550a_reset(struct vmm_device *dev)
{
    struct ns16550a *u = VMM_CHIP(struct ns16550a, dev);
    u->ier = u->fcr = u->lcr = u->mcr = u->scr = u->dlm = u->lsr_errors = 0;
    u->dll = 12;
    u->rx.head = u->rx.used = 0;
    u->msr = modem_lines(u);
    u->thre_interrupt = u->timeout_interrupt = false;
    vmm_timer_cancel(dev->vm, &u->timeout);
    update_irq(u);
}

static void ns16550a_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct ns16550a *u = VMM_CHIP(struct ns16550a, dev);
    vmm_text_printf(out, "ier %02x fcr %02x lcr %02x mcr %02x msr %02x divisor %u rx %u tx %u\n",
                    u->ier, u->fcr, u->lcr, u->mcr, u->msr, (unsigned)u->dlm << 8 | u->dll,
                    u->rx.used, u->tx.used);
}

static void ns16550a_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct ns16550a *u = VMM_CHIP(struct ns16550a, dev);
    vmm_text_printf(out, "sent %llu\nreceived %llu\noverruns %llu\n", (unsigned long long)u->sent,
                    (unsigned long long)u->received, (unsigned long long)u->overruns);
}

/* The PC's four port addresses have fixed numbers; others are numbered by address. */
static unsigned unit_number(const struct ns16550a *u)
{
    static const uint16_t ports[] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
    for (unsigned i = 0; i < 4; i++) {
        if (ports[i] == u->port) {
            return i + 1;
        }
    }
    return u->port;
}

static void ns16550a_acpi(struct vmm_device *dev, struct aml *aml)
{
    const struct ns16550a *u = VMM_CHIP(struct ns16550a, dev);
    unsigned unit = unit_number(u);
    char name[] = "COMx";
    name[3] = (char)(unit < 10 ? '0' + unit : 'A' + unit / 8 % 26);
    size_t mark = aml_device(aml, name);
    aml_name(aml, "_HID");
    aml_eisa_id(aml, "PNP0501");
    aml_name(aml, "_UID");
    aml_integer(aml, unit);
    struct aml_resources resources = {0};
    aml_io(&resources, u->port, 8);
    aml_irq(&resources, u->irq_number);
    aml_name(aml, "_CRS");
    aml_resources(aml, &resources);
    aml_end(aml, mark);
}

static const struct vmm_device_ops ns16550a_ops = {
    .name = "ns16550a",
    .read = ns16550a_read,
    .write = ns16550a_write,
    .reset = ns16550a_reset,
    .dump = ns16550a_dump,
    .stats = ns16550a_stats,
    .acpi = ns16550a_acpi,
    .poll = ns16550a_poll,
};

void ns16550a_create(struct ns16550a *uart, struct vmm *vm, const struct ns16550a_config *config)
{
    uart->dev.ops = &ns16550a_ops;
    uart->dev.id = config->id;
    uart->console = config->console;
    uart->console_ctx = config->console_ctx;
    uart->port = config->port;
    uart->irq_number = config->irq;
    uart->irq = vmm_irq_line(vm, config->irq);
    uart->timeout.fire = timeout_fire;
    uart->retry.fire = retry_fire;
    vmm_device_add(vm, &uart->dev);
    vmm_bus_claim(&uart->dev, VMM_SPACE_IO, config->port, 8, 0);
}
