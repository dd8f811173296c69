/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What the firewall prints: one line per drop as far as the limit goes, and every counter. */
#include "report.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define SECOND 1000000000ull

static char *text; /* what was printed since begin() */
static size_t size;
static FILE *console;

static void begin(void)
{
    console = stdout;
    stdout = open_memstream(&text, &size);
    assert_non_null(stdout);
}

static void end(void)
{
    fclose(stdout);
    stdout = console;
}

static void verdict(struct report *report, enum firewall_reason reason, uint64_t now)
{
    struct firewall_frame frame = {.rule = SIZE_MAX, .direction = FIREWALL_IN, .now = now};
    report_verdict(report, "vm1", &frame, reason);
}

static unsigned lines(void)
{
    unsigned count = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

static void test_lines(void **state)
{
    (void)state;
    struct report report = {.per_second = 10};
    begin();
    for (int i = 0; i < 20; i++)
        verdict(&report, FIREWALL_NO_RULE, SECOND);
    end();
    assert_int_equal(lines(), 20);
    assert_non_null(strstr(text, "dropped to vm1: no-rule: ethertype 0x0000"));
    free(text);
    begin();
    for (int i = 0; i < 7; i++)
        verdict(&report, FIREWALL_NO_RULE, SECOND);
    verdict(&report, FIREWALL_PASSED, SECOND);
    verdict(&report, FIREWALL_DENIED, SECOND + SECOND / 10);
    verdict(&report, FIREWALL_NO_RULE, SECOND + SECOND / 10);
    report_hidden(&report);
    report_hidden(&report);
    end();
    assert_int_equal(lines(), 3);
    static const char first[] = "7 more dropped\ndropped to vm1: denied: ";
    assert_memory_equal(text, first, sizeof first - 1);
    assert_non_null(strstr(text, "\n1 more dropped\n"));
    free(text);
}

/* However many reasons there are and however large the numbers: none is left out. */
static void test_all_counters(void **state)
{
    (void)state;
    static struct firewall firewall;
    struct report report = {0};
    for (int i = 0; i < FIREWALL_REASON_COUNT; i++)
        firewall.counters[0][i] = UINT64_MAX - (uint64_t)i;
    firewall.counters[1][FIREWALL_PASSED] = 3;
    begin();
    report_counters(&report, &firewall);
    report_counters(&report, &firewall);
    end();
    assert_int_equal(lines(), 2);
    for (int i = 0; i < FIREWALL_REASON_COUNT; i++) {
        char wanted[80];
        snprintf(wanted, sizeof wanted, " %s %" PRIu64, firewall_reason_name(i),
                 UINT64_MAX - (uint64_t)i);
        assert_non_null(strstr(text, wanted));
    }
    assert_non_null(strstr(text, "from clients: passed 3\n"));
    free(text);
}

static void test_lost(void **state)
{
    (void)state;
    static struct forward forward = {.count = 2};
    struct report report = {0};
    forward.clients[0].name = "vm0";
    forward.clients[1].name = "vm1";
    forward.clients[1].no_room = 5;
    begin();
    report_lost(&report, &forward);
    report_lost(&report, &forward);
    end();
    assert_string_equal(text, "vm1: 5 frames passed but found no room\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_all_counters),
        cmocka_unit_test(test_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
