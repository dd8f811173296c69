/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Port numbers of the clients of a UDP service: X_port, where a receiver's datagrams come in;
 * X_ports = {"source": s, "dest": d}, from and to where a sender's datagrams go. A destination of 0
 * leaves the port to each call.
 */
#include "plan.h"

static uint16_t read_port(struct plan *plan, const struct value *value, uint64_t least,
                          const char *what)
{
    uint64_t port;
    if (value_to_u64(value, &port) && port >= least && port <= 65535)
        return (uint16_t)port;
    diag_error(plan->diag, value->loc, "%s must be %llu to 65535", what, (unsigned long long)least);
    return 0;
}

void plan_receiver_port(struct plan *plan, const struct end *client, struct plan_client *seen)
{
    const struct value *port = end_setting(plan->system, client, "port");
    if (port)
        seen->ports[0] = read_port(plan, port, 1, "the port of a receiver");
    else
        diag_error(plan->diag, client->loc, "'%s.%s_port' must be set: where datagrams come in",
                   client->instance->name, client->interface->name);
}

void plan_sender_ports(struct plan *plan, const struct end *client, struct plan_client *seen)
{
    const struct value *ports = end_setting(plan->system, client, "ports");
    const struct value *source = value_get(ports, "source"), *dest = value_get(ports, "dest");
    if (!source || !dest) {
        diag_error(plan->diag, ports ? ports->loc : client->loc,
                   "'%s.%s_ports' must be {\"source\": port, \"dest\": port}",
                   client->instance->name, client->interface->name);
        return;
    }
    seen->ports[0] = read_port(plan, source, 1, "the source port");
    seen->ports[1] = read_port(plan, dest, 0, "the destination port");
}
