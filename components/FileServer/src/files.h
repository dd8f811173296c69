/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Open files of all clients over one cpio archive. Pure. Errors are negative errno values. */
#include <stddef.h>
#include <stdint.h>

/** Files that one client may have open. */
#define FILES_MAX_OPEN 64

/** An open file. */
struct open_file {
    const char *data; /**< NULL: free */
    size_t size;
    size_t offset;
};

/** A client with its files: none can use those of another, or use up what another needs. */
struct files_client {
    uint64_t id;
    struct open_file open[FILES_MAX_OPEN];
    struct files_client *next;
};

/** State of the server. */
struct files {
    const void *archive;
    size_t size;
    struct files_client *clients; /**< those that have opened a file; kept for ever */
};

/** Starts over an archive of `size` bytes; NULL: no files. */
void files_init(struct files *files, const void *archive, size_t size);

/** Opens for reading; descriptor, -ENOENT, -EROFS, -EMFILE, -ENOMEM. */
int files_open(struct files *files, uint64_t client, const char *name, int flags);
/** Copies up to `size` bytes from the file's position; bytes, 0 at the end, -EBADF. */
long files_read(struct files *files, uint64_t client, int fd, void *buffer, size_t size);
/** Moves the position (SEEK_SET, SEEK_CUR, SEEK_END); the new one, -EBADF, -EINVAL. */
int64_t files_seek(struct files *files, uint64_t client, int fd, int64_t offset, int whence);
/** Closes; 0, -EBADF. */
int files_close(struct files *files, uint64_t client, int fd);
