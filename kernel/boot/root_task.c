/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The first thread: CSpace, VSpace, program, boot information and all memory. Slots and order
 * follow the published boot protocol; drivers and loaders depend on every number here.
 */
#include "boot.h"
#include "bootinfo.h"
#include "elf.h"
#include "memory.h"
#include <kernel/boot.h>
#include <kernel/kernel.h>
#include <kernel/vspace.h>
#include <string.h>
#include <x86/paging.h>
#include <x86/time.h>

#define ROOT_ASID     1
#define ROOT_RADIX    CONFIG_ROOT_CNODE_SIZE_BITS
#define SLOT_BITS     5
#define ENTRY_PRESENT 1ull
#define ENTRY_USER_RW 7ull /* present, writable, user */

/* The root task while it is put together. */
static struct {
    cap_t cnode, vspace;
    word_t next_slot;
    seL4_BootInfo *info;
    uint64_t info_vaddr, buffer_vaddr, extra_vaddr, end_vaddr;
} root;

static uint8_t extra[BOOTINFO_EXTRA_MAX] __attribute__((aligned(16)));

static word_t insert_next(cap_t cap)
{
    if (root.next_slot == 1ull << ROOT_RADIX) {
        panic("root task: more than %lu capabilities", root.next_slot);
    }
    boot_insert(root.cnode, root.next_slot, cap);
    return root.next_slot++;
}

/*
 * The entry for vaddr in the table of a level (3 PML4, 2 PDPT, 1 page directory, 0 page table).
 * Nothing is cached of this address space yet, so entries are written without any flush.
 */
static uint64_t *entry_of(uint64_t vaddr, unsigned level)
{
    uint64_t *table = phys_to_virt(root.vspace.paddr);
    for (unsigned at = 3;; at--) {
        uint64_t *entry = &table[vaddr >> (12 + 9 * at) & 511];
        if (at == level) {
            return entry;
        }
        kassert(*entry & ENTRY_PRESENT);
        table = phys_to_virt(*entry & ~(PAGE_SIZE - 1));
    }
}

static cap_t map_frame(paddr_t paddr, uint64_t vaddr)
{
    *entry_of(vaddr, 0) = paddr | ENTRY_USER_RW;
    return boot_frame_cap(paddr, ROOT_ASID, vaddr);
}

/* All tables whose entry is at a level (3: PDPTs, 2: page directories, 1: page tables). */
static void map_tables(enum cap_type type, unsigned level, uint64_t start)
{
    uint64_t span = 1ull << (12 + 9 * level);
    for (uint64_t v = start & ~(span - 1); v < root.end_vaddr; v += span) {
        paddr_t table = memory_allocate(PAGE_SIZE, PAGE_SIZE);
        *entry_of(v, level) = table | ENTRY_USER_RW;
        insert_next(boot_table_cap(type, table, ROOT_ASID, v));
    }
}

static void create_spaces(void)
{
    paddr_t cnode =
        memory_allocate(1ull << (ROOT_RADIX + SLOT_BITS), 1ull << (ROOT_RADIX + SLOT_BITS));
    root.cnode = boot_cnode_cap(cnode, ROOT_RADIX);
    boot_insert(root.cnode, seL4_CapInitThreadCNode, root.cnode);

    cap_t pool = boot_asid_pool_cap(memory_allocate(PAGE_SIZE, PAGE_SIZE), 0);
    boot_insert(root.cnode, seL4_CapInitThreadASIDPool, pool);

    paddr_t pml4 = memory_allocate(PAGE_SIZE, PAGE_SIZE);
    arch_init_pml4(pml4);
    root.vspace = boot_table_cap(CAP_PML4, pml4, ROOT_ASID, 0);
    asid_boot_assign(ROOT_ASID, pml4);
    boot_insert(root.cnode, seL4_CapInitThreadVSpace, root.vspace);

    boot_insert(root.cnode, seL4_CapIRQControl, boot_control_cap(CAP_IRQ_CONTROL));
    boot_insert(root.cnode, seL4_CapASIDControl, boot_control_cap(CAP_ASID_CONTROL));
    boot_insert(root.cnode, seL4_CapIOPortControl, boot_control_cap(CAP_IO_PORT_CONTROL));
    boot_insert(root.cnode, seL4_CapDomain, boot_control_cap(CAP_DOMAIN));
}

/* Addresses behind the program: IPC buffer, boot information, extra records. */
static void place_pages(const struct elf_image *image, uint64_t extra_size)
{
    uint64_t extra_span = extra_size ? PAGE_SIZE : 0;
    while (extra_span < extra_size) {
        extra_span *= 2;
    }
    root.buffer_vaddr = image->end;
    root.info_vaddr = root.buffer_vaddr + PAGE_SIZE;
    root.extra_vaddr = root.info_vaddr + PAGE_SIZE;
    root.end_vaddr = root.extra_vaddr + extra_span;
}

static void create_image(const struct elf_image *image)
{
    paddr_t base = memory_allocate(image->end - image->start, PAGE_SIZE);
    elf_copy(image, phys_to_virt(base));
    root.info->userImageFrames.start = root.next_slot;
    for (uint64_t v = image->start; v < image->end; v += PAGE_SIZE) {
        insert_next(map_frame(base + (v - image->start), v));
    }
    root.info->userImageFrames.end = root.next_slot;
}

static void create_extra(uint64_t extra_size)
{
    uint64_t span = root.end_vaddr - root.extra_vaddr;
    root.info->extraBIPages.start = root.next_slot;
    if (span) {
        paddr_t base = memory_allocate(span, PAGE_SIZE);
        memcpy(phys_to_virt(base), extra, extra_size);
        for (uint64_t at = 0; at < span; at += PAGE_SIZE) {
            insert_next(map_frame(base + at, root.extra_vaddr + at));
        }
    }
    root.info->extraBIPages.end = root.next_slot;
    root.info->extraLen = extra_size;
}

static void create_fixed_pages(void)
{
    paddr_t buffer = memory_allocate(PAGE_SIZE, PAGE_SIZE);
    boot_insert(root.cnode, seL4_CapInitThreadIPCBuffer, map_frame(buffer, root.buffer_vaddr));
    boot_insert(root.cnode, seL4_CapBootInfoFrame,
                map_frame(virt_to_phys(root.info), root.info_vaddr));
}

struct give_context {
    bool is_device;
    unsigned dropped;
};

static void give_block(paddr_t paddr, unsigned size_bits, void *context)
{
    struct give_context *c = context;
    word_t index = root.next_slot - root.info->untyped.start;
    if (index == CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS) {
        c->dropped++;
        return;
    }
    insert_next(boot_untyped_cap(paddr, size_bits, c->is_device));
    root.info->untypedList[index] = (seL4_UntypedDesc){
        .paddr = paddr, .sizeBits = (seL4_Uint8)size_bits, .isDevice = c->is_device};
}

static void give_memory(void)
{
    struct give_context device = {.is_device = true}, ram = {.is_device = false};
    root.info->untyped.start = root.next_slot;
    memory_for_each_block(1u << MEMORY_DEVICE | 1u << MEMORY_PAYLOAD, give_block, &device);
    memory_for_each_block(1u << MEMORY_RECYCLED, give_block, &ram);
    memory_for_each_block(1u << MEMORY_RAM, give_block, &ram);
    root.info->untyped.end = root.next_slot;
    if (device.dropped + ram.dropped) {
        kprintf("boot: %u pieces of device memory and %u of RAM have no slot and are lost\n",
                device.dropped, ram.dropped);
    }
}

static void create_thread(const struct elf_image *image)
{
    const struct boot_thread thread = {
        .cspace = boot_slot(root.cnode, seL4_CapInitThreadCNode),
        .vspace = boot_slot(root.cnode, seL4_CapInitThreadVSpace),
        .buffer = boot_slot(root.cnode, seL4_CapInitThreadIPCBuffer),
        .buffer_address = root.buffer_vaddr,
        .entry = image->entry,
        .argument = root.info_vaddr,
    };
    cap_t tcb = boot_create_thread(memory_allocate(PAGE_SIZE, PAGE_SIZE), &thread);
    boot_insert(root.cnode, seL4_CapInitThreadTCB, tcb);
}

void root_task_create(const struct boot_module *elf)
{
    struct elf_image image;
    elf_open(&image, phys_to_virt(elf->base), elf->size);
    uint64_t extra_size = bootinfo_write_extra(extra);
    place_pages(&image, extra_size);

    create_spaces();
    root.next_slot = seL4_NumInitialCaps;
    root.info = phys_to_virt(memory_allocate(PAGE_SIZE, PAGE_SIZE));
    root.info->userImagePaging.start = root.next_slot;
    map_tables(CAP_PDPT, 3, image.start);
    map_tables(CAP_PAGE_DIRECTORY, 2, image.start);
    map_tables(CAP_PAGE_TABLE, 1, image.start);
    root.info->userImagePaging.end = root.next_slot;
    create_fixed_pages();
    create_extra(extra_size);
    create_image(&image);
    create_thread(&image);

    root.info->numNodes = kernel.num_cpus;
    root.info->numIOPTLevels = (seL4_Word)-1;
    root.info->ipcBuffer = (seL4_IPCBuffer *)root.buffer_vaddr;
    root.info->initThreadCNodeSizeBits = ROOT_RADIX;
    memory_paint(elf->base, elf->base + elf->size, MEMORY_RECYCLED);
    give_memory();
    root.info->empty = (seL4_SlotRegion){root.next_slot, 1ull << ROOT_RADIX};
    kprintf("boot: root task at %lx to %lx, %lu untypeds, %lu MiB free\n", image.start, image.end,
            root.info->untyped.end - root.info->untyped.start,
            (memory_size(MEMORY_RAM) + memory_size(MEMORY_RECYCLED)) >> 20);
}
