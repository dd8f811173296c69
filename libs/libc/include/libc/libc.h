/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * What our C library adds to newlib: per-thread state, and hooks behind which the runtime or a
 * component puts the console, files and the clock. Everything here is local to one instance.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * Prepares the calling thread: call once, before it uses anything of the C library.
 *
 * @param parking  notification that this thread alone waits on, 0: none
 * @param tcb      capability to the thread, 0: none
 * @param id       what gettid() returns
 */
void libc_thread_init(uint64_t parking, uint64_t tcb, int id);

/** Value of getpid(); 1 until set. */
void libc_set_pid(int pid);

/** Sends every byte written to stdout and stderr to `put`; NULL: the kernel's debug console. */
void libc_set_putchar(void (*put)(int c));

/** Bulk form: gets whole writes, returns bytes taken (< 0: errno negated). NULL: by putchar. */
void libc_set_console_write(ssize_t (*write)(const void *data, size_t length));

/** Files behind open, read, lseek, close and fstat; descriptors are the provider's own, from 0. */
struct libc_file_ops {
    int (*open)(const char *name, int flags);                  /**< descriptor or -errno */
    ssize_t (*read)(int file, void *buffer, size_t length);    /**< bytes or -errno */
    ssize_t (*write)(int file, const void *data, size_t size); /**< may be NULL */
    off_t (*seek)(int file, off_t offset, int whence);         /**< new position or -errno */
    int (*close)(int file);                                    /**< 0 or -errno */
};

/** Installs the file provider; NULL: no files (ENOENT, EBADF). The table is not copied. */
void libc_set_file_ops(const struct libc_file_ops *ops);

/** Nanoseconds since an arbitrary start, for clock_gettime; -1: no clock. NULL: none. */
void libc_set_clock(int64_t (*nanoseconds)(void));

/** Ends the calling thread: suspends it; without a TCB capability blocks it for ever. */
void libc_thread_stop(void) __attribute__((noreturn));
