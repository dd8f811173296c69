/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "files.h"
#include <cpio/cpio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void files_init(struct files *files, const void *archive, size_t size)
{
    memset(files, 0, sizeof(*files));
    files->archive = archive;
    files->size = archive != NULL ? size : 0;
}

static struct files_client *files_client(struct files *files, uint64_t id)
{
    struct files_client *client = files->clients;
    while (client != NULL && client->id != id)
        client = client->next;
    return client;
}

static struct files_client *files_add_client(struct files *files, uint64_t id)
{
    struct files_client *client = calloc(1, sizeof(*client));
    if (client != NULL) {
        client->id = id;
        client->next = files->clients;
        files->clients = client;
    }
    return client;
}

static struct open_file *files_get(struct files *files, uint64_t id, int fd)
{
    struct files_client *client = files_client(files, id);
    if (client == NULL || fd < 0 || fd >= FILES_MAX_OPEN || client->open[fd].data == NULL)
        return NULL;
    return &client->open[fd];
}

int files_open(struct files *files, uint64_t id, const char *name, int flags)
{
    struct cpio_file found;
    struct files_client *client = files_client(files, id);
    if ((flags & O_ACCMODE) != O_RDONLY)
        return -EROFS;
    if (cpio_find(files->archive, files->size, name, &found) != CPIO_OK)
        return -ENOENT;
    if (client == NULL)
        client = files_add_client(files, id);
    if (client == NULL)
        return -ENOMEM;
    for (int fd = 0; fd < FILES_MAX_OPEN; fd++) {
        if (client->open[fd].data != NULL)
            continue;
        client->open[fd] = (struct open_file){.data = found.data, .size = found.size};
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
