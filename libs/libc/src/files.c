/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Files and the console below newlib's stdio. Descriptors 0 to 2 are the console, the others
 * belong to the installed file provider, shifted by three.
 */
#include <libc/libc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include <sel4/sel4.h>
#include <libc/lock.h>

enum { FIRST_FILE = 3 };

static void (*console_put)(int c);
static ssize_t (*console_write)(const void *data, size_t length);
static const struct libc_file_ops *file_ops;
/* Keeps the bytes of one write together; recursive, so that a sink may print itself. */
static struct __lock console_lock;

void libc_set_putchar(void (*put)(int c))
{
    console_put = put;
}

void libc_set_console_write(ssize_t (*write)(const void *data, size_t length))
{
    console_write = write;
}

void libc_set_file_ops(const struct libc_file_ops *ops)
{
    file_ops = ops;
}

/* Turns "value or -errno" into the C library's convention. */
static ssize_t files_result(ssize_t result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

static void console_debug_put(int c)
{
    seL4_DebugPutChar((char)c);
}

static ssize_t files_console_write(const char *data, size_t length)
{
    ssize_t done = (ssize_t)length;
    libc_lock_acquire(&console_lock);
    if (console_write != NULL) {
        done = console_write(data, length);
    } else {
        void (*put)(int c) = console_put != NULL ? console_put : console_debug_put;
        for (size_t i = 0; i < length; i++)
            put((unsigned char)data[i]);
    }
    libc_lock_release(&console_lock);
    return files_result(done);
}

_READ_WRITE_RETURN_TYPE write(int fd, const void *data, size_t length)
{
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO)
        return files_console_write(data, length);
    if (fd < FIRST_FILE || file_ops == NULL || file_ops->write == NULL)
        return files_result(-EBADF);
    return (_READ_WRITE_RETURN_TYPE)files_result(file_ops->write(fd - FIRST_FILE, data, length));
}

_READ_WRITE_RETURN_TYPE read(int fd, void *buffer, size_t length)
{
    if (fd == STDIN_FILENO)
        return 0; /* end of file: components read input through interfaces */
    if (fd < FIRST_FILE || file_ops == NULL)
        return files_result(-EBADF);
    return files_result(file_ops->read(fd - FIRST_FILE, buffer, length));
}

int open(const char *name, int flags, ...)
{
    if (file_ops == NULL)
        return (int)files_result(-ENOENT);
    if ((flags & O_ACCMODE) != O_RDONLY && file_ops->write == NULL)
        return (int)files_result(-EROFS);
    int file = file_ops->open(name, flags);
    return (int)files_result(file < 0 ? file : file + FIRST_FILE);
}

int close(int fd)
{
    if (fd >= 0 && fd < FIRST_FILE)
        return 0;
    if (fd < 0 || file_ops == NULL)
        return (int)files_result(-EBADF);
    return (int)files_result(file_ops->close(fd - FIRST_FILE));
}

off_t lseek(int fd, off_t offset, int whence)
{
    if (fd >= 0 && fd < FIRST_FILE)
        return files_result(-ESPIPE);
    if (fd < 0 || file_ops == NULL)
        return files_result(-EBADF);
    return files_result(file_ops->seek(fd - FIRST_FILE, offset, whence));
}

int fstat(int fd, struct stat *status)
{
    memset(status, 0, sizeof(*status));
    if (fd >= 0 && fd < FIRST_FILE) {
        status->st_mode = S_IFCHR | 0600;
        return 0;
    }
    off_t here = lseek(fd, 0, SEEK_CUR);
    if (here < 0)
        return -1;
    status->st_mode = S_IFREG | 0444;
    status->st_size = lseek(fd, 0, SEEK_END);
    status->st_blksize = 4096;
    return lseek(fd, here, SEEK_SET) < 0 ? -1 : 0;
}

int stat(const char *name, struct stat *status)
{
    int fd = open(name, O_RDONLY);
    if (fd < 0)
        return -1;
    int result = fstat(fd, status);
    close(fd);
    return result;
}

int isatty(int fd)
{
    if (fd >= 0 && fd < FIRST_FILE)
        return 1;
    errno = ENOTTY;
    return 0;
}

int access(const char *name, int mode)
{
    struct stat status;
    if (stat(name, &status) != 0)
        return -1;
    return (mode & W_OK) != 0 ? (int)files_result(-EROFS) : 0;
}
