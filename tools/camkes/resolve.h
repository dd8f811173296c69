/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Shared by resolve.c (finding names) and resolve_check.c (rules inside one declaration). */
#include "ast.h"
#include "frontend.h"

struct resolver {
    struct frontend *fe;
    struct adl_file *file;
    size_t limit;                /* items before this one are visible */
    struct component *enclosing; /* component whose embedded composition is being resolved */
};

void resolve_component(struct resolver *r, struct component *component);

/** Reports a name that is a reserved word of C; `kind` is "method", "attribute" … */
void resolve_check_c_name(struct resolver *r, const char *kind, const char *name, struct loc loc);
/** Unique member names, control and hardware, syncs of hardware. */
void resolve_check_members(struct resolver *r, const struct component *component);
/** Unique parameters and methods, names usable in C. */
void resolve_check_procedure(struct resolver *r, const struct procedure *procedure);
/** Unique names of instances, groups and connections within one composition. */
void resolve_check_composition(struct resolver *r, const struct composition *composition);
