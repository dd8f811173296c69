/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <fileserver_client.h>
#include <libc/libc.h>
#include <libc/lock.h>
#include <errno.h>
#include <string.h>

static file_server_interface_t server;
/* The shared buffer serves one read at a time. */
static struct __lock buffer_lock;

static int client_open(const char *name, int flags)
{
    return server.open(name, flags);
}

static ssize_t client_read_some(int file, void *buffer, size_t size)
{
    if (size > server.buffer_size)
        size = server.buffer_size;
    libc_lock_acquire(&buffer_lock);
    ssize_t got = server.read(file, size);
    if (got > 0 && (size_t)got <= size)
        memcpy(buffer, (const void *)server.buffer, (size_t)got);
    else if (got > 0)
        got = -EIO;
    libc_lock_release(&buffer_lock);
    return got;
}

static ssize_t client_read(int file, void *buffer, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = client_read_some(file, (char *)buffer + done, size - done);
        if (got < 0)
            return done != 0 ? (ssize_t)done : got;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

static off_t client_seek(int file, off_t offset, int whence)
{
    return server.seek(file, offset, whence);
}

static int client_close(int file)
{
    return server.close(file);
}

void install_fileserver(file_server_interface_t interface)
{
    static const struct libc_file_ops ops = {
        .open = client_open, .read = client_read, .seek = client_seek, .close = client_close};
    server = interface;
    libc_set_file_ops(&ops);
}
