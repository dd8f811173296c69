/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * camkes link PLAN [--elf NAME=FILE]... [--platform NAME] [--memory BYTES]
 *             [--payload FILE] [-o TEXT] [--packed FILE]
 *
 * Completes a planned specification with the ELF files and writes its text and packed forms.
 */
#include "link.h"
#include "spec_internal.h"
#include "arena.h"
#include "commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool link_complete(struct link *link)
{
    static void (*const steps[])(struct link * link) = {
        link_resolve_symbols, link_add_segments, link_check_spaces,   link_add_tables,
        link_place_patches,   link_size_cnodes,  link_assign_custody,
    };
    if (link->spec->linked)
        spec_error(link->spec, "the specification is linked already");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (spec_errors(link->spec))
            return false;
        steps[i](link);
    }
    if (!spec_errors(link->spec))
        link_check_memory(link);
    link->spec->linked = true;
    return !spec_errors(link->spec);
}

struct link_options {
    const char *plan, *text, *packed, *payload;
};

static int usage(void)
{
    fputs("usage: camkes link PLAN [--elf NAME=FILE]... [--platform NAME] [--memory BYTES]\n"
          "                   [--payload FILE] [-o TEXT] [--packed FILE]\n",
          stderr);
    return 2;
}

/* Takes the options but --elf, which need the specification first. */
static bool parse_options(struct link *link, struct link_options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (argv[i][0] != '-') {
            if (o->plan)
                return false;
            o->plan = argv[i];
            continue;
        }
        if (!value)
            return false;
        if (!strcmp(argv[i], "-o"))
            o->text = value;
        else if (!strcmp(argv[i], "--packed"))
            o->packed = value;
        else if (!strcmp(argv[i], "--platform"))
            link->platform = value;
        else if (!strcmp(argv[i], "--memory"))
            link->memory_limit = strtoull(value, NULL, 0);
        else if (!strcmp(argv[i], "--payload"))
            o->payload = value;
        else if (strcmp(argv[i], "--elf") != 0)
            return false;
        i++;
    }
    return o->plan != NULL;
}

static bool add_elfs(struct link *link, int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], "--elf") != 0)
            continue;
        char *equals = strchr(argv[i + 1], '=');
        if (!equals)
            return false;
        char *name = arena_copy(link->spec->arena, argv[i + 1], (size_t)(equals - argv[i + 1]));
        link_add_elf(link, name, equals + 1);
        i++;
    }
    return true;
}

/* Writes to a temporary name first: nothing half written stays behind. */
static bool write_file(struct link *link, const char *path, bool packed)
{
    char *temporary = arena_printf(link->spec->arena, "%s.tmp", path);
    FILE *out = fopen(temporary, "wb");
    if (!out) {
        spec_error(link->spec, "%s: %s", temporary, strerror(errno));
        return false;
    }
    bool ok = true;
    if (packed)
        ok = link_pack(link, out);
    else
        spec_write(link->spec, out);
    ok = !fclose(out) && ok;
    if (ok)
        ok = !rename(temporary, path);
    if (!ok)
        remove(temporary);
    return ok;
}

/* Size of the file archive that will lie in memory beside the system. */
static void take_payload(struct link *link, const char *path)
{
    FILE *in = fopen(path, "rb");
    long size = -1;
    if (in && !fseek(in, 0, SEEK_END))
        size = ftell(in);
    if (in)
        fclose(in);
    if (size < 0)
        spec_error(link->spec, "%s: %s", path, strerror(errno));
    else
        link->payload = (uint64_t)size;
}

static int link_run(struct link *link, const struct link_options *o, int argc, char **argv)
{
    if (!spec_errors(link->spec) && !add_elfs(link, argc, argv))
        return usage();
    if (o->payload)
        take_payload(link, o->payload);
    if (spec_errors(link->spec) || !link_complete(link) ||
        (o->packed && !write_file(link, o->packed, true)) ||
        (o->text && !write_file(link, o->text, false))) {
        fprintf(stderr, "camkes link: %s:\n%s", o->plan, link->spec->errors);
        return 1;
    }
    return 0;
}

int command_link(int argc, char **argv)
{
    struct link link = {0};
    struct link_options options = {0};
    if (!parse_options(&link, &options, argc, argv))
        return usage();
    FILE *in = fopen(options.plan, "r");
    if (!in) {
        fprintf(stderr, "camkes link: %s: %s\n", options.plan, strerror(errno));
        return 1;
    }
    link.spec = spec_read(in, options.plan);
    fclose(in);
    int status = link_run(&link, &options, argc, argv);
    link_free(&link);
    spec_destroy(link.spec);
    return status;
}
