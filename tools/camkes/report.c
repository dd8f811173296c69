/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * camkes report SPECIFICATION [-o TEXT] [--svg FILE]
 *
 * Computes and prints who can reach whom. Nothing exists at run time that is not in the
 * specification, so what is not listed here is not possible.
 */
#include "report.h"
#include "spec_internal.h"
#include "arena.h"
#include "commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What one domain may do with one object. */
struct access {
    unsigned domain;
    uint32_t rights;
    const struct spec_object *object;
    uint32_t first, last; /* frames of the run, inclusive */
};

struct access_list {
    struct access *items;
    size_t count, room;
};

const char *report_way_word(enum report_way way)
{
    static const char *const words[] = {"calls", "signals", "sends data to", "shares memory with",
                                        "controls"};
    return words[way];
}

static unsigned find_domain(struct report *r, struct arena *arena, const char *owner)
{
    for (unsigned i = 0; i < r->num_domains; i++)
        if (!strcmp(r->domains[i], owner))
            return i;
    const char **grown = arena_alloc(arena, (r->num_domains + 1) * sizeof *grown);
    if (r->num_domains)
        memcpy(grown, r->domains, r->num_domains * sizeof *grown);
    grown[r->num_domains] = owner;
    r->domains = grown;
    return r->num_domains++;
}

static void add_access(struct access_list *list, const struct access *a)
{
    if (list->count == list->room) {
        list->room = list->room ? 2 * list->room : 64;
        list->items = realloc(list->items, list->room * sizeof *list->items);
        if (!list->items) {
            fputs("camkes: out of memory\n", stderr);
            exit(1);
        }
    }
    list->items[list->count++] = *a;
}

static void add_edge(struct report *r, struct arena *arena, const struct report_edge *edge)
{
    for (struct report_edge *e = r->edges; e; e = e->next)
        if (e->from == edge->from && e->to == edge->to && e->way == edge->way &&
            e->object == edge->object)
            return;
    struct report_edge *e = arena_new(arena, struct report_edge);
    *e = *edge;
    e->next = NULL;
    struct report_edge **tail = &r->edges;
    while (*tail)
        tail = &(*tail)->next;
    *tail = e;
}

/* Everything a domain can name or touch: capabilities, mappings, bound notifications. */
static struct access_list collect(struct report *r, struct spec *spec)
{
    struct access_list list = {NULL, 0, 0};
    for (const struct spec_cap *c = spec->caps; c; c = c->next)
        add_access(&list, &(struct access){find_domain(r, spec->arena, c->cnode->owner), c->rights,
                                           c->target, c->index, c->index + c->count - 1});
    for (const struct spec_map *m = spec->maps; m; m = m->next)
        if (spec_is_frame(m->object))
            add_access(&list,
                       &(struct access){find_domain(r, spec->arena, m->space->owner), m->rights,
                                        m->object, m->index, m->index + m->count - 1});
    for (const struct spec_thread *t = spec->threads; t; t = t->next)
        if (t->notification && t->cspace)
            add_access(&list, &(struct access){find_domain(r, spec->arena, t->cspace->owner),
                                               CAPSPEC_READ, t->notification, 0, 0});
    return list;
}

/* The edge that accesses a (from) and b (to) of one object make, if any. */
static bool edge_of(const struct access *a, const struct access *b, enum report_way *way)
{
    bool writes = a->rights & CAPSPEC_WRITE, reads = b->rights & CAPSPEC_READ;
    switch (a->object->type) {
    case CAPSPEC_ENDPOINT:
        *way = REPORT_CALL;
        return writes && reads && !(b->rights & CAPSPEC_WRITE && a->rights & CAPSPEC_READ);
    case CAPSPEC_NOTIFICATION:
        *way = REPORT_SIGNAL;
        return writes && reads;
    case CAPSPEC_FRAME_4K:
    case CAPSPEC_FRAME_2M:
    case CAPSPEC_FRAME_1G:
        *way = b->rights & CAPSPEC_WRITE ? REPORT_SHARED : REPORT_DATA;
        return writes && (reads || b->rights & CAPSPEC_WRITE);
    default:
        return false;
    }
}

static void add_pair_edges(struct report *r, struct spec *spec, const struct access_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        for (size_t k = 0; k < list->count; k++) {
            const struct access *a = &list->items[i], *b = &list->items[k];
            enum report_way way;
            if (a->object != b->object || a->domain == b->domain || a->first > b->last ||
                b->first > a->last || !edge_of(a, b, &way))
                continue;
            if (way == REPORT_SHARED && a->domain > b->domain)
                continue; /* both directions are one */
            add_edge(r, spec->arena,
                     &(struct report_edge){a->domain, b->domain, way, a->object, NULL});
        }
    }
}

/* Capabilities to somebody else's threads, CNodes and spaces. */
static void add_control_edges(struct report *r, struct spec *spec, const struct access_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct access *a = &list->items[i];
        bool control = a->object->type == CAPSPEC_TCB || a->object->type == CAPSPEC_CNODE ||
                       a->object->type == CAPSPEC_VCPU || spec_is_space(a->object);
        if (!control || !strcmp(a->object->owner, r->domains[a->domain]))
            continue;
        /* a thread's domain is that of its CSpace, which may be a group's */
        const char *owner = a->object->owner;
        for (const struct spec_thread *t = spec->threads; t; t = t->next)
            if (t->tcb == a->object && t->cspace)
                owner = t->cspace->owner;
        unsigned to = find_domain(r, spec->arena, owner);
        if (to != a->domain)
            add_edge(r, spec->arena,
                     &(struct report_edge){a->domain, to, REPORT_CONTROL, a->object, NULL});
    }
}

struct report report_compute(struct spec *spec)
{
    struct report r = {.spec = spec};
    for (const struct spec_thread *t = spec->threads; t; t = t->next)
        if (t->cspace)
            find_domain(&r, spec->arena, t->cspace->owner);
    struct access_list list = collect(&r, spec);
    add_pair_edges(&r, spec, &list);
    add_control_edges(&r, spec, &list);
    free(list.items);
    return r;
}

static const char *domain_name(const struct report *r, unsigned d)
{
    return *r->domains[d] ? r->domains[d] : "system";
}

static uint64_t domain_memory(const struct report *r, unsigned d)
{
    uint64_t bytes = 0;
    for (const struct spec_object *o = r->spec->objects; o; o = o->next)
        if (!o->hardware && !(o->flags & CAPSPEC_OBJ_AT_PADDR) && o->type < CAPSPEC_IRQ &&
            !strcmp(o->owner, r->domains[d]))
            bytes += (uint64_t)o->count << (o->size_bits + (o->type == CAPSPEC_CNODE ? 5 : 0));
    return bytes;
}

static void write_hardware(const struct spec_object *o, FILE *out)
{
    fprintf(out, "  %-14s %s ", spec_type_word(o->type), o->name);
    if (o->hardware)
        fprintf(out, "%s", o->hardware->name);
    if (o->flags & CAPSPEC_OBJ_AT_PADDR)
        fprintf(out, "0x%" PRIx64 "..0x%" PRIx64, o->source,
                o->source + ((uint64_t)o->count << o->size_bits) - 1);
    fputc('\n', out);
}

/* Hardware, untypeds and IO spaces that the domain itself holds or maps. */
static void write_devices(const struct report *r, unsigned d, FILE *out)
{
    for (const struct spec_object *o = r->spec->objects; o; o = o->next) {
        bool device = o->hardware || o->flags & CAPSPEC_OBJ_AT_PADDR || o->type == CAPSPEC_UNTYPED;
        bool held = false;
        for (const struct spec_cap *c = r->spec->caps; c && device; c = c->next)
            held |= c->target == o && !strcmp(c->cnode->owner, r->domains[d]);
        for (const struct spec_map *m = r->spec->maps; m && device; m = m->next)
            held |= m->object == o && !strcmp(m->space->owner, r->domains[d]);
        if (held)
            write_hardware(o, out);
    }
}

static void write_domain(const struct report *r, unsigned d, FILE *out)
{
    unsigned threads = 0;
    for (const struct spec_thread *t = r->spec->threads; t; t = t->next)
        threads += t->cspace && !strcmp(t->cspace->owner, r->domains[d]);
    fprintf(out, "\n%s: %u threads, %" PRIu64 " KiB\n", domain_name(r, d), threads,
            domain_memory(r, d) >> 10);
    for (const struct report_edge *e = r->edges; e; e = e->next) {
        if (e->from == d)
            fprintf(out, "  %-14s %s through %s\n", report_way_word(e->way), domain_name(r, e->to),
                    e->object->name);
        else if (e->to == d && e->way == REPORT_SHARED)
            fprintf(out, "  %-14s %s through %s\n", report_way_word(e->way),
                    domain_name(r, e->from), e->object->name);
    }
    write_devices(r, d, out);
}

static bool connected(const struct report *r, unsigned a, unsigned b)
{
    for (const struct report_edge *e = r->edges; e; e = e->next)
        if ((e->from == a && e->to == b) || (e->from == b && e->to == a))
            return true;
    return false;
}

void report_write_text(const struct report *r, FILE *out)
{
    fprintf(out, "Isolation report: %u domains\n", r->num_domains);
    fputs("What is not listed is not possible: every capability of the system is considered.\n",
          out);
    for (unsigned d = 0; d < r->num_domains; d++)
        write_domain(r, d, out);
    for (const struct spec_note *n = r->spec->notes; n; n = n->next)
        fprintf(out, "%snote: %s\n", n == r->spec->notes ? "\n" : "", n->text);
    fputs("\nIsolated from each other (no direct channel):\n", out);
    for (unsigned a = 0; a < r->num_domains; a++)
        for (unsigned b = a + 1; b < r->num_domains; b++)
            if (!connected(r, a, b))
                fprintf(out, "  %s and %s\n", domain_name(r, a), domain_name(r, b));
}

static bool write_with(const struct report *r, const char *path,
                       void (*write)(const struct report *, FILE *))
{
    FILE *out = fopen(path, "w");
    if (out)
        write(r, out);
    if (out && !ferror(out) && !fclose(out))
        return true;
    fprintf(stderr, "camkes report: %s: %s\n", path, strerror(errno));
    return false;
}

static int report_usage(void)
{
    fputs("usage: camkes report SPECIFICATION [-o TEXT] [--svg FILE]\n", stderr);
    return 2;
}

int command_report(int argc, char **argv)
{
    const char *input = NULL, *text = NULL, *svg = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "-o") && i + 1 < argc)
            text = argv[++i];
        else if (!strcmp(argv[i], "--svg") && i + 1 < argc)
            svg = argv[++i];
        else if (argv[i][0] != '-' && !input)
            input = argv[i];
        else
            return report_usage();
    }
    if (!input)
        return report_usage();
    FILE *in = fopen(input, "r");
    if (!in) {
        fprintf(stderr, "camkes report: %s: %s\n", input, strerror(errno));
        return 1;
    }
    struct spec *spec = spec_read(in, input);
    fclose(in);
    if (spec_errors(spec)) {
        fputs(spec->errors, stderr);
        spec_destroy(spec);
        return 1;
    }
    struct report r = report_compute(spec);
    bool ok = true;
    if (text)
        ok = write_with(&r, text, report_write_text);
    else
        report_write_text(&r, stdout);
    if (svg)
        ok &= write_with(&r, svg, report_write_svg);
    spec_destroy(spec);
    return !ok;
}
