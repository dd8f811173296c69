/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The control page: requests and answers, and a monitor that lies. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <console/control.h>
#include <stdlib.h>
#include <string.h>

static struct console_control page;
static struct console_status status;

static int setup(void **state)
{
    (void)state;
    memset(&page, 0, sizeof(page));
    return 0;
}

static void test_status(void **state)
{
    (void)state;
    assert_false(console_control_read(NULL, &status));
    assert_false(console_control_read(&page, &status));
    console_control_publish(&page, 2, 256);
    console_control_set_state(&page, CONSOLE_VM_RUNNING);
    page.exits[0] = 5;
    page.exits[1] = 7;
    page.exits[2] = 100; /* not in use */
    page.halted[0] = 1;
    assert_true(console_control_read(&page, &status));
    assert_int_equal(status.state, CONSOLE_VM_RUNNING);
    assert_int_equal(status.exits, 12);
    assert_int_equal(status.memory_mb, 256);
    page.halted[1] = 1;
    assert_true(console_control_read(&page, &status));
    assert_string_equal(console_control_state_name(status.state), "halted");
}

static void test_request(void **state)
{
    (void)state;
    uint32_t last = 0;
    console_control_publish(&page, 1, 1);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_NONE);
    uint32_t word = console_control_ask(&page, 1, CONSOLE_COMMAND_RESET);
    assert_false(console_control_answered(&page, word));
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_RESET);
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_NONE);
    memcpy(page.text, "a\033b\n", 4);
    console_control_finish(&page, last, 4);
    assert_true(console_control_answered(&page, word));
    char text[8];
    assert_int_equal(console_control_text(&page, 0, text, sizeof(text)), 4);
    assert_memory_equal(text, "a?b\n", 4);
    assert_int_equal(console_control_text(&page, 4, text, sizeof(text)), 0);
    page.command = 2 << 8 | 0x77;
    assert_int_equal(console_control_take(&page, &last), CONSOLE_COMMAND_NONE);
}

static void test_hostile(void **state)
{
    (void)state;
    char text[64];
    srand(1);
    for (int round = 0; round < 20000; round++) {
        uint32_t *word = (uint32_t *)(void *)&page + rand() % 128;
        *word = rand() % 2 != 0 ? (uint32_t)rand() : 1;
        if (rand() % 4 != 0)
            page.version = CONSOLE_CONTROL_VERSION;
        if (console_control_read(&page, &status)) {
            assert_in_range(status.state, 0, CONSOLE_VM_STATES - 1);
            assert_in_range(status.vcpus, 0, CONSOLE_CONTROL_VCPUS);
        }
        size_t n = console_control_text(&page, (size_t)(rand() % 20000), text, sizeof(text));
        assert_in_range(n, 0, sizeof(text));
    }
    assert_string_equal(console_control_state_name((enum console_vm_state)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_status, setup),
        cmocka_unit_test_setup(test_request, setup),
        cmocka_unit_test_setup(test_hostile, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
