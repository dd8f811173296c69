/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "legacy_ports.h"
#include "test_machine.h"

static enum vmm_request request(struct test_machine *m)
{
    const char *why;
    return vmm_take_request(&m->vm, &why);
}

static void ports(void **state)
{
    (void)state;
    struct test_machine *m = test_machine_new(1);
    struct legacy_ports p = {0};
    legacy_ports_create(&p, &m->vm);
    test_out(m, 0x80, 0x42);
    assert_int_equal(test_in(m, 0x80), 0x42);

    /* no keyboard controller: its drivers give up at once */
    assert_int_equal(test_in(m, 0x64), 0xff);
    assert_int_equal(test_in(m, 0x60), 0xff);
    test_out(m, 0x64, 0xaa);
    test_out(m, 0x60, 0xfe);
    assert_int_equal(request(m), VMM_REQUEST_NONE);
    test_out(m, 0x64, 0xfe);
    assert_int_equal(request(m), VMM_REQUEST_RESET);

    assert_int_equal(test_in(m, 0x92), 0x02); /* A20 open */
    test_out(m, 0x92, 0x00);
    assert_int_equal(test_in(m, 0x92), 0x00);
    assert_int_equal(request(m), VMM_REQUEST_NONE);
    test_out(m, 0x92, 0x03);
    assert_int_equal(request(m), VMM_REQUEST_RESET);
    test_out(m, 0x92, 0x03); /* only the rising bit resets */
    assert_int_equal(request(m), VMM_REQUEST_NONE);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ports)};
    return cmocka_run_group_tests_name("legacy_ports", tests, NULL, NULL);
}
