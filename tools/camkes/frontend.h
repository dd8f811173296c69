/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The front end: from the root file to a checked `struct system`. Each step reports its own
 * errors; a later step runs only when the steps before it found none.
 */
#include "diag.h"
#include "model.h"
#include "source.h"

struct frontend_options {
    const char *root;                 /**< path of the root specification */
    ARRAY(const char *) import_paths; /**< searched in order for `import <…>` */
    ARRAY(const char *) cpp_flags;    /**< passed to the preprocessor as they are */
    const char *cpp_program;          /**< default "cpp" */
    bool no_cpp;                      /**< read files as they are */
    bool allow_forward;               /**< declarations may follow their use */
    const char *depfile;              /**< Makefile rule with every file read, or NULL */
    const char *deptarget;            /**< target of that rule */
};

struct frontend {
    struct arena arena;
    struct sources sources;
    struct diag diag;
    struct frontend_options options;
};

/** Prepares an empty front end; diagnostics go to `out` (NULL: stderr). */
void frontend_init(struct frontend *fe, FILE *out);
/** Releases all memory, the returned system included. */
void frontend_free(struct frontend *fe);

/**
 * Consumes one option shared by all subcommands at argv[*i] (advancing *i over its value).
 * Returns 1 if consumed, 0 if it is none of them, -1 after an error message.
 */
int frontend_option(struct frontend *fe, int argc, char **argv, int *i);

/** Parses, resolves, flattens and checks; NULL after diagnostics. */
struct system *frontend_load(struct frontend *fe);

/** Writes the dependency rule if one was asked for. False (with a message) on failure. */
bool frontend_write_depfile(struct frontend *fe);

/** Reads and preprocesses one file; source number, or 0 after a diagnostic at `loc`. */
uint32_t preprocess_file(struct frontend *fe, const char *name, const char *path, struct loc loc);

struct adl_file;
/** Stages, for tests: the whole parse (imports included) and the resolved system from it. */
struct adl_file *frontend_parse(struct frontend *fe);
bool resolve_spec(struct frontend *fe, struct adl_file *spec);
struct system *flatten_spec(struct frontend *fe, struct adl_file *spec);
void check_system(struct frontend *fe, struct system *system);
