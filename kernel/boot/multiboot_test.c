/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Both multiboot formats end in the same boot_params. */
#include "boot.h"
#include "fixture.h"
#include <kernel/arch.h>
#include <string.h>

#define MB1   0x2badb002
#define MB2   0x36d76289
#define INFO  0x10000
#define TEXTS 0x20000
#define MAP   0x21000
#define MODS  0x22000

static int setup(void **state)
{
    memset(&boot_params, 0, sizeof(boot_params));
    return fixture_setup(state);
}

static void put32(paddr_t at, uint32_t value)
{
    memcpy(phys_to_virt(at), &value, sizeof(value));
}

static void put64(paddr_t at, uint64_t value)
{
    memcpy(phys_to_virt(at), &value, sizeof(value));
}

static void check_common(void)
{
    assert_string_equal(boot_params.cmdline, "kernel tests a=b");
    assert_int_equal(boot_params.num_regions, 2);
    assert_int_equal(boot_params.region[1].base, 0x100000);
    assert_int_equal(boot_params.region[1].size, 0x7f00000);
    assert_int_equal(boot_params.region[1].type, 1);
    assert_int_equal(boot_params.num_modules, 2);
    assert_int_equal(boot_params.module[0].base, 0x200000);
    assert_int_equal(boot_params.module[0].size, 0x1234);
    assert_string_equal(boot_params.module[0].name, "root.elf"); /* path and words cut off */
    assert_int_equal(strlen(boot_params.module[1].name), 15);    /* too long a name */
}

static void test_multiboot_1(void **state)
{
    (void)state;
    strcpy(phys_to_virt(TEXTS), "kernel tests a=b");
    strcpy(phys_to_virt(TEXTS + 0x100), "/some/path/root.elf first second");
    strcpy(phys_to_virt(TEXTS + 0x200), "a-name-of-many-letters");
    put32(INFO, 1u << 2 | 1u << 3 | 1u << 6);
    put32(INFO + 16, TEXTS);
    put32(INFO + 20, 2);
    put32(INFO + 24, MODS);
    put32(INFO + 44, 2 * 24);
    put32(INFO + 48, MAP);
    for (unsigned i = 0; i < 2; i++) {
        put32(MAP + i * 24, 20);
        put64(MAP + i * 24 + 4, i * 0x100000);
        put64(MAP + i * 24 + 12, i ? 0x7f00000 : 0x9fc00);
        put32(MAP + i * 24 + 20, 1);
        put32(MODS + i * 16, 0x200000 + i * 0x10000);
        put32(MODS + i * 16 + 4, 0x201234 + i * 0x10000);
        put32(MODS + i * 16 + 8, TEXTS + 0x100 * (i + 1));
    }
    multiboot_read(MB1, INFO);
    check_common();
    assert_false(boot_params.has_rsdp);
}

static paddr_t tag_at;

/* Appends a tag of a type with `size` bytes of payload; returns where that goes. */
static paddr_t add_tag(uint32_t type, uint32_t size)
{
    paddr_t payload = tag_at + 8;
    put32(tag_at, type);
    put32(tag_at + 4, 8 + size);
    tag_at += (8 + size + 7) & ~7ull;
    return payload;
}

static paddr_t add_text_tag(uint32_t type, uint32_t head, const char *text)
{
    paddr_t at = add_tag(type, head + (uint32_t)strlen(text) + 1);
    strcpy((char *)phys_to_virt(at + head), text);
    return at;
}

static void fill_multiboot_2(void)
{
    tag_at = INFO + 8;
    add_text_tag(1, 0, "kernel tests a=b");
    paddr_t at = add_text_tag(3, 8, "/some/path/root.elf first second");
    put32(at, 0x200000);
    put32(at + 4, 0x201234);
    at = add_text_tag(3, 8, "a-name-of-many-letters");
    put32(at, 0x210000);
    put32(at + 4, 0x211234);
    at = add_tag(6, 8 + 2 * 24);
    put32(at, 24);
    for (unsigned i = 0; i < 2; i++) {
        put64(at + 8 + i * 24, i * 0x100000);
        put64(at + 16 + i * 24, i ? 0x7f00000 : 0x9fc00);
        put32(at + 24 + i * 24, 1);
    }
    at = add_tag(15, 36);
    strcpy(phys_to_virt(at), "RSD PTR new");
    at = add_tag(14, 20);
    strcpy(phys_to_virt(at), "RSD PTR old");
    at = add_tag(8, 30);
    put64(at, 0xfd000000);
    put32(at + 8, 4096);
    static const uint8_t colours[] = {16, 8, 8, 8, 0, 8};
    *(uint8_t *)phys_to_virt(at + 20) = 32;
    *(uint8_t *)phys_to_virt(at + 21) = DISPLAY_RGB;
    memcpy(phys_to_virt(at + 24), colours, sizeof(colours));
    at = add_tag(12, 8);
    at = add_tag(2, 8);
    strcpy(phys_to_virt(at), "Loader");
}

static void test_multiboot_2(void **state)
{
    (void)state;
    fill_multiboot_2();
    add_tag(0, 0);
    put32(INFO, (uint32_t)(tag_at - INFO));
    multiboot_read(MB2, INFO);
    check_common();
    assert_true(boot_params.has_rsdp);
    assert_string_equal((char *)boot_params.rsdp, "RSD PTR new");
    assert_true(boot_params.display.has_framebuffer);
    assert_int_equal(boot_params.display.address, 0xfd000000);
    assert_int_equal(boot_params.display.pitch, 4096);
    assert_int_equal(boot_params.display.red[0], 16);
    assert_int_equal(boot_params.display.green[1], 8);
    assert_true(boot_params.is_uefi);
    assert_string_equal(boot_params.loader, "Loader");
}

static void test_multiboot_2_without_end_tag_stops_at_its_size(void **state)
{
    (void)state;
    fill_multiboot_2();
    put32(INFO, (uint32_t)(tag_at - INFO));
    multiboot_read(MB2, INFO);
    check_common();
}

static void test_other_loaders_are_refused(void **state)
{
    (void)state;
    EXPECT_PANIC(multiboot_read(0x12345678, INFO));
    EXPECT_PANIC(multiboot_read(MB1, INFO)); /* no memory map */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_multiboot_1, setup),
        cmocka_unit_test_setup(test_multiboot_2, setup),
        cmocka_unit_test_setup(test_multiboot_2_without_end_tag_stops_at_its_size, setup),
        cmocka_unit_test_setup(test_other_loaders_are_refused, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
