/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Flow control of typed input. Received bytes wait in a queue until the ring of every client they
 * go to has room, so that a long paste neither loses nor repeats a byte. While the queue is nearly
 * full, RTS tells the other end of the line to pause.
 *
 * A client that takes nothing for a second while bytes wait for it is stalled: its bytes are
 * dropped and counted until it takes some again, so that escapes still reach the multiplexer.
 */
#include "input.h"

#define KEYBOARD_QUEUE       4096u
#define KEYBOARD_PAUSE       3072u /**< queued bytes from which RTS is dropped … */
#define KEYBOARD_RESUME      1024u /**< … and below which it is raised again */
#define KEYBOARD_STALL_TICKS 10u   /**< of MUX_TICK_MS */

/** What it needs. */
struct keyboard_ops {
    size_t (*space)(void *context, int client);     /**< room in the client's ring */
    void (*put)(void *context, int client, char c); /**< append to it; there is room */
    size_t (*waiting)(void *context, int client);   /**< bytes the client has not taken */
    void (*signal)(void *context, int client);      /**< wake the client */
    void (*ready)(void *context, bool ready);       /**< set RTS */
};

/** State. */
struct keyboard {
    struct input *input;
    const struct keyboard_ops *ops;
    void *context;
    char queue[KEYBOARD_QUEUE];
    size_t head, used;
    bool paused;                   /**< RTS is dropped */
    uint32_t touched;              /**< clients to signal */
    uint32_t stalled;              /**< clients that do not read */
    unsigned wait;                 /**< ticks since a byte could last be delivered */
    uint64_t dropped[MUX_CLIENTS]; /**< bytes of stalled clients */
};

/** Empty queue. */
void keyboard_init(struct keyboard *keyboard, struct input *input, const struct keyboard_ops *ops,
                   void *context);
/** Bytes the queue has room for; do not receive more. */
size_t keyboard_space(const struct keyboard *keyboard);
/** Takes a byte from the line. */
void keyboard_receive(struct keyboard *keyboard, char c);
/** Delivers what can be delivered. */
void keyboard_process(struct keyboard *keyboard);
/** Every MUX_TICK_MS: notes who is stalled; signals again who has not taken its bytes. */
void keyboard_tick(struct keyboard *keyboard);
/** The deliver function of the input side; context: the keyboard. */
void keyboard_deliver(void *keyboard, int client, char c);
