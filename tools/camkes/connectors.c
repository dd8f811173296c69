/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The built-in connectors: how each is planned and which templates make its code. */
#include <string.h>

#include "plan.h"

static const struct connector_class classes[] = {
    {.name = "seL4RPCCall",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c"},
    {.name = "seL4RPCCallNoType",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c"},
    {.name = "seL4RPCNoThreads",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .global_rpc = true},
    {.name = "seL4RPCCallSignal",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true},
    {.name = "seL4RPCCallSignalNoThreads",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true,
     .global_rpc = true},
    {.name = "seL4TimeServer",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true},
    {.name = "seL4RPCDataport",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .dataport = true},
    {.name = "seL4RPCDataportNoThreads",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .dataport = true,
     .global_rpc = true},
    {.name = "seL4RPCDataportSignal",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true,
     .dataport = true},
    {.name = "seL4RPCDataportSignalNoThreads",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true,
     .dataport = true,
     .global_rpc = true},
    {.name = "seL4SerialServer",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true,
     .dataport = true},
    {.name = "seL4Ethdriver",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true,
     .dataport = true,
     .mac = true},
    {.name = "seL4UDPRecv",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .signal = true,
     .dataport = true,
     .ports = plan_receiver_port},
    {.name = "seL4UDPSend",
     .plan = plan_rpc,
     .from_template = "udp-send-client.c",
     .to_template = "rpc-server.c",
     .dataport = true,
     .ports = plan_sender_ports},
    {.name = "seL4RPCOverMultiSharedData",
     .plan = plan_rpc,
     .from_template = "rpc-client.c",
     .to_template = "rpc-server.c",
     .dataport = true,
     .transport = true},
    {.name = "seL4DirectCall",
     .plan = plan_direct,
     .from_template = "direct-from.c",
     .to_template = "direct-to.c"},
    {.name = "seL4Notification",
     .plan = plan_event,
     .from_template = "event-from.c",
     .to_template = "event-to.c"},
    {.name = "seL4NotificationNative",
     .plan = plan_event_native,
     .from_template = "event-from.c",
     .to_template = "event-native-to.c"},
    {.name = "seL4NotificationBind",
     .plan = plan_event_bind,
     .from_template = "event-from.c",
     .to_template = "event-global-to.c"},
    {.name = "seL4GlobalAsynch",
     .plan = plan_event_global,
     .from_template = "event-from.c",
     .to_template = "event-global-to.c"},
    {.name = "seL4GlobalAsynchCallback",
     .plan = plan_event_global,
     .from_template = "event-from.c",
     .to_template = "event-callback-to.c"},
    {.name = "seL4SharedData",
     .plan = plan_shared_data,
     .from_template = "dataport.c",
     .to_template = "dataport.c"},
    {.name = "seL4DMASharedData",
     .plan = plan_shared_data_dma,
     .from_template = "dataport.c",
     .to_template = "dataport.c"},
    {.name = "seL4SharedDataWithCaps",
     .plan = plan_shared_data_caps,
     .from_template = "dataport-caps.c",
     .to_template = "dataport-caps.c"},
    {.name = "seL4VirtQueues",
     .plan = plan_virtqueues,
     .from_template = "virtqueue.c",
     .from_header = "virtqueue.h"},
    {.name = "seL4HardwareMMIO", .plan = plan_mmio, .from_template = "hardware-mmio.c"},
    {.name = "seL4HardwareIOPort", .plan = plan_ioport, .from_template = "hardware-ioport.c"},
    {.name = "seL4HardwareInterrupt",
     .plan = plan_interrupt,
     .to_template = "hardware-interrupt.c"},
    {.name = "seL4GlobalAsynchHardwareInterrupt",
     .plan = plan_interrupt_global,
     .to_template = "hardware-interrupt-global.c"},
};

/*
 * A connector of the user gets the objects that its kind of ends usually has: an endpoint with
 * badged clients, notifications, or shared memory. Its templates find them in the ends.
 */
static const struct connector_class *
make_class(struct plan *plan, const struct user_connector *user, const struct connector *connector)
{
    struct connector_class *class = arena_new(plan->arena, struct connector_class);
    class->name = user->name;
    class->from_template = user->from_template;
    class->to_template = user->to_template;
    class->from_header = user->from_header;
    class->to_header = user->to_header;
    switch (connector->to.kind) {
    case END_PROCEDURE:
        class->plan = plan_rpc;
        break;
    case END_EVENT:
        class->plan = plan_event;
        break;
    case END_DATAPORT:
        class->plan = plan_shared_data;
        break;
    }
    return class;
}

const struct connector_class *connector_find(struct plan *plan, const struct connector *connector)
{
    for (size_t i = 0; i < plan->user_classes.count; i++) {
        if (plan->user_connectors.items[i] == connector)
            return plan->user_classes.items[i];
    }
    for (size_t i = 0; connector->name && i < plan->options->connectors.count; i++) {
        const struct user_connector *user = &plan->options->connectors.items[i];
        if (strcmp(user->name, connector->name))
            continue;
        *array_push(plan->arena, &plan->user_connectors) = connector;
        *array_push(plan->arena, &plan->user_classes) = make_class(plan, user, connector);
        return connector_find(plan, connector);
    }
    for (size_t i = 0; connector->name && i < sizeof classes / sizeof *classes; i++) {
        if (!strcmp(classes[i].name, connector->name))
            return &classes[i];
    }
    return NULL;
}

bool connector_is_users(const struct plan *plan, const struct connector_class *class)
{
    for (size_t i = 0; i < plan->user_classes.count; i++) {
        if (plan->user_classes.items[i] == class)
            return true;
    }
    return false;
}
