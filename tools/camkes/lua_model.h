/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The system and its plan as Lua tables, for templates. README.md lists the fields. */
#include <lua.h>

#include "plan.h"

/** Sets the global `system` and builds every table. */
void lua_push_system(lua_State *lua, const struct plan *plan);
/** Pushes the table of an instance, connection end, … made by lua_push_system(); nil if unknown. */
void lua_push_object(lua_State *lua, const void *object);

/* lua_plan.c */
/** Adds the plan of an instance to its table, which is on top of the stack. */
void lua_add_instance_plan(lua_State *lua, const struct instance_plan *instance);

/* lua_vm.c */
/** Sets field `vm` of the table on top of the stack. */
void lua_add_vm(lua_State *lua, const struct vm_plan *vm);

/* Helpers: set a field of the table on top of the stack. */
void lua_set_string(lua_State *lua, const char *field, const char *value);
void lua_set_number(lua_State *lua, const char *field, uint64_t value);
void lua_set_flag(lua_State *lua, const char *field, bool value);
/** Sets field to the table of a model object. */
void lua_set_object(lua_State *lua, const char *field, const void *object);
/** Takes the top of the stack into the list below it, as its last item. */
void lua_list_add(lua_State *lua);
void lua_push_value(lua_State *lua, const struct value *value);
