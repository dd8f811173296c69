/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Diagnostics in the manner of clang: `file:line:col: error: text`, the source line, a caret.
 */
#include <stdio.h>

#include "source.h"

struct diag {
    struct sources *sources;
    FILE *out;
    unsigned errors;
    unsigned warnings;
    bool muted;               /**< the last one was not printed: its notes are dropped as well */
    ARRAY(const char *) said; /**< heads of what was printed; private */
};

/** Errors shown before the rest is only counted. */
#define DIAG_ERROR_LIMIT 30

/* The same text about the same place is said and counted once: a macro or a setting read for each
 * thread would repeat it. */
void diag_error(struct diag *diag, struct loc loc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_warning(struct diag *diag, struct loc loc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Belongs to the diagnostic before it: names a related place. */
void diag_note(struct diag *diag, struct loc loc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Prints the count of errors, if any. */
void diag_summary(const struct diag *diag);
