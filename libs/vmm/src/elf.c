/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* ELF kernels, 32 and 64 bit, loaded at their physical addresses (System V ABI, chapter 4). */
#include "boot.h"

#define PT_LOAD        1u
#define PT_NOTE        4u
#define EM_386         3u
#define EM_X86_64      62u
#define NOTE_PVH_ENTRY 18u
#define MAX_HEADERS    64u

/* A program header, independent of the class. */
struct segment {
    uint32_t type;
    uint64_t offset, paddr, filesz, memsz;
};

struct elf {
    bool is64;
    uint64_t entry, phoff;
    uint16_t machine, phentsize, phnum;
};

static uint64_t word(const uint8_t *p, unsigned size)
{
    uint64_t value = 0;
    memcpy(&value, p, size);
    return value;
}

static bool read_header(const struct boot *b, struct elf *e)
{
    uint8_t h[64];
    if (!image_read(b, 0, h, 52) || (h[4] != 1 && h[4] != 2) || h[5] != 1) {
        return false;
    }
    e->is64 = h[4] == 2;
    if (e->is64 && !image_read(b, 0, h, 64)) {
        return false;
    }
    e->machine = (uint16_t)word(h + 18, 2);
    e->entry = word(h + 24, e->is64 ? 8 : 4);
    e->phoff = e->is64 ? word(h + 32, 8) : word(h + 28, 4);
    e->phentsize = (uint16_t)word(h + (e->is64 ? 54 : 42), 2);
    e->phnum = (uint16_t)word(h + (e->is64 ? 56 : 44), 2);
    return e->machine == (e->is64 ? EM_X86_64 : EM_386) && e->phnum <= MAX_HEADERS &&
           e->phentsize >= (e->is64 ? 56 : 32);
}

static bool read_segment(const struct boot *b, const struct elf *e, unsigned i, struct segment *s)
{
    uint8_t p[56];
    uint64_t at = (uint64_t)i * e->phentsize;
    if (e->phoff + at < at || !image_read(b, e->phoff + at, p, e->is64 ? 56 : 32)) {
        return false;
    }
    unsigned w = e->is64 ? 8 : 4;
    s->type = (uint32_t)word(p, 4);
    s->offset = word(p + (e->is64 ? 8 : 4), w);
    s->paddr = word(p + (e->is64 ? 24 : 12), w);
    s->filesz = word(p + (e->is64 ? 32 : 16), w);
    s->memsz = word(p + (e->is64 ? 40 : 20), w);
    return true;
}

static const char *load_segment(struct boot *b, const struct segment *s)
{
    if (s->memsz == 0) {
        return NULL;
    }
    if (s->filesz > s->memsz || s->offset > b->images->kernel_size ||
        b->images->kernel_size - s->offset < s->filesz) {
        return "the ELF kernel is truncated";
    }
    if (!boot_range_usable(b, s->paddr, s->memsz) ||
        !vmm_memory_write(b->vm, s->paddr, b->images->kernel + s->offset, s->filesz) ||
        !boot_zero(b, s->paddr + s->filesz, s->memsz - s->filesz)) {
        return "the kernel does not fit into guest memory";
    }
    struct vmm_boot_entry *entry = b->entry;
    if (entry->kernel_end == 0 || s->paddr < entry->kernel_start) {
        entry->kernel_start = s->paddr;
    }
    if (s->paddr + s->memsz > entry->kernel_end) {
        entry->kernel_end = s->paddr + s->memsz;
    }
    return NULL;
}

/* Look for the PVH entry in one note segment. */
static bool find_pvh(const struct boot *b, const struct segment *s, uint64_t *entry)
{
    uint64_t at = s->offset, end = s->offset + s->filesz;
    while (end >= at && end - at >= 12) {
        uint32_t h[3];
        char name[4];
        if (!image_read(b, at, h, 12)) {
            return false;
        }
        uint64_t name_at = at + 12, desc_at = name_at + ((h[0] + 3ull) & ~3ull);
        if (h[0] == 4 && h[2] == NOTE_PVH_ENTRY && image_read(b, name_at, name, 4) &&
            memcmp(name, "Xen", 4) == 0 && (h[1] == 4 || h[1] == 8)) {
            *entry = 0;
            return image_read(b, desc_at, entry, h[1]);
        }
        at = desc_at + ((h[1] + 3ull) & ~3ull);
    }
    return false;
}

const char *boot_load_elf(struct boot *b)
{
    struct elf e;
    if (!read_header(b, &e)) {
        return "the ELF kernel is not for x86, or damaged";
    }
    uint64_t pvh = 0;
    bool has_pvh = false;
    for (unsigned i = 0; i < e.phnum; i++) {
        struct segment s;
        if (!read_segment(b, &e, i, &s)) {
            return "the ELF kernel is truncated";
        }
        const char *error = s.type == PT_LOAD ? load_segment(b, &s) : NULL;
        if (error) {
            return error;
        }
        has_pvh = has_pvh || (s.type == PT_NOTE && find_pvh(b, &s, &pvh));
    }
    if (b->entry->kernel_end == 0) {
        return "the ELF kernel has nothing to load";
    }
    uint64_t rip = has_pvh ? pvh : e.entry;
    b->entry->mode = has_pvh ? VMM_ENTRY_PVH : e.is64 ? VMM_ENTRY_LINUX64 : VMM_ENTRY_LINUX32;
    if (rip < b->entry->kernel_start || rip >= b->entry->kernel_end) {
        return "the ELF kernel's entry lies outside its segments";
    }
    b->entry->rip = rip;
    /* An unpacked kernel brings no setup header: it may use memory behind its image for tables. */
    b->entry->kernel_end += 2u << 20;
    b->cmdline_max = 2047;
    return NULL;
}
