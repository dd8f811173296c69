/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * open(), read(), lseek() and close() of the C library over a file server connection. A component
 * with `uses FileServerInterface fs;` calls, once and before it opens files,
 *
 *     install_fileserver(FILE_SERVER_INTERFACE(fs));
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** The functions of a connection. */
typedef struct file_server_interface {
    int (*open)(const char *name, int flags);
    ssize_t (*read)(int fd, size_t size);
    int64_t (*seek)(int fd, int64_t off, int whence);
    int (*close)(int fd);
    volatile void *buffer; /**< the connection's shared memory */
    size_t buffer_size;
} file_server_interface_t;

/** The functions of interface `name`. */
#define FILE_SERVER_INTERFACE(name)                                                                \
    (file_server_interface_t)                                                                      \
    {                                                                                              \
        .open = name##_open, .read = name##_read, .seek = name##_seek, .close = name##_close,      \
        .buffer = name##_buf, .buffer_size = name##_get_size()                                     \
    }

/** Makes the C library's files come from `interface`. */
void install_fileserver(file_server_interface_t interface);
