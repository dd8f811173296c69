/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Port numbers of the clients of a UDP service: X_port, where a receiver's datagrams come in, each
 * with its own; X_ports = {"source": s, "dest": d}, from and to where a sender's datagrams go. A
 * destination of 0 leaves the port to each call.
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

/* A datagram has one receiver: no client before this one of the same server has the port. */
static void check_unique(struct plan *plan, const struct end *client, const struct value *port,
                         uint16_t number)
{
    const struct connection *connection = client->connection;
    for (size_t i = 0; number != 0 && connection->from.items[i] != client; i++) {
        const struct end *other = connection->from.items[i];
        uint64_t taken;
        if (value_to_u64(end_setting(plan->system, other, "port"), &taken) && taken == number)
            diag_error(plan->diag, port->loc, "port %u is that of '%s.%s' already", number,
                       other->instance->name, other->interface->name);
    }
}

void plan_receiver_port(struct plan *plan, const struct end *client, struct plan_client *seen)
{
    const struct value *port = end_setting(plan->system, client, "port");
    if (port) {
        seen->ports[0] = read_port(plan, port, 1, "the port of a receiver");
        check_unique(plan, client, port, seen->ports[0]);
    } else {
        diag_error(plan->diag, client->loc, "'%s.%s_port' must be set: where datagrams come in",
                   client->instance->name, client->interface->name);
    }
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
