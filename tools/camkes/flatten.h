/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Flattening: compositions become one list of instances and one of connections. A scope is one
 * composition in its place: the merged assemblies (top) or the inside of one compound instance.
 */
#include "ast.h"
#include "frontend.h"

struct scope;

/** A declared instance and the flat instance made of it. */
struct child {
    const struct instance_decl *decl;
    struct instance *instance;
    struct scope *inside; /**< for compounds */
};

struct scope {
    struct instance *owner; /**< NULL for the top */
    ARRAY(struct composition *) compositions;
    ARRAY(struct configuration *) configurations;
    ARRAY(struct child *) children;
};

struct flattener {
    struct frontend *fe;
    struct arena *arena;
    struct diag *diag;
    struct system *system;
    ARRAY(struct scope *) scopes;   /**< top first, then in order of expansion */
    ARRAY(struct child *) children; /**< parallel to system.instances */
};

/** An interface of a flat instance. */
struct binding {
    struct instance *instance;
    struct interface *interface;
};

/* flatten_connect.c */
void flatten_connections(struct flattener *f);
/** Checks all exports of compounds. */
void flatten_check_exports(struct flattener *f);
/** "front.c" for name "c" inside "front"; the name itself at the top. */
const char *flatten_join(struct flattener *f, const struct scope *scope, const char *name);
/** Letters usable in C: '.' becomes '_'. */
const char *flatten_symbol(struct flattener *f, const char *name);

/* flatten_fuse.c */
void flatten_fuse(struct flattener *f);
/* flatten_settings.c */
void flatten_settings(struct flattener *f);
