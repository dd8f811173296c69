/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Format: cpio(5), "New ASCII Format": a header of 110 characters, name and data padded to 4. */
#include <cpio/cpio.h>
#include <string.h>

/* Header fields: the magic, then 13 numbers of eight hexadecimal digits. */
enum { MAGIC_SIZE = 6, FIELD_SIZE = 8, HEADER_SIZE = MAGIC_SIZE + 13 * FIELD_SIZE };
enum { FIELD_MODE = 1, FIELD_FILE_SIZE = 6, FIELD_NAME_SIZE = 11 };

static int cpio_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static int cpio_field(const char *header, int index, uint32_t *value)
{
    const char *digits = header + MAGIC_SIZE + index * FIELD_SIZE;
    *value = 0;
    for (int i = 0; i < FIELD_SIZE; i++) {
        int digit = cpio_digit(digits[i]);
        if (digit < 0)
            return -1;
        *value = *value << 4 | (uint32_t)digit;
    }
    return 0;
}

/* Rounds an offset into the archive up to 4; may exceed the size, which callers test. */
static size_t cpio_align(size_t offset)
{
    return (offset + 3) & ~(size_t)3;
}

enum cpio_result cpio_next(const void *archive, size_t size, size_t *offset, struct cpio_file *file)
{
    uint32_t mode, file_size, name_size;
    if (*offset > size || size - *offset < HEADER_SIZE)
        return CPIO_BAD;
    const char *header = (const char *)archive + *offset;
    if (memcmp(header, "070701", MAGIC_SIZE) != 0 && memcmp(header, "070702", MAGIC_SIZE) != 0)
        return CPIO_BAD;
    if (cpio_field(header, FIELD_MODE, &mode) != 0 ||
        cpio_field(header, FIELD_FILE_SIZE, &file_size) != 0 ||
        cpio_field(header, FIELD_NAME_SIZE, &name_size) != 0)
        return CPIO_BAD;
    size_t name_at = *offset + HEADER_SIZE;
    if (name_size == 0 || name_size > size - name_at)
        return CPIO_BAD;
    const char *name = (const char *)archive + name_at;
    if (name[name_size - 1] != '\0' || strlen(name) + 1 > name_size)
        return CPIO_BAD;
    if (strcmp(name, "TRAILER!!!") == 0)
        return CPIO_END;
    size_t data_at = cpio_align(name_at + name_size);
    if (data_at > size || file_size > size - data_at)
        return CPIO_BAD;
    *file = (struct cpio_file){
        .name = name, .data = (const char *)archive + data_at, .size = file_size, .mode = mode};
    *offset = cpio_align(data_at + file_size);
    return CPIO_OK;
}

static const char *cpio_plain_name(const char *name)
{
    for (;;) {
        if (name[0] == '/')
            name++;
        else if (name[0] == '.' && name[1] == '/')
            name += 2;
        else
            return name;
    }
}

enum cpio_result cpio_find(const void *archive, size_t size, const char *name,
                           struct cpio_file *file)
{
    size_t offset = 0;
    const char *wanted = cpio_plain_name(name);
    for (;;) {
        enum cpio_result result = cpio_next(archive, size, &offset, file);
        if (result != CPIO_OK)
            return result;
        if (strcmp(cpio_plain_name(file->name), wanted) == 0)
            return CPIO_OK;
    }
}
