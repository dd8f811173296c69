/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * seL4VirtQueues: rings between any two of the from ends. The setting X_topology of the to end
 * lists the pairs, {"drv": "instance.interface", "dev": "instance.interface"}; each pair gets
 * shared memory of its own, and each end the right to signal the other. Nothing else is shared, so
 * two ends that are not a pair do not see each other's rings.
 */
#include <string.h>

#include "plan.h"

#define DEFAULT_BYTES  8192u
#define DEFAULT_LENGTH 256u
#define MAX_LENGTH     32768u
#define MAX_IDS        100u /* CAMKES_VIRTQUEUE_MAX_CHANNELS of camkes/virtqueue.h */

enum { ROLE_NONE, ROLE_DRIVER, ROLE_DEVICE };

/* The connected end that "instance.interface" names, NULL after a message. */
static struct end_plan *named_end(struct plan *plan, const struct connection *connection,
                                  const struct value *entry, const char *key)
{
    const struct value *name = entry->kind == VALUE_DICT ? value_get(entry, key) : NULL;
    if (!name || name->kind != VALUE_STRING) {
        diag_error(plan->diag, entry->loc,
                   "an element of the topology is {\"drv\": \"instance.interface\", \"dev\": "
                   "\"instance.interface\"}");
        return NULL;
    }
    for (size_t i = 0; i < connection->from.count; i++) {
        const struct end *end = connection->from.items[i];
        const char *full = plan_name(plan, "%s.%s", end->instance->name, end->interface->name);
        if (!strcmp(full, name->string))
            return plan_end(plan, end);
    }
    diag_error(plan->diag, name->loc, "'%s' is no end of connection '%s'", name->string,
               connection->name);
    return NULL;
}

/* Bytes of a pair: setting X_shmem_size of either end. */
static uint64_t pair_size(struct plan *plan, const struct end_plan *drv, const struct end_plan *dev)
{
    const struct value *first = end_setting(plan->system, drv->end, "shmem_size");
    const struct value *second = end_setting(plan->system, dev->end, "shmem_size");
    uint64_t a = plan_bytes(plan, first, DEFAULT_BYTES, "shmem_size");
    uint64_t b = plan_bytes(plan, second, first ? a : DEFAULT_BYTES, "shmem_size");
    const struct value *at = second ? second : first;
    if (!first)
        a = b;
    if (a != b)
        diag_error(plan->diag, at->loc, "'%s.%s' and '%s.%s' share memory, but of different sizes",
                   drv->end->instance->name, drv->end->interface->name, dev->end->instance->name,
                   dev->end->interface->name);
    if (a && a % 4096 == 0)
        return a;
    diag_error(plan->diag, at->loc, "the size of shared memory must be a multiple of 4096");
    return DEFAULT_BYTES;
}

static void map_ring(struct plan *plan, struct end_plan *end, struct spec_object *frames,
                     uint64_t size)
{
    struct spec_object *vspace = end->instance->space->vspace;
    end->size = size;
    end->vaddr = spec_reserve(plan->spec, vspace, size, size / frames->count);
    spec_map(plan->spec, vspace, end->vaddr, frames, 0, frames->count, SPEC_RW);
    struct plan_region region = {.name = end->end->interface->name,
                                 .id = -1,
                                 .vaddr = end->vaddr,
                                 .size = size,
                                 .write = true,
                                 .cached = true};
    plan_add_vma(plan, end->instance, &region);
}

static void add_pair(struct plan *plan, struct end_plan *drv, struct end_plan *dev)
{
    uint64_t size = pair_size(plan, drv, dev);
    const struct end *end = drv->end;
    struct spec_object *frames =
        spec_add_object(plan->spec, end->instance->name, CAPSPEC_FRAME_4K,
                        plan_name(plan, "%s_%s_%s_ring", end->connection->name, end->instance->name,
                                  end->interface->name),
                        0, (uint32_t)(size / 4096));
    map_ring(plan, drv, frames, size);
    map_ring(plan, dev, frames, size);
    struct end_plan *const ends[2] = {drv, dev};
    for (size_t i = 0; i < 2; i++) {
        struct end_plan *from = ends[i], *to = ends[1 - i];
        struct spec_object *notification = plan_global_notification(plan, to->instance);
        *array_push(plan->arena, &from->targets) =
            spec_add_cap(plan->spec, from->instance->space->cnode, SPEC_NEXT_SLOT, notification,
                         CAPSPEC_WRITE, to->notification_badge);
    }
    drv->role = ROLE_DRIVER;
    dev->role = ROLE_DEVICE;
}

static void read_topology(struct plan *plan, const struct connection *connection,
                          const struct value *topology)
{
    for (size_t i = 0; i < topology->list.count; i++) {
        const struct value *entry = topology->list.items[i];
        struct end_plan *drv = named_end(plan, connection, entry, "drv");
        struct end_plan *dev = drv ? named_end(plan, connection, entry, "dev") : NULL;
        if (!dev)
            continue;
        const struct end_plan *taken = drv->role ? drv : dev->role ? dev : NULL;
        if (drv == dev || taken)
            diag_error(plan->diag, entry->loc, "'%s.%s' is in two pairs",
                       (taken ? taken : drv)->end->instance->name,
                       (taken ? taken : drv)->end->interface->name);
        else
            add_pair(plan, drv, dev);
    }
}

/* Ids name the rings of one instance to its code. */
static void check_id(struct plan *plan, const struct end_plan *end, const struct value *value)
{
    if (end->id >= MAX_IDS)
        diag_error(plan->diag, value->loc, "the id of a virtqueue is 0 … %u", MAX_IDS - 1);
    for (size_t i = 0; i < end->instance->ends.count; i++) {
        const struct end_plan *other = end->instance->ends.items[i];
        if (other != end && other->queue_length && other->id == end->id)
            diag_error(plan->diag, value ? value->loc : end->end->loc,
                       "'%s.%s' and '%s.%s' have the same id %llu", end->end->instance->name,
                       end->end->interface->name, other->end->instance->name,
                       other->end->interface->name, (unsigned long long)end->id);
    }
}

static void number_end(struct plan *plan, struct end_plan *end, uint64_t length)
{
    const struct value *id = end_setting(plan->system, end->end, "id");
    end->id = plan_number(plan, id, 0, "the id of a virtqueue");
    check_id(plan, end, id);
    end->queue_length = length;
    end->notification_badge = plan_global_badge(plan, end->instance, end->end->loc);
    end->notification = end->instance->global_wait;
}

void plan_virtqueues(struct plan *plan, const struct connection *connection)
{
    const struct end *to = connection->to.items[0];
    const struct value *value = system_setting(plan->system, connection->name, "queue_length");
    uint64_t length = plan_number(plan, value, DEFAULT_LENGTH, "queue_length");
    if (length == 0 || length > MAX_LENGTH || (length & (length - 1))) {
        diag_error(plan->diag, value->loc, "queue_length must be a power of two up to %u",
                   MAX_LENGTH);
        length = DEFAULT_LENGTH;
    }
    for (size_t i = 0; i < connection->from.count; i++)
        number_end(plan, plan_end(plan, connection->from.items[i]), length);
    const struct value *topology = end_setting(plan->system, to, "topology");
    if (!topology || topology->kind != VALUE_LIST) {
        diag_error(plan->diag, topology ? topology->loc : connection->loc,
                   "connection '%s' needs the setting %s.%s_topology, a list of pairs",
                   connection->name, to->instance->name, to->interface->name);
        return;
    }
    read_topology(plan, connection, topology);
    for (size_t i = 0; i < connection->from.count; i++) {
        const struct end *end = connection->from.items[i];
        if (!plan_end(plan, end)->role)
            diag_error(plan->diag, end->loc, "'%s.%s' is in no pair of %s.%s_topology",
                       end->instance->name, end->interface->name, to->instance->name,
                       to->interface->name);
    }
}
