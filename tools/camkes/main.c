/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* camkes: from a system description to the parts of an image. Dispatches to subcommands. */
#include <stdio.h>
#include <string.h>

#include "commands.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"check", command_check, "check a description: diagnostics only"},
    {"model", command_model, "print the resolved system"},
    {"plan", command_plan, "write the capability specification before link (-o FILE)"},
    {"emit", command_emit, "generate C, the list for CMake and the plan (--out FOLDER)"},
    {"link", command_link, "complete a specification from ELF files and write it"},
    {"report", command_report, "print who can reach whom in a linked specification (-o, --svg)"},
};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_usage(FILE *out)
{
    fputs("usage: camkes COMMAND [option…] FILE\n\ncommands:\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fputs("\noptions of commands that read a description:\n"
          "  --import-path DIR            where import <…> looks; may be repeated\n"
          "  --cpp-flag FLAG              passed to the C preprocessor; may be repeated\n"
          "  --cpp-bin PROGRAM            the preprocessor (default: cpp)\n"
          "  --nocpp                      do not preprocess\n"
          "  --allow-forward-references   names may be used before their declaration\n"
          "  --depfile FILE               write a make rule with every file read\n"
          "  --deptarget NAME             the target of that rule\n"
          "\noptions of plan and emit:\n"
          "  --templates DIR              where templates are looked for first; may be repeated\n"
          "  --connector NAME:FROM:TO:FROM_HEADER:TO_HEADER\n"
          "                               templates of a connector of your own\n"
          "  --default-priority N, --default-affinity N, --default-stack-size BYTES,\n"
          "  --default-heap-size BYTES    for instances that set none\n"
          "  --files-size BYTES           size of the file payload\n"
          "  --file NAME                  a file in it; guests must name these only\n"
          "  --platform NAME, --platform-memory BYTES  what all guests must fit into\n",
          out);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_usage(stdout);
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!strcmp(argv[1], commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    }
    fprintf(stderr, "camkes: unknown command '%s'\n", argv[1]);
    print_usage(stderr);
    return 2;
}
