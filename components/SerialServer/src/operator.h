/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What the escapes l, h, i, r and x do: the state of clients, their last lines, and commands to
 * virtual machines through their control pages. Long answers are printed piece by piece, as the
 * line takes them.
 */
#include <console/control.h>
#include "history.h"
#include "mux.h"

/** A command on its way to a VM. */
struct operator_request {
    uint32_t word; /**< 0: none */
    enum console_vm_command command;
    enum console_vm_command next; /**< asked when that is done: the page holds one */
    unsigned ticks;               /**< since it was asked */
};

/** A VM's exits, sampled every second. */
struct operator_sample {
    uint64_t exits;
    uint32_t rate; /**< per second */
    uint32_t resets;
};

/** State. */
struct operator
{
    struct mux *mux;
    struct console_control *page[MUX_CLIENTS]; /**< NULL: not a VM */
    struct history history[MUX_CLIENTS];
    struct operator_request request[MUX_CLIENTS];
    struct operator_sample sample[MUX_CLIENTS];
    uint32_t number; /**< of the last request */
    unsigned ticks;
    int showing; /**< client whose history or inspection is being printed, -1: none */
    bool inspection;
    struct history_reader reader;
    size_t offset;                             /**< in the inspection's text */
    void (*signal)(void *context, int client); /**< wake the client's monitor */
    void *context;
};

/** No VMs yet; pages are filled in by the caller. */
void operator_init(struct operator* op, struct mux *mux, void (*signal)(void *, int),
                   void *context);
/** Output of a client's stream passes by. */
void operator_note_output(struct operator* op, int stream, const char *data, size_t size);
/** Every MUX_TICK_MS. */
void operator_tick(struct operator* op);
/** Looks whether VMs have answered. */
void operator_check(struct operator* op);
/** Prints a piece of a long answer. False: none is being printed. */
bool operator_pump(struct operator* op);

/** Prints the state of the first `clients` clients. `targets`: who gets typed input;
 * `dropped`: typed bytes each did not take. */
void operator_list(struct operator* op, int clients, uint32_t targets, const uint64_t *dropped);
/** Prints a client's last lines. */
void operator_history(struct operator* op, int client);
/** Asks for a VM's registers and devices, and prints them. */
void operator_inspect(struct operator* op, int client);
/** Resets a VM. */
void operator_reset(struct operator* op, int client);
/** Stops a VM that runs, starts one that does not. */
void operator_stop_start(struct operator* op, int client);
/** Is the client a VM with a control page? */
bool operator_controls(const struct operator* op, int client);
/** Does it run? */
bool operator_runs(const struct operator* op, int client);
