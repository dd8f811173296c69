/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Reading of cpio archives in the "new ASCII" format, with and without checksums (magic 070701 and
 * 070702), in place. Every length and offset of the archive is checked against its size.
 */
#include <stddef.h>
#include <stdint.h>

/** A member of an archive; pointers into the archive. */
struct cpio_file {
    const char *name; /**< NUL-terminated */
    const void *data;
    size_t size;   /**< bytes of data */
    uint32_t mode; /**< type and permissions as stat(2) has them */
};

/** Results. */
enum cpio_result {
    CPIO_OK = 0,
    CPIO_END = 1,  /**< no further member */
    CPIO_BAD = -1, /**< not an archive, or cut off, or with lengths that point outside it */
};

/**
 * Reads the member at *offset and moves *offset behind it. Start with 0.
 *
 * @param archive  first byte
 * @param size     bytes of the archive; trailing bytes after the end mark are ignored
 */
enum cpio_result cpio_next(const void *archive, size_t size, size_t *offset,
                           struct cpio_file *file);

/** Finds a member by name; a leading "/" or "./" counts on neither side. CPIO_END: not there. */
enum cpio_result cpio_find(const void *archive, size_t size, const char *name,
                           struct cpio_file *file);
