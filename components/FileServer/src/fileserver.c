/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The component: files of the image's payload, by name, to clients that do not map the payload
 * themselves. One RPC thread serves all clients, so there is nothing to lock.
 */
#include <camkes.h>
#include <errno.h>
#include "files.h"

extern uintptr_t camkes_files __attribute__((weak));
extern uint64_t camkes_files_size __attribute__((weak));

static struct files files;

int fs_ctrl_open(const char *name, int flags)
{
    return files_open(&files, fs_ctrl_get_sender_id(), name, flags);
}

/* The data goes to the client's shared buffer, at most as much as fits. */
ssize_t fs_ctrl_read(int fd, size_t size)
{
    seL4_Word client = fs_ctrl_get_sender_id();
    size_t room = fs_ctrl_buf_size(client);
    return files_read(&files, client, fd, fs_ctrl_buf(client), size < room ? size : room);
}

int64_t fs_ctrl_seek(int fd, int64_t off, int whence)
{
    return files_seek(&files, fs_ctrl_get_sender_id(), fd, off, whence);
}

int fs_ctrl_close(int fd)
{
    return files_close(&files, fs_ctrl_get_sender_id(), fd);
}

void pre_init(void)
{
    if (&camkes_files != NULL)
        files_init(&files, (const void *)camkes_files, camkes_files_size);
}
