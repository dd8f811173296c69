/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "serve.h"

/* One datagram; true: more wait. A lost answer is the sender's to notice, as always with UDP. */
static bool serve_one(const struct echo_port *service, bool fixed)
{
    unsigned len = 0;
    uint16_t port = 0;
    uint32_t address = 0;
    int result = service->poll(&len, &port, &address);
    if (result != ECHO_NONE && len <= service->size) {
        if (fixed)
            service->send((uintptr_t)service->buffer, len, address);
        else
            service->send_to((uintptr_t)service->buffer, len, address, port);
    }
    return result == ECHO_MORE;
}

void echo_serve(const struct echo_port *ports, unsigned count, bool fixed)
{
    bool more = true;
    while (more) {
        more = false;
        for (unsigned i = 0; i < count; i++)
            more |= serve_one(&ports[i], fixed);
    }
}
