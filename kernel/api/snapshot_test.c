/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The dump of capability spaces, and formatted output. */
#include <string.h>

#include "fixture.h"

static void test_snapshot(void **state)
{
    (void)state;
    make_objects(OBJECT_EndpointObject, 0, 20, 1);
    cnode_mint(21, 20, 5, 0x42);
    make_objects(OBJECT_CapTableObject, 4, 22, 1);
    make_objects(OBJECT_X86_LargePageObject, 0, 23, 1);
    assert_ok(call(ROOT_IO_PORT_CONTROL, LABEL_X86IOPortControlIssue, CAPS1(ROOT_CNODE), 0x3f8,
                   0x3ff, 24, 64));
    /* a loop must not run for ever */
    assert_ok(call(22, LABEL_CNodeCopy, CAPS1(ROOT_CNODE), 3, 4, ROOT_CNODE, 64, ALL_RIGHTS));
    host.log_length = 0;
    kernel_snapshot();
    assert_non_null(strstr(host.log, "snapshot begin\n"));
    assert_non_null(strstr(host.log, "  [0x15] endpoint 0x102000000 -WG- badge 0x42\n"));
    assert_non_null(strstr(host.log, "  [0x16] cnode 0x102000200 radix 4 guard 0x0/0\n"));
    assert_non_null(strstr(host.log, "  [0x17] frame 0x102200000 size 0x200000 RW--\n"));
    assert_non_null(strstr(host.log, "  [0x18] io_port ports 0x3f8-0x3ff\n"));
    assert_non_null(strstr(host.log, "  [0x3] cnode 0x100000000"));
    assert_non_null(strstr(host.log, "  cspace cnode 0x100000000 radix 10 guard 0x0/54\n"));
    assert_non_null(strstr(host.log, "snapshot end\n"));
    char first[sizeof(host.log)];
    memcpy(first, host.log, sizeof(first));
    host.log_length = 0;
    kernel_snapshot();
    assert_string_equal(first, host.log);
}

/* What the address space maps, neighbours in one line. */
static void test_snapshot_of_mappings(void **state)
{
    (void)state;
    make_objects(OBJECT_X86_PDPTObject, 0, 20, 1);
    make_objects(OBJECT_X86_PageDirectoryObject, 0, 21, 1);
    make_objects(OBJECT_X86_PageTableObject, 0, 22, 1);
    make_objects(OBJECT_X86_4K, 0, 23, 3);
    assert_ok(call(20, LABEL_X86PDPTMap, CAPS1(ROOT_VSPACE), 0x400000, 0));
    assert_ok(call(21, LABEL_X86PageDirectoryMap, CAPS1(ROOT_VSPACE), 0x400000, 0));
    assert_ok(call(22, LABEL_X86PageTableMap, CAPS1(ROOT_VSPACE), 0x400000, 0));
    assert_ok(call(23, LABEL_X86PageMap, CAPS1(ROOT_VSPACE), 0x400000, 3, 0));
    assert_ok(call(24, LABEL_X86PageMap, CAPS1(ROOT_VSPACE), 0x401000, 3, 0));
    assert_ok(call(25, LABEL_X86PageMap, CAPS1(ROOT_VSPACE), 0x402000, 2, 8));
    host.log_length = 0;
    kernel_snapshot();
    assert_non_null(strstr(host.log, "vspace 0x100009000\n"
                                     "  0x400000+0x2000 frame 0x102003000 page 0x1000 RWX flags "));
    assert_non_null(strstr(host.log, "  0x402000+0x1000 frame 0x102005000 page 0x1000 R-- flags "));
}

static void expect(const char *text)
{
    assert_string_equal(host.log, text);
    host.log_length = 0;
}

static void test_printf(void **state)
{
    (void)state;
    host.log_length = 0;
    kprintf("%d %i %u %x %#x", -5, 7, 4000000000u, 0xabcu, 0x12u);
    expect("-5 7 4000000000 abc 0x12");
    kprintf("%ld %lu %#lx %zu", INT64_MIN, UINT64_MAX, 0x123456789abcul, (size_t)9);
    expect("-9223372036854775808 18446744073709551615 0x123456789abc 9");
    kprintf("[%5d][%-5d][%05d][%5s][%-5s][%.2s]", 42, 42, -42, "ab", "ab", "abc");
    expect("[   42][42   ][-0042][   ab][ab   ][ab]");
    kprintf("%#010x %c %% %p", 0x1fu, 'x', (void *)0x1000);
    expect("0x0000001f x % 0x1000");
    const char *volatile nothing = NULL;
    kprintf("%s", nothing);
    expect("(null)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_snapshot), TEST(test_snapshot_of_mappings),
                                       TEST(test_printf)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
