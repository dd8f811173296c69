/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* `camkes plan` and `camkes emit`. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "emit.h"

struct emit_options {
    struct plan_options plan;
    const char *output; /* -o FILE of plan, --out FOLDER of emit */
    ARRAY(const char *) templates;
};

/* "name:from.c:to.c:from.h:to.h", empty parts where there is none. */
static bool add_connector(struct frontend *fe, struct emit_options *options, const char *text)
{
    const char *parts[5] = {0};
    size_t count = 0;
    for (const char *at = text; count < 5; count++) {
        size_t length = strcspn(at, ":");
        parts[count] = length ? arena_copy(&fe->arena, at, length) : NULL;
        at += length;
        if (!*at++)
            break;
    }
    if (!parts[0])
        return false;
    *array_push(&fe->arena, &options->plan.connectors) =
        (struct user_connector){parts[0], parts[1], parts[2], parts[3], parts[4]};
    return true;
}

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 0);
    return *text && !*end;
}

static bool set_number(struct plan_options *plan, const char *name, uint64_t number)
{
    if (!strcmp(name, "--default-priority") && number <= 255)
        plan->default_priority = (unsigned)number;
    else if (!strcmp(name, "--default-affinity") && number < 64)
        plan->default_affinity = (unsigned)number;
    else if (!strcmp(name, "--default-stack-size") && number && number % 4096 == 0)
        plan->default_stack_size = number;
    else if (!strcmp(name, "--default-heap-size"))
        plan->default_heap_size = number;
    else if (!strcmp(name, "--files-size"))
        plan->files_size = number;
    else if (!strcmp(name, "--platform-memory"))
        plan->platform_memory = number;
    else
        return false;
    return true;
}

/* An option with its value in the next argument. False after a message. */
static bool take_option(struct frontend *fe, struct emit_options *options, const char *name,
                        const char *value)
{
    uint64_t number;
    if (!value) {
        fprintf(stderr, "camkes: unknown argument, or no value: '%s'\n", name);
        return false;
    }
    if (!strcmp(name, "-o") || !strcmp(name, "--out")) {
        options->output = value;
    } else if (!strcmp(name, "--file")) {
        *array_push(&fe->arena, &options->plan.files) = value;
    } else if (!strcmp(name, "--platform")) {
        options->plan.platform = value;
    } else if (!strcmp(name, "--templates")) {
        *array_push(&fe->arena, &options->templates) = value;
    } else if (!strcmp(name, "--connector")) {
        if (add_connector(fe, options, value))
            return true;
        fprintf(stderr, "camkes: --connector needs a name: '%s'\n", value);
        return false;
    } else if (!parse_number(value, &number) || !set_number(&options->plan, name, number)) {
        fprintf(stderr, "camkes: unknown option or wrong value: %s %s\n", name, value);
        return false;
    }
    return true;
}

static bool take_options(struct frontend *fe, struct emit_options *options, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int taken = frontend_option(fe, argc, argv, &i);
        if (taken < 0)
            return false;
        if (taken)
            continue;
        if (!take_option(fe, options, argv[i], i + 1 < argc ? argv[i + 1] : NULL))
            return false;
        i++;
    }
    if (!fe->options.root || !options->output) {
        fprintf(stderr, "camkes %s: an input file and %s are needed\n", argv[0],
                !strcmp(argv[0], "plan") ? "-o FILE" : "--out FOLDER");
        return false;
    }
    *array_push(&fe->arena, &options->templates) = CAMKES_TEMPLATE_DIR;
    return true;
}

static int run(int argc, char **argv)
{
    struct frontend fe;
    struct emit_options options = {
        .plan = {.default_stack_size = 16384, .default_heap_size = 1 << 20}};
    frontend_init(&fe, NULL);
    int status = 2;
    if (take_options(&fe, &options, argc, argv)) {
        struct system *system = frontend_load(&fe);
        struct plan *plan = system ? plan_system(&fe, system, &options.plan) : NULL;
        bool done = false;
        if (plan && !strcmp(argv[0], "plan"))
            done = emit_write_plan(plan, options.output);
        else if (plan)
            done =
                emit_system(plan, options.output, options.templates.items, options.templates.count);
        if (plan)
            spec_destroy(plan->spec);
        diag_summary(&fe.diag);
        /* Written after errors too: repairing any file that was read must start a new run. */
        status = frontend_write_depfile(&fe) && done ? 0 : 1;
    }
    frontend_free(&fe);
    return status;
}

int command_plan(int argc, char **argv)
{
    return run(argc, argv);
}

int command_emit(int argc, char **argv)
{
    return run(argc, argv);
}
