/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "settings.h"

#include <string.h>

#define BUCKETS 1024

struct setting_node {
    struct setting_node *next;
    struct setting *setting;
};

struct setting_table {
    struct setting_node *buckets[BUCKETS];
};

static unsigned hash_names(const char *key, const char *name)
{
    unsigned hash = 2166136261u; /* FNV-1a over "key.name" */
    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    hash = (hash ^ '.') * 16777619u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash % BUCKETS;
}

struct setting_table *settings_create(struct arena *arena)
{
    return arena_new(arena, struct setting_table);
}

struct setting *settings_find(const struct setting_table *table, const char *key, const char *name)
{
    if (!table)
        return NULL;
    struct setting_node *node = table->buckets[hash_names(key, name)];
    while (node && (strcmp(node->setting->key, key) || strcmp(node->setting->name, name)))
        node = node->next;
    return node ? node->setting : NULL;
}

void settings_add(struct arena *arena, struct setting_table *table, struct setting *setting)
{
    struct setting_node **bucket = &table->buckets[hash_names(setting->key, setting->name)];
    struct setting_node *node = arena_new(arena, struct setting_node);
    node->setting = setting;
    node->next = *bucket;
    *bucket = node;
}
