/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "diag.h"

#include <limits.h>
#include <string.h>

/* The caret line keeps the tabs of the source line, so that it lines up at any tab width. */
static void print_caret(FILE *out, const struct place *place)
{
    size_t length = strlen(place->line_text);
    fprintf(out, "%s\n", place->line_text);
    for (unsigned i = 0; i + 1 < place->column; i++)
        fputc(i < length && place->line_text[i] == '\t' ? '\t' : ' ', out);
    fputc('^', out);
    for (unsigned i = 1; i < place->length && place->column - 1 + i < length; i++)
        fputc('~', out);
    fputc('\n', out);
}

/* The first line without its end: place, severity, text. */
static const char *head(struct diag *diag, const struct place *place, const char *severity,
                        const char *format, va_list args)
{
    struct arena *arena = diag->sources->arena;
    const char *text = arena_vprintf(arena, format, args);
    if (!place->file)
        return arena_printf(arena, "camkes: %s: %s", severity, text);
    return arena_printf(arena, "%s:%u:%u: %s: %s", place->file, place->line, place->column,
                        severity, text);
}

static void print(const struct diag *diag, const struct place *place, const char *line)
{
    FILE *out = diag->out ? diag->out : stderr;
    fprintf(out, "%s\n", line);
    if (place->line_text)
        print_caret(out, place);
}

/* Counts and prints what is new. */
static void say(struct diag *diag, struct loc loc, const char *severity, unsigned *count,
                unsigned limit, const char *format, va_list args)
{
    struct place place = sources_locate(diag->sources, loc);
    const char *line = head(diag, &place, severity, format, args);
    diag->muted = true;
    for (size_t i = 0; i < diag->said.count; i++) {
        if (!strcmp(diag->said.items[i], line))
            return;
    }
    *array_push(diag->sources->arena, &diag->said) = line;
    diag->muted = ++*count > limit;
    if (!diag->muted)
        print(diag, &place, line);
}

void diag_error(struct diag *diag, struct loc loc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(diag, loc, "error", &diag->errors, DIAG_ERROR_LIMIT, format, args);
    va_end(args);
}

void diag_warning(struct diag *diag, struct loc loc, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(diag, loc, "warning", &diag->warnings, UINT_MAX, format, args);
    va_end(args);
}

void diag_note(struct diag *diag, struct loc loc, const char *format, ...)
{
    if (diag->muted)
        return;
    va_list args;
    va_start(args, format);
    struct place place = sources_locate(diag->sources, loc);
    print(diag, &place, head(diag, &place, "note", format, args));
    va_end(args);
}

void diag_summary(const struct diag *diag)
{
    FILE *out = diag->out ? diag->out : stderr;
    if (diag->errors)
        fprintf(out, "%u error%s\n", diag->errors, diag->errors == 1 ? "" : "s");
}
