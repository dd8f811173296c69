/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The echo service without its component: datagrams of each port go back through its sender. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Results of poll(): nothing waited, more waits. */
enum { ECHO_NONE = -1, ECHO_MORE = 0 };

/** A port: the calls of UDPRecv and UDPSend that belong to it. */
struct echo_port {
    int (*poll)(unsigned int *len, uint16_t *port, uint32_t *ip4addr);
    int (*send)(uintptr_t data, unsigned int len, uint32_t ip4addr);
    int (*send_to)(uintptr_t data, unsigned int len, uint32_t ip4addr, uint16_t port);
    volatile void *buffer; /**< where poll() leaves a datagram */
    size_t size;           /**< of it, bytes */
};

/**
 * Sends back all that waits, a datagram of each port in turn, so that a flood on one does not hold
 * up the other. `fixed`: to the senders' configured ports, not to those the datagrams came from.
 */
void echo_serve(const struct echo_port *ports, unsigned count, bool fixed);
