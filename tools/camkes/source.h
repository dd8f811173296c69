/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Source files: their preprocessed text, and the way back from a byte of that text to the
 * file, line and column a person wrote.
 */
#include "arena.h"
#include "model.h"

struct source {
    const char *name; /**< path as shown to people */
    const char *path; /**< absolute path */
    const char *text; /**< preprocessed, NUL-terminated */
    size_t length;
};

struct sources {
    struct arena *arena;
    ARRAY(struct source *) list; /**< loc.source - 1 indexes it */
    ARRAY(const char *) files;   /**< absolute path of every file read, the preprocessor's too */
};

/** A location as people read it. `line_text` is the written line, NULL if it cannot be read. */
struct place {
    const char *file;
    unsigned line;
    unsigned column;
    unsigned length;
    const char *line_text;
};

/** Adds preprocessed text; returns its number for loc.source. Notes the files of its markers. */
uint32_t sources_add(struct sources *sources, const char *name, const char *path, const char *text,
                     size_t length);
/** Notes a file as read; false if it had been read before. `path` must be absolute. */
bool sources_note_file(struct sources *sources, const char *path);
bool sources_has_file(const struct sources *sources, const char *path);
/** Maps a location back through the line markers. */
struct place sources_locate(const struct sources *sources, struct loc loc);
/** Reads a whole file into the arena; NULL (errno set) on failure. */
char *source_read_file(struct arena *arena, const char *path, size_t *length);
/** Absolute, symlink-free form of a path, interned; NULL if it does not exist. */
const char *source_real_path(struct arena *arena, const char *path);
