/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Text templates with embedded Lua, inside C comments: a minus behind the opening and before the
 * closing mark makes a Lua statement, a question mark a Lua expression to print, a hash a comment.
 * A line that holds nothing but statements and comments leaves no trace in the output.
 */
#include <lua.h>

#include "frontend.h"

/** An engine: one Lua state in which all templates run. */
struct template_engine {
    struct frontend *fe;
    lua_State *lua;
    ARRAY(const char *) folders; /**< searched in order */
};

/** False after a message on failure. */
bool template_open(struct template_engine *engine, struct frontend *fe);
void template_close(struct template_engine *engine);
/**
 * Runs template `name` with the Lua globals set by the caller. The output is an arena string;
 * NULL after a diagnostic that names template and line.
 */
const char *template_render(struct template_engine *engine, const char *name);
