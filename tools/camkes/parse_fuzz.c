/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* libFuzzer entry: any text goes through lexer, parser and all checks without a crash or leak. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

#include "frontend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The front end reads files; a memory file keeps the disk out of it. */
static char *write_input(const uint8_t *data, size_t size)
{
    static char path[64];
    static int fd = -1;
    if (fd < 0) {
        snprintf(path, sizeof path, "/tmp/camkes_parse_fuzz.XXXXXX");
        fd = mkstemp(path);
    }
    if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    return path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    struct frontend fe;
    frontend_init(&fe, nowhere);
    fe.options.root = write_input(data, size);
    fe.options.no_cpp = true; /* a process per input would be all the time */
    fe.options.allow_forward = size & 1;
    frontend_load(&fe);
    frontend_free(&fe);
    return 0;
}
