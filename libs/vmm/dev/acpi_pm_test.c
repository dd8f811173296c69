/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "acpi_pm.h"
#include "test_machine.h"
#include <vmm/platform.h>

struct fixture {
    struct test_machine *m;
    struct acpi_pm pm;
    struct test_line sci;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->m = test_machine_new(1);
    acpi_pm_create(&f->pm, &f->m->vm);
    f->pm.sci = test_line_wire(&f->sci);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->m);
    free(f);
    return 0;
}

static uint64_t in(struct fixture *f, uint16_t port, unsigned size)
{
    return test_read(f->m, VMM_SPACE_IO, port, size, 0);
}

static void out(struct fixture *f, uint16_t port, uint64_t value, unsigned size)
{
    test_write(f->m, VMM_SPACE_IO, port, (uint64_t[]){value, size}, 0);
}

static enum vmm_request request(struct fixture *f)
{
    const char *why;
    return vmm_take_request(&f->m->vm, &why);
}

static void timer_runs_at_its_frequency(void **state)
{
    struct fixture *f = *state;
    uint64_t start = in(f, VMM_PM_TIMER_PORT, 4);
    test_advance(f->m, 1000000000);
    assert_int_equal(in(f, VMM_PM_TIMER_PORT, 4) - start, ACPI_PM_TIMER_HZ);
    test_advance(f->m, 4000000000);
    assert_in_range(in(f, VMM_PM_TIMER_PORT, 4), 0, 0xffffff);
    uint64_t all = in(f, VMM_PM_TIMER_PORT, 4);
    assert_int_equal(in(f, VMM_PM_TIMER_PORT + 1, 1), all >> 8 & 0xff);
}

static void timer_carry_interrupts(void **state)
{
    struct fixture *f = *state;
    out(f, VMM_PM1_EVENT_PORT + 2, 0x0001, 2);
    test_advance(f->m, 2343000000);
    assert_false(f->sci.level);
    test_advance(f->m, 2000000);
    assert_true(f->sci.level);
    assert_int_equal(in(f, VMM_PM1_EVENT_PORT, 2), 0x0001);
    out(f, VMM_PM1_EVENT_PORT, 0x0001, 2);
    assert_false(f->sci.level);
    test_advance(f->m, 2344000000);
    assert_int_equal(f->sci.rises, 2);
}

static void power_button(void **state)
{
    struct fixture *f = *state;
    acpi_pm_press_power_button(&f->pm);
    assert_false(f->sci.level); /* not enabled */
    assert_int_equal(in(f, VMM_PM1_EVENT_PORT, 2), 0x0100);
    out(f, VMM_PM1_EVENT_PORT + 2, 0x0120, 2);
    assert_true(f->sci.level);
    assert_int_equal(in(f, VMM_PM1_EVENT_PORT, 4), 0x01200100);
    out(f, VMM_PM1_EVENT_PORT + 1, 0x01, 1); /* byte access clears as well */
    assert_false(f->sci.level);
}

static void sleep_states(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(in(f, VMM_PM1_CONTROL_PORT, 2), 0x0001); /* ACPI mode */
    out(f, VMM_PM1_CONTROL_PORT, 0x2401, 2);                  /* some other state */
    assert_int_equal(request(f), VMM_REQUEST_NONE);
    assert_int_equal(in(f, VMM_PM1_CONTROL_PORT, 2), 0x0401);
    out(f, VMM_PM1_CONTROL_PORT, VMM_SLP_TYP_S5 << 10, 2); /* without SLP_EN */
    assert_int_equal(request(f), VMM_REQUEST_NONE);
    out(f, VMM_PM1_CONTROL_PORT, VMM_SLP_TYP_S5 << 10 | 0x2000, 2);
    assert_int_equal(request(f), VMM_REQUEST_POWER_OFF);
    assert_int_equal(in(f, VMM_PM1_CONTROL_PORT, 2) & 0x2000, 0);
}

static void reset_control(void **state)
{
    struct fixture *f = *state;
    acpi_pm_write_reset_control(&f->m->vm, 0x02);
    assert_int_equal(request(f), VMM_REQUEST_NONE);
    acpi_pm_write_reset_control(&f->m->vm, 0x06);
    assert_int_equal(request(f), VMM_REQUEST_RESET);
}

static void reset_clears_events(void **state)
{
    struct fixture *f = *state;
    out(f, VMM_PM1_EVENT_PORT + 2, 0x0100, 2);
    acpi_pm_press_power_button(&f->pm);
    f->pm.dev.ops->reset(&f->pm.dev);
    assert_false(f->sci.level);
    assert_int_equal(in(f, VMM_PM1_EVENT_PORT, 4), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(timer_runs_at_its_frequency),
        CASE(timer_carry_interrupts),
        CASE(power_button),
        CASE(sleep_states),
        CASE(reset_control),
        CASE(reset_clears_events),
    };
    return cmocka_run_group_tests_name("acpi_pm", tests, NULL, NULL);
}
