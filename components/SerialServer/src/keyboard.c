/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "keyboard.h"

void keyboard_init(struct keyboard *keyboard, struct input *input, const struct keyboard_ops *ops,
                   void *context)
{
    *keyboard = (struct keyboard){.input = input, .ops = ops, .context = context};
}

size_t keyboard_space(const struct keyboard *keyboard)
{
    return KEYBOARD_QUEUE - keyboard->used;
}

static void keyboard_pace(struct keyboard *keyboard)
{
    bool pause =
        keyboard->paused ? keyboard->used > KEYBOARD_RESUME : keyboard->used >= KEYBOARD_PAUSE;
    if (pause != keyboard->paused) {
        keyboard->paused = pause;
        keyboard->ops->ready(keyboard->context, !pause);
    }
}

void keyboard_receive(struct keyboard *keyboard, char c)
{
    if (keyboard->used == KEYBOARD_QUEUE)
        return;
    keyboard->queue[(keyboard->head + keyboard->used++) % KEYBOARD_QUEUE] = c;
    keyboard_pace(keyboard);
}

void keyboard_deliver(void *context, int client, char c)
{
    struct keyboard *keyboard = context;
    if (keyboard->ops->space(keyboard->context, client) == 0) {
        keyboard->dropped[client]++;
        return;
    }
    keyboard->ops->put(keyboard->context, client, c);
    keyboard->touched |= 1u << client;
}

/* Clients the next byte has to wait for. */
static uint32_t keyboard_full(const struct keyboard *keyboard)
{
    uint32_t targets = input_targets(keyboard->input, keyboard->queue[keyboard->head]);
    uint32_t full = 0;
    for (int i = 0; i < MUX_CLIENTS; i++)
        if ((targets & ~keyboard->stalled) >> i & 1)
            full |= (keyboard->ops->space(keyboard->context, i) == 0 ? 1u : 0u) << i;
    return full;
}

static void keyboard_signal(struct keyboard *keyboard)
{
    for (int i = 0; i < MUX_CLIENTS; i++)
        if ((keyboard->touched >> i & 1) != 0)
            keyboard->ops->signal(keyboard->context, i);
    keyboard->touched = 0;
}

void keyboard_process(struct keyboard *keyboard)
{
    while (keyboard->used != 0 && keyboard_full(keyboard) == 0) {
        char c = keyboard->queue[keyboard->head];
        keyboard->head = (keyboard->head + 1) % KEYBOARD_QUEUE;
        keyboard->used--;
        keyboard->wait = 0;
        input_byte(keyboard->input, c);
    }
    keyboard_signal(keyboard);
    keyboard_pace(keyboard);
}

void keyboard_tick(struct keyboard *keyboard)
{
    for (int i = 0; i < keyboard->input->clients; i++) {
        if (keyboard->ops->space(keyboard->context, i) != 0)
            keyboard->stalled &= ~(1u << i);
        if (keyboard->ops->waiting(keyboard->context, i) != 0)
            keyboard->touched |= 1u << i; /* a lost or overlooked signal does no harm */
    }
    if (keyboard->used == 0)
        keyboard->wait = 0;
    else if (++keyboard->wait > KEYBOARD_STALL_TICKS)
        keyboard->stalled |= keyboard_full(keyboard);
    input_tick(keyboard->input);
    keyboard_process(keyboard);
}
