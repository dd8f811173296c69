/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Multiboot Specification 0.6.96 and Multiboot2 Specification 2.0: one result for both. */
#include "boot.h"
#include <kernel/arch.h>
#include <kernel/printf.h>
#include <string.h>

#define MB1_BOOT_MAGIC 0x2badb002
#define MB2_BOOT_MAGIC 0x36d76289
enum {
    MB1_HAS_CMDLINE = 1 << 2,
    MB1_HAS_MODULES = 1 << 3,
    MB1_HAS_MMAP = 1 << 6,
    MB1_HAS_LOADER = 1 << 9,
    MB1_HAS_VBE = 1 << 11,
    MB1_HAS_FRAMEBUFFER = 1 << 12,
};
enum {
    MB2_END = 0,
    MB2_CMDLINE = 1,
    MB2_LOADER = 2,
    MB2_MODULE = 3,
    MB2_MMAP = 6,
    MB2_VBE = 7,
    MB2_FRAMEBUFFER = 8,
    MB2_EFI32 = 11,
    MB2_EFI64 = 12,
    MB2_RSDP_OLD = 14,
    MB2_RSDP_NEW = 15,
};

/* Multiboot 1 information, 3.3 of its specification. */
struct mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
    uint32_t mmap_length, mmap_addr, drives[2], config_table, loader_name, apm_table;
    uint32_t vbe_control_info, vbe_mode_info;
    uint16_t vbe_mode, vbe_interface_seg, vbe_interface_off, vbe_interface_len;
    uint64_t framebuffer_addr;
    uint32_t framebuffer_pitch, framebuffer_width, framebuffer_height;
    uint8_t framebuffer_bpp, framebuffer_type;
    uint8_t colours[6]; /* position and size of red, green, blue */
} __attribute__((packed));

struct mb1_module {
    uint32_t start, end, string, reserved;
};

struct mb1_region {
    uint32_t entry_size;
    uint64_t base, size;
    uint32_t type;
} __attribute__((packed));

struct mb2_tag {
    uint32_t type, size;
};

struct mb2_region {
    uint64_t base, size;
    uint32_t type, reserved;
};

struct boot_params boot_params;

static void copy_string(char *to, const char *from, size_t size)
{
    size_t i = 0;
    for (; i + 1 < size && from[i]; i++) {
        to[i] = from[i];
    }
    to[i] = 0;
}

static void add_region(uint64_t base, uint64_t size, uint32_t type)
{
    if (boot_params.num_regions == BOOT_MAX_REGIONS) {
        panic("memory map with more than %d entries", BOOT_MAX_REGIONS);
    }
    boot_params.region[boot_params.num_regions++] = (struct boot_region){base, size, type};
}

/* Named by the last path component of the first word of its command line. */
static void add_module(paddr_t start, paddr_t end, const char *string)
{
    if (boot_params.num_modules == BOOT_MAX_MODULES) {
        panic("more than %d modules", BOOT_MAX_MODULES);
    }
    struct boot_module *m = &boot_params.module[boot_params.num_modules++];
    m->base = start;
    m->size = end - start;
    unsigned n = 0;
    for (; *string && *string != ' '; string++) {
        if (*string == '/') {
            n = 0;
        } else if (n < BOOT_NAME_SIZE - 1) {
            m->name[n++] = *string;
        }
    }
    memset(m->name + n, 0, BOOT_NAME_SIZE - n);
}

static void read_colours(struct boot_display *d, const uint8_t from[6])
{
    memcpy(d->red, from, 2);
    memcpy(d->green, from + 2, 2);
    memcpy(d->blue, from + 4, 2);
}

static void mb1_read_display(const struct mb1_info *info)
{
    struct boot_display *d = &boot_params.display;
    if ((info->flags & MB1_HAS_VBE) && info->vbe_control_info && info->vbe_mode_info) {
        d->has_vbe = true;
        memcpy(d->vbe, phys_to_virt(info->vbe_control_info), 512);
        memcpy(d->vbe + 512, phys_to_virt(info->vbe_mode_info), 256);
        d->vbe_mode = info->vbe_mode;
        d->vbe_segment = info->vbe_interface_seg;
        d->vbe_offset = info->vbe_interface_off;
        d->vbe_length = info->vbe_interface_len;
    }
    if (info->flags & MB1_HAS_FRAMEBUFFER) {
        d->has_framebuffer = true;
        d->address = info->framebuffer_addr;
        d->pitch = info->framebuffer_pitch;
        d->width = info->framebuffer_width;
        d->height = info->framebuffer_height;
        d->bpp = info->framebuffer_bpp;
        d->type = info->framebuffer_type;
        read_colours(d, info->colours);
    }
}

static void mb1_read(const struct mb1_info *info)
{
    if (info->flags & MB1_HAS_CMDLINE) {
        copy_string(boot_params.cmdline, phys_to_virt(info->cmdline), sizeof(boot_params.cmdline));
    }
    if (info->flags & MB1_HAS_LOADER) {
        copy_string(boot_params.loader, phys_to_virt(info->loader_name),
                    sizeof(boot_params.loader));
    }
    if (!(info->flags & MB1_HAS_MMAP)) {
        panic("the boot loader gave no memory map");
    }
    for (uint32_t at = 0; at < info->mmap_length;) {
        const struct mb1_region *r = phys_to_virt(info->mmap_addr + at);
        add_region(r->base, r->size, r->type);
        at += r->entry_size + 4;
    }
    const struct mb1_module *m = phys_to_virt(info->mods_addr);
    for (uint32_t i = 0; (info->flags & MB1_HAS_MODULES) && i < info->mods_count; i++) {
        add_module(m[i].start, m[i].end, m[i].string ? phys_to_virt(m[i].string) : "");
    }
    mb1_read_display(info);
}

static void mb2_read_mmap(const struct mb2_tag *tag)
{
    const uint32_t *head = (const uint32_t *)(tag + 1); /* entry size, version */
    for (uint32_t at = 16; head[0] >= sizeof(struct mb2_region) && at + head[0] <= tag->size;
         at += head[0]) {
        const struct mb2_region *r = (const void *)((const char *)tag + at);
        add_region(r->base, r->size, r->type);
    }
}

static void mb2_read_display(const struct mb2_tag *tag)
{
    struct boot_display *d = &boot_params.display;
    const uint8_t *p = (const uint8_t *)(tag + 1);
    if (tag->type == MB2_VBE && tag->size >= 16 + sizeof(d->vbe)) {
        uint16_t words[4];
        memcpy(words, p, sizeof(words));
        d->has_vbe = true;
        d->vbe_mode = words[0];
        d->vbe_segment = words[1];
        d->vbe_offset = words[2];
        d->vbe_length = words[3];
        memcpy(d->vbe, p + 8, sizeof(d->vbe));
    } else if (tag->type == MB2_FRAMEBUFFER && tag->size >= 30) {
        d->has_framebuffer = true;
        memcpy(&d->address, p, 8);
        memcpy(&d->pitch, p + 8, 4);
        memcpy(&d->width, p + 12, 4);
        memcpy(&d->height, p + 16, 4);
        d->bpp = p[20];
        d->type = p[21];
        if (tag->size >= 38) {
            read_colours(d, p + 24);
        }
    }
}

static void mb2_read_tag(const struct mb2_tag *tag)
{
    const uint32_t *words = (const uint32_t *)(tag + 1);
    uint32_t payload = tag->size - sizeof(*tag);
    switch (tag->type) {
    case MB2_CMDLINE:
        copy_string(boot_params.cmdline, (const char *)words, sizeof(boot_params.cmdline));
        break;
    case MB2_LOADER:
        copy_string(boot_params.loader, (const char *)words, sizeof(boot_params.loader));
        break;
    case MB2_EFI32:
    case MB2_EFI64:
        boot_params.is_uefi = true;
        break;
    case MB2_MODULE:
        add_module(words[0], words[1], (const char *)(words + 2));
        break;
    case MB2_MMAP:
        mb2_read_mmap(tag);
        break;
    case MB2_VBE:
    case MB2_FRAMEBUFFER:
        mb2_read_display(tag);
        break;
    case MB2_RSDP_OLD:
    case MB2_RSDP_NEW:
        /* The new one wins whatever the order. */
        if (!boot_params.has_rsdp || tag->type == MB2_RSDP_NEW) {
            boot_params.has_rsdp = true;
            memcpy(boot_params.rsdp, words,
                   payload < sizeof(boot_params.rsdp) ? payload : sizeof(boot_params.rsdp));
        }
        break;
    default:
        break;
    }
}

static void mb2_read(paddr_t info)
{
    uint32_t total = *(const uint32_t *)phys_to_virt(info);
    for (uint32_t at = 8; at + sizeof(struct mb2_tag) <= total;) {
        const struct mb2_tag *tag = phys_to_virt(info + at);
        if (tag->type == MB2_END || tag->size < sizeof(*tag)) {
            break;
        }
        mb2_read_tag(tag);
        at += (tag->size + 7) & ~7u;
    }
}

void multiboot_read(uint32_t magic, paddr_t info)
{
    if (magic == MB1_BOOT_MAGIC) {
        mb1_read(phys_to_virt(info));
    } else if (magic == MB2_BOOT_MAGIC) {
        mb2_read(info);
    } else {
        panic("not started by a multiboot loader (magic %x)", magic);
    }
}
