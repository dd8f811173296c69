/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Shared memory between instances, and device memory. */
#include <string.h>

#include "plan.h"

#define LARGE (2ull << 20)

/* ---- size and rights ------------------------------------------------------------------------ */

/* Bytes of a dataport connection: N of Buf(N), otherwise a setting, otherwise one page. */
static uint64_t shared_size(struct plan *plan, const struct connection *connection,
                            const struct value *value)
{
    const struct interface *interface = connection->from.items[0]->interface;
    uint64_t size = plan_bytes(plan, value, 4096, "the size of a dataport");
    if (interface->is_buf)
        size = interface->buf_size;
    if (size && size % 4096 == 0)
        return size;
    diag_error(plan->diag, interface->is_buf ? interface->type_loc : value->loc,
               "the size of a dataport must be a positive multiple of 4096, not %llu",
               (unsigned long long)size);
    return 4096;
}

/* X_access, letters R, W, X and P in this order; execution and passing mean nothing here. */
static uint32_t end_rights(struct plan *plan, const struct end *end)
{
    const struct value *value = end_setting(plan->system, end, "access");
    if (!value)
        return SPEC_RW;
    const char *at = value->kind == VALUE_STRING ? value->string : "?";
    uint32_t rights = 0;
    if (*at == 'R') {
        rights |= CAPSPEC_READ;
        at++;
    }
    if (*at == 'W') {
        rights |= CAPSPEC_WRITE;
        at++;
    }
    at += *at == 'X';
    at += *at == 'P';
    if (*at || !rights)
        diag_error(plan->diag, value->loc, "access rights are letters of \"RWXP\" in this order");
    return rights | CAPSPEC_READ; /* page tables cannot express writing without reading */
}

static const struct end *nth_end(const struct connection *connection, size_t i)
{
    return i < connection->from.count ? connection->from.items[i]
                                      : connection->to.items[i - connection->from.count];
}

/* Guests of the older transport take a dataport page by page. */
static bool wants_pages(const struct plan *plan, const struct connection *connection)
{
    bool any = false;
    for (size_t i = 0; i < connection->from.count + connection->to.count; i++)
        any |= plan_crossvm_legacy(plan, nth_end(connection, i)->instance);
    return any;
}

static struct spec_object *add_frames(struct plan *plan, const struct connection *connection,
                                      uint64_t size)
{
    bool large = size % LARGE == 0 && !wants_pages(plan, connection);
    uint64_t unit = large ? LARGE : 4096;
    const char *owner = connection->to.items[0]->instance->name;
    return spec_add_object(plan->spec, owner, large ? CAPSPEC_FRAME_2M : CAPSPEC_FRAME_4K,
                           plan_name(plan, "%s_data", connection->name), 0,
                           (uint32_t)(size / unit));
}

/* Maps the frames for one end and enters it in the tables of its instance. */
static struct end_plan *map_end(struct plan *plan, const struct end *end,
                                struct spec_object *frames, uint64_t size)
{
    struct end_plan *planned = plan_end(plan, end);
    struct spec_object *vspace = planned->instance->space->vspace;
    uint32_t rights = end_rights(plan, end);
    planned->size = size;
    planned->vaddr = spec_reserve(plan->spec, vspace, size, size / frames->count);
    planned->read_only = !(rights & CAPSPEC_WRITE);
    spec_map(plan->spec, vspace, planned->vaddr, frames, 0, frames->count, rights);
    struct plan_region region = {.name = end->interface->name,
                                 .id = end->connection->index,
                                 .vaddr = planned->vaddr,
                                 .size = size,
                                 .write = !planned->read_only,
                                 .cached = true};
    *array_push(plan->arena, &planned->instance->dataports) = region;
    plan_add_vma(plan, planned->instance, &region);
    return planned;
}

static void share(struct plan *plan, const struct connection *connection, uint32_t flags)
{
    uint64_t size =
        shared_size(plan, connection, connection_setting(plan->system, connection, "size"));
    struct spec_object *frames = add_frames(plan, connection, size);
    frames->flags |= flags;
    for (size_t i = 0; i < connection->from.count + connection->to.count; i++)
        map_end(plan, nth_end(connection, i), frames, size);
}

void plan_shared_data(struct plan *plan, const struct connection *connection)
{
    share(plan, connection, 0);
}

/* Memory a device may be given: physically contiguous. */
void plan_shared_data_dma(struct plan *plan, const struct connection *connection)
{
    share(plan, connection, CAPSPEC_OBJ_CONTIGUOUS);
}

/* Takes a size given for the connection; complains if it contradicts the one before or the type. */
static void take_size(struct plan *plan, const struct connection *connection,
                      const struct value *value, const struct value **taken)
{
    const struct interface *interface = connection->from.items[0]->interface;
    uint64_t size, other = interface->buf_size;
    if (!value || !value_to_u64(value, &size))
        return; /* what is no number is refused where it is used */
    if (interface->is_buf && size != other)
        diag_error(plan->diag, value->loc,
                   "the size %llu contradicts the dataport's type Buf(%llu)",
                   (unsigned long long)size, (unsigned long long)other);
    else if (value_to_u64(*taken, &other) && size != other) {
        diag_error(plan->diag, value->loc, "two sizes for one dataport: %llu and %llu",
                   (unsigned long long)size, (unsigned long long)other);
        diag_note(plan->diag, (*taken)->loc, "the other size is here");
    }
    *taken = value;
}

/* The size may stand on the connection or, as older systems write it, on any end. */
static const struct value *caps_size(struct plan *plan, const struct connection *connection)
{
    const struct value *taken = connection_setting(plan->system, connection, "size");
    for (size_t i = 0; i < connection->from.count + connection->to.count; i++)
        take_size(plan, connection, end_setting(plan->system, nth_end(connection, i), "size"),
                  &taken);
    return taken;
}

void plan_shared_data_caps(struct plan *plan, const struct connection *connection)
{
    uint64_t size = shared_size(plan, connection, caps_size(plan, connection));
    struct spec_object *frames = add_frames(plan, connection, size);
    for (size_t i = 0; i < connection->from.count + connection->to.count; i++) {
        const struct end *end = nth_end(connection, i);
        struct end_plan *planned = map_end(plan, end, frames, size);
        uint32_t rights = planned->read_only ? CAPSPEC_READ : SPEC_RW;
        planned->frame_cap = spec_add_caps(plan->spec, planned->instance->space->cnode,
                                           SPEC_NEXT_SLOT, frames, 0, frames->count, rights);
        planned->frame_count = frames->count;
        planned->frame_bits = frames->type == CAPSPEC_FRAME_2M ? 21 : 12;
        planned->id = plan_number(plan, end_setting(plan->system, end, "id"), 0, "id");
    }
}

/* ---- device memory -------------------------------------------------------------------------- */

/* Size of device memory: X_size of the hardware, by default that of its dataport type. */
static uint64_t device_size(struct plan *plan, const struct end *hardware)
{
    const struct value *value = end_setting(plan->system, hardware, "size");
    uint64_t size =
        plan_bytes(plan, value, hardware->interface->buf_size, "the size of device memory");
    if (size && size % 4096 == 0)
        return size;
    diag_error(plan->diag, value ? value->loc : hardware->interface->loc,
               "'%s.%s_size' must be a positive multiple of 4096", hardware->instance->name,
               hardware->interface->name);
    return 4096;
}

/* At a physical address (X_paddr), or where the loader finds a device: X_paddr as a string. */
static struct spec_object *device_frames(struct plan *plan, const struct end *hardware,
                                         uint64_t size, uint64_t *paddr)
{
    const struct value *fixed = end_setting(plan->system, hardware, "paddr");
    const char *owner = hardware->instance->name;
    const char *name = plan_name(plan, "%s_%s", owner, hardware->interface->name);
    if (value_to_u64(fixed, paddr))
        return spec_add_device_frames(plan->spec, owner, name, *paddr, size);
    if (fixed && fixed->kind == VALUE_STRING) {
        struct spec_hardware *device =
            plan_device(plan, fixed->string, CAPSPEC_FRAME_4K, fixed->loc);
        return device ? spec_add_hardware_frames(plan->spec, owner, name, device, 0, size) : NULL;
    }
    diag_error(plan->diag, fixed ? fixed->loc : hardware->instance->loc,
               "device memory needs the setting '%s.%s_paddr', an integer or the name of a device",
               owner, hardware->interface->name);
    return NULL;
}

static void map_device(struct plan *plan, const struct end *end, struct spec_object *frames,
                       const struct plan_region *device)
{
    struct end_plan *planned = plan_end(plan, end);
    struct instance_plan *instance = planned->instance;
    struct plan_region region = *device;
    if (end->interface->buf_size && end->interface->buf_size != device->size)
        diag_error(plan->diag, end->interface->type_loc,
                   "dataport '%s' has %llu bytes, but the device memory has %llu",
                   end->interface->name, (unsigned long long)end->interface->buf_size,
                   (unsigned long long)device->size);
    uint32_t rights = end_rights(plan, end) | (device->cached ? 0 : SPEC_UNCACHED);
    planned->size = device->size;
    planned->vaddr = spec_reserve(plan->spec, instance->space->vspace, device->size,
                                  device->size / frames->count);
    spec_map(plan->spec, instance->space->vspace, planned->vaddr, frames, 0, frames->count, rights);
    planned->table_index = instance->mmio.count;
    region.name = end->interface->name;
    region.vaddr = planned->vaddr;
    *array_push(plan->arena, &instance->mmio) = region;
    plan_add_vma(plan, instance, &region);
}

void plan_mmio(struct plan *plan, const struct connection *connection)
{
    const struct end *hardware = connection->to.items[0];
    uint64_t size = device_size(plan, hardware), paddr = 0;
    struct spec_object *frames = device_frames(plan, hardware, size, &paddr);
    if (!frames)
        return;
    struct plan_region device = {
        .id = connection->index,
        .size = size,
        .paddr = paddr,
        .frame_size = size / frames->count,
        .write = true,
        .cached = value_is_true(end_setting(plan->system, hardware, "hardware_cached"), false)};
    for (size_t i = 0; i < connection->from.count; i++)
        map_device(plan, connection->from.items[i], frames, &device);
}
