/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "lua_model.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* Registry table: address of a model object -> its Lua table. */
static const char objects_key;

void lua_set_string(lua_State *lua, const char *field, const char *value)
{
    lua_pushstring(lua, value); /* NULL becomes nil */
    lua_setfield(lua, -2, field);
}

void lua_set_number(lua_State *lua, const char *field, uint64_t value)
{
    lua_pushinteger(lua, (lua_Integer)value);
    lua_setfield(lua, -2, field);
}

void lua_set_flag(lua_State *lua, const char *field, bool value)
{
    lua_pushboolean(lua, value);
    lua_setfield(lua, -2, field);
}

void lua_list_add(lua_State *lua)
{
    lua_rawseti(lua, -2, luaL_len(lua, -2) + 1);
}

void lua_push_object(lua_State *lua, const void *object)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &objects_key);
    if (object)
        lua_rawgetp(lua, -1, object);
    else
        lua_pushnil(lua);
    lua_remove(lua, -2);
}

void lua_set_object(lua_State *lua, const char *field, const void *object)
{
    lua_push_object(lua, object);
    lua_setfield(lua, -2, field);
}

/* Pushes a new table and makes it the table of `object`. */
static void new_object(lua_State *lua, const void *object)
{
    lua_newtable(lua);
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &objects_key);
    lua_pushvalue(lua, -2);
    lua_rawsetp(lua, -2, object);
    lua_pop(lua, 1);
}

/* Appends the value on top of the stack to the list `field` of the table below it. */
static void append(lua_State *lua, const char *field)
{
    luaL_getsubtable(lua, -2, field);
    lua_pushvalue(lua, -2);
    lua_list_add(lua);
    lua_pop(lua, 2);
}

static void empty_list(lua_State *lua, const char *field)
{
    luaL_getsubtable(lua, -1, field);
    lua_pop(lua, 1);
}

/* ---- values ---------------------------------------------------------------------------------- */

static void push_integer(lua_State *lua, adl_int integer)
{
    if (integer >= INT64_MIN && integer <= INT64_MAX) {
        lua_pushinteger(lua, (lua_Integer)integer);
    } else { /* only as a C constant: Lua has no such integer */
        char text[32];
        snprintf(text, sizeof text, "0x%llxull", (unsigned long long)integer);
        lua_pushstring(lua, text);
    }
}

void lua_push_value(lua_State *lua, const struct value *value)
{
    luaL_checkstack(lua, 8, "value");
    if (!value) {
        lua_pushnil(lua);
        return;
    }
    switch (value->kind) {
    case VALUE_INT:
        push_integer(lua, value->integer);
        break;
    case VALUE_FLOAT:
        lua_pushnumber(lua, value->real);
        break;
    case VALUE_STRING:
        lua_pushstring(lua, value->string);
        break;
    case VALUE_LIST:
        lua_newtable(lua);
        for (size_t i = 0; i < value->list.count; i++) {
            lua_push_value(lua, value->list.items[i]);
            lua_list_add(lua);
        }
        break;
    case VALUE_DICT:
        lua_newtable(lua);
        for (size_t i = 0; i < value->dict.count; i++) {
            lua_push_value(lua, value->dict.items[i].key);
            lua_push_value(lua, value->dict.items[i].value);
            lua_rawset(lua, -3);
        }
        break;
    }
}

/* setting(key, name): the configured value, or nil. */
static int lua_setting(lua_State *lua)
{
    const struct plan *plan = lua_touserdata(lua, lua_upvalueindex(1));
    lua_push_value(
        lua, system_setting(plan->system, luaL_checkstring(lua, 1), luaL_checkstring(lua, 2)));
    return 1;
}

/* ---- types and procedures -------------------------------------------------------------------- */

static void push_type(lua_State *lua, const struct type *type);

static void push_attribute(lua_State *lua, const struct attribute *attribute)
{
    lua_newtable(lua);
    lua_set_string(lua, "name", attribute->name);
    push_type(lua, &attribute->type);
    lua_setfield(lua, -2, "type");
    lua_set_flag(lua, "is_array", attribute->is_array);
    lua_push_value(lua, attribute->initial);
    lua_setfield(lua, -2, "initial");
}

static void push_record(lua_State *lua, const struct struct_type *record)
{
    luaL_checkstack(lua, 8, "struct");
    lua_newtable(lua);
    lua_set_string(lua, "name", record->name);
    empty_list(lua, "members");
    for (size_t i = 0; i < record->members.count; i++) {
        push_attribute(lua, record->members.items[i]);
        append(lua, "members");
    }
}

/* {kind, c, record}: kind is void, string, struct, or scalar. */
static void push_type(lua_State *lua, const struct type *type)
{
    lua_newtable(lua);
    const char *kind = "scalar";
    if (type->kind == TYPE_VOID)
        kind = "void";
    else if (type->kind == TYPE_STRING)
        kind = "string";
    else if (type->kind == TYPE_STRUCT)
        kind = "struct";
    lua_set_string(lua, "kind", kind);
    lua_set_string(lua, "name", type->name);
    if (type->kind == TYPE_STRUCT && !type->record)
        lua_pushfstring(lua, "struct %s", type->name);
    else
        lua_pushstring(lua, type_c_name(type));
    lua_setfield(lua, -2, "c");
    if (type->record) {
        push_record(lua, type->record);
        lua_setfield(lua, -2, "record");
    }
}

static void push_method(lua_State *lua, const struct method *method)
{
    static const char *const directions[] = {"in", "out", "inout", "refin"};
    lua_newtable(lua);
    lua_set_string(lua, "name", method->name);
    push_type(lua, &method->result);
    lua_setfield(lua, -2, "result");
    empty_list(lua, "params");
    for (size_t i = 0; i < method->params.count; i++) {
        const struct param *param = method->params.items[i];
        lua_newtable(lua);
        lua_set_string(lua, "name", param->name);
        lua_set_string(lua, "direction", directions[param->direction]);
        lua_set_flag(lua, "is_array", param->is_array);
        push_type(lua, &param->type);
        lua_setfield(lua, -2, "type");
        append(lua, "params");
    }
}

static void push_include(lua_State *lua, const struct c_include *include)
{
    const char *format = include->system ? "<%s>" : "\"%s\"";
    lua_pushfstring(lua, format, include->path);
}

static void push_procedure(lua_State *lua, const struct procedure *procedure)
{
    lua_push_object(lua, procedure);
    if (!lua_isnil(lua, -1))
        return;
    lua_pop(lua, 1);
    new_object(lua, procedure);
    lua_set_string(lua, "name", procedure->name);
    empty_list(lua, "methods");
    empty_list(lua, "includes");
    for (size_t i = 0; i < procedure->methods.count; i++) {
        push_method(lua, procedure->methods.items[i]);
        append(lua, "methods");
    }
    for (size_t i = 0; i < procedure->includes.count; i++) {
        push_include(lua, &procedure->includes.items[i]);
        append(lua, "includes");
    }
}

/* ---- components ------------------------------------------------------------------------------ */

static void push_interface(lua_State *lua, const struct interface *interface)
{
    static const char *const kinds[] = {"uses", "provides", "emits", "consumes", "dataport"};
    new_object(lua, interface);
    lua_set_string(lua, "name", interface->name);
    lua_set_string(lua, "kind", kinds[interface->kind]);
    lua_set_string(lua, "type", interface->type_name);
    lua_set_flag(lua, "is_buf", interface->is_buf);
    lua_set_flag(lua, "optional", interface->optional);
    lua_set_number(lua, "buf_size", interface->buf_size);
    if (interface->procedure) {
        push_procedure(lua, interface->procedure);
        lua_setfield(lua, -2, "procedure");
    }
}

static void push_component(lua_State *lua, const struct component *component)
{
    static const char *const syncs[] = {"mutex", "semaphore", "binary_semaphore"};
    lua_push_object(lua, component);
    if (!lua_isnil(lua, -1))
        return;
    lua_pop(lua, 1);
    new_object(lua, component);
    lua_set_string(lua, "name", component->name);
    lua_set_flag(lua, "control", component->control);
    lua_set_flag(lua, "hardware", component->hardware);
    empty_list(lua, "interfaces");
    empty_list(lua, "syncs");
    empty_list(lua, "attributes");
    empty_list(lua, "includes");
    for (size_t i = 0; i < component->interfaces.count; i++) {
        push_interface(lua, component->interfaces.items[i]);
        append(lua, "interfaces");
    }
    for (size_t i = 0; i < component->syncs.count; i++) {
        lua_newtable(lua);
        lua_set_string(lua, "name", component->syncs.items[i]->name);
        lua_set_string(lua, "kind", syncs[component->syncs.items[i]->kind]);
        append(lua, "syncs");
    }
    for (size_t i = 0; i < component->attributes.count; i++) {
        push_attribute(lua, component->attributes.items[i]);
        append(lua, "attributes");
    }
    for (size_t i = 0; i < component->includes.count; i++) {
        push_include(lua, &component->includes.items[i]);
        append(lua, "includes");
    }
}

/* ---- the system ------------------------------------------------------------------------------ */

static void push_end(lua_State *lua, const struct end *end)
{
    new_object(lua, end);
    lua_set_string(lua, "side", end->is_from ? "from" : "to");
    lua_set_number(lua, "index", end->index);
    lua_set_object(lua, "interface", end->interface);
    lua_set_object(lua, "instance", end->instance);
    lua_set_object(lua, "connection", end->connection);
}

static void push_instance(lua_State *lua, const struct instance *instance)
{
    new_object(lua, instance);
    lua_set_string(lua, "name", instance->name);
    lua_set_string(lua, "symbol", instance->symbol);
    lua_set_number(lua, "pid", instance->pid);
    lua_set_number(lua, "index", instance->index);
    lua_set_string(lua, "space", instance->space->symbol);
    lua_set_flag(lua, "in_group", instance->space->is_group);
    push_component(lua, instance->component);
    lua_setfield(lua, -2, "component");
    empty_list(lua, "ends");
    lua_newtable(lua); /* interface name -> end */
    lua_setfield(lua, -2, "connected");
}

static void add_instance_end(lua_State *lua, const struct end *end)
{
    lua_push_object(lua, end->instance);
    lua_push_object(lua, end);
    append(lua, "ends");
    lua_getfield(lua, -1, "connected");
    lua_set_object(lua, end->interface->name, end);
    lua_pop(lua, 2);
}

static void push_connection(lua_State *lua, const struct connection *connection)
{
    new_object(lua, connection);
    lua_set_string(lua, "name", connection->name);
    lua_set_string(lua, "symbol", connection->symbol);
    lua_set_string(lua, "connector", connection->connector->name);
    lua_set_number(lua, "index", connection->index);
    empty_list(lua, "from");
    empty_list(lua, "to");
    for (size_t i = 0; i < connection->from.count; i++) {
        push_end(lua, connection->from.items[i]);
        append(lua, "from");
    }
    for (size_t i = 0; i < connection->to.count; i++) {
        push_end(lua, connection->to.items[i]);
        append(lua, "to");
    }
}

void lua_push_system(lua_State *lua, const struct plan *plan)
{
    const struct system *system = plan->system;
    lua_newtable(lua);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &objects_key);
    lua_pushlightuserdata(lua, (void *)plan);
    lua_pushcclosure(lua, lua_setting, 1);
    lua_setglobal(lua, "setting");
    lua_newtable(lua);
    for (size_t i = 0; i < system->instances.count; i++) {
        push_instance(lua, system->instances.items[i]);
        append(lua, "instances");
    }
    for (size_t i = 0; i < system->connections.count; i++) {
        push_connection(lua, system->connections.items[i]);
        append(lua, "connections");
    }
    for (size_t i = 0; i < system->instances.count; i++) {
        const struct instance *instance = system->instances.items[i];
        for (size_t j = 0; j < instance->ends.count; j++)
            add_instance_end(lua, instance->ends.items[j]);
    }
    for (size_t i = 0; i < plan->instances.count; i++) {
        if (!plan->instances.items[i])
            continue;
        lua_push_object(lua, plan->instances.items[i]->instance);
        lua_add_instance_plan(lua, plan->instances.items[i]);
        lua_pop(lua, 1);
    }
    lua_setglobal(lua, "system");
}
