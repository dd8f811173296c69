/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Events: who may signal which notification, with which badge. */
#include "plan.h"

static void add_target(struct plan *plan, const struct end *emitter,
                       struct spec_object *notification, uint64_t badge)
{
    struct end_plan *from = plan_end(plan, emitter);
    *array_push(plan->arena, &from->targets) =
        spec_add_cap(plan->spec, from->instance->space->cnode, SPEC_NEXT_SLOT, notification,
                     CAPSPEC_WRITE, badge);
}

/* A notification of the consumer's own, which it may wait for. */
static struct spec_object *add_notification(struct plan *plan, struct end_plan *to)
{
    const struct end *end = to->end;
    const char *name = plan_name(plan, "%s_%s_%s", end->connection->name, end->instance->name,
                                 end->interface->name);
    struct spec_object *notification =
        spec_add_object(plan->spec, end->instance->name, CAPSPEC_NOTIFICATION, name, 0, 1);
    to->notification = spec_add_cap(plan->spec, to->instance->space->cnode, SPEC_NEXT_SLOT,
                                    notification, CAPSPEC_READ, 0);
    return notification;
}

/* seL4Notification: each consumer has a notification and a thread that hands events on. */
void plan_event(struct plan *plan, const struct connection *connection)
{
    for (size_t i = 0; i < connection->to.count; i++) {
        struct end_plan *to = plan_end(plan, connection->to.items[i]);
        struct spec_object *notification = add_notification(plan, to);
        to->lock = plan_add_notification(plan, to->instance,
                                         plan_name(plan, "%s_lock", notification->name), SPEC_RW);
        to->handoff = plan_add_notification(
            plan, to->instance, plan_name(plan, "%s_handoff", notification->name), SPEC_RW);
        for (size_t j = 0; j < connection->from.count; j++)
            add_target(plan, connection->from.items[j], notification, 0);
    }
}

/* seL4NotificationNative: the consumer's own thread waits on the kernel object. */
void plan_event_native(struct plan *plan, const struct connection *connection)
{
    struct end_plan *to = plan_end(plan, connection->to.items[0]);
    struct spec_object *notification = add_notification(plan, to);
    for (size_t i = 0; i < connection->from.count; i++)
        add_target(plan, connection->from.items[i], notification, 1);
}

/* seL4NotificationBind: each emitter brings its own badge. */
void plan_event_bind(struct plan *plan, const struct connection *connection)
{
    struct end_plan *to = plan_end(plan, connection->to.items[0]);
    struct spec_object *notification = add_notification(plan, to);
    for (size_t i = 0; i < connection->from.count; i++) {
        const struct end *from = connection->from.items[i];
        uint64_t badge = plan_number(plan, end_setting(plan->system, from, "attributes"), 0,
                                     "an emitter's badge");
        add_target(plan, from, notification, badge);
        to->notification_badge |= badge;
    }
}

/* seL4GlobalAsynch and its callback form: one bit of the consumer's global notification. */
void plan_event_global(struct plan *plan, const struct connection *connection)
{
    for (size_t i = 0; i < connection->to.count; i++) {
        struct end_plan *to = plan_end(plan, connection->to.items[i]);
        struct spec_object *notification = plan_global_notification(plan, to->instance);
        to->notification_badge = plan_global_badge(plan, to->instance, to->end->loc);
        to->notification = to->instance->global_wait;
        for (size_t j = 0; j < connection->from.count; j++)
            add_target(plan, connection->from.items[j], notification, to->notification_badge);
    }
}
