/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "pvpanic.h"
#include "test_machine.h"
#include <vmm/aml.h>
#include <vmm/platform.h>

static enum vmm_request request(struct test_machine *m)
{
    const char *why;
    return vmm_take_request(&m->vm, &why);
}

static void events(void **state)
{
    (void)state;
    struct test_machine *m = test_machine_new(1);
    struct pvpanic p = {0};
    pvpanic_create(&p, &m->vm);
    assert_int_equal(test_in(m, VMM_PVPANIC_PORT), 3);
    test_out(m, VMM_PVPANIC_PORT, 0xfc);
    assert_int_equal(request(m), VMM_REQUEST_NONE);
    test_out(m, VMM_PVPANIC_PORT, 1);
    assert_int_equal(request(m), VMM_REQUEST_PANICKED);
    test_out(m, VMM_PVPANIC_PORT, 2);
    assert_int_equal(request(m), VMM_REQUEST_CRASH_LOADED);
    free(m);
}

static void is_described(void **state)
{
    (void)state;
    struct test_machine *m = test_machine_new(1);
    struct pvpanic p = {0};
    pvpanic_create(&p, &m->vm);
    uint8_t bytes[128];
    struct aml aml = {.data = bytes, .size = sizeof bytes};
    p.dev.ops->acpi(&p.dev, &aml);
    assert_false(aml.failed);
    assert_non_null(memmem(bytes, aml.used, "QEMU0001", 8));
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(events), cmocka_unit_test(is_described)};
    return cmocka_run_group_tests_name("pvpanic", tests, NULL, NULL);
}
