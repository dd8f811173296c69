/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cpio/cpio.h>

static char archive[4096];
static size_t archive_size;

static void add(const char *name, const char *data, unsigned size)
{
    archive_size += (size_t)sprintf(
        archive + archive_size, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1,
        0100644, 0, 0, 1, 0, size, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
    strcpy(archive + archive_size, name);
    archive_size = (archive_size + strlen(name) + 1 + 3) & ~(size_t)3;
    memcpy(archive + archive_size, data, size);
    archive_size = (archive_size + size + 3) & ~(size_t)3;
}

static int setup(void **state)
{
    (void)state;
    memset(archive, 0, sizeof(archive));
    archive_size = 0;
    add("bzimage", "kernel", 6);
    add("./etc/rootfs.cpio", "root", 4);
    add("empty", "", 0);
    add("TRAILER!!!", "", 0);
    return 0;
}

static void test_find(void **state)
{
    (void)state;
    struct cpio_file file;
    assert_int_equal(cpio_find(archive, archive_size, "bzimage", &file), CPIO_OK);
    assert_int_equal(file.size, 6);
    assert_memory_equal(file.data, "kernel", 6);
    assert_int_equal(file.mode, 0100644);
    assert_int_equal(cpio_find(archive, archive_size, "/etc/rootfs.cpio", &file), CPIO_OK);
    assert_memory_equal(file.data, "root", 4);
    assert_int_equal(cpio_find(archive, archive_size, "./empty", &file), CPIO_OK);
    assert_int_equal(file.size, 0);
    assert_int_equal(cpio_find(archive, archive_size, "none", &file), CPIO_END);
}

/* Every truncation, in memory of exactly that size, so that a read beyond it is caught. */
static void test_truncated(void **state)
{
    (void)state;
    struct cpio_file file;
    for (size_t size = 0; size < archive_size; size++) {
        char *copy = malloc(size + 1);
        memcpy(copy, archive, size);
        copy = realloc(copy, size ? size : 1);
        enum cpio_result result = cpio_find(copy, size, "none", &file);
        assert_true(result == CPIO_BAD || result == CPIO_END);
        free(copy);
    }
}

static void patch(size_t field, const char *digits)
{
    memcpy(archive + 6 + 8 * field, digits, 8);
}

static void test_bad_fields(void **state)
{
    struct cpio_file file;
    size_t offset = 0;
    patch(6, "ffffffff");
    assert_int_equal(cpio_next(archive, archive_size, &offset, &file), CPIO_BAD);
    setup(state);
    patch(11, "ffffffff");
    assert_int_equal(cpio_next(archive, archive_size, &offset, &file), CPIO_BAD);
    setup(state);
    patch(11, "00000000");
    assert_int_equal(cpio_next(archive, archive_size, &offset, &file), CPIO_BAD);
    setup(state);
    patch(11, "00000003");
    assert_int_equal(cpio_next(archive, archive_size, &offset, &file), CPIO_BAD);
    setup(state);
    patch(6, "0000000g");
    assert_int_equal(cpio_next(archive, archive_size, &offset, &file), CPIO_BAD);
    setup(state);
    archive[0] = '1';
    assert_int_equal(cpio_next(archive, archive_size, &offset, &file), CPIO_BAD);
    offset = archive_size + 1;
    assert_int_equal(cpio_next(archive, archive_size, &offset, &file), CPIO_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_find, setup),
        cmocka_unit_test_setup(test_truncated, setup),
        cmocka_unit_test_setup(test_bad_fields, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
