/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
#include <camkes_guest.h>
#include "peer.h"

/** An open connection to a peer. */
struct peer {
    const char *name;
    struct camkes_connection *c;
    struct peer_page *page;
    size_t size;
};

/** Sends a request and returns the result; ends the program if there is not exactly one answer. */
uint32_t peer_ask(const struct peer *p, uint32_t command, uint32_t argument);

/** Does with the device what no driver does, `rounds` times, then puts it right again. */
void peer_hostile(const struct peer *p, uint32_t rounds);
