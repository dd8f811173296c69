/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *source_read_file(struct arena *arena, const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    size_t capacity = 16 * 1024, used = 0;
    char *text = malloc(capacity);
    for (size_t got; text && (got = fread(text + used, 1, capacity - used, file)) > 0;) {
        used += got;
        if (used == capacity)
            text = realloc(text, capacity *= 2);
    }
    bool failed = !text || ferror(file);
    fclose(file);
    char *copy = failed ? NULL : arena_copy(arena, text, used);
    free(text);
    *length = used;
    return copy;
}

const char *source_real_path(struct arena *arena, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        return NULL;
    const char *name = arena_intern_string(arena, real);
    free(real);
    return name;
}

bool sources_has_file(const struct sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->files.count; i++) {
        if (!strcmp(sources->files.items[i], path))
            return true;
    }
    return false;
}

bool sources_note_file(struct sources *sources, const char *path)
{
    if (sources_has_file(sources, path))
        return false;
    *array_push(sources->arena, &sources->files) = arena_intern_string(sources->arena, path);
    return true;
}

/* A line marker of the preprocessor: `# 12 "file" flags` or `#line 12 "file"`. */
struct marker {
    unsigned line;
    const char *file;
    size_t file_length; /* 0 when the marker names no file */
};

static bool marker_parse(const char *line, struct marker *marker)
{
    if (*line++ != '#')
        return false;
    if (!strncmp(line, "line", 4))
        line += 4;
    while (*line == ' ')
        line++;
    if (!isdigit((unsigned char)*line))
        return false;
    marker->line = (unsigned)strtoul(line, (char **)&line, 10);
    marker->file_length = 0;
    while (*line == ' ')
        line++;
    if (*line != '"')
        return true;
    marker->file = ++line;
    marker->file_length = strcspn(line, "\"\n");
    return true;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : NULL;
}

static void note_marker_files(struct sources *sources, const char *text)
{
    const char *last = NULL;
    for (const char *line = text; line && *line; line = next_line(line)) {
        struct marker marker;
        if (*line != '#' || !marker_parse(line, &marker) || !marker.file_length ||
            marker.file[0] == '<')
            continue;
        const char *name = arena_intern(sources->arena, marker.file, marker.file_length);
        if (name == last)
            continue;
        last = name;
        const char *real = source_real_path(sources->arena, name);
        if (real)
            sources_note_file(sources, real);
    }
}

uint32_t sources_add(struct sources *sources, const char *name, const char *path, const char *text,
                     size_t length)
{
    struct source *source = arena_new(sources->arena, struct source);
    source->name = name;
    source->path = path;
    source->text = text;
    source->length = length;
    *array_push(sources->arena, &sources->list) = source;
    sources_note_file(sources, path);
    note_marker_files(sources, text);
    return (uint32_t)sources->list.count;
}

static size_t line_length(const char *line)
{
    size_t length = strcspn(line, "\n");
    while (length && (line[length - 1] == '\r' || line[length - 1] == ' '))
        length--;
    return length;
}

/* The written line, or NULL. The file may have gone since: then there is no caret, no harm. */
static const char *written_line(struct arena *arena, const char *file, unsigned number)
{
    size_t length;
    const char *line = source_read_file(arena, file, &length);
    for (unsigned i = 1; line && i < number; i++)
        line = next_line(line);
    return line ? arena_copy(arena, line, line_length(line)) : NULL;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Where the token stands in the written line: macros and comments move columns. */
static const char *find_token(const char *line, const char *token, size_t length, size_t guess)
{
    if (guess < strlen(line) && !strncmp(line + guess, token, length))
        return line + guess;
    for (const char *at = line; length && (at = strchr(at, *token)); at++) {
        if (strncmp(at, token, length))
            continue;
        bool joined_left = at > line && is_word(at[-1]) && is_word(*token);
        bool joined_right = is_word(token[length - 1]) && is_word(at[length]);
        if (!joined_left && !joined_right)
            return at;
    }
    return NULL;
}

static void place_column(struct place *place, const char *token, size_t length, size_t guess)
{
    place->column = (unsigned)guess + 1;
    place->length = length ? (unsigned)length : 1;
    if (!place->line_text)
        return;
    const char *at = length ? find_token(place->line_text, token, length, guess) : NULL;
    if (at) {
        place->column = (unsigned)(at - place->line_text) + 1;
        return;
    }
    size_t written = strlen(place->line_text);
    if (length || guess > written) {
        /* The token comes out of a macro: point at what stands on the line. */
        size_t blank = length ? strspn(place->line_text, " \t") : written;
        place->column = (unsigned)blank + 1;
        place->length = length && written > blank ? (unsigned)(written - blank) : 1;
    }
}

struct place sources_locate(const struct sources *sources, struct loc loc)
{
    struct place place = {0};
    if (!loc.source || loc.source > sources->list.count)
        return place;
    const struct source *source = sources->list.items[loc.source - 1];
    const char *target = source->text + loc.offset;
    place.file = source->name;
    unsigned number = 1;
    const char *line = source->text;
    for (const char *next; (next = next_line(line)) && next <= target; line = next) {
        struct marker marker;
        number++;
        if (*line == '#' && marker_parse(line, &marker)) {
            number = marker.line;
            if (marker.file_length)
                place.file = arena_intern(sources->arena, marker.file, marker.file_length);
        }
    }
    place.line = number;
    place.line_text = written_line(sources->arena, place.file, number);
    size_t length = loc.length;
    const char *newline = memchr(target, '\n', length);
    place_column(&place, target, newline ? (size_t)(newline - target) : length,
                 (size_t)(target - line));
    return place;
}
