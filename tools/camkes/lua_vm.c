/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The plan of a virtual machine as a Lua table. */
#include "lua_model.h"

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
    lua_newtable(lua);
    for (size_t i = 0; i < vm->connections.count; i++) {
        const struct plan_crossvm *connection = &vm->connections.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "name", connection->name);
        set_end_name(lua, "dataport", connection->dataport);
        set_end_name(lua, "emits", connection->emits);
        set_end_name(lua, "consumes", connection->consumes);
        lua_set_number(lua, "badge",
                       connection->consumes ? connection->consumes->notification_badge : 0);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "crossvm");
}

/* Real ports and interrupts. */
static void add_passthrough(lua_State *lua, const struct vm_plan *vm)
{
    lua_newtable(lua);
    for (size_t i = 0; i < vm->ports.count; i++) {
        const struct plan_guest_ports *ports = &vm->ports.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "name", ports->name);
        lua_set_number(lua, "first", ports->first);
        lua_set_number(lua, "last", ports->last);
        lua_set_number(lua, "cap", ports->cap);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "ports");
    lua_newtable(lua);
    for (size_t i = 0; i < vm->irqs.count; i++) {
        const struct plan_guest_irq *irq = &vm->irqs.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "name", irq->name);
        lua_set_number(lua, "dest", irq->dest);
        lua_set_number(lua, "level", irq->level);
        lua_set_number(lua, "handler", irq->handler);
        lua_set_number(lua, "badge", irq->badge);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "irqs");
}

void lua_add_vm(lua_State *lua, const struct vm_plan *vm)
{
    lua_newtable(lua);
    lua_set_number(lua, "number", vm->number);
    lua_set_number(lua, "kick_badge", vm->kick_badge);
    lua_newtable(lua);
    for (size_t i = 0; i < vm->vcpus.count; i++) {
        lua_newtable(lua);
        lua_set_number(lua, "tcb", vm->vcpus.items[i].tcb);
        lua_set_number(lua, "vcpu", vm->vcpus.items[i].vcpu);
        lua_set_number(lua, "notification", vm->vcpus.items[i].notification);
        lua_set_number(lua, "run_page", vm->vcpus.items[i].run_page);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "vcpus");
    lua_newtable(lua);
    for (size_t i = 0; i < vm->ram.count; i++) {
        lua_newtable(lua);
        lua_set_number(lua, "gpa", vm->ram.items[i].gpa);
        lua_set_number(lua, "size", vm->ram.items[i].size);
        lua_set_number(lua, "vaddr", vm->ram.items[i].vaddr);
        lua_list_add(lua);
    }
    lua_setfield(lua, -2, "ram");
    add_crossvm(lua, vm);
    add_passthrough(lua, vm);
    lua_setfield(lua, -2, "vm");
}
