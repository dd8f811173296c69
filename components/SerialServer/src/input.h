/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The input side of the console multiplexer: which client a typed byte goes to, and the commands
 * behind the escape character `@`, which counts as such only at the start of a line.
 */
#include "mux.h"

#define INPUT_ESCAPE '@'

/** Where in a command the typist is. */
enum input_state {
    INPUT_NORMAL,     /**< within a line: everything is data */
    INPUT_LINE_START, /**< the escape character would be one */
    INPUT_COMMAND,    /**< after it */
    INPUT_SELECT,     /**< collecting the clients of multi-client mode */
    INPUT_ARGUMENT,   /**< waiting for the client a command is about */
    INPUT_CONFIRM     /**< waiting for y or n */
};

/** What the input side needs. */
struct input_ops {
    void (*deliver)(void *context, int client, char c); /**< give a byte to a client */
    void (*dump_scheduler)(void *context);              /**< print the kernel's threads */
    void (*list)(void *context);                        /**< print the state of all clients */
    void (*history)(void *context, int client);         /**< print a client's last lines */
    void (*inspect)(void *context, int client);         /**< print registers and devices of a VM */
    void (*reset)(void *context, int client);           /**< reset a VM */
    void (*stop_start)(void *context, int client);      /**< stop a VM, or start it again */
    bool (*controls)(void *context, int client);        /**< is this client a VM to act on? */
    bool (*runs)(void *context, int client);            /**< and is it running now? */
};

struct input_command;

/** State of the input side. */
struct input {
    enum input_state state;
    int clients; /**< number of input clients, 0 .. MUX_CLIENTS */
    int active;  /**< client the bytes go to, when not multi */
    bool multi;  /**< bytes go to all of `selected` */
    uint32_t selected;
    unsigned redraw;    /**< ticks until the redraw key is sent to them, 0: it is not */
    uint32_t selecting; /**< set under construction in INPUT_SELECT */
    const struct input_command *command; /**< waiting for its argument or answer */
    int argument;                        /**< client it is about */
    struct mux *mux;                     /**< for messages and multi-client output */
    const struct input_ops *ops;
    void *context;
};

/** Starts with input going to client 0. */
void input_init(struct input *input, struct mux *mux, const struct input_ops *ops, void *context);

/** Takes a typed byte. */
void input_byte(struct input *input, char c);

/** Every MUX_TICK_MS. */
void input_tick(struct input *input);

/** The clients that a byte would go to now, bit n: client n; 0 for bytes of commands. */
uint32_t input_targets(const struct input *input, char c);
