/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Calls: one endpoint per connection, a badged capability per client; optionally a signal from
 * the server to each client and memory shared with it. Direct calls need no objects.
 */
#include "plan.h"

/* Memory of one client: mapped in both, so bulk data needs no copy through the kernel. */
static void add_buffer(struct plan *plan, struct end_plan *client, struct end_plan *server,
                       struct plan_client *seen)
{
    const struct end *end = client->end;
    const struct value *value = end_setting(plan->system, end, "shmem_size");
    uint64_t size = plan_bytes(plan, value, 4096, "shmem_size");
    if (size == 0 || size % 4096) {
        diag_error(plan->diag, value->loc, "the size of shared memory must be a multiple of 4096");
        return;
    }
    const char *name = plan_name(plan, "%s_%s_%s_buffer", end->connection->name,
                                 end->instance->name, end->interface->name);
    struct spec_memory memory =
        spec_add_memory(plan->spec, client->instance->space->vspace, name, size, SPEC_RW);
    uint64_t align = memory.size / memory.frames->count;
    uint64_t there = spec_reserve(plan->spec, server->instance->space->vspace, memory.size, align);
    spec_map(plan->spec, server->instance->space->vspace, there, memory.frames, 0,
             memory.frames->count, SPEC_RW);
    client->buffer = memory.vaddr;
    client->buffer_size = seen->buffer_size = size;
    seen->buffer = there;
    struct plan_region region = {.name = end->interface->name,
                                 .id = -1,
                                 .vaddr = memory.vaddr,
                                 .size = memory.size,
                                 .write = true,
                                 .cached = true};
    plan_add_vma(plan, client->instance, &region);
    region.vaddr = there;
    region.name = server->end->interface->name;
    plan_add_vma(plan, server->instance, &region);
}

/* The right to signal one bit of the client's global notification. */
static void add_signal(struct plan *plan, struct end_plan *client, struct end_plan *server,
                       struct plan_client *seen)
{
    struct spec_object *notification = plan_global_notification(plan, client->instance);
    client->notification_badge = plan_global_badge(plan, client->instance, client->end->loc);
    client->notification = client->instance->global_wait;
    seen->emit = spec_add_cap(plan->spec, server->instance->space->cnode, SPEC_NEXT_SLOT,
                              notification, CAPSPEC_WRITE, client->notification_badge);
}

static void add_client(struct plan *plan, struct end_plan *client, struct end_plan *server,
                       struct spec_object *endpoint)
{
    struct plan_client *seen = array_push(plan->arena, &server->clients);
    seen->end = client->end;
    seen->badge = client->badge;
    client->endpoint = spec_add_cap(plan->spec, client->instance->space->cnode, SPEC_NEXT_SLOT,
                                    endpoint, CAPSPEC_WRITE | CAPSPEC_GRANT_REPLY, client->badge);
    if (server->connector->signal)
        add_signal(plan, client, server, seen);
    if (server->connector->dataport)
        add_buffer(plan, client, server, seen);
    if (server->connector->mac)
        plan_client_mac(plan, server, seen);
    if (server->connector->ports)
        server->connector->ports(plan, client->end, seen);
}

void plan_rpc(struct plan *plan, const struct connection *connection)
{
    struct end_plan *server = plan_end(plan, connection->to.items[0]);
    struct spec_object *endpoint =
        spec_add_object(plan->spec, server->end->instance->name, CAPSPEC_ENDPOINT,
                        plan_name(plan, "%s_ep", connection->name), 0, 1);
    server->endpoint = spec_add_cap(plan->spec, server->instance->space->cnode, SPEC_NEXT_SLOT,
                                    endpoint, CAPSPEC_READ, 0);
    uint64_t *badges = plan_client_badges(plan, connection);
    for (size_t i = 0; i < connection->from.count; i++) {
        struct end_plan *client = plan_end(plan, connection->from.items[i]);
        client->badge = badges[i];
        add_client(plan, client, server, endpoint);
    }
}

void plan_direct(struct plan *plan, const struct connection *connection)
{
    const struct end *from = connection->from.items[0], *to = connection->to.items[0];
    if (from->instance->space == to->instance->space)
        return;
    diag_error(plan->diag, connection->loc,
               "connection '%s' is a direct call, so '%s' and '%s' must be in one group",
               connection->name, from->instance->name, to->instance->name);
}
