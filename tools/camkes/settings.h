/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* The two-level map key.name -> value that steers connectors and the runtime. */
#include "arena.h"
#include "model.h"

struct setting_table *settings_create(struct arena *arena);
/** Finds by contents of the names; `table` may be NULL. */
struct setting *settings_find(const struct setting_table *table, const char *key, const char *name);
/** Adds a setting whose key.name is not in the table yet. */
void settings_add(struct arena *arena, struct setting_table *table, struct setting *setting);
