/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The order of planning, and what plan functions share. */
#include "plan.h"

#include <string.h>

const char *plan_name(struct plan *plan, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *name = arena_vprintf(plan->arena, format, args);
    va_end(args);
    return name;
}

uint64_t plan_number(struct plan *plan, const struct value *value, uint64_t fallback,
                     const char *what)
{
    uint64_t number = fallback;
    if (value && !value_to_u64(value, &number)) {
        diag_error(plan->diag, value->loc, "%s must be a non-negative integer", what);
        return fallback;
    }
    return number;
}

uint64_t plan_bytes(struct plan *plan, const struct value *value, uint64_t fallback,
                    const char *what)
{
    uint64_t size = plan_number(plan, value, fallback, what);
    if (size <= PLAN_MAX_BYTES)
        return size;
    diag_error(plan->diag, value ? value->loc : (struct loc){0}, "%s is over %llu GiB", what,
               PLAN_MAX_BYTES >> 30);
    return 4096;
}

unsigned plan_count(struct plan *plan, const struct value *value, unsigned limit, const char *what)
{
    uint64_t count = plan_number(plan, value, 0, what);
    if (count <= limit)
        return (unsigned)count;
    diag_error(plan->diag, value->loc, "%s must be at most %u", what, limit);
    return 0;
}

struct end_plan *plan_end(struct plan *plan, const struct end *end)
{
    struct instance_plan *instance = plan->instances.items[end->instance->index];
    for (size_t i = 0; instance && i < instance->ends.count; i++) {
        if (instance->ends.items[i]->end == end)
            return instance->ends.items[i];
    }
    return NULL;
}

uint64_t plan_add_notification(struct plan *plan, struct instance_plan *instance, const char *name,
                               uint32_t rights)
{
    struct spec_object *object =
        spec_add_object(plan->spec, instance->instance->name, CAPSPEC_NOTIFICATION, name, 0, 1);
    return spec_add_cap(plan->spec, instance->space->cnode, SPEC_NEXT_SLOT, object, rights, 0);
}

void plan_add_vma(struct plan *plan, struct instance_plan *instance,
                  const struct plan_region *region)
{
    *array_push(plan->arena, &instance->vmas) = *region;
}

/* ---- the global notification ---------------------------------------------------------------- */

struct spec_object *plan_global_notification(struct plan *plan, struct instance_plan *instance)
{
    if (instance->global_notification)
        return instance->global_notification;
    const char *name = instance->instance->name;
    const struct system *system = plan->system;
    instance->global_notification =
        spec_add_object(plan->spec, name, CAPSPEC_NOTIFICATION,
                        plan_name(plan, "%s_global_notification", name), 0, 1);
    instance->global_wait = spec_add_cap(plan->spec, instance->space->cnode, SPEC_NEXT_SLOT,
                                         instance->global_notification, CAPSPEC_READ, 0);
    instance->global_base = plan_number(plan, system_setting(system, name, "global_endpoint_base"),
                                        1, "global_endpoint_base");
    instance->global_mask = plan_number(plan, system_setting(system, name, "global_endpoint_mask"),
                                        UINT64_MAX, "global_endpoint_mask");
    return instance->global_notification;
}

/* The mask says which low bits may be used; above its highest bit all 64 badge bits are free. */
uint64_t plan_global_badge(struct plan *plan, struct instance_plan *instance, struct loc loc)
{
    plan_global_notification(plan, instance);
    uint64_t mask = instance->global_mask;
    if (mask && mask != UINT64_MAX)
        mask |= ~(UINT64_MAX >> (unsigned)__builtin_clzll(mask));
    mask &= ~(instance->global_base | instance->global_used);
    if (!mask) {
        diag_error(plan->diag, loc, "'%s' has more event sources than its notification has bits",
                   instance->instance->name);
        return instance->global_base;
    }
    uint64_t bit = mask & -mask;
    instance->global_used |= bit;
    return instance->global_base | bit;
}

/* ---- badges of clients ---------------------------------------------------------------------- */

static bool is_taken(const uint64_t *badges, const bool *known, size_t count, uint64_t badge)
{
    for (size_t i = 0; i < count; i++) {
        if (known[i] && badges[i] == badge)
            return true;
    }
    return false;
}

uint64_t *plan_client_badges(struct plan *plan, const struct connection *connection)
{
    size_t count = connection->from.count;
    uint64_t *badges = arena_alloc(plan->arena, count * sizeof *badges);
    bool *known = arena_alloc(plan->arena, count * sizeof *known);
    for (size_t i = 0; i < count; i++) {
        const struct value *value =
            end_setting(plan->system, connection->from.items[i], "attributes");
        known[i] = value && value_to_u64(value, &badges[i]);
        if (known[i] && is_taken(badges, known, i, badges[i]))
            diag_error(plan->diag, value->loc, "badge %llu is used by two clients of '%s'",
                       (unsigned long long)badges[i], connection->name);
        if (value && !known[i])
            diag_error(plan->diag, value->loc, "a client's badge must be a non-negative integer");
    }
    uint64_t next = 1;
    for (size_t i = 0; i < count; i++) {
        if (known[i])
            continue;
        while (is_taken(badges, known, count, next))
            next++;
        badges[i] = next++;
    }
    return badges;
}

/* ---- order ---------------------------------------------------------------------------------- */

static void add_spaces(struct plan *plan)
{
    for (size_t i = 0; i < plan->system->spaces.count; i++) {
        const struct address_space *space = plan->system->spaces.items[i];
        struct space_plan *planned = arena_new(plan->arena, struct space_plan);
        planned->space = space;
        planned->vspace = spec_add_object(plan->spec, space->name, CAPSPEC_PML4,
                                          plan_name(plan, "%s_vspace", space->name), 0, 1);
        planned->cnode = spec_add_object(plan->spec, space->name, CAPSPEC_CNODE,
                                         plan_name(plan, "%s_cnode", space->name), 0, 1);
        spec_set_elf(plan->spec, planned->vspace, space->symbol);
        *array_push(plan->arena, &plan->spaces) = planned;
    }
}

static void add_ends(struct plan *plan, struct instance_plan *instance)
{
    for (size_t i = 0; i < instance->instance->ends.count; i++) {
        const struct end *end = instance->instance->ends.items[i];
        struct end_plan *planned = arena_new(plan->arena, struct end_plan);
        planned->end = end;
        planned->connector = connector_find(plan, end->connection->connector);
        planned->instance = instance;
        *array_push(plan->arena, &instance->ends) = planned;
    }
}

static void add_connections(struct plan *plan)
{
    for (size_t i = 0; i < plan->system->connections.count; i++) {
        const struct connection *connection = plan->system->connections.items[i];
        const struct connector_class *class = connector_find(plan, connection->connector);
        if (class)
            class->plan(plan, connection);
        else
            diag_error(plan->diag, connection->loc, "connector '%s' is not implemented",
                       connection->connector->name ? connection->connector->name : "(inline)");
    }
}

struct plan *plan_system(struct frontend *fe, const struct system *system,
                         const struct plan_options *options)
{
    struct plan *plan = arena_new(&fe->arena, struct plan);
    *plan = (struct plan){.fe = fe,
                          .arena = &fe->arena,
                          .diag = &fe->diag,
                          .system = system,
                          .options = options,
                          .spec = spec_create()};
    for (size_t i = 0; i < system->instances.count; i++)
        plan->has_vm |= plan_is_vm(system->instances.items[i]);
    add_spaces(plan);
    for (size_t i = 0; i < system->instances.count; i++) {
        const struct instance *instance = system->instances.items[i];
        struct instance_plan *planned = NULL;
        if (!instance->component->hardware) {
            planned = plan_instance(plan, instance);
            add_ends(plan, planned);
        }
        *array_push(plan->arena, &plan->instances) = planned;
    }
    for (size_t i = 0; i < plan->instances.count; i++) {
        if (plan->instances.items[i])
            plan_instance_threads(plan, plan->instances.items[i]);
    }
    add_connections(plan);
    for (size_t i = 0; i < plan->instances.count; i++) {
        struct instance_plan *instance = plan->instances.items[i];
        if (!instance)
            continue;
        plan_instance_pools(plan, instance);
        if (plan_is_vm(instance->instance))
            plan_vm(plan, instance);
    }
    if (spec_errors(plan->spec))
        diag_error(plan->diag, (struct loc){0}, "the specification is inconsistent:\n%s",
                   plan->spec->errors);
    return fe->diag.errors ? NULL : plan;
}
