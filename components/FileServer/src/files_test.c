/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "files.h"

static struct files files;
static char archive[1024];
static size_t archive_size;

static void add(const char *name, const char *data)
{
    archive_size += (size_t)sprintf(
        archive + archive_size, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1,
        0100644, 0, 0, 1, 0, (unsigned)strlen(data), 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
    strcpy(archive + archive_size, name);
    archive_size = (archive_size + strlen(name) + 1 + 3) & ~(size_t)3;
    strcpy(archive + archive_size, data);
    archive_size = (archive_size + strlen(data) + 3) & ~(size_t)3;
}

static void release(void)
{
    while (files.clients != NULL) {
        struct files_client *client = files.clients;
        files.clients = client->next;
        free(client);
    }
}

static int teardown(void **state)
{
    (void)state;
    release();
    return 0;
}

static int setup(void **state)
{
    (void)state;
    memset(archive, 0, sizeof(archive));
    archive_size = 0;
    add("bzimage", "0123456789");
    add("TRAILER!!!", "");
    files_init(&files, archive, archive_size);
    return 0;
}

static void test_read(void **state)
{
    (void)state;
    char text[16] = {0};
    int fd = files_open(&files, 1, "bzimage", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(files_read(&files, 1, fd, text, 4), 4);
    assert_int_equal(files_read(&files, 1, fd, text + 4, 100), 6);
    assert_string_equal(text, "0123456789");
    assert_int_equal(files_read(&files, 1, fd, text, 1), 0);
    assert_int_equal(files_seek(&files, 1, fd, -3, SEEK_END), 7);
    assert_int_equal(files_seek(&files, 1, fd, 1, SEEK_CUR), 8);
    assert_int_equal(files_read(&files, 1, fd, text, 1), 1);
    assert_int_equal(text[0], '8');
    assert_int_equal(files_seek(&files, 1, fd, 1000, SEEK_SET), 1000);
    assert_int_equal(files_read(&files, 1, fd, text, 1), 0);
    assert_int_equal(files_close(&files, 1, fd), 0);
    assert_int_equal(files_close(&files, 1, fd), -EBADF);
}

static void test_refusals(void **state)
{
    (void)state;
    char c;
    assert_int_equal(files_open(&files, 1, "none", O_RDONLY), -ENOENT);
    assert_int_equal(files_open(&files, 1, "bzimage", O_RDWR), -EROFS);
    int fd = files_open(&files, 1, "bzimage", O_RDONLY);
    assert_int_equal(files_read(&files, 2, fd, &c, 1), -EBADF); /* another client's */
    assert_int_equal(files_close(&files, 2, fd), -EBADF);
    assert_int_equal(files_read(&files, 1, -1, &c, 1), -EBADF);
    assert_int_equal(files_read(&files, 1, FILES_MAX_OPEN, &c, 1), -EBADF);
    assert_int_equal(files_seek(&files, 1, fd, -1, SEEK_SET), -EINVAL);
    assert_int_equal(files_seek(&files, 1, fd, INT64_MAX, SEEK_END), -EINVAL);
    assert_int_equal(files_seek(&files, 1, fd, 0, 7), -EINVAL);
    for (int i = 0; i < FILES_MAX_OPEN; i++)
        assert_int_equal(files_open(&files, 2, "bzimage", O_RDONLY), i);
    assert_int_equal(files_open(&files, 2, "bzimage", O_RDONLY), -EMFILE);
    assert_int_equal(files_open(&files, 3, "bzimage", O_RDONLY),
                     0); /* not its neighbours' matter */
    assert_int_equal(files_close(&files, 2, 7), 0);
    assert_int_equal(files_open(&files, 2, "bzimage", O_RDONLY), 7);
    release();
    files_init(&files, NULL, 100);
    assert_int_equal(files_open(&files, 1, "bzimage", O_RDONLY), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
