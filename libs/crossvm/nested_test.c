/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Page tables of the stock: shared, used again, never too few. */
#include "test_crossvm.h"

static struct crossvm_nested new_nested(struct crossvm_table *tables, unsigned n)
{
    memset(&test_kernel, 0, sizeof test_kernel);
    memset(tables, 0, n * sizeof *tables);
    return (struct crossvm_nested){.ops = &test_nested_ops, .num_tables = n, .tables = tables};
}

static void test_two_share_a_table(void **state)
{
    (void)state;
    struct crossvm_table tables[TEST_TABLES];
    struct crossvm_nested n = new_nested(tables, 2);
    const struct crossvm_frames a = {.first = 0, .count = 4, .bits = 12};
    const struct crossvm_frames b = {.first = 10, .count = 4, .bits = 12};
    assert_true(crossvm_nested_map(&n, &a, 0xc0000000));
    assert_true(crossvm_nested_map(&n, &b, 0xc0004000));
    assert_int_equal(tables[0].users, 2);
    assert_false(tables[1].mapped);
    crossvm_nested_unmap(&n, &a, 0xc0000000);
    for (unsigned i = 0; i < 10; i++) { /* moves as often as it likes */
        uint64_t gpa = 0x40000000 + i * 0x10000000ull;
        assert_true(crossvm_nested_map(&n, &a, gpa));
        assert_int_equal(test_kernel.frame_at[3], gpa + 0x3000);
        crossvm_nested_unmap(&n, &a, gpa);
    }
    assert_int_equal(test_kernel.frame_at[10], 0xc0004000);
    assert_int_equal(test_kernel.errors, 0);
}

static void test_over_two_tables(void **state)
{
    (void)state;
    struct crossvm_table tables[TEST_TABLES];
    struct crossvm_nested n = new_nested(tables, 2);
    const struct crossvm_frames f = {.first = 0, .count = 513, .bits = 12, .writable = true};
    assert_true(crossvm_nested_map(&n, &f, 0x80000000));
    assert_int_equal(test_kernel.frame_at[512], 0x80200000);
    crossvm_nested_unmap(&n, &f, 0x80000000);
    assert_int_equal(tables[0].users + tables[1].users, 0);
    assert_int_equal(test_kernel.errors, 0);
}

static void test_large_frame_where_a_table_was(void **state)
{
    (void)state;
    struct crossvm_table tables[TEST_TABLES];
    struct crossvm_nested n = new_nested(tables, 2);
    const struct crossvm_frames small = {.first = 0, .count = 2, .bits = 12};
    const struct crossvm_frames large = {.first = TEST_LARGE, .count = 2, .bits = 21};
    assert_true(crossvm_nested_map(&n, &small, 0xc0200000));
    crossvm_nested_unmap(&n, &small, 0xc0200000);
    assert_true(crossvm_nested_map(&n, &large, 0xc0000000));
    assert_int_equal(test_kernel.frame_at[TEST_LARGE + 1], 0xc0200000);
    crossvm_nested_unmap(&n, &large, 0xc0000000);
    assert_true(crossvm_nested_map(&n, &small, 0xc0200000)); /* the table is in the stock again */
    assert_int_equal(test_kernel.errors, 0);
}

static void test_all_or_nothing(void **state)
{
    (void)state;
    struct crossvm_table tables[TEST_TABLES];
    struct crossvm_nested n = new_nested(tables, 1);
    const struct crossvm_frames two = {.first = 0, .count = 513, .bits = 12};
    assert_false(crossvm_nested_map(&n, &two, 0x80000000)); /* needs two tables */
    assert_int_equal(tables[0].users, 0);
    assert_int_equal(test_kernel.frame_at[0], 0);
    const struct crossvm_frames a = {.first = 0, .count = 2, .bits = 12};
    const struct crossvm_frames b = {.first = 5, .count = 2, .bits = 12};
    assert_true(crossvm_nested_map(&n, &a, 0x80001000));
    assert_false(crossvm_nested_map(&n, &b, 0x80000000)); /* its second page is taken */
    assert_int_equal(test_kernel.frame_at[5], 0);
    assert_int_equal(tables[0].users, 1);
    assert_false(crossvm_nested_map(&n, &b, 0x100000000));
    assert_false(crossvm_nested_map(&n, &b, 0xfffff000));
    assert_false(crossvm_nested_map(&n, &b, 0x80000010));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_share_a_table),
                                       cmocka_unit_test(test_over_two_tables),
                                       cmocka_unit_test(test_large_frame_where_a_table_was),
                                       cmocka_unit_test(test_all_or_nothing)};
    return cmocka_run_group_tests_name("crossvm nested", tests, NULL, NULL);
}
