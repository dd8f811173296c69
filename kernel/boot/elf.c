/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* ELF64 executables. System V ABI, "Object Files"; AMD64 supplement. */
#include "elf.h"
#include <kernel/printf.h>
#include <string.h>
#include <x86/paging.h>

#define ELF_MAGIC      0x464c457f
#define ELF_64_LITTLE  0x0102 /* ident bytes 4 and 5 */
#define ELF_EXECUTABLE 2
#define ELF_X86_64     62
#define PT_LOAD        1
#define USER_END       0x7fff00000000ull /* leaves room for what the kernel maps behind */

struct elf_header {
    uint32_t magic;
    uint16_t class_and_order;
    uint8_t ident[10];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

static struct elf_segment elf_segment(const struct elf_image *image, unsigned index)
{
    const struct elf_header *h = (const void *)image->file;
    struct elf_segment s;
    memcpy(&s, image->file + h->phoff + (uint64_t)index * sizeof(s), sizeof(s));
    return s;
}

static void elf_check_segment(const struct elf_image *image, const struct elf_segment *s)
{
    if (s->offset > image->size || s->filesz > image->size - s->offset) {
        panic("root task: segment at %lx reaches beyond the file", s->vaddr);
    }
    if (s->filesz > s->memsz || s->vaddr < PAGE_SIZE || s->vaddr >= USER_END ||
        s->memsz > USER_END - s->vaddr) {
        panic("root task: segment at %lx, %lx bytes, has no place", s->vaddr, s->memsz);
    }
}

void elf_open(struct elf_image *image, const void *file, uint64_t size)
{
    const struct elf_header *h = file;
    *image = (struct elf_image){.file = file, .size = size, .start = USER_END};
    if (size < sizeof(*h) || h->magic != ELF_MAGIC || h->class_and_order != ELF_64_LITTLE ||
        h->type != ELF_EXECUTABLE || h->machine != ELF_X86_64 ||
        h->phentsize != sizeof(struct elf_segment)) {
        panic("root task: not an x86-64 ELF executable (%lu bytes)", size);
    }
    if (h->phoff > size || (uint64_t)h->phnum * sizeof(struct elf_segment) > size - h->phoff) {
        panic("root task: program headers reach beyond the file");
    }
    for (unsigned i = 0; i < h->phnum; i++) {
        struct elf_segment s = elf_segment(image, i);
        if (s.type != PT_LOAD || s.memsz == 0) {
            continue;
        }
        elf_check_segment(image, &s);
        uint64_t start = s.vaddr & ~(PAGE_SIZE - 1);
        uint64_t end = (s.vaddr + s.memsz + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
        image->start = start < image->start ? start : image->start;
        image->end = end > image->end ? end : image->end;
    }
    if (image->start >= image->end) {
        panic("root task: nothing to load");
    }
    image->entry = h->entry;
}

void elf_copy(const struct elf_image *image, uint8_t *to)
{
    const struct elf_header *h = (const void *)image->file;
    for (unsigned i = 0; i < h->phnum; i++) {
        struct elf_segment s = elf_segment(image, i);
        if (s.type == PT_LOAD && s.memsz != 0) {
            memcpy(to + (s.vaddr - image->start), image->file + s.offset, s.filesz);
        }
    }
}
