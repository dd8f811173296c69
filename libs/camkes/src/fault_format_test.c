/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "fault_format.h"

static void test_text(void **state)
{
    (void)state;
    struct fault_line line = {.length = 0};
    camkes_fault_add_padded(&line, "rip", 6);
    camkes_fault_add_hex(&line, 0);
    camkes_fault_add_text(&line, " ");
    camkes_fault_add_hex(&line, 0xdeadbeef);
    camkes_fault_add_text(&line, " ");
    camkes_fault_add_hex16(&line, UINT64_MAX);
    assert_string_equal(line.text, "rip   0x0 0xdeadbeef 0xffffffffffffffff");
}

static void test_cut(void **state)
{
    (void)state;
    struct fault_line line = {.length = 0};
    for (int i = 0; i < 100; i++)
        camkes_fault_add_text(&line, "0123456789");
    camkes_fault_add_padded(&line, "x", 1000);
    assert_int_equal(strlen(line.text), sizeof(line.text) - 1);
}

static void test_region(void **state)
{
    (void)state;
    struct fault_line line = {.length = 0};
    struct camkes_vma vma = {(void *)0x1000, (void *)0x3000, true, true, false, true, "heap"};
    camkes_fault_add_region(&line, &vma);
    assert_string_equal(line.text, "  | 0x0000000000001000 .. 0x0000000000003000 rw- heap");
    assert_string_equal(camkes_fault_exception_name(13), "general protection fault");
    assert_string_equal(camkes_fault_exception_name(9), "unknown");
    assert_string_equal(camkes_fault_exception_name(1000), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_region),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
