/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* `camkes check` and `camkes model`. */
#include "commands.h"
#include "frontend.h"
#include "model_print.h"

static bool take_options(struct frontend *fe, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        int taken = frontend_option(fe, argc, argv, &i);
        if (!taken)
            fprintf(stderr, "camkes %s: unknown argument '%s'\n", argv[0], argv[i]);
        if (taken <= 0)
            return false;
    }
    if (!fe->options.root)
        fprintf(stderr, "camkes %s: which file?\n", argv[0]);
    return fe->options.root != NULL;
}

static int run(int argc, char **argv, bool print)
{
    struct frontend fe;
    frontend_init(&fe, NULL);
    int status = 2;
    if (take_options(&fe, argc, argv)) {
        struct system *system = frontend_load(&fe);
        diag_summary(&fe.diag);
        /* Written after errors too: repairing any file that was read must start a new run. */
        status = frontend_write_depfile(&fe) && system ? 0 : 1;
        if (status == 0 && print)
            model_print(system, stdout);
    }
    frontend_free(&fe);
    return status;
}

int command_check(int argc, char **argv)
{
    return run(argc, argv, false);
}

int command_model(int argc, char **argv)
{
    return run(argc, argv, true);
}
