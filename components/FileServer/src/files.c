/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "files.h"
#include <cpio/cpio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void files_init(struct files *files, const void *archive, size_t size)
{
    memset(files, 0, sizeof(*files));
    files->archive = archive;
    files->size = archive != NULL ? size : 0;
}

static struct open_file *files_get(struct files *files, uint64_t client, int fd)
{
    if (fd < 0 || fd >= FILES_MAX_OPEN || files->open[fd].data == NULL)
        return NULL;
    return files->open[fd].client == client ? &files->open[fd] : NULL;
}

int files_open(struct files *files, uint64_t client, const char *name, int flags)
{
    struct cpio_file found;
    if ((flags & O_ACCMODE) != O_RDONLY)
        return -EROFS;
    if (cpio_find(files->archive, files->size, name, &found) != CPIO_OK)
        return -ENOENT;
    for (int fd = 0; fd < FILES_MAX_OPEN; fd++) {
        if (files->open[fd].data != NULL)
            continue;
        files->open[fd] = (struct open_file){client, found.data, found.size, 0};
        return fd;
    }
    return -EMFILE;
}

long files_read(struct files *files, uint64_t client, int fd, void *buffer, size_t size)
{
    struct open_file *file = files_get(files, client, fd);
    if (file == NULL)
        return -EBADF;
    size_t left = file->offset < file->size ? file->size - file->offset : 0;
    if (size > left)
        size = left;
    if (size != 0)
        memcpy(buffer, file->data + file->offset, size);
    file->offset += size;
    return (long)size;
}

int64_t files_seek(struct files *files, uint64_t client, int fd, int64_t offset, int whence)
{
    struct open_file *file = files_get(files, client, fd);
    if (file == NULL)
        return -EBADF;
    int64_t base;
    switch (whence) {
    case SEEK_SET:
        base = 0;
        break;
    case SEEK_CUR:
        base = (int64_t)file->offset;
        break;
    case SEEK_END:
        base = (int64_t)file->size;
        break;
    default:
        return -EINVAL;
    }
    int64_t position;
    if (__builtin_add_overflow(base, offset, &position) || position < 0)
        return -EINVAL;
    file->offset = (size_t)position;
    return position;
}

int files_close(struct files *files, uint64_t client, int fd)
{
    struct open_file *file = files_get(files, client, fd);
    if (file == NULL)
        return -EBADF;
    memset(file, 0, sizeof(*file));
    return 0;
}
