/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A template becomes a Lua chunk with the same line numbers: text turns into calls of emit(),
 * statements stand as they are. So a Lua error names the template's line.
 */
#include "template.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>
#include <unistd.h>

/* Key of the engine in the Lua registry. */
static const char engine_key;

/* ---- from template text to Lua --------------------------------------------------------------- */

static void add_char(luaL_Buffer *out, char c)
{
    switch (c) {
    case '\n':
        luaL_addstring(out, "\\\n");
        break;
    case '\r':
        luaL_addstring(out, "\\r");
        break;
    case '"':
    case '\\':
        luaL_addchar(out, '\\');
        luaL_addchar(out, c);
        break;
    default:
        luaL_addchar(out, c);
        break;
    }
}

static void add_text(luaL_Buffer *out, const char *text, size_t length)
{
    if (!length)
        return;
    luaL_addstring(out, "emit(\"");
    for (size_t i = 0; i < length; i++)
        add_char(out, text[i]);
    luaL_addstring(out, "\") ");
}

/* The next tag from `text` on, or NULL. */
static const char *find_tag(const char *text)
{
    while ((text = strstr(text, "/*"))) {
        if (text[2] == '-' || text[2] == '?' || text[2] == '#')
            return text;
        text += 2;
    }
    return NULL;
}

static const char *find_close(const char *tag)
{
    const char close[4] = {tag[2], '*', '/', '\0'};
    return strstr(tag + 3, close);
}

/* Whether the line a statement or comment tag is on holds blanks and such tags only. */
static bool is_alone(const char *template, const char *tag)
{
    const char *at = tag;
    while (at > template && at[-1] != '\n')
        at--;
    for (;;) {
        while (*at == ' ' || *at == '\t')
            at++;
        if (*at == '\n' || !*at)
            return true;
        if (strncmp(at, "/*", 2) || (at[2] != '-' && at[2] != '#') || !find_close(at))
            return false;
        at = find_close(at) + 3;
    }
}

/* Emits text before a tag; a tag alone on its line takes the blanks before it along. */
static void add_text_before(luaL_Buffer *out, const char *template, const char *text,
                            const char *tag, bool alone)
{
    const char *end = tag;
    while (alone && end > text && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (alone && end > template && end[-1] != '\n')
        end = tag;
    add_text(out, text, (size_t)(end - text));
}

/* Pushes the chunk of a template; false with the error's line if a tag is not closed. */
static bool translate(lua_State *lua, const char *template, unsigned *line)
{
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    const char *text = template;
    for (const char *tag; (tag = find_tag(text));) {
        const char *close = find_close(tag);
        bool alone = tag[2] != '?' && is_alone(template, tag);
        if (!close) {
            *line = 1;
            for (const char *c = template; c < tag; c++)
                *line += *c == '\n';
            return false;
        }
        add_text_before(&out, template, text, tag, alone);
        size_t length = (size_t)(close - tag) - 3;
        if (tag[2] == '?') {
            luaL_addstring(&out, "emit(");
            luaL_addlstring(&out, tag + 3, length);
            luaL_addstring(&out, ") ");
        } else if (tag[2] == '-') {
            luaL_addlstring(&out, tag + 3, length);
            luaL_addchar(&out, ' ');
        } else {
            for (const char *c = tag; c < close; c++) {
                if (*c == '\n')
                    luaL_addchar(&out, '\n');
            }
        }
        text = close + 3;
        if (alone) {
            text += strspn(text, " \t");
            if (*text == '\n') {
                luaL_addchar(&out, '\n');
                text++;
            }
        }
    }
    add_text(&out, text, strlen(text));
    luaL_pushresult(&out);
    return true;
}

/* ---- running --------------------------------------------------------------------------------- */

static struct template_engine *get_engine(lua_State *lua)
{
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &engine_key);
    struct template_engine *engine = lua_touserdata(lua, -1);
    lua_pop(lua, 1);
    return engine;
}

static const char *find_file(const struct template_engine *engine, const char *name)
{
    for (size_t i = 0; i < engine->folders.count; i++) {
        const char *path =
            arena_printf(&engine->fe->arena, "%s/%s", engine->folders.items[i], name);
        if (!access(path, R_OK))
            return path;
    }
    return !access(name, R_OK) ? name : NULL;
}

/* Pushes the function of a template or Lua file, compiled once. Errors are Lua errors. */
static void push_function(lua_State *lua, const char *name, bool is_template)
{
    struct template_engine *engine = get_engine(lua);
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, "templates");
    if (lua_getfield(lua, -1, name) == LUA_TFUNCTION)
        return;
    lua_pop(lua, 1);
    const char *path = find_file(engine, name);
    size_t length;
    char *text = path ? source_read_file(&engine->fe->arena, path, &length) : NULL;
    if (!text)
        luaL_error(lua, "template '%s' not found", name);
    sources_note_file(&engine->fe->sources, source_real_path(&engine->fe->arena, path));
    unsigned line;
    if (!is_template)
        lua_pushlstring(lua, text, length);
    else if (!translate(lua, text, &line))
        luaL_error(lua, "%s:%d: this tag is not closed", path, (int)line);
    size_t size;
    const char *chunk = lua_tolstring(lua, -1, &size);
    const char *chunk_name = arena_printf(&engine->fe->arena, "@%s", path);
    if (luaL_loadbuffer(lua, chunk, size, chunk_name))
        lua_error(lua);
    lua_remove(lua, -2);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -3, name);
}

/* include("name"): runs another template at this place, with the arguments given. */
static int lua_include(lua_State *lua)
{
    int arguments = lua_gettop(lua) - 1;
    push_function(lua, luaL_checkstring(lua, 1), true);
    lua_replace(lua, 1);
    lua_settop(lua, arguments + 1);
    lua_call(lua, arguments, 0);
    return 0;
}

/* use("name.lua"): the value a Lua file returns; the file runs once. */
static int lua_use(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, "modules");
    if (lua_getfield(lua, -1, name) != LUA_TNIL)
        return 1;
    lua_pop(lua, 1);
    push_function(lua, name, false);
    lua_call(lua, 0, 1);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, 2, name);
    return 1;
}

static int lua_emit(lua_State *lua)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, "output");
    lua_Integer count = luaL_len(lua, -1);
    if (lua_isnil(lua, 1))
        return luaL_error(lua, "the value to print is nil");
    luaL_tolstring(lua, 1, NULL);
    lua_rawseti(lua, -2, count + 1);
    return 0;
}

static const char *collect_output(struct template_engine *engine)
{
    lua_State *lua = engine->lua;
    luaL_Buffer out;
    lua_getfield(lua, LUA_REGISTRYINDEX, "output");
    int table = lua_gettop(lua);
    lua_Integer count = luaL_len(lua, table);
    luaL_buffinit(lua, &out);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(lua, table, i);
        luaL_addvalue(&out);
    }
    luaL_pushresult(&out);
    size_t length;
    const char *text = lua_tolstring(lua, -1, &length);
    return arena_copy(&engine->fe->arena, text, length);
}

static int lua_run(lua_State *lua)
{
    push_function(lua, luaL_checkstring(lua, 1), true);
    lua_call(lua, 0, 0);
    return 0;
}

const char *template_render(struct template_engine *engine, const char *name)
{
    lua_State *lua = engine->lua;
    int top = lua_gettop(lua);
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "output");
    lua_pushcfunction(lua, lua_run);
    lua_pushstring(lua, name);
    const char *output = NULL;
    if (lua_pcall(lua, 1, 0, 0))
        diag_error(&engine->fe->diag, (struct loc){0}, "%s", lua_tostring(lua, -1));
    else
        output = collect_output(engine);
    lua_settop(lua, top);
    return output;
}

bool template_open(struct template_engine *engine, struct frontend *fe)
{
    engine->fe = fe;
    engine->lua = luaL_newstate();
    if (!engine->lua) {
        diag_error(&fe->diag, (struct loc){0}, "out of memory for the template engine");
        return false;
    }
    luaL_openlibs(engine->lua);
    lua_pushlightuserdata(engine->lua, engine);
    lua_rawsetp(engine->lua, LUA_REGISTRYINDEX, &engine_key);
    lua_register(engine->lua, "emit", lua_emit);
    lua_register(engine->lua, "include", lua_include);
    lua_register(engine->lua, "use", lua_use);
    return true;
}

void template_close(struct template_engine *engine)
{
    if (engine->lua)
        lua_close(engine->lua);
    engine->lua = NULL;
}
