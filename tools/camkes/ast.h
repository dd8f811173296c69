/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What the parser builds. Types (procedures, structs, connectors, components) are the model's
 * own structures with names not yet resolved; compositions and configurations have their own
 * shapes here because flattening replaces them.
 */
#include "model.h"

struct ref_part {
    const char *name;
    struct loc loc;
};

/** `a.b.c` */
struct ref {
    ARRAY(struct ref_part) parts;
};

struct group_decl;

struct instance_decl {
    const char *name;
    struct ref type;             /**< empty for an anonymous component */
    struct component *component; /**< set at once (anonymous) or by resolution */
    struct group_decl *group;    /**< NULL when ungrouped */
    struct loc loc;
};

struct group_decl {
    const char *name; /**< NULL when anonymous */
    ARRAY(struct instance_decl *) instances;
    struct loc loc;
};

struct end_decl {
    bool is_from;
    struct ref ref;
};

struct connection_decl {
    const char *name;
    struct ref type;
    struct connector *connector;
    ARRAY(struct end_decl) ends;
    struct loc loc;
};

/** `export inner.iface -> iface;` */
struct export_decl {
    struct ref inner;
    struct ref outer;
};

struct composition {
    const char *name;
    ARRAY(struct instance_decl *) instances; /**< ungrouped, in order */
    ARRAY(struct group_decl *) groups;
    ARRAY(struct connection_decl *) connections;
    ARRAY(struct export_decl *) exports;
    struct loc loc;
};

struct setting_decl {
    const char *key;
    const char *name;
    struct value *value;           /**< NULL for a reference */
    struct ref reference;          /**< right side of `<-` */
    ARRAY(struct value *) lookups; /**< `[key]` after a reference */
    struct loc loc;
};

struct configuration {
    const char *name;
    ARRAY(struct setting_decl *) settings;
    struct loc loc;
};

struct assembly {
    const char *name;
    ARRAY(struct composition *) compositions;
    ARRAY(struct configuration *) configurations;
    ARRAY(struct schedule_entry) schedule;
    bool has_schedule;
    struct loc loc;
};

enum adl_item_kind {
    ITEM_ASSEMBLY,
    ITEM_COMPONENT,
    ITEM_COMPOSITION,
    ITEM_CONFIGURATION,
    ITEM_CONNECTOR,
    ITEM_PROCEDURE,
    ITEM_STRUCT,
};

struct adl_item {
    enum adl_item_kind kind;
    union {
        struct assembly *assembly;
        struct component *component;
        struct composition *composition;
        struct configuration *configuration;
        struct connector *connector;
        struct procedure *procedure;
        struct struct_type *record;
    };
};

/** All top-level items in order, those of imports at the place of their import. */
struct adl_file {
    ARRAY(struct adl_item) items;
};
