/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* What the boot loader said, and the steps of making the first thread from it. */
#include <kernel/cap.h>
#include <stddef.h>

#define BOOT_MAX_REGIONS 256
#define BOOT_MAX_MODULES 24
#define BOOT_NAME_SIZE   16

/** A range of physical memory of the loader's map. */
struct boot_region {
    paddr_t base;
    uint64_t size;
    uint32_t type; /* 1: usable RAM */
};

/** A file in memory: a multiboot module or an item of the payload table. */
struct boot_module {
    paddr_t base;
    uint64_t size;
    char name[BOOT_NAME_SIZE]; /* NUL-padded */
};

/** Kinds of frame buffer; Multiboot2 Specification 3.6.12. */
enum { DISPLAY_INDEXED = 0, DISPLAY_RGB = 1, DISPLAY_TEXT = 2 };

/** Display information, raw as it goes into the boot information. */
struct boot_display {
    bool has_vbe, has_framebuffer;
    uint8_t vbe[512 + 256];
    uint32_t vbe_mode, vbe_segment, vbe_offset, vbe_length;
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t bpp, type;
    uint8_t red[2], green[2], blue[2]; /* position and size in a pixel, in bits */
};

/** All that is taken from the loader, copied out of its memory. */
struct boot_params {
    char cmdline[1024];
    unsigned num_regions, num_modules;
    struct boot_region region[BOOT_MAX_REGIONS];
    struct boot_module module[BOOT_MAX_MODULES];
    bool has_rsdp;
    uint8_t rsdp[36];
    struct boot_display display;
    bool is_uefi;
    char loader[40]; /* what the boot loader calls itself */
};

extern struct boot_params boot_params;

/** First C function: magic and info are what the loader left in eax and ebx. */
_Noreturn void kernel_main(uint32_t magic, uint32_t info);

/** Reads multiboot 1 or 2 information into boot_params; a panic if it is neither. */
void multiboot_read(uint32_t magic, paddr_t info);

/** Items of the image's own payload table, added behind the modules. */
void payload_read(void);
/** Takes the root task's ELF file out of the modules: the item "root", or else the first one. */
struct boot_module payload_take_root(void);

/** Makes the root task's objects, memory and boot information; it is ready to run afterwards. */
void root_task_create(const struct boot_module *elf);
