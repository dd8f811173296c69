/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The plan of an instance and of its ends as Lua tables. */
#include <lauxlib.h>

#include "lua_model.h"

/* Begins the list `field` of the table on top; items are then stored by list_add(). */
static void list_begin(lua_State *lua)
{
    lua_newtable(lua);
}

/* Stores the top of the stack in the list below it. */
static void list_add(lua_State *lua)
{
    lua_rawseti(lua, -2, luaL_len(lua, -2) + 1);
}

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
    list_begin(lua);
    for (size_t i = 0; i < sizeof client->mac; i++) {
        lua_pushinteger(lua, client->mac[i]);
        list_add(lua);
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
    list_begin(lua);
    for (size_t i = 0; i < end->clients.count; i++) {
        push_client(lua, &end->clients.items[i]);
        list_add(lua);
    }
    lua_setfield(lua, -2, "clients");
    list_begin(lua);
    for (size_t i = 0; i < end->targets.count; i++) {
        lua_pushinteger(lua, (lua_Integer)end->targets.items[i]);
        list_add(lua);
    }
    lua_setfield(lua, -2, "targets");
    lua_pop(lua, 1);
}

static void add_regions(lua_State *lua, const char *field, const struct plan_region *regions,
                        size_t count)
{
    list_begin(lua);
    for (size_t i = 0; i < count; i++) {
        push_region(lua, &regions[i]);
        list_add(lua);
    }
    lua_setfield(lua, -2, field);
}

static void add_hardware(lua_State *lua, const struct instance_plan *instance)
{
    list_begin(lua);
    for (size_t i = 0; i < instance->ioports.count; i++) {
        const struct plan_ioport *port = &instance->ioports.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "interface", port->interface);
        lua_set_number(lua, "cap", port->cap);
        lua_set_number(lua, "first", port->first);
        lua_set_number(lua, "last", port->last);
        list_add(lua);
    }
    lua_setfield(lua, -2, "ioports");
    list_begin(lua);
    for (size_t i = 0; i < instance->irqs.count; i++) {
        const struct plan_irq *irq = &instance->irqs.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "interface", irq->interface);
        lua_set_number(lua, "handler", irq->handler);
        lua_set_number(lua, "notification", irq->notification);
        lua_set_number(lua, "number", irq->number);
        list_add(lua);
    }
    lua_setfield(lua, -2, "irqs");
}

static void add_pool(lua_State *lua, const struct instance_plan *instance)
{
    list_begin(lua);
    for (size_t i = 0; i < instance->pool.count; i++) {
        const struct plan_pool_object *object = &instance->pool.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "type", object->type);
        lua_set_number(lua, "cap", object->cap);
        lua_set_number(lua, "size_bits", object->size_bits);
        list_add(lua);
    }
    lua_setfield(lua, -2, "pool");
}

static void set_end_name(lua_State *lua, const char *field, const struct end_plan *end)
{
    lua_set_string(lua, field, end ? end->end->interface->name : NULL);
}

/* Connections of the attribute `crossvm`: names of their interfaces. */
static void add_crossvm(lua_State *lua, const struct vm_plan *vm)
{
    lua_set_number(lua, "ept_root", vm->ept_root);
    lua_set_number(lua, "first_directory", vm->first_directory);
    lua_set_number(lua, "first_table", vm->first_table);
    lua_set_number(lua, "num_tables", vm->num_tables);
    lua_set_number(lua, "register_pages", vm->register_pages);
    lua_set_number(lua, "first_register_frame", vm->first_register_frame);
    lua_set_number(lua, "num_register_pages", vm->num_register_pages);
    lua_set_number(lua, "first_ram_frame", vm->first_ram_frame);
    lua_set_number(lua, "pointer_table", vm->pointer_table);
    lua_set_number(lua, "num_ram_frames", vm->num_ram_frames);
    list_begin(lua);
    for (size_t i = 0; i < vm->connections.count; i++) {
        const struct plan_crossvm *connection = &vm->connections.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "name", connection->name);
        set_end_name(lua, "dataport", connection->dataport);
        set_end_name(lua, "emits", connection->emits);
        set_end_name(lua, "consumes", connection->consumes);
        lua_set_number(lua, "badge",
                       connection->consumes ? connection->consumes->notification_badge : 0);
        list_add(lua);
    }
    lua_setfield(lua, -2, "crossvm");
}

static void add_vm(lua_State *lua, const struct vm_plan *vm)
{
    lua_newtable(lua);
    lua_set_number(lua, "number", vm->number);
    lua_set_number(lua, "kick_badge", vm->kick_badge);
    list_begin(lua);
    for (size_t i = 0; i < vm->vcpus.count; i++) {
        lua_newtable(lua);
        lua_set_number(lua, "tcb", vm->vcpus.items[i].tcb);
        lua_set_number(lua, "vcpu", vm->vcpus.items[i].vcpu);
        lua_set_number(lua, "notification", vm->vcpus.items[i].notification);
        lua_set_number(lua, "run_page", vm->vcpus.items[i].run_page);
        list_add(lua);
    }
    lua_setfield(lua, -2, "vcpus");
    list_begin(lua);
    for (size_t i = 0; i < vm->ram.count; i++) {
        lua_newtable(lua);
        lua_set_number(lua, "gpa", vm->ram.items[i].gpa);
        lua_set_number(lua, "size", vm->ram.items[i].size);
        lua_set_number(lua, "vaddr", vm->ram.items[i].vaddr);
        list_add(lua);
    }
    lua_setfield(lua, -2, "ram");
    add_crossvm(lua, vm);
    lua_add_passthrough(lua, vm);
    lua_setfield(lua, -2, "vm");
}

static void add_syncs(lua_State *lua, const struct instance_plan *instance)
{
    list_begin(lua);
    for (size_t i = 0; i < instance->instance->component->syncs.count; i++) {
        lua_newtable(lua);
        lua_set_number(lua, "cap", instance->sync_caps[i]);
        lua_set_number(lua, "value", instance->sync_values[i]);
        list_add(lua);
    }
    lua_setfield(lua, -2, "syncs");
}

void lua_add_instance_plan(lua_State *lua, const struct plan *plan,
                           const struct instance_plan *instance)
{
    (void)plan;
    lua_newtable(lua);
    lua_set_number(lua, "heap_size", instance->heap_size);
    lua_set_number(lua, "fault_endpoint", instance->fault_endpoint);
    lua_set_number(lua, "global_notification", instance->global_wait);
    lua_set_number(lua, "affinity", instance->threads.items[0].spec->affinity);
    lua_set_number(lua, "files", instance->files);
    list_begin(lua);
    for (size_t i = 0; i < instance->threads.count; i++) {
        push_thread(lua, &instance->threads.items[i]);
        list_add(lua);
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
        add_vm(lua, instance->vm);
    lua_setfield(lua, -2, "plan");
    for (size_t i = 0; i < instance->ends.count; i++)
        add_end_plan(lua, instance->ends.items[i]);
}
