/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Loading of the root task's ELF file, good and broken ones. */
#include "elf.h"
#include "fixture.h"
#include <elf.h>
#include <string.h>

static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segment[2];
    uint8_t bytes[256];
} file;

static int good_file(void **state)
{
    (void)state;
    memset(&file, 0, sizeof(file));
    memcpy(file.header.e_ident,
           "\x7f"
           "ELF\x02\x01\x01",
           7);
    file.header.e_type = ET_EXEC;
    file.header.e_machine = EM_X86_64;
    file.header.e_entry = 0x400010;
    file.header.e_phoff = offsetof(typeof(file), segment);
    file.header.e_phentsize = sizeof(Elf64_Phdr);
    file.header.e_phnum = 2;
    file.segment[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                   .p_vaddr = 0x400000,
                                   .p_memsz = 0x100,
                                   .p_filesz = 0x80,
                                   .p_offset = offsetof(typeof(file), bytes)};
    file.segment[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                   .p_vaddr = 0x402010,
                                   .p_memsz = 0x10,
                                   .p_filesz = 0x10,
                                   .p_offset = offsetof(typeof(file), bytes)};
    memset(file.bytes, 0xab, sizeof(file.bytes));
    return 0;
}

static void test_range_covers_all_segments(void **state)
{
    (void)state;
    struct elf_image image;
    elf_open(&image, &file, sizeof(file));
    assert_int_equal(image.entry, 0x400010);
    assert_int_equal(image.start, 0x400000);
    assert_int_equal(image.end, 0x403000);
}

static void test_copy_places_segments(void **state)
{
    (void)state;
    static uint8_t to[0x3000];
    struct elf_image image;
    memset(to, 0, sizeof(to));
    elf_open(&image, &file, sizeof(file));
    elf_copy(&image, to);
    assert_int_equal(to[0], 0xab);
    assert_int_equal(to[0x7f], 0xab);
    assert_int_equal(to[0x80], 0); /* the rest of memsz stays clear */
    assert_int_equal(to[0x2010], 0xab);
    assert_int_equal(to[0x2020], 0);
}

static void open_bad(void)
{
    struct elf_image image;
    EXPECT_PANIC(elf_open(&image, &file, sizeof(file)));
    good_file(NULL);
}

static void test_broken_files_are_refused(void **state)
{
    (void)state;
    file.header.e_ident[0] = 0;
    open_bad();
    file.header.e_ident[EI_CLASS] = ELFCLASS32;
    open_bad();
    file.header.e_machine = EM_386;
    open_bad();
    file.header.e_type = ET_DYN;
    open_bad();
    file.header.e_phoff = sizeof(file);
    open_bad();
    file.header.e_phoff = UINT64_MAX - 10;
    open_bad();
    file.header.e_phnum = 65535;
    open_bad();
    file.header.e_phnum = 0;
    open_bad();
    file.segment[0].p_offset = UINT64_MAX;
    open_bad();
    file.segment[0].p_filesz = sizeof(file);
    open_bad();
    file.segment[0].p_memsz = 0x10; /* less than filesz */
    open_bad();
    file.segment[0].p_vaddr = 0; /* would make NULL valid */
    open_bad();
    file.segment[0].p_vaddr = 0xffffffff80000000;
    open_bad();
    file.segment[0].p_memsz = UINT64_MAX;
    open_bad();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_range_covers_all_segments, good_file),
        cmocka_unit_test_setup(test_copy_places_segments, good_file),
        cmocka_unit_test_setup(test_broken_files_are_refused, good_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
