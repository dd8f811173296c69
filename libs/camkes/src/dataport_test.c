/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Wrapping and unwrapping dataport pointers, and what a hostile peer may send. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <camkes/generated.h>

static const struct camkes_dataport_region ports[] = {
    {.interface = "a", .id = 3, .vaddr = 0x10000, .size = 0x1000},
    {.interface = "b", .id = 7, .vaddr = 0x20000, .size = 0x2000},
};
const struct camkes_instance camkes_instance = {.dataports = ports, .dataport_count = 2};

static void test_round_trip(void **state)
{
    (void)state;
    dataport_ptr_t p = dataport_wrap_ptr((void *)0x21fff);
    assert_int_equal(p.id, 7);
    assert_int_equal(p.offset, 0x1fff);
    assert_ptr_equal(dataport_unwrap_ptr(p), (void *)0x21fff);
    assert_int_equal(dataport_wrap_ptr((void *)0x22000).id, -1);
    assert_int_equal(dataport_wrap_ptr((void *)0xffff).id, -1);
}

static void test_hostile(void **state)
{
    (void)state;
    const dataport_ptr_t bad[] = {
        {.id = 3, .offset = 0x1000}, {.id = 3, .offset = -1},        {.id = 4, .offset = 0},
        {.id = -1, .offset = 0},     {.id = 7, .offset = INT64_MAX},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_null(dataport_unwrap_ptr(bad[i]));
    assert_int_equal(camkes_dataport_flush_cache(0, 16, 0, 16, DMA_CACHE_OP_CLEAN), 0);
    assert_int_equal(camkes_dataport_flush_cache(8, SIZE_MAX, 0, 16, DMA_CACHE_OP_CLEAN), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
