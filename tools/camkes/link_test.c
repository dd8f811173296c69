/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Builder, text form, link and pack on specifications small enough to check by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>

#include "link.h"
#include "spec_internal.h"

static struct spec *read_text(const char *text)
{
    FILE *in = fmemopen((void *)text, strlen(text), "r");
    struct spec *s = spec_read(in, "test.spec");
    fclose(in);
    return s;
}

static char *write_text(const struct spec *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    spec_write(s, out);
    fclose(out);
    return text;
}

static const char plan[] = "specification 1\n"
                           "object c_vspace pml4 in c\n"
                           "object c_cnode cnode slots 3 in c\n"
                           "object ram frame2M x130 in c\n"
                           "object guest ept_pml4 in c\n"
                           "object c_stack frame4K x4 in c\n"
                           "object ep endpoint\n"
                           "object c_tcb tcb in c\n"
                           "object uart irq in c at isa(4)\n"
                           "object bell notification in c\n"
                           "object log frame4K x17 at kernel_log\n"
                           "object pool untyped bits 16 x2 in c\n"
                           "map c_vspace@0x100200000 ram[0..129] rw\n"
                           "map guest@0x0 ram[0..129] rwx\n"
                           "map c_vspace@0x20001000 c_stack[0..3] rw\n"
                           "map c_vspace@0x20010000 log[0..16] r\n"
                           "cap c_cnode[1] ep rwp badge 0x5\n"
                           "cap c_cnode[2..3] pool[0..1] -\n"
                           "irq uart bell badge 0x8 ack\n"
                           "thread c_tcb cspace c_cnode vspace c_vspace ipc c_stack[3] 0x20004000 "
                           "fault 1 prio 100 mcp 101 "
                           "rip 0x400000 rsp 0x20003000 args 0x1 0x0 0x0 0x0\n";

static void test_text_round_trip(void **state)
{
    (void)state;
    struct spec *s = read_text(plan);
    assert_string_equal(s->errors, "");
    char *once = write_text(s);
    struct spec *again = read_text(once);
    char *twice = write_text(again);
    assert_string_equal(once, twice);
    assert_non_null(strstr(once, "object ram frame2M x130 in c\n"));
    assert_non_null(strstr(once, "cap c_cnode[2..3] pool[0..1] -\n"));
    free(once);
    free(twice);
    spec_destroy(s);
    spec_destroy(again);
}

static struct spec_object *must_find(struct spec *s, const char *name)
{
    struct spec_object *o = spec_find(s, name);
    assert_non_null(o);
    return o;
}

static void test_link_derives_tables(void **state)
{
    (void)state;
    struct link link = {.spec = read_text(plan)};
    assert_true(link_complete(&link));
    /* 0x100200000 and 0x20000000 lie in one PDPT and two page directories */
    assert_int_equal(must_find(link.spec, "c_vspace_pdpt")->count, 1);
    assert_int_equal(must_find(link.spec, "c_vspace_pd")->count, 2);
    assert_int_equal(must_find(link.spec, "c_vspace_pt")->count, 1);
    assert_int_equal(must_find(link.spec, "guest_pdpt")->count, 1);
    assert_int_equal(must_find(link.spec, "guest_pd")->count, 1);
    assert_null(spec_find(link.spec, "guest_pt"));
    assert_int_equal(must_find(link.spec, "c_cnode")->size_bits, 2);
    spec_destroy(link.spec);
}

static const void *section(const void *blob, enum capspec_section_id id, uint32_t *count)
{
    const struct capspec_header *h = blob;
    *count = h->section[id].count;
    return (const char *)blob + h->section[id].offset;
}

static void test_pack(void **state)
{
    (void)state;
    struct link link = {.spec = read_text(plan)};
    assert_true(link_complete(&link));
    char *blob = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&blob, &size);
    assert_true(link_pack(&link, out));
    fclose(out);
    const struct capspec_header *h = (void *)blob;
    assert_memory_equal(h->magic, CAPSPEC_MAGIC, 8);
    assert_int_equal(h->total_size, size);
    uint32_t objects, maps, caps, threads, count;
    const struct capspec_object *o = section(blob, CAPSPEC_SEC_OBJECTS, &objects);
    for (uint32_t i = 0, next = 0; i < objects; i++) {
        assert_int_equal(o[i].first, next);
        next += o[i].count;
        assert_true(i + 1 < objects || next == h->num_objects);
    }
    assert_int_equal(o[0].type, CAPSPEC_FRAME_4K); /* hardware frames come first */
    assert_int_equal(o[1].type, CAPSPEC_FRAME_2M); /* then the largest */
    const struct capspec_map *m = section(blob, CAPSPEC_SEC_MAPS, &maps);
    unsigned copies = 0;
    for (uint32_t i = 0; i < maps; i++)
        if (m[i].slot != CAPSPEC_NONE)
            copies += m[i].count;
    assert_int_equal(copies, 130); /* the second mapping of guest RAM */
    const struct capspec_cap *c = section(blob, CAPSPEC_SEC_CAPS, &caps);
    assert_int_equal(caps, 2);
    assert_int_equal(c[1].flags, CAPSPEC_CAP_MOVE);
    section(blob, CAPSPEC_SEC_CUSTODY, &count);
    assert_int_equal(count, 2);
    section(blob, CAPSPEC_SEC_THREADS, &threads);
    assert_int_equal(threads, 1);
    free(blob);
    spec_destroy(link.spec);
}

/* A plan line and the message it must give. */
static const struct {
    const char *text, *message;
} bad[] = {
    {"object a frog\n", "test.spec:1: expected an object type, found 'frog'"},
    {"object a pml4\nobject a pml4\n", "test.spec:2: expected a new name, found 'a'"},
    {"object a pml4\nmap a@0x1000 b r\n", "test.spec:2: expected the name of an object"},
    {"object a pml4\nobject f frame4K x2\nmap a@0x1000 f[0..2] r\n", "test.spec:3: index beyond"},
    {"object a pml4\nobject f frame2M\nmap a@0x1000 f r\n", "0x1000 is not aligned"},
    {"object a pml4\nobject f frame4K\nmap a@0x1000 f wx\n", "writable and executable"},
    {"object i irq at isa(16)\n", "hardware 'isa(16)': expected pci("},
    {"object i frame4K at pci(0:1.0).bar9\n", "hardware 'pci(0:1.0).bar9'"},
    {"object i frame4K at pci(0:1.0=ffff:1).bar0\n", "hardware 'pci(0:1.0=ffff:1).bar0'"},
    {"object i frame4K at pci(0:1.0=8086).bar0\n", "hardware 'pci(0:1.0=8086).bar0'"},
    {"thread t\n", "test.spec:1: expected the name of an object declared above, found 't'"},
    {"specification 9\n", "test.spec:1: expected version 1"},
};

static void test_bad_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct spec *s = read_text(bad[i].text);
        assert_true(spec_errors(s) > 0);
        if (!strstr(s->errors, bad[i].message))
            assert_string_equal(s->errors, bad[i].message);
        spec_destroy(s);
    }
}

static void test_overlap(void **state)
{
    (void)state;
    struct link link = {.spec = read_text("object v pml4\nobject f frame4K x4\nobject g frame4K\n"
                                          "map v@0x1000 f[0..3] r\nmap v@0x3000 g r\n")};
    assert_false(link_complete(&link));
    assert_string_equal(link.spec->errors, "'v': 'f' and 'g' overlap at 0x3000\n");
    spec_destroy(link.spec);
}

static void test_memory(void **state)
{
    (void)state;
    struct link link = {.spec = read_text("object ram frame2M x128 in vm0\n"),
                        .memory_limit = 258ull << 20,
                        .payload = 3 << 20,
                        .platform = "tiny"};
    assert_false(link_complete(&link));
    assert_string_equal(
        link.spec->errors,
        "memory: the system needs 257 MiB and its files 3 MiB, platform tiny offers 258 MiB; "
        "largest:\n"
        "    262144 KiB  ram (vm0)\n");
    spec_destroy(link.spec);
}

/* An executable with a text page, a data page that reaches into 3 MiB of bss, and one symbol. */
struct image {
    Elf64_Ehdr eh;
    Elf64_Phdr ph[2];
    Elf64_Shdr sh[3];
    Elf64_Sym sym[3];
    char strings[32];
    uint8_t text[64], data[64];
};

static void make_image(struct image *im)
{
    memset(im, 0, sizeof *im);
    memcpy(im->eh.e_ident, ELFMAG, SELFMAG);
    im->eh.e_ident[EI_CLASS] = ELFCLASS64;
    im->eh.e_type = ET_EXEC;
    im->eh.e_machine = EM_X86_64;
    im->eh.e_phoff = offsetof(struct image, ph);
    im->eh.e_phentsize = sizeof im->ph[0];
    im->eh.e_phnum = 2;
    im->eh.e_shoff = offsetof(struct image, sh);
    im->eh.e_shentsize = sizeof im->sh[0];
    im->eh.e_shnum = 3;
    im->ph[0] = (Elf64_Phdr){PT_LOAD, PF_R | PF_X, offsetof(struct image, text), 0x400000, 0, 64,
                             64,      0x1000};
    im->ph[1] = (Elf64_Phdr){PT_LOAD,  PF_R | PF_W, offsetof(struct image, data), 0x401000, 0, 64,
                             0x500000, 0x1000};
    im->sh[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                             .sh_offset = offsetof(struct image, sym),
                             .sh_size = sizeof im->sym,
                             .sh_link = 2};
    im->sh[2] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                             .sh_offset = offsetof(struct image, strings),
                             .sh_size = sizeof im->strings};
    memcpy(im->strings, "\0_camkes_start\0buffer", 21);
    im->sym[1] = (Elf64_Sym){.st_name = 1, .st_shndx = 1, .st_value = 0x400010};
    im->sym[2] = (Elf64_Sym){.st_name = 15, .st_shndx = 1, .st_value = 0x403000, .st_size = 4096};
}

static const char elf_plan[] = "object v pml4 in c elf c\nobject cn cnode in c\nobject t tcb in c\n"
                               "object shared frame4K\nmap v@buffer shared rw\n"
                               "thread t cspace cn vspace v prio 1 mcp 1 rsp 0x1000\n"
                               "patch v@buffer+0x10 paddr shared\n";

static struct link link_image(const struct image *im, const char *text)
{
    char path[] = "/tmp/link_testXXXXXX";
    int fd = mkstemp(path);
    FILE *out = fdopen(fd, "wb");
    fwrite(im, sizeof *im, 1, out);
    fclose(out);
    struct link link = {.spec = read_text(text)};
    link_add_elf(&link, "c", path);
    remove(path);
    return link;
}

static void test_elf(void **state)
{
    (void)state;
    struct image im;
    make_image(&im);
    struct link link = link_image(&im, elf_plan);
    bool ok = link_complete(&link);
    assert_string_equal(link.spec->errors, "");
    assert_true(ok);
    assert_int_equal(link.spec->threads->rip, 0x400010);
    char *text = write_text(link.spec);
    assert_non_null(strstr(text, "map v@0x400000 c_text rx\n"));
    assert_non_null(strstr(text, "map v@0x401000 c_data[0..1] rw\n"));
    assert_non_null(strstr(text, "map v@0x403000 shared rw\n"));
    assert_non_null(strstr(text, "map v@0x404000 c_data_2[0..507] rw\n"));
    assert_non_null(strstr(text, "map v@0x600000 c_data_3 rw\n")); /* one large frame */
    assert_non_null(strstr(text, "object c_data_3 frame2M in c derived\n"));
    assert_non_null(strstr(text, "patch v@0x403010 paddr shared\n"));
    free(text);
    link_free(&link);
    spec_destroy(link.spec);
}

static void test_elf_faults(void **state)
{
    (void)state;
    struct image im;
    make_image(&im);
    im.ph[0].p_flags |= PF_W;
    struct link link = link_image(&im, elf_plan);
    assert_false(link_complete(&link));
    assert_non_null(strstr(link.spec->errors, "segment at 0x400000 is writable and executable"));
    link_free(&link);
    spec_destroy(link.spec);
    make_image(&im);
    im.ph[1].p_filesz = 1 << 30;
    link = link_image(&im, elf_plan);
    assert_false(link_complete(&link));
    assert_non_null(strstr(link.spec->errors, "a segment is damaged"));
    link_free(&link);
    spec_destroy(link.spec);
}

static void test_builder_addresses(void **state)
{
    (void)state;
    struct spec *s = spec_create();
    struct spec_object *v = spec_add_object(s, "c", CAPSPEC_PML4, "v", 0, 1);
    struct spec_memory a = spec_add_memory(s, v, "a", 100, SPEC_RW);
    struct spec_memory b = spec_add_memory(s, v, "b", 8192, SPEC_RW);
    struct spec_memory c = spec_add_memory(s, v, "c", 3 << 20, SPEC_RW);
    assert_int_equal(a.vaddr, 0x20001000);
    assert_int_equal(b.vaddr, 0x20003000); /* a guard page between */
    assert_int_equal(c.vaddr % SPEC_2M, 0);
    assert_int_equal(c.frames->type, CAPSPEC_FRAME_2M);
    assert_int_equal(c.size, 4 << 20);
    struct spec_object *cn = spec_add_object(s, "c", CAPSPEC_CNODE, "cn", 0, 1);
    struct spec_object *ep = spec_add_object(s, "", CAPSPEC_ENDPOINT, "ep", 0, 1);
    assert_int_equal(spec_add_cap(s, cn, SPEC_NEXT_SLOT, ep, CAPSPEC_READ, 0), 1);
    assert_int_equal(spec_reserve_slots(s, cn, 3), 2);
    assert_int_equal(spec_add_cap(s, cn, SPEC_NEXT_SLOT, ep, CAPSPEC_READ, 0), 5);
    assert_ptr_equal(spec_add_device_frames(s, "", "d1", 0xfed00000, 4096),
                     spec_add_device_frames(s, "", "d2", 0xfed00000, 4096));
    assert_int_equal(spec_errors(s), 0);
    spec_add_object(s, "c", CAPSPEC_PML4, "v", 0, 1);
    assert_string_equal(s->errors, "object 'v' exists already\n");
    spec_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_round_trip),
        cmocka_unit_test(test_link_derives_tables),
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_bad_text),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_elf),
        cmocka_unit_test(test_elf_faults),
        cmocka_unit_test(test_builder_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
