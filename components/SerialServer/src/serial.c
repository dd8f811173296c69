/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The component: threads, rings and the UART round the pure modules. One mutex guards all of it.
 * Threads: control (timer ticks), one per provided interface, one for events of ring clients, and
 * the interrupt thread, which runs above the others.
 */
#include <camkes.h>
#include <console/ring.h>
#include <stdio.h>
#include <string.h>
#include "clients.h"
#include "keyboard.h"
#include "klog.h"
#include "natives.h"
#include "operator.h"
#include "uart.h"

enum { TIMER_ID = 0, TICK_NS = MUX_TICK_MS * 1000000, DRAIN_CHUNK = 256 };
/* Rings are emptied while less than this waits for the line (0.36 s of it): what is typed must not
 * echo behind a long queue. And only while the stream's own buffer has this much room. */
enum { LINE_AHEAD = 4096, STREAM_ROOM = 1024 };
/* What calls may queue up beyond that: a service's log does not wait for the output of guests. */
enum { CALLERS_AHEAD = 4 * LINE_AHEAD };

/* Identifiers of the two interfaces for components are not the same. */
#define BATCH_ID (1ull << 32)

extern uint64_t camkes_tsc_hz; /* generated code; written by the loader */

static struct mux mux;
static struct input input;
static struct keyboard keyboard;
static struct operator operator;
static struct uart uart;
static struct klog klog;
static struct natives natives;
static struct console_ring_end output[MUX_GUESTS_END];
static struct console_ring_end input_ring[MUX_CLIENTS];
static seL4_Word input_badge[MUX_CLIENTS];
static unsigned callers_waiting; /* in serial_wait_for_room() */

static uint8_t port_in(unsigned offset)
{
    return serial_port_in8_offset((uint16_t)offset);
}

static void port_out(unsigned offset, uint8_t value)
{
    serial_port_out8_offset((uint16_t)offset, value);
}

static const struct uart_port com_port = {.in = port_in, .out = port_out};

/* A machine without the port shows all output on its screen, which the kernel draws. */
static void emit(void *context, const char *data, size_t size)
{
    (void)context;
    uart_write(&uart, data, size);
    for (size_t i = 0; i < size && !uart.present; i++)
        seL4_DebugPutChar(data[i]);
}

/* The kernel shows its own log on the screen, and what emit() gives it becomes part of the log. */
static size_t read_kernel_log(char *to, size_t size)
{
    return uart.present ? klog_read(&klog, to, size) : 0;
}

static size_t ring_space(void *context, int client)
{
    (void)context;
    return console_ring_space(&input_ring[client]);
}

static size_t ring_waiting(void *context, int client)
{
    (void)context;
    return CONSOLE_RING_BYTES - 1 - console_ring_space(&input_ring[client]);
}

static void ring_put(void *context, int client, char c)
{
    (void)context;
    console_ring_put(&input_ring[client], &c, 1);
}

static void client_signal(void *context, int client)
{
    (void)context;
    getchar_emit((unsigned)input_badge[client]);
}

static void line_ready(void *context, bool ready)
{
    (void)context;
    uart_set_ready(&uart, ready);
}

/* What may still be queued: a backlog stays where it is until the line has sent what is ahead. */
static size_t line_room(void *context)
{
    size_t queued = UART_QUEUE - uart_space(&uart);
    (void)context;
    return queued < LINE_AHEAD ? LINE_AHEAD - queued : 0;
}

static const struct keyboard_ops keyboard_callbacks = {.space = ring_space,
                                                       .put = ring_put,
                                                       .waiting = ring_waiting,
                                                       .signal = client_signal,
                                                       .ready = line_ready};

static void dump_scheduler(void *context)
{
    (void)context;
    seL4_DebugDumpScheduler();
}

static void list_clients(void *context)
{
    (void)context;
    uint32_t targets = input.multi ? input.selected : 1u << input.active;
    operator_list(&operator, input.clients, targets, keyboard.dropped);
}

/* The remaining commands are the operator's alone. */
static void show_history(void *context, int client)
{
    (void)context;
    operator_history(&operator, client);
}

static void inspect_client(void *context, int client)
{
    (void)context;
    operator_inspect(&operator, client);
}

static void reset_client(void *context, int client)
{
    (void)context;
    operator_reset(&operator, client);
}

static void stop_start_client(void *context, int client)
{
    (void)context;
    operator_stop_start(&operator, client);
}

static bool client_controls(void *context, int client)
{
    (void)context;
    return operator_controls(&operator, client);
}

static bool client_runs(void *context, int client)
{
    (void)context;
    return operator_runs(&operator, client);
}

static const struct input_ops input_callbacks = {.deliver = keyboard_deliver,
                                                 .dump_scheduler = dump_scheduler,
                                                 .list = list_clients,
                                                 .history = show_history,
                                                 .inspect = inspect_client,
                                                 .reset = reset_client,
                                                 .stop_start = stop_start_client,
                                                 .controls = client_controls,
                                                 .runs = client_runs};

/* All output takes this way. */
static void serial_write(int stream, const char *data, size_t size)
{
    operator_note_output(&operator, stream, data, size);
    mux_write(&mux, stream, data, size);
}

/* Takes what the port has received, as far as there is room for it. */
static void serial_receive(void *context)
{
    char c;
    (void)context;
    while (keyboard_space(&keyboard) != 0 && uart_read(&uart, &c))
        keyboard_receive(&keyboard, c);
    uart_set_deaf(&uart, keyboard_space(&keyboard) == 0);
}

/* From ring `source`, or, behind the last, from the kernel's log. */
static bool serial_drain_stream(int source)
{
    char chunk[DRAIN_CHUNK];
    int i = source == MUX_GUESTS_END ? MUX_KERNEL : source;
    if (MUX_BUFFER - mux.stream[i].used < STREAM_ROOM)
        return false;
    size_t size = i == MUX_KERNEL ? read_kernel_log(chunk, sizeof(chunk))
                                  : console_ring_get(&output[i], chunk, sizeof(chunk));
    serial_write(i, chunk, size);
    return size != 0;
}

/* With the mutex: moves a piece of each ring and of the kernel log. False: nothing was left. A
 * long answer to the operator comes before the streams, which wait in their rings. */
static bool serial_drain_piece(void)
{
    static int next; /* the line may be taken up before all had their turn: go on there */
    bool any = false;
    if (mux.timestamps && camkes_tsc_hz >= 1000)
        mux.now_ms = __builtin_ia32_rdtsc() / (camkes_tsc_hz / 1000);
    while (line_room(NULL) != 0 && operator_pump(&operator))
        ;
    mux_pump(&mux);
    for (int k = 0; k <= MUX_GUESTS_END && line_room(NULL) != 0; k++) {
        any = serial_drain_stream(next) || any;
        next = (next + 1) % (MUX_GUESTS_END + 1);
    }
    uart_pump(&uart);
    return any || (mux.flushing && line_room(NULL) != 0);
}

/* Empties the rings as far as the line allows; typed characters get in between the pieces. Never in
 * the interrupt's thread, which runs above other components. */
static void serial_drain(void)
{
    for (bool more = true; more;) {
        serial_lock_lock();
        operator_check(&operator);
        keyboard_process(&keyboard);
        serial_receive(NULL);
        more = serial_drain_piece();
        serial_lock_unlock();
    }
}

static bool serial_takes_callers(void)
{
    return UART_QUEUE - uart_space(&uart) < CALLERS_AHEAD;
}

/* With the mutex: a caller has more to say than the line takes. It sleeps, so that neither what is
 * typed echoes behind all of it, nor a full queue keeps the processor busy. */
static void serial_wait_for_room(void)
{
    while (!serial_takes_callers()) {
        callers_waiting++;
        serial_lock_unlock();
        room_wait();
        serial_lock_lock();
    }
}

/* With the mutex: the transmitter has taken something. */
static void serial_wake_callers(void)
{
    for (; callers_waiting != 0 && serial_takes_callers(); callers_waiting--)
        room_post();
}

static void serial_put(int stream, const char *data, size_t size)
{
    serial_lock_lock();
    serial_wait_for_room();
    serial_write(stream, data, size);
    uart_pump(&uart);
    serial_lock_unlock();
}

/* The processed stream of a caller: its own if it is a client with input, a VM, that is. */
static int serial_processed(seL4_Word id, const char *name)
{
    for (int i = 0; i < input.clients; i++)
        if (input_badge[i] == (id & ~BATCH_ID) && input_badge[i] < MUX_CLIENTS)
            return MUX_PROCESSED((int)input_badge[i]);
    serial_lock_lock();
    int stream = natives_stream(&natives, &mux, id, name);
    serial_lock_unlock();
    return stream;
}

void processed_putchar_putchar(int c)
{
    seL4_Word id = processed_putchar_get_sender_id();
    char byte = (char)c;
    const char *name =
        processed_putchar_get_client_name != NULL ? processed_putchar_get_client_name(id) : NULL;
    serial_put(serial_processed(id, name), &byte, 1);
}

void raw_putchar_putchar(int c)
{
    seL4_Word id = raw_putchar_get_sender_id();
    char byte = (char)c;
    if (id < MUX_CLIENTS)
        serial_put(MUX_RAW((int)id), &byte, 1);
}

/* Drains the ring in a client's RPC buffer. */
static void serial_batch(struct console_ring_end *end, void *buffer, int stream)
{
    char chunk[DRAIN_CHUNK];
    if (end->ring != buffer) /* the first time, or several share a stream */
        console_ring_attach_reader(end, buffer);
    /* A ring's worth, for the caller may go on filling it, and others call too. */
    for (size_t moved = 0, size = 1; moved < CONSOLE_RING_BYTES && size != 0; moved += size) {
        size = console_ring_get(end, chunk, sizeof(chunk));
        serial_put(stream, chunk, size);
    }
}

/* Rings of callers: those of VMs by their number, of others by their stream. */
void processed_batch_batch(void)
{
    static struct console_ring_end ends[MUX_STREAMS];
    seL4_Word id = processed_batch_get_sender_id();
    const char *name =
        processed_batch_get_client_name != NULL ? processed_batch_get_client_name(id) : NULL;
    int stream = serial_processed(BATCH_ID | id, name);
    serial_batch(&ends[stream], processed_batch_buf(id), stream);
}

void raw_batch_batch(void)
{
    static struct console_ring_end ends[MUX_CLIENTS];
    seL4_Word id = raw_batch_get_sender_id();
    if (id < MUX_CLIENTS)
        serial_batch(&ends[id], raw_batch_buf(id), MUX_RAW((int)id));
}

/* Part of the interface for its shared page and signal only. */
void getchar_foo(void) {}

void output_ready_handle(void)
{
    serial_drain();
}

static void serial_service_uart(void)
{
    serial_lock_lock();
    do {
        serial_receive(NULL);
        keyboard_process(&keyboard);
        serial_receive(NULL);
        uart_pump(&uart);
        serial_wake_callers();
    } while (uart_pending(&uart));
    serial_lock_unlock();
}

/*
 * The line is edge-triggered: it must go low, or no further interrupt comes. What happens between
 * the last look and the acknowledgement makes an edge that may be lost, so there is another look.
 */
void serial_irq_handle(void)
{
    do {
        serial_service_uart();
        serial_irq_acknowledge();
    } while (uart_pending(&uart));
    /* The transmitter may have made room for what still lies in the rings. */
    if (line_room(NULL) != 0)
        drain_ask_emit();
}

void drain_handle(void)
{
    serial_drain();
}

static void serial_find_input_clients(void)
{
    unsigned count = getchar_num_badges != NULL ? getchar_num_badges() : 0;
    for (unsigned i = 0; i < count && input.clients < MUX_CLIENTS; i++) {
        seL4_Word badge = getchar_enumerate_badge(i);
        int client = input.clients++;
        input_badge[client] = badge;
        console_ring_attach_writer(&input_ring[client], getchar_buf(badge));
    }
}

void pre_init(void)
{
    serial_lock_lock();
    uart_init(&uart, &com_port);
    klog_init(&klog, clients_kernel_log(), clients_kernel_log_size());
    mux_init(&mux, emit, NULL);
    mux.room = line_room;
    input_init(&input, &mux, &input_callbacks, &keyboard);
    keyboard_init(&keyboard, &input, &keyboard_callbacks, NULL);
    operator_init(&operator, & mux, client_signal, NULL);
    uart.receive = serial_receive;
    serial_find_input_clients();
    for (int i = 0; i < input.clients; i++)
        operator.page[i] = clients_control(i);
    for (int i = 0; i < 2 * MUX_CLIENTS; i++)
        console_ring_attach_reader(&output[i], clients_ring(i));
    serial_lock_unlock();
    serial_irq_acknowledge();
}

int run(void)
{
    timeout_periodic(TIMER_ID, TICK_NS);
    for (;;) {
        seL4_Wait(timeout_notification(), NULL);
        timeout_completed();
        serial_drain();
        serial_lock_lock();
        mux_tick(&mux);
        operator_tick(&operator);
        keyboard_tick(&keyboard);
        serial_receive(NULL);
        uart_pump(&uart);
        serial_wake_callers();
        serial_lock_unlock();
    }
}
