/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Packs a made-up kernel and looks at the result as the two boot loaders would. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>

#include "image.h"

#define BASE 0x100000u

struct kernel {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[2];
    uint8_t gap[4096 - sizeof(Elf64_Ehdr) - 2 * sizeof(Elf64_Phdr)];
    uint32_t mb1[8];
    uint8_t text[4096 - 32];
    struct image_table table;
    uint8_t symbols[100];
};

static void make_kernel(struct kernel *k)
{
    memset(k, 0, sizeof *k);
    memcpy(k->eh.e_ident, ELFMAG, SELFMAG);
    k->eh.e_ident[EI_CLASS] = ELFCLASS64;
    k->eh.e_machine = EM_X86_64;
    k->eh.e_phoff = offsetof(struct kernel, ph);
    k->eh.e_phentsize = sizeof k->ph[0];
    k->eh.e_phnum = 2;
    k->eh.e_shnum = 7;
    k->ph[0] = (Elf64_Phdr){PT_LOAD, 5, 0x1000, BASE, BASE, 0x1000, 0x1000, 0x1000};
    k->ph[1] = (Elf64_Phdr){PT_LOAD,         6,      0x2000, BASE + 0x1000, BASE + 0x1000,
                            sizeof k->table, 0x5000, 0x1000};
    k->mb1[0] = 0x1badb002;
    k->mb1[1] = 0x00010003;
    k->mb1[2] = 0u - k->mb1[0] - k->mb1[1];
    k->mb1[3] = k->mb1[4] = BASE;
    memcpy(k->table.magic, IMAGE_MAGIC, 16);
    k->table.version = IMAGE_VERSION;
    memset(k->symbols, 0x55, sizeof k->symbols);
}

static const char *pack(const struct kernel *k, const struct image_item *items, unsigned count,
                        uint8_t **image, size_t *size)
{
    FILE *out = open_memstream((char **)image, size);
    const char *problem = image_pack((const void *)k, sizeof *k, items, count, out);
    fclose(out);
    return problem;
}

static void test_pack(void **state)
{
    (void)state;
    static struct kernel k;
    make_kernel(&k);
    static uint8_t big[0x180000];
    memset(big, 7, sizeof big);
    struct image_item items[] = {
        {"root", (const void *)"the loader", 10}, {"spec", big, sizeof big}, {"files", big, 5}};
    uint8_t *image;
    size_t size;
    assert_null(pack(&k, items, 3, &image, &size));
    const struct kernel *r = (void *)image;
    const struct image_table *t = &r->table;
    uint64_t base = BASE - 0x1000; /* address of file offset 0 */
    assert_int_equal(t->count, 3);
    assert_int_equal(t->item[0].paddr, base + 0x7000);
    assert_int_equal(t->item[0].size, 10);
    assert_int_equal(t->item[1].paddr % 0x200000, 0);
    assert_int_equal(t->item[1].size, 0x200000);
    assert_int_equal(t->item[2].paddr, t->item[1].paddr + 0x200000);
    assert_string_equal(t->item[2].name, "files");
    for (unsigned i = 0; i < 3; i++)
        assert_memory_equal(image + t->item[i].paddr - base, items[i].data, items[i].size);
    assert_int_equal(r->mb1[5], base + size);
    assert_int_equal(r->mb1[6], base + size);
    assert_int_equal(r->ph[1].p_filesz, size - 0x2000);
    assert_int_equal(r->ph[1].p_memsz, r->ph[1].p_filesz);
    assert_int_equal(r->eh.e_shnum, 0);
    assert_int_equal(image[0x2000 + sizeof k.table], 0); /* bss, not symbols */
    free(image);
}

static void test_bad_kernels(void **state)
{
    (void)state;
    static struct kernel k;
    uint8_t *image;
    size_t size;
    make_kernel(&k);
    k.mb1[2] = 0;
    assert_string_equal(pack(&k, NULL, 0, &image, &size),
                        "the kernel has no multiboot header with address fields");
    free(image);
    make_kernel(&k);
    k.ph[1].p_paddr += 0x1000;
    assert_string_equal(pack(&k, NULL, 0, &image, &size),
                        "the kernel's segments are not at one constant distance from its file");
    free(image);
    make_kernel(&k);
    k.ph[1].p_filesz = 1 << 20;
    assert_string_equal(pack(&k, NULL, 0, &image, &size), "a segment of the kernel is damaged");
    free(image);
    make_kernel(&k);
    k.table.magic[0] = 'x';
    assert_string_equal(pack(&k, NULL, 0, &image, &size), "the kernel has no payload table");
    free(image);
    make_kernel(&k);
    struct image_item item = {"a-name-that-is-too-long", (const void *)"", 0};
    assert_string_equal(pack(&k, &item, 1, &image, &size),
                        "the name of a payload item has more than 15 characters");
    free(image);
}

static void test_archive(void **state)
{
    (void)state;
    struct image_item items[] = {{"bzimage", (const void *)"kernel", 6},
                                 {"rootfs.cpio", (const void *)"root", 4}};
    char *data;
    size_t size;
    FILE *out = open_memstream(&data, &size);
    assert_null(image_archive(items, 2, out));
    fclose(out);
    assert_memory_equal(data, "070701", 6);
    assert_string_equal(data + 110, "bzimage");
    char *found = memmem(data, size, "kernel", 6);
    assert_non_null(found);
    assert_int_equal((found - data) % 16, 0);
    assert_non_null(memmem(data, size, "TRAILER!!!", 10));
    assert_int_equal(size % 512, 0);
    free(data);
    items[1].name = "bzimage";
    out = open_memstream(&data, &size);
    assert_string_equal(image_archive(items, 2, out), "two files have one name");
    fclose(out);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_bad_kernels),
        cmocka_unit_test(test_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
