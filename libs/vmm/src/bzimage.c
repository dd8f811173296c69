/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The Linux bzImage format, boot protocol 2.12 and later (Documentation/arch/x86/boot.rst). */
#include "boot.h"

#define OFFSET_HEADER     0x1f1
#define OFFSET_JUMP_BYTE  0x201
#define OFFSET_HEADER_END 0x202
#define MIN_VERSION       0x20c

/* The fields we use, read one by one from the image. */
struct setup {
    uint8_t setup_sects;
    uint16_t version, boot_flag;
    uint8_t loadflags;
    uint32_t initrd_addr_max, kernel_alignment, cmdline_size, init_size;
    uint8_t relocatable;
    uint16_t xloadflags;
    uint64_t pref_address;
};

#define XLF_KERNEL_64 1u

static bool read_setup(const struct boot *b, struct setup *s)
{
    return image_read(b, 0x1f1, &s->setup_sects, 1) && image_read(b, 0x1fe, &s->boot_flag, 2) &&
           image_read(b, 0x206, &s->version, 2) && image_read(b, 0x211, &s->loadflags, 1) &&
           image_read(b, 0x22c, &s->initrd_addr_max, 4) &&
           image_read(b, 0x230, &s->kernel_alignment, 4) &&
           image_read(b, 0x234, &s->relocatable, 1) && image_read(b, 0x236, &s->xloadflags, 2) &&
           image_read(b, 0x238, &s->cmdline_size, 4) && image_read(b, 0x258, &s->pref_address, 8) &&
           image_read(b, 0x260, &s->init_size, 4);
}

/* Where the kernel goes: its preferred address, else (relocatable) the first aligned one. */
static bool choose_address(const struct boot *b, const struct setup *s, uint64_t need,
                           uint64_t *address)
{
    *address = s->pref_address ? s->pref_address : 0x100000;
    if (boot_range_usable(b, *address, need)) {
        return true;
    }
    uint64_t align = s->kernel_alignment;
    if (!s->relocatable || align == 0 || (align & (align - 1))) {
        return false;
    }
    *address = (VMM_LEGACY_HOLE_END + align - 1) & ~(align - 1);
    return boot_range_usable(b, *address, need);
}

static bool copy_header(struct boot *b)
{
    uint8_t jump;
    if (!image_read(b, OFFSET_JUMP_BYTE, &jump, 1)) {
        return false;
    }
    b->header_size = OFFSET_HEADER_END + jump - OFFSET_HEADER;
    if (b->header_size > sizeof b->header || b->header_size > 0x290 - OFFSET_HEADER) {
        b->header_size =
            0x290 - OFFSET_HEADER < sizeof b->header ? 0x290 - OFFSET_HEADER : sizeof b->header;
    }
    return image_read(b, OFFSET_HEADER, b->header, b->header_size);
}

const char *boot_load_bzimage(struct boot *b)
{
    struct setup s;
    char magic[4];
    if (!image_read(b, 0x202, magic, 4) || memcmp(magic, "HdrS", 4) != 0 || !read_setup(b, &s) ||
        s.boot_flag != 0xaa55) {
        return "the kernel image is neither ELF nor bzImage";
    }
    if (s.version < MIN_VERSION) {
        return "the bzImage is older than boot protocol 2.12";
    }
    if (!(s.loadflags & 1u)) {
        return "the kernel image is a zImage, which loads low";
    }
    uint64_t skip = ((s.setup_sects ? s.setup_sects : 4u) + 1u) * 512u;
    if (skip >= b->images->kernel_size || !copy_header(b)) {
        return "the bzImage is truncated";
    }
    uint64_t size = b->images->kernel_size - skip, address;
    uint64_t need = s.init_size > size ? s.init_size : size;
    if (!choose_address(b, &s, need, &address)) {
        return "the kernel does not fit into guest memory";
    }
    if (!vmm_memory_write(b->vm, address, b->images->kernel + skip, size)) {
        return "the kernel does not fit into guest memory";
    }
    b->initrd_max = s.initrd_addr_max ? s.initrd_addr_max : 0x37ffffff;
    b->cmdline_max = s.cmdline_size;
    b->entry->kernel_start = address;
    b->entry->kernel_end = address + need;
    bool has_64 = s.xloadflags & XLF_KERNEL_64;
    b->entry->mode = has_64 ? VMM_ENTRY_LINUX64 : VMM_ENTRY_LINUX32;
    b->entry->rip = has_64 ? address + 0x200 : address;
    return NULL;
}
