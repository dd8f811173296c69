/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Extra boot information: what loader and firmware said, and the kernel's own records. */
#include "bootinfo.h"
#include "boot.h"
#include "selfcheck.h"
#include <kernel/printf.h>
#include <x86/acpi.h>
#include <string.h>
#include <x86/time.h>
#include <x86/uart.h>

struct writer {
    uint8_t *to;
    uint64_t used;
};

/* Space for a record of size bytes in all, with its header filled in. */
static void *start_record(struct writer *w, seL4_Word id, uint64_t size)
{
    if (size > BOOTINFO_EXTRA_MAX - w->used) {
        panic("boot information too large");
    }
    seL4_BootInfoHeader header = {id, size};
    void *record = w->to + w->used;
    memset(record, 0, size);
    memcpy(record, &header, sizeof(header));
    w->used += size;
    return record;
}

static void write_display(struct writer *w)
{
    const struct boot_display *d = &boot_params.display;
    if (d->has_vbe) {
        seL4_X86_BootInfo_VBE *r =
            start_record(w, SEL4_BOOTINFO_HEADER_X86_VBE, sizeof(seL4_X86_BootInfo_VBE));
        memcpy(&r->vbeInfoBlock, d->vbe, 512);
        memcpy(&r->vbeModeInfoBlock, d->vbe + 512, 256);
        r->vbeMode = d->vbe_mode;
        r->vbeInterfaceSeg = d->vbe_segment;
        r->vbeInterfaceOff = d->vbe_offset;
        r->vbeInterfaceLen = d->vbe_length;
    }
}

static void write_rsdp(struct writer *w)
{
    if (acpi_info.rsdp[0]) {
        uint8_t *r = start_record(w, SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, 16 + ACPI_RSDP_SIZE);
        memcpy(r + 16, acpi_info.rsdp, ACPI_RSDP_SIZE);
    }
}

static void write_framebuffer(struct writer *w)
{
    const struct boot_display *d = &boot_params.display;
    if (d->has_framebuffer) {
        seL4_X86_BootInfo_fb_t *r =
            start_record(w, SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER, sizeof(*r));
        r->addr = d->address;
        r->pitch = d->pitch;
        r->width = d->width;
        r->height = d->height;
        r->bpp = d->bpp;
        r->type = d->type;
    }
}

static void write_memory_map(struct writer *w)
{
    seL4_X86_BootInfo_mmap_t *r = start_record(w, SEL4_BOOTINFO_HEADER_X86_MBMMAP, sizeof(*r));
    unsigned n = boot_params.num_regions;
    n = n < SEL4_MULTIBOOT_MAX_MMAP_ENTRIES ? n : SEL4_MULTIBOOT_MAX_MMAP_ENTRIES;
    r->mmap_length = n * (unsigned)sizeof(seL4_X86_mb_mmap_t);
    for (unsigned i = 0; i < n; i++) {
        r->mmap[i].size = sizeof(seL4_X86_mb_mmap_t) - 4;
        r->mmap[i].base_addr = boot_params.region[i].base;
        r->mmap[i].length = boot_params.region[i].size;
        r->mmap[i].type = boot_params.region[i].type;
    }
}

static void write_payload(struct writer *w)
{
    unsigned n = boot_params.num_modules;
    seL4_BootPayload *r = start_record(w, SEL4_BOOTINFO_HEADER_PAYLOAD,
                                       sizeof(*r) + n * sizeof(seL4_BootPayloadItem));
    r->count = n;
    for (unsigned i = 0; i < n; i++) {
        r->item[i].paddr = boot_params.module[i].base;
        r->item[i].size = boot_params.module[i].size;
        memcpy(r->item[i].name, boot_params.module[i].name, BOOT_NAME_SIZE);
    }
}

static void write_command_line(struct writer *w)
{
    uint64_t length = 0;
    while (boot_params.cmdline[length]) {
        length++;
    }
    /* Padded, so that the records behind it stay aligned; readers stop at the NUL. */
    uint8_t *r = start_record(w, SEL4_BOOTINFO_HEADER_CMDLINE, 16 + ((length + 8) & ~7ull));
    memcpy(r + 16, boot_params.cmdline, length);
}

uint64_t bootinfo_write_extra(uint8_t *to)
{
    struct writer w = {to, 0};
    write_display(&w);
    write_rsdp(&w);
    write_framebuffer(&w);
    write_memory_map(&w);
    seL4_X86_BootInfo_tscFreq *mhz =
        start_record(&w, SEL4_BOOTINFO_HEADER_X86_TSC_FREQ, sizeof(*mhz));
    mhz->freq = (seL4_Uint32)((time_tsc_hz() + 500000) / 1000000);
    write_payload(&w);
    seL4_BootKernelLog *log = start_record(&w, SEL4_BOOTINFO_HEADER_KERNEL_LOG, sizeof(*log));
    uint64_t log_fields[2] = {log_ring_paddr(), LOG_RING_SIZE};
    memcpy((uint8_t *)log + sizeof(log->header), log_fields, sizeof(log_fields));
    write_command_line(&w);
    uint8_t *hz = start_record(&w, SEL4_BOOTINFO_HEADER_TSC_HZ, sizeof(seL4_BootTscHz));
    uint64_t tsc_hz = time_tsc_hz();
    memcpy(hz + sizeof(seL4_BootInfoHeader), &tsc_hz, sizeof(tsc_hz));
    seL4_BootMachine *machine =
        start_record(&w, SEL4_BOOTINFO_HEADER_MACHINE, sizeof(seL4_BootMachine));
    seL4_BootMachine found = selfcheck_record();
    memcpy(&machine->present, &found.present, sizeof(found) - sizeof(found.header));
    return w.used;
}
