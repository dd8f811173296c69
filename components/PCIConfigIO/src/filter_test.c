/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "filter.h"

static uint32_t reg[64];

static uint32_t read_register(void *context, unsigned offset)
{
    (void)context;
    assert_true(offset < 256 && offset % 4 == 0);
    return reg[offset / 4];
}

static uint32_t writable(unsigned offset)
{
    return filter_writable(offset, read_register, NULL);
}

/* Power at 0x40, MSI (64 bit, masking) at 0x50, MSI-X at 0x70, PCI Express at 0x80. */
static int setup(void **state)
{
    (void)state;
    memset(reg, 0, sizeof(reg));
    reg[1] = 1u << 20;
    reg[0x34 / 4] = 0x40;
    reg[0x40 / 4] = 0x5001;
    reg[0x50 / 4] = 1u << 23 | 1u << 24 | 0x7005;
    reg[0x70 / 4] = 0x8011;
    reg[0x80 / 4] = 0x0010;
    return 0;
}

static void test_header(void **state)
{
    (void)state;
    assert_int_equal(writable(0x00), 0);
    for (unsigned bar = 0x10; bar <= 0x30; bar += 4)
        assert_int_equal(writable(bar), 0);
    assert_int_equal(writable(0x34), 0);
    assert_int_equal(writable(0x3c), 0xff);
    assert_true((writable(0x04) & 7) == 7);
    assert_int_equal(writable(0x04) & 0x00100000, 0);
}

static void test_capabilities(void **state)
{
    (void)state;
    assert_int_equal(writable(0x40), 0);
    assert_int_equal(writable(0x44), 0xffff);
    for (unsigned at = 0x50; at < 0x68; at += 4)
        assert_int_equal(writable(at), 0);
    for (unsigned at = 0x70; at < 0x7c; at += 4)
        assert_int_equal(writable(at), 0);
    assert_int_equal(writable(0x88), UINT32_MAX);
}

static void test_looping_list(void **state)
{
    (void)state;
    reg[0x80 / 4] = 0x4010;
    assert_int_equal(writable(0x50), 0);
    assert_int_equal(writable(0x88), UINT32_MAX);
    reg[0x34 / 4] = 0x3c; /* points into the header */
    assert_int_equal(writable(0x50), UINT32_MAX);
}

static void test_parse(void **state)
{
    (void)state;
    struct pci_permission p;
    assert_true(filter_parse("vm0 00:1f.2", &p));
    assert_string_equal(p.client, "vm0");
    assert_int_equal(p.function.dev, 0x1f);
    assert_int_equal(p.function.fun, 2);
    const char *bad[] = {"", "vm0", "vm0 0:20.0", "vm0 0:0.8", "vm0 100:0.0", "vm0 0:0.0 x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(filter_parse(bad[i], &p));
}

static void test_access(void **state)
{
    (void)state;
    assert_true(filter_access_valid(252, 4));
    assert_true(filter_access_valid(255, 1));
    assert_false(filter_access_valid(254, 4));
    assert_false(filter_access_valid(1, 2));
    assert_false(filter_access_valid(256, 1));
    assert_false(filter_access_valid(0, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_header, setup),
        cmocka_unit_test_setup(test_capabilities, setup),
        cmocka_unit_test_setup(test_looping_list, setup),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_access),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
