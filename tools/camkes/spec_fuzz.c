/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Any text as a specification: read, link, write, pack; what was written reads back the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(const struct spec *spec)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    spec_write(spec, out);
    fclose(out);
    return text;
}

static struct spec *read_bytes(const void *data, size_t size)
{
    FILE *in = fmemopen((void *)data, size, "r");
    struct spec *spec = spec_read(in, "fuzz");
    fclose(in);
    return spec;
}

static void check_round_trip(const struct spec *spec)
{
    char *once = text_of(spec);
    struct spec *again = read_bytes(once, strlen(once));
    char *twice = text_of(again);
    if (spec_errors(again) || strcmp(once, twice) != 0)
        abort();
    free(once);
    free(twice);
    spec_destroy(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct link link = {.spec = read_bytes(data, size)};
    if (!spec_errors(link.spec)) {
        check_round_trip(link.spec);
        report_compute(link.spec);
        char *packed = NULL;
        size_t packed_size = 0;
        FILE *out = open_memstream(&packed, &packed_size);
        if (link_complete(&link) && link_pack(&link, out))
            check_round_trip(link.spec);
        fclose(out);
        free(packed);
    }
    spec_destroy(link.spec);
    return 0;
}
