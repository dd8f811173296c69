/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "diag.h"

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

static void print(struct diag *diag, struct loc loc, const char *severity, const char *format,
                  va_list args)
{
    FILE *out = diag->out ? diag->out : stderr;
    struct place place = sources_locate(diag->sources, loc);
    if (place.file)
        fprintf(out, "%s:%u:%u: ", place.file, place.line, place.column);
    else
        fputs("camkes: ", out);
    fprintf(out, "%s: ", severity);
    vfprintf(out, format, args);
    fputc('\n', out);
    if (place.line_text)
        print_caret(out, &place);
}

void diag_error(struct diag *diag, struct loc loc, const char *format, ...)
{
    diag->muted = ++diag->errors > DIAG_ERROR_LIMIT;
    if (diag->muted)
        return;
    va_list args;
    va_start(args, format);
    print(diag, loc, "error", format, args);
    va_end(args);
}

void diag_warning(struct diag *diag, struct loc loc, const char *format, ...)
{
    diag->warnings++;
    diag->muted = false;
    va_list args;
    va_start(args, format);
    print(diag, loc, "warning", format, args);
    va_end(args);
}

void diag_note(struct diag *diag, struct loc loc, const char *format, ...)
{
    if (diag->muted)
        return;
    va_list args;
    va_start(args, format);
    print(diag, loc, "note", format, args);
    va_end(args);
}

void diag_summary(const struct diag *diag)
{
    FILE *out = diag->out ? diag->out : stderr;
    if (diag->errors)
        fprintf(out, "%u error%s\n", diag->errors, diag->errors == 1 ? "" : "s");
}
