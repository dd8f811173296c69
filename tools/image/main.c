/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * camkes-image pack KERNEL -o IMAGE NAME=FILE...    one bootable file
 * camkes-image files -o ARCHIVE NAME=FILE...        the archive of the item "files"
 */
#include "image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILES 512

static int usage(void)
{
    fputs("usage: camkes-image pack KERNEL -o IMAGE [NAME=FILE]...\n"
          "       camkes-image files -o ARCHIVE [NAME=FILE]...\n",
          stderr);
    return 2;
}

/* The whole file; a message and NULL on failure. */
static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *in = fopen(path, "rb");
    uint8_t *data = NULL;
    long length = -1;
    if (in && !fseek(in, 0, SEEK_END))
        length = ftell(in);
    if (length >= 0) {
        rewind(in);
        data = malloc((size_t)length + 1);
        *size = (size_t)length;
        if (data && fread(data, 1, *size, in) != *size) {
            free(data);
            data = NULL;
        }
    }
    if (!data)
        fprintf(stderr, "camkes-image: %s: %s\n", path, errno ? strerror(errno) : "cannot be read");
    if (in)
        fclose(in);
    return data;
}

struct command {
    const char *output, *kernel;
    struct image_item items[MAX_FILES];
    unsigned count;
};

static bool add_item(struct command *c, char *word)
{
    char *equals = strchr(word, '=');
    if (!equals || c->count == MAX_FILES)
        return false;
    *equals = 0;
    struct image_item *item = &c->items[c->count++];
    item->name = word;
    item->data = read_file(equals + 1, &item->size);
    return item->data != NULL;
}

static const char *run(const struct command *c, bool pack, FILE *out)
{
    if (!pack)
        return image_archive(c->items, c->count, out);
    size_t size = 0;
    uint8_t *kernel = read_file(c->kernel, &size);
    const char *problem = kernel ? image_pack(kernel, size, c->items, c->count, out) : "no kernel";
    free(kernel);
    return problem;
}

static int write_output(const struct command *c, bool pack)
{
    char temporary[4096];
    snprintf(temporary, sizeof temporary, "%s.tmp", c->output);
    FILE *out = fopen(temporary, "wb");
    if (!out) {
        fprintf(stderr, "camkes-image: %s: %s\n", temporary, strerror(errno));
        return 1;
    }
    const char *problem = run(c, pack, out);
    bool failed = ferror(out);
    if (fclose(out) || failed || (!problem && rename(temporary, c->output)))
        problem = problem ? problem : strerror(errno);
    if (problem) {
        remove(temporary);
        fprintf(stderr, "camkes-image: %s: %s\n", c->output, problem);
    }
    return problem != NULL;
}

int main(int argc, char **argv)
{
    static struct command c;
    if (argc < 2)
        return usage();
    bool pack = !strcmp(argv[1], "pack");
    if (!pack && strcmp(argv[1], "files") != 0)
        return usage();
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "-o") && i + 1 < argc)
            c.output = argv[++i];
        else if (pack && !c.kernel)
            c.kernel = argv[i];
        else if (!add_item(&c, argv[i]))
            return strchr(argv[i], '=') || c.count ? 1 : usage();
    }
    if (!c.output || (pack && !c.kernel))
        return usage();
    int status = write_output(&c, pack);
    for (unsigned i = 0; i < c.count; i++)
        free((void *)c.items[i].data);
    return status;
}
