/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * newc cpio archives (cpio(5), "New ASCII Format"): what FileServer and the VMMs read. Names are
 * padded with NULs so that every file's data starts on a 16-byte boundary of the archive.
 */
#include "image.h"

#include <string.h>

#define HEADER     110
#define DATA_ALIGN 16

struct archive {
    FILE *out;
    uint64_t at;
    unsigned inode;
};

static void pad_to(struct archive *a, uint64_t align)
{
    for (; a->at % align; a->at++)
        fputc(0, a->out);
}

static void add_entry(struct archive *a, const char *name, const struct image_item *item)
{
    uint64_t name_size = strlen(name) + 1;
    if (item) /* the size in the header counts the padding: readers stop at the first NUL */
        name_size += (DATA_ALIGN - (a->at + HEADER + name_size) % DATA_ALIGN) % DATA_ALIGN;
    uint64_t size = item ? item->size : 0;
    fprintf(a->out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
            item ? ++a->inode : 0, item ? 0100644u : 0u, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u,
            0u, (unsigned)name_size, 0u);
    fputs(name, a->out);
    a->at += HEADER + strlen(name);
    for (uint64_t i = strlen(name); i < name_size; i++, a->at++)
        fputc(0, a->out);
    pad_to(a, 4);
    if (item)
        fwrite(item->data, 1, item->size, a->out);
    a->at += size;
    pad_to(a, 4);
}

const char *image_archive(const struct image_item *items, unsigned count, FILE *out)
{
    struct archive a = {out, 0, 0};
    for (unsigned i = 0; i < count; i++) {
        if (items[i].size > UINT32_MAX)
            return "a file is larger than 4 GiB";
        for (unsigned k = 0; k < i; k++)
            if (!strcmp(items[k].name, items[i].name))
                return "two files have one name";
        add_entry(&a, items[i].name, &items[i]);
    }
    add_entry(&a, "TRAILER!!!", NULL);
    pad_to(&a, 512);
    return NULL;
}
