/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* ELF images in a link: loading (System V ABI, ELF-64), symbols, frames of their segments. */
#include "link.h"
#include "spec_internal.h"
#include "arena.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool elf_range_ok(const struct link_elf *elf, uint64_t offset, uint64_t size)
{
    return offset <= elf->size && size <= elf->size - offset;
}

static const char *elf_check(const struct link_elf *elf)
{
    const Elf64_Ehdr *h = (const void *)elf->data;
    if (elf->size < sizeof *h || memcmp(h->e_ident, ELFMAG, SELFMAG) != 0)
        return "not an ELF file";
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_machine != EM_X86_64)
        return "not for x86-64";
    if (h->e_type != ET_EXEC)
        return "not a linked executable at fixed addresses";
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phoff % 8 ||
        !elf_range_ok(elf, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf64_Phdr)))
        return "program headers are damaged";
    const Elf64_Phdr *p = (const void *)(elf->data + h->e_phoff);
    for (unsigned i = 0; i < h->e_phnum; i++)
        if (p[i].p_type == PT_LOAD &&
            (!elf_range_ok(elf, p[i].p_offset, p[i].p_filesz) || p[i].p_filesz > p[i].p_memsz ||
             p[i].p_vaddr > SPEC_LARGE_WINDOW_END || p[i].p_memsz > SPEC_LARGE_WINDOW_END))
            return "a segment is damaged";
    if (h->e_shnum && (h->e_shentsize != sizeof(Elf64_Shdr) || h->e_shoff % 8 ||
                       !elf_range_ok(elf, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf64_Shdr))))
        return "section headers are damaged";
    return NULL;
}

static bool elf_read_file(struct link_elf *elf)
{
    FILE *in = fopen(elf->path, "rb");
    if (!in)
        return false;
    bool ok = !fseek(in, 0, SEEK_END);
    long size = ok ? ftell(in) : -1;
    rewind(in);
    if (size >= 0)
        elf->data = malloc((size_t)size + 1);
    ok = elf->data && fread(elf->data, 1, (size_t)size, in) == (size_t)size;
    elf->size = (size_t)size;
    fclose(in);
    return ok;
}

struct link_elf *link_find_elf(const struct link *link, const char *name)
{
    for (struct link_elf *e = link->elfs; e; e = e->next)
        if (!strcmp(e->name, name))
            return e;
    return NULL;
}

struct link_elf *link_add_elf(struct link *link, const char *name, const char *path)
{
    struct link_elf *elf = calloc(1, sizeof *elf);
    if (!elf)
        return NULL;
    elf->name = name;
    elf->path = path;
    elf->next = link->elfs;
    link->elfs = elf;
    if (!elf_read_file(elf)) {
        spec_error(link->spec, "%s: %s", path, errno ? strerror(errno) : "cannot be read");
        return NULL;
    }
    const char *problem = elf_check(elf);
    if (problem)
        spec_error(link->spec, "%s: %s", path, problem);
    return problem ? NULL : elf;
}

void link_free(struct link *link)
{
    while (link->elfs) {
        struct link_elf *next = link->elfs->next;
        free(link->elfs->data);
        free(link->elfs);
        link->elfs = next;
    }
}

static bool elf_search_table(const struct link_elf *elf, const Elf64_Shdr *table,
                             const Elf64_Shdr *strings, const char *symbol, Elf64_Sym *found)
{
    if (!elf_range_ok(elf, table->sh_offset, table->sh_size) ||
        !elf_range_ok(elf, strings->sh_offset, strings->sh_size) || !strings->sh_size ||
        elf->data[strings->sh_offset + strings->sh_size - 1] != 0)
        return false;
    for (uint64_t at = 0; at + sizeof *found <= table->sh_size; at += sizeof *found) {
        memcpy(found, elf->data + table->sh_offset + at, sizeof *found);
        if (found->st_shndx != SHN_UNDEF && found->st_name < strings->sh_size &&
            !strcmp((const char *)elf->data + strings->sh_offset + found->st_name, symbol))
            return true;
    }
    return false;
}

bool link_find_symbol(const struct link_elf *elf, const char *symbol, uint64_t *address,
                      uint64_t *size)
{
    const Elf64_Ehdr *h = (const void *)elf->data;
    const Elf64_Shdr *s = (const void *)(elf->data + h->e_shoff);
    for (unsigned i = 0; i < h->e_shnum; i++) {
        Elf64_Sym found;
        if (s[i].sh_type != SHT_SYMTAB || s[i].sh_link >= h->e_shnum ||
            !elf_search_table(elf, &s[i], &s[s[i].sh_link], symbol, &found))
            continue;
        *address = found.st_value;
        *size = found.st_size;
        return true;
    }
    return false;
}

/* One stretch of a segment: pages of one frame size, [start, end). */
struct piece {
    struct spec_object *space;
    const Elf64_Phdr *segment;
    uint64_t start, end;
    unsigned bits;
};

static const char *segment_word(const Elf64_Phdr *p)
{
    return p->p_flags & PF_X ? "text" : p->p_flags & PF_W ? "data" : "rodata";
}

static void add_piece(struct spec *spec, const struct piece *piece)
{
    const Elf64_Phdr *p = piece->segment;
    if (piece->start >= piece->end)
        return;
    char *name = arena_printf(spec->arena, "%s_%s", piece->space->elf, segment_word(p));
    for (unsigned n = 2; spec_find(spec, name); n++)
        name = arena_printf(spec->arena, "%s_%s_%u", piece->space->elf, segment_word(p), n);
    enum capspec_type type = piece->bits == 21 ? CAPSPEC_FRAME_2M : CAPSPEC_FRAME_4K;
    uint32_t count = (uint32_t)((piece->end - piece->start) >> piece->bits);
    struct spec_object *o = spec_add_object(spec, piece->space->owner, type, name, 0, count);
    o->from_link = true;
    uint32_t rights = CAPSPEC_READ | (p->p_flags & PF_W ? CAPSPEC_WRITE : 0) |
                      (p->p_flags & PF_X ? SPEC_EXECUTE : 0);
    spec_map(spec, piece->space, piece->start, o, 0, count, rights);
    uint64_t from = piece->start > p->p_vaddr ? piece->start : p->p_vaddr;
    uint64_t to = p->p_vaddr + p->p_filesz;
    if (to > piece->end)
        to = piece->end;
    if (from >= to)
        return;
    struct spec_fill *fill = spec_add_fill(spec, o, from - piece->start, CAPSPEC_FILL_DATA,
                                           p->p_offset + (from - p->p_vaddr), to - from);
    fill->file = piece->space->elf;
}

/* 4 KiB frames up to the first 2 MiB boundary, large frames, 4 KiB frames again. */
static void add_stretch(struct spec *spec, struct piece piece)
{
    uint64_t start = piece.start, end = piece.end;
    uint64_t large_start = (start + SPEC_2M - 1) & ~(SPEC_2M - 1);
    uint64_t large_end = end & ~(SPEC_2M - 1);
    if (large_start >= large_end)
        large_start = large_end = end;
    piece.bits = 12;
    piece.end = large_start;
    add_piece(spec, &piece);
    piece.bits = 21;
    piece.start = large_start;
    piece.end = large_end;
    add_piece(spec, &piece);
    piece.bits = 12;
    piece.start = large_end;
    piece.end = end;
    add_piece(spec, &piece);
}

/* The first planned mapping of the space at or after `from`, or NULL. */
static const struct spec_map *next_map(const struct spec *spec, const struct spec_object *space,
                                       uint64_t from, uint64_t to)
{
    const struct spec_map *best = NULL;
    for (const struct spec_map *m = spec->maps; m; m = m->next) {
        uint64_t end = m->vaddr + ((uint64_t)m->count << m->object->size_bits);
        if (m->space == space && end > from && m->vaddr < to && (!best || m->vaddr < best->vaddr))
            best = m;
    }
    return best;
}

static void add_segment(struct link *link, struct spec_object *space, const Elf64_Phdr *p)
{
    struct spec *spec = link->spec;
    uint64_t start = p->p_vaddr & ~4095ull;
    uint64_t end = (p->p_vaddr + p->p_memsz + 4095) & ~4095ull;
    if ((p->p_flags & (PF_W | PF_X)) == (PF_W | PF_X)) {
        spec_error(spec, "image '%s': the segment at 0x%llx is writable and executable", space->elf,
                   (unsigned long long)p->p_vaddr);
        return;
    }
    while (start < end) {
        const struct spec_map *m = next_map(spec, space, start, end);
        struct piece piece = {space, p, start, end, 12};
        if (m && m->vaddr <= start) { /* planned frames replace the image's own pages */
            if (m->object->from_link)
                spec_error(spec, "image '%s': two segments share the page at 0x%llx", space->elf,
                           (unsigned long long)start);
            start = m->vaddr + ((uint64_t)m->count << m->object->size_bits);
            continue;
        }
        if (m)
            piece.end = m->vaddr;
        add_stretch(spec, piece);
        start = piece.end;
    }
}

void link_add_segments(struct link *link)
{
    for (struct spec_object *o = link->spec->objects; o; o = o->next) {
        if (!o->elf)
            continue;
        const struct link_elf *elf = link_find_elf(link, o->elf);
        if (!elf)
            continue;
        const Elf64_Ehdr *h = (const void *)elf->data;
        const Elf64_Phdr *p = (const void *)(elf->data + h->e_phoff);
        for (unsigned i = 0; i < h->e_phnum; i++)
            if (p[i].p_type == PT_LOAD && p[i].p_memsz)
                add_segment(link, o, &p[i]);
    }
}
