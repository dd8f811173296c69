/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * N-to-1 by repetition: connections that share an end are one connection. Order is that of the
 * text, so two runs of the compiler agree; the constituents' names stay usable as aliases.
 */
#include <stdlib.h>
#include <string.h>

#include "flatten.h"

static struct end *nth_end(const struct connection *connection, size_t i)
{
    return i < connection->from.count ? connection->from.items[i]
                                      : connection->to.items[i - connection->from.count];
}

static size_t end_count(const struct connection *connection)
{
    return connection->from.count + connection->to.count;
}

static size_t root_of(const size_t *parents, size_t i)
{
    while (parents[i] != i)
        i = parents[i];
    return i;
}

/* Joins the sets of all connections that share an interface of an instance. */
static size_t *find_sets(struct flattener *f)
{
    struct system *system = f->system;
    size_t *parents = arena_alloc(f->arena, (system->connections.count + 1) * sizeof *parents);
    for (size_t i = 0; i < system->connections.count; i++) {
        parents[i] = i;
        struct connection *connection = system->connections.items[i];
        connection->index = (uint32_t)i;
        for (size_t j = 0; j < end_count(connection); j++) {
            struct end *end = nth_end(connection, j);
            struct end *earlier = instance_find_end(end->instance, end->interface->name);
            *array_push(f->arena, &end->instance->ends) = end;
            if (!earlier || earlier->connection == connection)
                continue;
            size_t a = root_of(parents, earlier->connection->index), b = root_of(parents, i);
            parents[a > b ? a : b] = a < b ? a : b;
        }
    }
    return parents;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void name_fused(struct flattener *f, struct connection *fused)
{
    size_t count = fused->aliases.count;
    const char **sorted = arena_alloc(f->arena, count * sizeof *sorted);
    memcpy(sorted, fused->aliases.items, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_names);
    const char *name = sorted[0];
    for (size_t i = 1; i < count; i++)
        name = arena_printf(f->arena, "%s.%s", name, sorted[i]);
    fused->name = arena_intern_string(f->arena, name);
    fused->symbol = flatten_symbol(f, fused->name);
}

static void check_same_connector(struct flattener *f, const struct connection *first,
                                 const struct connection *other)
{
    if (first->connector == other->connector)
        return;
    diag_error(f->diag, other->loc,
               "connections '%s' and '%s' share an interface but have different connectors",
               first->name, other->name);
    diag_note(f->diag, first->loc, "'%s' is declared here", first->name);
}

static const struct end *find_end(const struct connection *connection, const struct end *wanted)
{
    for (size_t i = 0; i < end_count(connection); i++) {
        const struct end *end = nth_end(connection, i);
        if (end->instance == wanted->instance && end->interface == wanted->interface)
            return end;
    }
    return NULL;
}

static void absorb(struct flattener *f, struct connection *fused, struct connection *part)
{
    *array_push(f->arena, &fused->aliases) = part->name;
    for (size_t i = 0; i < end_count(part); i++) {
        struct end *end = nth_end(part, i);
        const struct end *earlier = find_end(fused, end);
        if (earlier && earlier->is_from != end->is_from) {
            diag_error(f->diag, end->loc, "duplicate use of interface '%s.%s'", end->instance->name,
                       end->interface->name);
            diag_note(f->diag, earlier->loc, "it is the other side of the connection here");
        }
        if (earlier)
            continue;
        end->connection = fused;
        if (end->is_from)
            *array_push(f->arena, &fused->from) = end;
        else
            *array_push(f->arena, &fused->to) = end;
    }
}

static struct connection *fuse_set(struct flattener *f, const size_t *parents, size_t root)
{
    struct connection *first = f->system->connections.items[root];
    struct connection *fused = arena_new(f->arena, struct connection);
    fused->connector = first->connector;
    fused->loc = first->loc;
    for (size_t i = root; i < f->system->connections.count; i++) {
        if (root_of(parents, i) != root)
            continue;
        check_same_connector(f, first, f->system->connections.items[i]);
        absorb(f, fused, f->system->connections.items[i]);
    }
    name_fused(f, fused);
    return fused;
}

static bool is_alone(const struct flattener *f, const size_t *parents, size_t i)
{
    if (parents[i] != i)
        return false;
    for (size_t j = i + 1; j < f->system->connections.count; j++) {
        if (root_of(parents, j) == i)
            return false;
    }
    return true;
}

/* Numbers connections and ends; an instance lists its ends in connection order. */
static void number_ends(struct flattener *f)
{
    struct system *system = f->system;
    for (size_t i = 0; i < system->instances.count; i++)
        system->instances.items[i]->ends.count = 0;
    for (size_t i = 0; i < system->connections.count; i++) {
        struct connection *connection = system->connections.items[i];
        connection->index = (uint32_t)i;
        for (size_t j = 0; j < end_count(connection); j++) {
            struct end *end = nth_end(connection, j);
            size_t index = end->is_from ? j : j - connection->from.count;
            end->index = (uint32_t)index;
            *array_push(f->arena, &end->instance->ends) = end;
        }
    }
}

void flatten_fuse(struct flattener *f)
{
    size_t *parents = find_sets(f);
    size_t count = f->system->connections.count;
    ARRAY(struct connection *) alone = {0};
    ARRAY(struct connection *) fused = {0};
    for (size_t i = 0; i < count; i++) {
        if (is_alone(f, parents, i))
            *array_push(f->arena, &alone) = f->system->connections.items[i];
        else if (parents[i] == i)
            *array_push(f->arena, &fused) = fuse_set(f, parents, i);
    }
    f->system->connections.count = 0;
    for (size_t i = 0; i < alone.count; i++)
        *array_push(f->arena, &f->system->connections) = alone.items[i];
    for (size_t i = 0; i < fused.count; i++)
        *array_push(f->arena, &f->system->connections) = fused.items[i];
    number_ends(f);
}
