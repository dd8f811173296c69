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
enum input_state { INPUT_NORMAL, INPUT_LINE_START, INPUT_COMMAND, INPUT_SELECT };

/** What the input side needs. */
struct input_ops {
    void (*deliver)(void *context, int client, char c); /**< give a byte to a client */
    void (*dump_scheduler)(void *context);              /**< print the kernel's threads */
};

/** State of the input side. */
struct input {
    enum input_state state;
    int clients; /**< number of input clients, 0 .. MUX_CLIENTS */
    int active;  /**< client the bytes go to, when not multi */
    bool multi;  /**< bytes go to all of `selected` */
    uint32_t selected;
    uint32_t selecting; /**< set under construction in INPUT_SELECT */
    struct mux *mux;    /**< for messages and multi-client output */
    const struct input_ops *ops;
    void *context;
};

/** Starts with input going to client 0. */
void input_init(struct input *input, struct mux *mux, const struct input_ops *ops, void *context);

/** Takes a typed byte. */
void input_byte(struct input *input, char c);
