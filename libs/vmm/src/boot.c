/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* What all kernel formats share: memory map, initrd, command line, zero page, PVH start info. */
#include "boot.h"

/* offsets in the zero page (Linux: Documentation/arch/x86/zero-page.rst) */
#define ZP_RSDP        0x070
#define ZP_EXT_RAMDISK 0x0c0
#define ZP_EXT_RDSIZE  0x0c4
#define ZP_EXT_CMDLINE 0x0c8
#define ZP_ALT_MEM_K   0x1e0
#define ZP_E820_COUNT  0x1e8
#define ZP_HEADER      0x1f1
#define ZP_BOOT_FLAG   0x1fe
#define ZP_MAGIC       0x202
#define ZP_VERSION     0x206
#define ZP_LOADER      0x210
#define ZP_LOADFLAGS   0x211
#define ZP_CODE32      0x214
#define ZP_RAMDISK     0x218
#define ZP_RDSIZE      0x21c
#define ZP_CMDLINE     0x228
#define ZP_E820        0x2d0

#define LOADED_HIGH 1u

bool image_read(const struct boot *b, uint64_t offset, void *out, size_t n)
{
    if (offset > b->images->kernel_size || b->images->kernel_size - offset < n) {
        return false;
    }
    memcpy(out, b->images->kernel + offset, n);
    return true;
}

bool boot_range_usable(const struct boot *b, uint64_t start, uint64_t size)
{
    bool legacy = start < VMM_LEGACY_HOLE_END && start + size > VMM_LEGACY_HOLE;
    return start >= BOOT_AREA_END && start + size >= start && start + size <= b->low_end && !legacy;
}

bool boot_zero(struct boot *b, uint64_t gpa, uint64_t size)
{
    void *p = size ? vmm_memory_span(b->vm, gpa, size) : NULL;
    if (p) {
        memset(p, 0, size);
    }
    return p || size == 0;
}

unsigned vmm_e820(const struct vmm *vm, struct vmm_e820 *map)
{
    unsigned n = 0;
    uint64_t low = vmm_memory_low(vm);
    map[n++] = (struct vmm_e820){0, VMM_LEGACY_HOLE - 0x400, 1};
    map[n++] = (struct vmm_e820){VMM_LEGACY_HOLE - 0x400, 0x400, 2};
    map[n++] = (struct vmm_e820){VMM_LEGACY_HOLE, VMM_LEGACY_HOLE_END - VMM_LEGACY_HOLE, 2};
    if (low > VMM_LEGACY_HOLE_END) {
        map[n++] = (struct vmm_e820){VMM_LEGACY_HOLE_END, low - VMM_LEGACY_HOLE_END, 1};
    }
    map[n++] = (struct vmm_e820){VMM_ECAM_BASE, VMM_ECAM_SIZE, 2};
    for (unsigned i = 0; i < vm->num_regions && n < VMM_MAX_E820; i++) {
        const struct vmm_region *r = &vm->region[i];
        if (r->gpa >= VMM_HIGH_RAM) {
            map[n++] = (struct vmm_e820){r->gpa, r->size, r->writable ? 1 : 2};
        }
    }
    return n;
}

/* As high as allowed, away from the kernel, page aligned. */
static const char *place_initrd(struct boot *b)
{
    uint64_t size = b->images->initrd_size;
    if (!b->images->initrd || size == 0) {
        return NULL;
    }
    uint64_t top = b->low_end;
    if (b->initrd_max + 1 < top) {
        top = b->initrd_max + 1;
    }
    uint64_t start = top > size ? (top - size) & ~0xfffull : 0;
    if (start < b->entry->kernel_end) {
        start = b->entry->kernel_start > size ? (b->entry->kernel_start - size) & ~0xfffull : 0;
        if (start < VMM_LEGACY_HOLE_END) {
            return "the initrd does not fit into guest memory beside the kernel";
        }
    }
    b->entry->initrd_start = start;
    return vmm_memory_write(b->vm, start, b->images->initrd, size)
               ? NULL
               : "the initrd does not fit into guest memory";
}

static const char *place_cmdline(struct boot *b)
{
    const char *text = b->images->cmdline ? b->images->cmdline : "";
    size_t n = strlen(text);
    if (n > b->cmdline_max || n >= BOOT_CMDLINE_MAX) {
        return "the kernel command line is too long for this kernel";
    }
    return vmm_memory_write(b->vm, BOOT_CMDLINE, text, n + 1) ? NULL : "no low memory";
}

static void put32(uint8_t *page, unsigned offset, uint64_t value)
{
    uint32_t v = (uint32_t)value;
    memcpy(page + offset, &v, sizeof v);
}

static bool write_zero_page(struct boot *b)
{
    uint8_t page[4096] = {0};
    memcpy(page + ZP_HEADER, b->header, b->header_size);
    memcpy(page + ZP_RSDP, &b->rsdp, 8);
    page[ZP_BOOT_FLAG] = 0x55, page[ZP_BOOT_FLAG + 1] = 0xaa;
    memcpy(page + ZP_MAGIC, "HdrS", 4);
    if (page[ZP_VERSION] == 0 && page[ZP_VERSION + 1] == 0) {
        page[ZP_VERSION] = 0x0c, page[ZP_VERSION + 1] = 0x02;
    }
    page[ZP_LOADER] = 0xff;
    page[ZP_LOADFLAGS] |= LOADED_HIGH;
    put32(page, ZP_CODE32, b->entry->kernel_start);
    put32(page, ZP_CMDLINE, BOOT_CMDLINE);
    if (b->entry->initrd_start) {
        put32(page, ZP_RAMDISK, b->entry->initrd_start);
        put32(page, ZP_RDSIZE, b->images->initrd_size);
    }
    put32(page, ZP_ALT_MEM_K, b->low_end > 0x100000 ? (b->low_end - 0x100000) / 1024 : 0);
    struct vmm_e820 map[VMM_MAX_E820];
    unsigned n = vmm_e820(b->vm, map);
    page[ZP_E820_COUNT] = (uint8_t)n;
    memcpy(page + ZP_E820, map, n * sizeof map[0]);
    return vmm_memory_write(b->vm, BOOT_ZERO_PAGE, page, sizeof page);
}

/* hvm_start_info, version 1 */
struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t modules_at, cmdline, rsdp, map;
    uint32_t map_entries, reserved;
};
struct start_module {
    uint64_t start, size, cmdline, reserved;
};
struct start_map {
    uint64_t base, size;
    uint32_t type, reserved;
};

static bool write_start_info(struct boot *b)
{
    struct start_info info = {.magic = 0x336ec578,
                              .version = 1,
                              .cmdline = BOOT_CMDLINE,
                              .rsdp = b->rsdp,
                              .map = BOOT_PVH_MAP};
    struct start_module module = {.start = b->entry->initrd_start, .size = b->images->initrd_size};
    if (module.start) {
        info.modules = 1;
        info.modules_at = BOOT_MODULES;
    }
    struct vmm_e820 e820[VMM_MAX_E820];
    struct start_map map[VMM_MAX_E820];
    info.map_entries = vmm_e820(b->vm, e820);
    for (unsigned i = 0; i < info.map_entries; i++) {
        map[i] = (struct start_map){e820[i].base, e820[i].size, e820[i].type, 0};
    }
    return vmm_memory_write(b->vm, BOOT_START_INFO, &info, sizeof info) &&
           vmm_memory_write(b->vm, BOOT_MODULES, &module, sizeof module) &&
           vmm_memory_write(b->vm, BOOT_PVH_MAP, map, info.map_entries * sizeof map[0]);
}

/* Identity map of the first 4 GiB with 2 MiB pages, and flat descriptors. */
static bool write_tables(struct boot *b)
{
    uint64_t table[512] = {BOOT_TABLES + 0x1000 + 3};
    bool ok = vmm_memory_write(b->vm, BOOT_TABLES, table, sizeof table);
    memset(table, 0, sizeof table);
    for (unsigned i = 0; i < 4; i++) {
        table[i] = BOOT_TABLES + 0x2000 + 0x1000 * i + 3;
    }
    ok &= vmm_memory_write(b->vm, BOOT_TABLES + 0x1000, table, sizeof table);
    for (unsigned d = 0; d < 4; d++) {
        for (uint64_t i = 0; i < 512; i++) {
            table[i] = ((d * 512ull + i) << 21) | 0x83;
        }
        ok &= vmm_memory_write(b->vm, BOOT_TABLES + 0x2000 + 0x1000 * d, table, sizeof table);
    }
    uint64_t code =
        b->entry->mode == VMM_ENTRY_LINUX64 ? 0x00af9b000000ffffull : 0x00cf9b000000ffffull;
    const uint64_t gdt[4] = {0, 0, code, 0x00cf93000000ffffull};
    return ok && vmm_memory_write(b->vm, BOOT_GDT, gdt, sizeof gdt);
}

const char *vmm_boot_load(struct vmm *vm, const struct vmm_boot_images *images, uint64_t rsdp,
                          struct vmm_boot_entry *entry)
{
    struct boot b = {.vm = vm,
                     .images = images,
                     .entry = entry,
                     .rsdp = rsdp,
                     .low_end = vmm_memory_low(vm),
                     .initrd_max = UINT32_MAX,
                     .cmdline_max = 2047};
    memset(entry, 0, sizeof *entry);
    if (b.low_end < 2u << 20) {
        return "less than 2 MiB of memory at guest-physical 0";
    }
    uint8_t magic[4];
    if (!images->kernel || !image_read(&b, 0, magic, sizeof magic)) {
        return "the kernel image is empty";
    }
    const char *error =
        memcmp(magic, "\177ELF", 4) == 0 ? boot_load_elf(&b) : boot_load_bzimage(&b);
    error = error ? error : place_initrd(&b);
    error = error ? error : place_cmdline(&b);
    if (error) {
        return error;
    }
    bool ok = entry->mode == VMM_ENTRY_PVH ? write_start_info(&b) : write_zero_page(&b);
    return ok && write_tables(&b) ? NULL : "boot structures do not fit into guest memory";
}

static struct vcpu_segment segment(uint16_t selector, uint16_t attrib)
{
    return (struct vcpu_segment){.selector = selector, .attrib = attrib, .limit = 0xffffffffu};
}

int vmm_boot_enter(struct vmm *vm, const struct vmm_boot_entry *entry)
{
    struct vmm_vcpu *v = &vm->vcpu[0];
    struct vcpu_state *s = vcpu_state_modify(v, VCPU_STATE_SEGMENTS | VCPU_STATE_CONTROL);
    if (!s) {
        return -1;
    }
    bool long_mode = entry->mode == VMM_ENTRY_LINUX64;
    s->seg[VCPU_CS] = segment(SELECTOR_CODE, long_mode ? 0xa9b : 0xc9b);
    for (unsigned i = VCPU_ES; i <= VCPU_GS; i++) {
        if (i != VCPU_CS) {
            s->seg[i] = segment(SELECTOR_DATA, 0xc93);
        }
    }
    s->seg[VCPU_TR] = (struct vcpu_segment){.attrib = 0x8b, .limit = 0x67};
    s->seg[VCPU_LDTR] = (struct vcpu_segment){.attrib = 0x82};
    s->seg[VCPU_GDTR] = (struct vcpu_segment){.base = BOOT_GDT, .limit = 31};
    s->seg[VCPU_IDTR] = (struct vcpu_segment){0};
    s->cr0 = long_mode ? 0x80000031u : 0x31u;
    s->cr4 = long_mode ? CR4_PAE : 0;
    s->cr3 = long_mode ? BOOT_TABLES : 0;
    s->efer = long_mode ? EFER_LME | EFER_LMA : 0;
    memset(v->run->gpr, 0, sizeof v->run->gpr);
    v->run->gpr[VCPU_RSI] = entry->mode == VMM_ENTRY_PVH ? 0 : BOOT_ZERO_PAGE;
    v->run->gpr[VCPU_RBX] = entry->mode == VMM_ENTRY_PVH ? BOOT_START_INFO : 0;
    v->run->gpr[VCPU_RSP] = BOOT_STACK;
    v->run->rip = entry->rip;
    v->run->rflags = 2;
    v->run->interruptibility = 0;
    v->run->pending_event = 0;
    v->run->commit |= VCPU_COMMIT_GPR | VCPU_COMMIT_RSP | VCPU_COMMIT_RIP | VCPU_COMMIT_RFLAGS;
    return 0;
}
