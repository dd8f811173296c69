/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Real ports and interrupts of a virtual machine as Lua tables. */
#include <lauxlib.h>

#include "lua_model.h"

void lua_add_passthrough(lua_State *lua, const struct vm_plan *vm)
{
    lua_newtable(lua);
    for (size_t i = 0; i < vm->ports.count; i++) {
        const struct plan_guest_ports *ports = &vm->ports.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "name", ports->name);
        lua_set_number(lua, "first", ports->first);
        lua_set_number(lua, "last", ports->last);
        lua_set_number(lua, "cap", ports->cap);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
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
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_setfield(lua, -2, "irqs");
}
