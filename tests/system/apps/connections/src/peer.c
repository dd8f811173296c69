/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include "peer.h"

static uint32_t received;

static struct peer_page *page(void)
{
    return (struct peer_page *)(uintptr_t)data;
}

static uint32_t fill(uint32_t pattern)
{
    for (uint32_t i = 0; i < peer_words(data_get_size()); i++) {
        page()->words[i] = peer_word(pattern, i);
    }
    return (uint32_t)data_get_size();
}

static uint32_t check(uint32_t pattern)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < peer_words(data_get_size()); i++) {
        wrong += page()->words[i] != peer_word(pattern, i);
    }
    return wrong;
}

/* The guest may change its request at any time: each word is read once. */
static void serve(void)
{
    uint32_t command = page()->command, argument = page()->argument;
    uint32_t answers = command == PEER_BURST ? argument : 1;
    if (command == PEER_NOTHING) {
        received++;
        return;
    }
    if (command == PEER_FILL) {
        page()->result = fill(argument);
    } else if (command == PEER_CHECK) {
        page()->result = check(argument);
    } else if (command == PEER_RECEIVED) {
        page()->result = received;
        received = 0;
    }
    while (answers-- > 0) {
        ring_emit();
    }
}

int run(void)
{
    for (;;) {
        bell_wait();
        serve();
    }
}
