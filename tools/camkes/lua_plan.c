/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The plan of an instance and of its ends as Lua tables. */
#include <lauxlib.h>

#include "lua_model.h"

static void push_region(lua_State *lua, const struct plan_region *region)
{
    lua_newtable(lua);
    lua_set_string(lua, "name", region->name);
    lua_set_number(lua, "id", (uint64_t)region->id);
    lua_set_number(lua, "vaddr", region->vaddr);
    lua_set_number(lua, "size", region->size);
    lua_set_number(lua, "paddr", region->paddr);
    lua_set_number(lua, "frame_cap", region->frame_cap);
    lua_set_number(lua, "frame_size", region->frame_size);
    lua_set_flag(lua, "write", region->write);
    lua_set_flag(lua, "cached", region->cached);
}

static void push_thread(lua_State *lua, const struct plan_thread *thread)
{
    static const char *const kinds[] = {"CONTROL", "INTERFACE", "FAULT"};
    lua_newtable(lua);
    lua_set_string(lua, "name", thread->name);
    lua_set_string(lua, "kind", kinds[thread->kind]);
    lua_set_number(lua, "tcb", thread->tcb);
    lua_set_number(lua, "parking", thread->parking);
    lua_set_number(lua, "ipc_buffer", thread->ipc_buffer);
    lua_set_number(lua, "stack_base", thread->stack_base);
    lua_set_number(lua, "stack_top", thread->stack_top);
    lua_set_number(lua, "vcpu", thread->vcpu);
    if (!thread->end)
        return;
    lua_set_string(lua, "interface", thread->end->end->interface->name);
}

static void push_client(lua_State *lua, const struct plan_client *client)
{
    lua_newtable(lua);
    lua_set_object(lua, "end", client->end);
    lua_set_number(lua, "badge", client->badge);
    lua_set_number(lua, "emit", client->emit);
    lua_set_number(lua, "buffer", client->buffer);
    lua_set_number(lua, "buffer_size", client->buffer_size);
    lua_set_number(lua, "source_port", client->ports[0]);
    lua_set_number(lua, "dest_port", client->ports[1]);
    if (!client->has_mac)
        return;
    lua_newtable(lua);
    for (size_t i = 0; i < sizeof client->mac; i++) {
        lua_pushinteger(lua, client->mac[i]);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "mac");
}

/* The fields of an end's plan go straight into the table of the end. */
static void add_end_plan(lua_State *lua, const struct end_plan *end)
{
    lua_push_object(lua, end->end);
    lua_set_number(lua, "endpoint", end->endpoint);
    lua_set_number(lua, "notification", end->notification);
    lua_set_number(lua, "notification_badge", end->notification_badge);
    lua_set_number(lua, "badge", end->badge);
    lua_set_number(lua, "lock", end->lock);
    lua_set_number(lua, "handoff", end->handoff);
    lua_set_number(lua, "buffer", end->buffer);
    lua_set_number(lua, "buffer_size", end->buffer_size);
    lua_set_number(lua, "vaddr", end->vaddr);
    lua_set_number(lua, "size", end->size);
    lua_set_number(lua, "frame_cap", end->frame_cap);
    lua_set_number(lua, "frame_count", end->frame_count);
    lua_set_number(lua, "frame_bits", end->frame_bits);
    lua_set_number(lua, "id", end->id);
    lua_set_number(lua, "role", end->role);
    lua_set_number(lua, "queue_length", end->queue_length);
    lua_set_number(lua, "table_index", end->table_index);
    lua_set_flag(lua, "read_only", end->read_only);
    lua_set_flag(lua, "signal", end->connector->signal);
    lua_set_flag(lua, "dataport", end->connector->dataport);
    lua_set_flag(lua, "transport", end->connector->transport);
    lua_set_flag(lua, "mac", end->connector->mac);
    lua_set_flag(lua, "ports", end->connector->ports != NULL);
    lua_set_flag(lua, "global_rpc", end->connector->global_rpc);
    lua_set_string(lua, "header",
                   end->end->is_from ? end->connector->from_header : end->connector->to_header);
    lua_newtable(lua);
    for (size_t i = 0; i < end->clients.count; i++) {
        push_client(lua, &end->clients.items[i]);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "clients");
    lua_newtable(lua);
    for (size_t i = 0; i < end->targets.count; i++) {
        lua_pushinteger(lua, (lua_Integer)end->targets.items[i]);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "targets");
    lua_pop(lua, 1);
}

static void add_regions(lua_State *lua, const char *field, const struct plan_region *regions,
                        size_t count)
{
    lua_newtable(lua);
    for (size_t i = 0; i < count; i++) {
        push_region(lua, &regions[i]);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, field);
}

static void add_hardware(lua_State *lua, const struct instance_plan *instance)
{
    lua_newtable(lua);
    for (size_t i = 0; i < instance->ioports.count; i++) {
        const struct plan_ioport *port = &instance->ioports.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "interface", port->interface);
        lua_set_number(lua, "cap", port->cap);
        lua_set_number(lua, "first", port->first);
        lua_set_number(lua, "last", port->last);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "ioports");
    lua_newtable(lua);
    for (size_t i = 0; i < instance->irqs.count; i++) {
        const struct plan_irq *irq = &instance->irqs.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "interface", irq->interface);
        lua_set_number(lua, "handler", irq->handler);
        lua_set_number(lua, "notification", irq->notification);
        lua_set_number(lua, "number", irq->number);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "irqs");
}

static void add_pool(lua_State *lua, const struct instance_plan *instance)
{
    lua_newtable(lua);
    for (size_t i = 0; i < instance->pool.count; i++) {
        const struct plan_pool_object *object = &instance->pool.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "type", object->type);
        lua_set_number(lua, "cap", object->cap);
        lua_set_number(lua, "size_bits", object->size_bits);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "pool");
}

static void add_syncs(lua_State *lua, const struct instance_plan *instance)
{
    lua_newtable(lua);
    for (size_t i = 0; i < instance->instance->component->syncs.count; i++) {
        lua_newtable(lua);
        lua_set_number(lua, "cap", instance->sync_caps[i]);
        lua_set_number(lua, "value", instance->sync_values[i]);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "syncs");
}

void lua_add_instance_plan(lua_State *lua, const struct instance_plan *instance)
{
    lua_newtable(lua);
    lua_set_number(lua, "heap_size", instance->heap_size);
    lua_set_number(lua, "fault_endpoint", instance->fault_endpoint);
    lua_set_number(lua, "global_notification", instance->global_wait);
    lua_set_number(lua, "affinity", instance->threads.items[0].spec->affinity);
    lua_set_number(lua, "files", instance->files);
    lua_newtable(lua);
    for (size_t i = 0; i < instance->threads.count; i++) {
        push_thread(lua, &instance->threads.items[i]);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "threads");
    add_regions(lua, "dataports", instance->dataports.items, instance->dataports.count);
    add_regions(lua, "mmio", instance->mmio.items, instance->mmio.count);
    add_regions(lua, "vmas", instance->vmas.items, instance->vmas.count);
    push_region(lua, &instance->dma);
    lua_setfield(lua, -2, "dma");
    add_syncs(lua, instance);
    add_hardware(lua, instance);
    add_pool(lua, instance);
    if (instance->vm)
        lua_add_vm(lua, instance->vm);
    lua_setfield(lua, -2, "plan");
    for (size_t i = 0; i < instance->ends.count; i++)
        add_end_plan(lua, instance->ends.items[i]);
}
