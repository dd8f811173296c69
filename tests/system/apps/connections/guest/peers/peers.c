/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The guest's side of the test application `connections`; see peer.h. */
#include <camkes_guest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peers.h"

#define PATIENCE_MS 120000

static void fail(const char *what, const char *name)
{
    printf("%s: %s failed\n", name, what);
    exit(1);
}

static struct peer open_peer(const char *name)
{
    struct peer p = {.name = name, .c = camkes_open(name)};
    p.page = p.c ? camkes_map(p.c, &p.size) : NULL;
    if (!p.page || camkes_poll(p.c) < 0) {
        fail("opening", name);
    }
    return p;
}

static void emit(const struct peer *p)
{
    if (camkes_emit(p->c) != 0) {
        fail("emitting", p->name);
    }
}

static void request(const struct peer *p, uint32_t command, uint32_t argument)
{
    p->page->argument = argument;
    p->page->command = command;
    emit(p);
}

uint32_t peer_ask(const struct peer *p, uint32_t command, uint32_t argument)
{
    request(p, command, argument);
    if (camkes_wait(p->c, PATIENCE_MS) != 1) {
        fail("the answer", p->name);
    }
    p->page->command = PEER_NOTHING;
    return p->page->result;
}

/* Every word of the dataport both ways. */
static void try_memory(const struct peer *p)
{
    uint32_t words = peer_words(p->size), wrong = 0;
    if (peer_ask(p, PEER_FILL, 7) != p->size) {
        fail("the size", p->name);
    }
    for (uint32_t i = 0; i < words; i++) {
        wrong += p->page->words[i] != peer_word(7, i);
    }
    for (uint32_t i = 0; i < words; i++) {
        p->page->words[i] = peer_word(9, i);
    }
    printf("%s: %zu bytes, %u wrong there, %u wrong here\n", p->name, p->size,
           peer_ask(p, PEER_CHECK, 9), wrong);
}

/* n events to the peer: what it counted. */
static void try_emit(const struct peer *p, uint32_t n)
{
    peer_ask(p, PEER_RECEIVED, 0);
    for (uint32_t i = 0; i < n; i++) {
        emit(p);
    }
    printf("%s: sent %u, the peer counted %u\n", p->name, n, peer_ask(p, PEER_RECEIVED, 0));
}

/* n events of the peer: what this program counted. */
static void try_burst(const struct peer *p, uint32_t n)
{
    uint64_t seen = 0;
    request(p, PEER_BURST, n);
    while (seen < n) {
        int64_t more = camkes_wait(p->c, PATIENCE_MS);
        if (more <= 0) {
            break;
        }
        seen += (uint64_t)more;
    }
    p->page->command = PEER_NOTHING;
    printf("%s: the peer sent %u, counted %llu and then %lld\n", p->name, n,
           (unsigned long long)seen, (long long)camkes_wait(p->c, 200));
}

/* n questions and answers. */
static void try_echo(const struct peer *p, uint32_t n)
{
    uint32_t good = 0;
    for (uint32_t i = 0; i < n; i++) {
        request(p, PEER_ECHO, i);
        good += camkes_wait(p->c, PATIENCE_MS) == 1;
    }
    p->page->command = PEER_NOTHING;
    printf("%s: %u of %u answers\n", p->name, good, n);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        puts("usage: peers memory|emit|burst|echo|hostile NAME [COUNT]");
        return 2;
    }
    struct peer p = open_peer(argv[2]);
    uint32_t n = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 0) : 1;
    if (!strcmp(argv[1], "memory")) {
        try_memory(&p);
    } else if (!strcmp(argv[1], "emit")) {
        try_emit(&p, n);
    } else if (!strcmp(argv[1], "burst")) {
        try_burst(&p, n);
    } else if (!strcmp(argv[1], "echo")) {
        try_echo(&p, n);
    } else if (!strcmp(argv[1], "hostile")) {
        peer_hostile(&p, n);
    }
    camkes_close(p.c);
    return 0;
}
