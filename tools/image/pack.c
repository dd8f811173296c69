/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * One bootable file. Two loaders must find the payload in memory behind the kernel: QEMU's
 * -kernel, which follows the address fields of the multiboot header (Multiboot Specification
 * 0.6.96, 3.1.3), and GRUB, which follows the ELF program headers. Both copy file offset to
 * physical address with one constant difference, so the payload is simply appended.
 */
#include "image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define PAGE      0x1000ull
#define LARGE     0x200000ull
#define MB1_MAGIC 0x1badb002u
/* words of the multiboot header */
enum { MB1_FLAGS = 1, MB1_CHECKSUM = 2, MB1_LOAD_END = 5, MB1_BSS_END = 6, MB1_WORDS = 8 };

struct image {
    uint8_t *data; /* the kernel part of the image, bss included */
    size_t size;
    uint64_t base; /* physical address of file offset 0 */
    Elf64_Phdr *last;
    uint32_t *mb1;
    struct image_table *table;
};

static uint64_t align_up(uint64_t n, uint64_t to)
{
    return (n + to - 1) & ~(to - 1);
}

static const char *check_elf(const uint8_t *kernel, size_t size)
{
    const Elf64_Ehdr *h = (const void *)kernel;
    if (size < sizeof *h || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0 ||
        h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_machine != EM_X86_64)
        return "the kernel is not an ELF file for x86-64";
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phoff % 8 || h->e_phoff > size ||
        h->e_phnum > (size - h->e_phoff) / sizeof(Elf64_Phdr))
        return "the kernel's program headers are damaged";
    return NULL;
}

/* The loadable segment that ends last; the constant between offsets and addresses. */
static const char *find_last(struct image *im, const uint8_t *kernel, size_t size, size_t *last)
{
    const Elf64_Ehdr *h = (const void *)kernel;
    const Elf64_Phdr *p = (const void *)(kernel + h->e_phoff);
    uint64_t end = 0;
    for (unsigned i = 0; i < h->e_phnum; i++) {
        if (p[i].p_type != PT_LOAD || !p[i].p_memsz)
            continue;
        if (p[i].p_offset > size || p[i].p_filesz > size - p[i].p_offset ||
            p[i].p_filesz > p[i].p_memsz || p[i].p_memsz > 1ull << 30)
            return "a segment of the kernel is damaged";
        if (end && p[i].p_paddr - p[i].p_offset != im->base)
            return "the kernel's segments are not at one constant distance from its file";
        im->base = p[i].p_paddr - p[i].p_offset;
        if (p[i].p_offset + p[i].p_memsz > end) {
            end = p[i].p_offset + p[i].p_memsz;
            *last = i;
        }
    }
    return end ? NULL : "the kernel has nothing to load";
}

/* The first 8 KiB hold the multiboot header. */
static uint32_t *find_mb1(struct image *im)
{
    for (size_t at = 0; at + 4 * MB1_WORDS <= 8192 && at + 4 * MB1_WORDS <= im->size; at += 4) {
        uint32_t *w = (uint32_t *)(im->data + at);
        if (w[0] == MB1_MAGIC && w[0] + w[MB1_FLAGS] + w[MB1_CHECKSUM] == 0 &&
            w[MB1_FLAGS] & 1u << 16)
            return w;
    }
    return NULL;
}

static struct image_table *find_table(struct image *im)
{
    for (size_t at = 0; at + sizeof(struct image_table) <= im->size; at += 16)
        if (!memcmp(im->data + at, IMAGE_MAGIC, 16))
            return (struct image_table *)(im->data + at);
    return NULL;
}

static const char *open_kernel(struct image *im, const uint8_t *kernel, size_t size)
{
    size_t last = 0;
    const char *problem = check_elf(kernel, size);
    if (!problem)
        problem = find_last(im, kernel, size, &last);
    if (problem)
        return problem;
    const Elf64_Ehdr *from = (const void *)kernel;
    const Elf64_Phdr *p = (const Elf64_Phdr *)(const void *)(kernel + from->e_phoff) + last;
    im->size = align_up(p->p_offset + p->p_memsz, PAGE);
    im->data = calloc(1, im->size);
    if (!im->data)
        return "out of memory";
    memcpy(im->data, kernel, p->p_offset + p->p_filesz);
    Elf64_Ehdr *h = (void *)im->data;
    h->e_shoff = 0; /* the payload takes the place of sections and symbols */
    h->e_shnum = h->e_shstrndx = 0;
    im->last = (Elf64_Phdr *)(void *)(im->data + h->e_phoff) + last;
    im->mb1 = find_mb1(im);
    im->table = find_table(im);
    if (!im->mb1)
        return "the kernel has no multiboot header with address fields";
    if (!im->table)
        return "the kernel has no payload table";
    return im->table->version == IMAGE_VERSION ? NULL
                                               : "the kernel's payload table has another version";
}

/* Large items lie on and fill 2 MiB boundaries, so that they can be mapped with large frames. */
static uint64_t item_align(const struct image_item *item)
{
    return item->size > LARGE / 2 || !strcmp(item->name, "files") ? LARGE : PAGE;
}

static const char *place_items(struct image *im, const struct image_item *items, unsigned count,
                               uint64_t *end)
{
    uint64_t at = im->base + im->size;
    for (unsigned i = 0; i < count; i++) {
        uint64_t align = item_align(&items[i]);
        at = align_up(at, align);
        im->table->item[i].paddr = at;
        /* the root task is an ELF file: its size is exact; all others fill their pages */
        im->table->item[i].size =
            !strcmp(items[i].name, "root") ? items[i].size : align_up(items[i].size, align);
        memset(im->table->item[i].name, 0, 16);
        memcpy(im->table->item[i].name, items[i].name, strlen(items[i].name));
        at += align_up(items[i].size, align);
    }
    im->table->count = count;
    if (at > 1ull << 31)
        return "the image is larger than 2 GiB";
    *end = at;
    im->mb1[MB1_LOAD_END] = im->mb1[MB1_BSS_END] = (uint32_t)at;
    im->last->p_filesz = im->last->p_memsz = at - im->base - im->last->p_offset;
    return NULL;
}

static void write_zeros(FILE *out, uint64_t from, uint64_t to)
{
    static const uint8_t zeros[4096];
    while (from < to) {
        size_t n = to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
        fwrite(zeros, 1, n, out);
        from += n;
    }
}

const char *image_pack(const uint8_t *kernel, size_t size, const struct image_item *items,
                       unsigned count, FILE *out)
{
    struct image im = {0};
    uint64_t end = 0;
    const char *problem = count > IMAGE_MAX_ITEMS ? "too many payload items" : NULL;
    for (unsigned i = 0; i < count && !problem; i++)
        if (strlen(items[i].name) > 15)
            problem = "the name of a payload item has more than 15 characters";
    if (!problem)
        problem = open_kernel(&im, kernel, size);
    if (!problem)
        problem = place_items(&im, items, count, &end);
    if (!problem) {
        fwrite(im.data, 1, im.size, out);
        uint64_t at = im.base + im.size;
        for (unsigned i = 0; i < count; i++) {
            write_zeros(out, at, im.table->item[i].paddr);
            fwrite(items[i].data, 1, items[i].size, out);
            at = im.table->item[i].paddr + items[i].size;
        }
        write_zeros(out, at, end);
    }
    free(im.data);
    return problem;
}
