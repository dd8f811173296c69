/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "operator.h"
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000 / MUX_TICK_MS, PATIENCE = 5 * SECOND };
enum { LINES_AT_ONCE = 4, TEXT_AT_ONCE = 256 };

void operator_init(struct operator* op, struct mux *mux, void (*signal)(void *, int), void *context)
{
    memset(op, 0, sizeof(*op));
    op->mux = mux;
    op->signal = signal;
    op->context = context;
    op->showing = -1;
    for (int i = 0; i < MUX_CLIENTS; i++)
        history_init(&op->history[i]);
}

void operator_note_output(struct operator* op, int stream, const char *data, size_t size)
{
    if (stream >= 0 && stream < 2 * MUX_CLIENTS)
        history_add(&op->history[stream % MUX_CLIENTS], stream >= MUX_CLIENTS, data, size);
}

bool operator_controls(const struct operator* op, int client)
{
    struct console_status status;
    return console_control_read(op->page[client], &status);
}

bool operator_runs(const struct operator* op, int client)
{
    struct console_status status;
    console_control_read(op->page[client], &status);
    return status.state == CONSOLE_VM_RUNNING || status.state == CONSOLE_VM_HALTED;
}

static void operator_ask(struct operator* op, int client, enum console_vm_command command)
{
    struct operator_request *request = &op->request[client];
    if (op->page[client] == NULL)
        return;
    bool shows = op->showing == client && op->inspection; /* another answer would replace it */
    if ((request->word != 0 && request->ticks < PATIENCE) || shows) {
        char line[80];
        snprintf(line, sizeof(line), "VM %d is busy with earlier commands: not carried out",
                 client);
        if (request->next != CONSOLE_COMMAND_NONE)
            mux_message(op->mux, line);
        else
            request->next = command;
        return;
    }
    op->number++;
    request->word = console_control_ask(op->page[client], op->number, command);
    request->command = command;
    request->next = CONSOLE_COMMAND_NONE;
    request->ticks = 0;
    op->signal(op->context, client);
}

void operator_reset(struct operator* op, int client)
{
    operator_ask(op, client, CONSOLE_COMMAND_RESET);
}

void operator_stop_start(struct operator* op, int client)
{
    operator_ask(op, client,
                 operator_runs(op, client) ? CONSOLE_COMMAND_STOP : CONSOLE_COMMAND_START);
}

void operator_inspect(struct operator* op, int client)
{
    operator_ask(op, client, CONSOLE_COMMAND_INSPECT);
}

void operator_history(struct operator* op, int client)
{
    char line[64];
    unsigned lines = history_start(&op->reader, &op->history[client]);
    snprintf(line, sizeof(line), "--- client %d: the last %u lines ---", client, lines);
    mux_message(op->mux, line);
    op->showing = client;
    op->inspection = false;
}

static void operator_answered(struct operator* op, int client)
{
    struct operator_request *request = &op->request[client];
    char line[64];
    request->word = 0;
    if (request->command != CONSOLE_COMMAND_INSPECT)
        return; /* the monitor's log tells what it did */
    snprintf(line, sizeof(line), "--- client %d: processors and devices ---", client);
    mux_message(op->mux, line);
    op->showing = client;
    op->inspection = true;
    op->offset = 0;
}

void operator_check(struct operator* op)
{
    for (int i = 0; i < MUX_CLIENTS && op->showing < 0; i++) {
        struct operator_request *request = &op->request[i];
        if (request->word != 0 && console_control_answered(op->page[i], request->word))
            operator_answered(op, i);
        if (request->word == 0 && request->next != CONSOLE_COMMAND_NONE)
            operator_ask(op, i, request->next);
    }
}

static void operator_sample(struct operator* op, int client)
{
    struct operator_sample *sample = &op->sample[client];
    struct console_status status;
    if (!console_control_read(op->page[client], &status))
        return;
    sample->rate = (uint32_t)(status.exits - sample->exits);
    sample->exits = status.exits;
    if (status.resets != sample->resets)
        mux_forget(op->mux, client);
    sample->resets = status.resets;
}

void operator_tick(struct operator* op)
{
    operator_check(op);
    for (int i = 0; i < MUX_CLIENTS; i++) {
        struct operator_request *request = &op->request[i];
        if (request->word != 0 && ++request->ticks == PATIENCE) {
            char line[48];
            snprintf(line, sizeof(line), "VM %d does not answer", i);
            mux_message(op->mux, line);
        }
    }
    if (++op->ticks % SECOND == 0)
        for (int i = 0; i < MUX_CLIENTS; i++)
            operator_sample(op, i);
}

static bool operator_print_lines(struct operator* op)
{
    char text[HISTORY_LINE];
    for (int i = 0; i < LINES_AT_ONCE; i++) {
        bool raw;
        size_t length = history_next(&op->reader, &raw, text);
        if (length == 0)
            return false;
        mux_message_colour(op->mux, raw ? MUX_RAW(op->showing) : MUX_PROCESSED(op->showing), text,
                           length - 1);
        mux_message_part(op->mux, "\r\n", false);
    }
    return true;
}

/* Text of the page, with the line ends a terminal wants. */
static bool operator_print_text(struct operator* op)
{
    char text[TEXT_AT_ONCE], line[2 * TEXT_AT_ONCE];
    size_t used = 0;
    size_t size = console_control_text(op->page[op->showing], op->offset, text, sizeof(text));
    for (size_t end = size; end != 0; end--) /* whole lines, if there is one */
        if (text[end - 1] == '\n') {
            size = end;
            break;
        }
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n')
            line[used++] = '\r';
        line[used++] = text[i];
    }
    op->offset += size;
    if (used == 0)
        return false;
    mux_message_colour(op->mux, MUX_PROCESSED(op->showing), line, used);
    return true;
}

bool operator_pump(struct operator* op)
{
    if (op->showing < 0)
        return false;
    bool more = op->inspection ? operator_print_text(op) : operator_print_lines(op);
    if (!more) {
        mux_message_part(op->mux, "--- end ---\r\n", false);
        op->showing = -1;
        operator_check(op);
    }
    return true;
}

void operator_list(struct operator* op, int clients, uint32_t targets, const uint64_t *dropped)
{
    mux_message(op->mux, "client  state      exits/s  memory MiB  resets  input lost");
    for (int i = 0; i < clients; i++) {
        struct console_status status;
        char line[120];
        bool vm = console_control_read(op->page[i], &status);
        int used = snprintf(line, sizeof(line), "%5d%c  ", i, targets >> i & 1 ? '*' : ' ');
        if (vm)
            used += snprintf(line + used, sizeof(line) - (size_t)used, "%-9s %8u  %10u  %6u",
                             console_control_state_name(status.state), op->sample[i].rate,
                             status.memory_mb, status.resets);
        else
            used += snprintf(line + used, sizeof(line) - (size_t)used, "%-9s %8s  %10s  %6s",
                             "program", "-", "-", "-");
        used += snprintf(line + used, sizeof(line) - (size_t)used, "  %10llu",
                         (unsigned long long)dropped[i]);
        mux_message_colour(op->mux, MUX_PROCESSED(i), line, (size_t)used);
        mux_message_part(op->mux, "\r\n", false);
    }
}
