/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * The resolved system: what the front end (parse, resolve, flatten, check) hands to
 * planning and emission. Everything lives in one arena and is immutable after
 * frontend_load() succeeded. Strings are interned: equal names are equal pointers.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Version of these structures; bump on any incompatible change. */
#define CAMKES_MODEL_VERSION 1

/** A place in the preprocessed text; diag.h turns it into file:line:col. source 0 = no place. */
struct loc {
    uint32_t source; /**< index into the source manager, from 1 */
    uint32_t offset; /**< byte offset in the preprocessed text */
    uint32_t length; /**< length of the token underlined, in bytes */
};

/** A growable array in the arena: `items[0..count-1]`. Push with array_push() of arena.h. */
#define ARRAY(type)                                                                                \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count;                                                                              \
        size_t capacity;                                                                           \
    }

/** Integers are wider than any C integer of the target, so that folding never wraps silently. */
typedef __int128 adl_int;

/* ---- values -------------------------------------------------------------------------------- */

enum value_kind { VALUE_INT, VALUE_FLOAT, VALUE_STRING, VALUE_LIST, VALUE_DICT };

/** One `key: value` of a dict; keys are strings or integers. */
struct dict_entry {
    struct value *key;
    struct value *value;
};

/** A literal or folded expression; booleans are the integers 0 and 1. */
struct value {
    enum value_kind kind;
    struct loc loc;
    adl_int integer;               /**< VALUE_INT */
    double real;                   /**< VALUE_FLOAT */
    const char *string;            /**< VALUE_STRING, raw: backslashes as written */
    ARRAY(struct value *) list;    /**< VALUE_LIST */
    ARRAY(struct dict_entry) dict; /**< VALUE_DICT, in source order */
};

/** The value under string `key` of a dict, or NULL (also when `dict` is NULL or no dict). */
const struct value *value_get(const struct value *dict, const char *key);

/* ---- types --------------------------------------------------------------------------------- */

enum type_kind {
    TYPE_VOID,
    TYPE_INT,
    TYPE_UNSIGNED,
    TYPE_CHAR,
    TYPE_SIGNED_CHAR,
    TYPE_UNSIGNED_CHAR,
    TYPE_STRING,
    TYPE_UINT64,
    TYPE_INT64,
    TYPE_STRUCT, /**< IDL: `struct name` of C; attribute: a declared or anonymous ADL struct */
    TYPE_NAMED,  /**< any other C type name, verbatim */
};

struct struct_type;

struct type {
    enum type_kind kind;
    const char *name;           /**< TYPE_STRUCT and TYPE_NAMED; NULL for an anonymous struct */
    struct struct_type *record; /**< attributes of TYPE_STRUCT: the members */
    struct loc loc;
};

/** C spelling of a type: "int", "char *" for string, "struct s", "uint32_t" … */
const char *type_c_name(const struct type *type);

/** An attribute of a component or connector, or a member of a struct. */
struct attribute {
    const char *name;
    struct type type;
    bool is_array;
    struct value *initial; /**< declared default, or NULL */
    struct loc loc;
};

struct struct_type {
    const char *name; /**< NULL when anonymous */
    ARRAY(struct attribute *) members;
    struct loc loc;
};

/** `include "x.h";` (system false) or `include <x.h>;`. */
struct c_include {
    const char *path;
    bool system;
    struct loc loc;
};

/* ---- procedures ---------------------------------------------------------------------------- */

enum param_direction { PARAM_IN, PARAM_OUT, PARAM_INOUT, PARAM_REFIN };

struct param {
    const char *name;
    struct type type;
    enum param_direction direction;
    bool is_array;
    struct loc loc;
};

struct method {
    const char *name;
    struct type result; /**< TYPE_VOID when none */
    ARRAY(struct param *) params;
    struct loc loc;
};

struct procedure {
    const char *name;
    ARRAY(struct method *) methods;
    ARRAY(struct c_include) includes;
    struct loc loc;
};

/* ---- components and connectors ------------------------------------------------------------- */

enum interface_kind {
    INTERFACE_USES,
    INTERFACE_PROVIDES,
    INTERFACE_EMITS,
    INTERFACE_CONSUMES,
    INTERFACE_DATAPORT
};

struct interface {
    enum interface_kind kind;
    const char *name;
    const char *type_name;       /**< spelled type: "Buf(8192)" and "Buf" differ */
    struct procedure *procedure; /**< uses/provides */
    uint64_t buf_size;           /**< dataport: N of Buf(N), 4096 of Buf, 0 for a C type */
    bool is_buf;                 /**< dataport of type Buf(N): the C type is void */
    bool optional;               /**< `maybe` */
    struct loc loc;
    struct loc type_loc;
};

enum sync_kind { SYNC_MUTEX, SYNC_SEMAPHORE, SYNC_BINARY_SEMAPHORE };

struct sync_member {
    enum sync_kind kind;
    const char *name;
    struct loc loc;
};

struct composition; /* private to the front end */
struct configuration;

struct component {
    const char *name; /**< NULL for an anonymous inline component */
    bool control;
    bool hardware;
    ARRAY(struct interface *) interfaces; /**< in declaration order */
    ARRAY(struct sync_member *) syncs;
    ARRAY(struct attribute *) attributes;
    ARRAY(struct c_include) includes;
    struct composition *composition;     /**< compound components; front end only */
    struct configuration *configuration; /**< compound components; front end only */
    struct loc loc;
    struct loc control_loc;
    struct loc hardware_loc;
};

enum end_kind { END_PROCEDURE, END_EVENT, END_DATAPORT };

/** One side of a connector declaration. */
struct connector_end {
    enum end_kind kind;
    bool plural;
    bool hardware;
    uint32_t threads; /**< `with N threads`, default 1 */
    struct loc loc;
};

struct connector {
    const char *name; /**< NULL for an anonymous inline connector */
    struct connector_end from;
    struct connector_end to;
    ARRAY(struct attribute *) attributes;
    struct loc loc;
};

/** True if the connector declares attribute `name` with a default that is true. */
bool connector_flag(const struct connector *connector, const char *name);

/* ---- the flattened system ------------------------------------------------------------------ */

struct instance;
struct connection;

/** Instances that share one address space and one CSpace: a group, or a single instance. */
struct address_space {
    const char *name;
    const char *symbol; /**< name with '.' replaced by '_' */
    bool is_group;
    ARRAY(struct instance *) members;
    struct loc loc;
};

/** One end of a connection. */
struct end {
    struct connection *connection;
    struct instance *instance;
    struct interface *interface;
    bool is_from;
    uint32_t index; /**< among the ends of its side */
    struct loc loc; /**< of the reference in the connection */
};

struct instance {
    const char *name;   /**< dotted for inner instances of compounds */
    const char *symbol; /**< name with '.' replaced by '_' */
    struct component *component;
    struct address_space *space;
    struct instance *parent;  /**< enclosing compound instance, or NULL */
    uint32_t index;           /**< in system.instances; hardware ones count */
    uint32_t pid;             /**< index + 2 */
    ARRAY(struct end *) ends; /**< in connection order */
    struct loc loc;
};

struct connection {
    const char *name;   /**< fused connections: constituents joined with '.' */
    const char *symbol; /**< name with '.' replaced by '_' */
    struct connector *connector;
    ARRAY(struct end *) from;
    ARRAY(struct end *) to;
    ARRAY(const char *) aliases; /**< names of the constituents of a fused connection */
    uint32_t index;              /**< in system.connections: the dataport id */
    struct loc loc;
};

/** A resolved `key.name = value`. */
struct setting {
    const char *key;
    const char *name;
    const struct value *value;
    struct loc loc;
    bool referenced; /**< another setting takes its value from here */
};

struct schedule_entry {
    uint64_t domain;
    uint64_t duration;
    bool microseconds; /**< otherwise ticks */
};

struct system {
    ARRAY(struct instance *) instances;
    ARRAY(struct connection *) connections;
    ARRAY(struct address_space *) spaces; /**< order of their first member; hardware excluded */
    ARRAY(struct setting *) settings;
    ARRAY(struct schedule_entry) schedule;
    ARRAY(const char *) files;   /**< every file read, absolute, for dependency rules */
    struct setting_table *table; /**< index of settings and declared defaults; private */
};

struct instance *system_find_instance(const struct system *system, const char *name);
/** Finds by full name or by the name of a constituent of a fused connection. */
struct connection *system_find_connection(const struct system *system, const char *name);
struct address_space *system_find_space(const struct system *system, const char *name);

/**
 * The configured value of `key.name`: an explicit setting, a resolved reference, or the default
 * of the attribute as declared by the component of instance `key`; NULL when there is none.
 * `key` is an instance, connection (full or constituent name), group or arbitrary name.
 */
const struct value *system_setting(const struct system *system, const char *key, const char *name);

/** Setting `<inst>.<iface>_<suffix>`, or NULL. */
const struct value *end_setting(const struct system *system, const struct end *end,
                                const char *suffix);

/** Setting of the connection itself (`conn.size` …), or NULL. */
const struct value *connection_setting(const struct system *system,
                                       const struct connection *connection, const char *name);

/** Integer reading of a value: ints, and strings of digits ("7", "0x70"). False if neither. */
bool value_to_u64(const struct value *value, uint64_t *out);
/** True for a non-zero number or a non-empty string, list or dict; `fallback` when NULL. */
bool value_is_true(const struct value *value, bool fallback);

/** The interface end of `instance` named `name`; NULL when it is not connected. */
struct end *instance_find_end(const struct instance *instance, const char *name);
struct interface *component_find_interface(const struct component *component, const char *name);
struct attribute *component_find_attribute(const struct component *component, const char *name);
