/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Page tables of the kernel window. AMD APM vol. 2, 5.3. */
#include <kernel/kernel.h>
#include <kernel/objects.h>
#include <x86/features.h>
#include <x86/instr.h>
#include <x86/layout.h>
#include <x86/paging.h>
#include <x86/percpu.h>

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_PWT      (1ull << 3)
#define PTE_PCD      (1ull << 4)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_LARGE    (1ull << 7)
#define PTE_GLOBAL   (1ull << 8)
#define PTE_NX       (1ull << 63)
/* Accessed and dirty are set beforehand: no CPU ever has to write kernel tables. */
#define PTE_DATA     (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PTE_GLOBAL | PTE_NX)
#define PTE_TABLE    (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define ENTRIES      512
#define DEVICE_PAGES 64

typedef uint64_t table_t[ENTRIES];

extern table_t kernel_pml4, kernel_pdpt, kernel_pd[4]; /* boot.S */
extern const char kernel_text[], kernel_text_end[], kernel_rodata_end[], kernel_end[];

static table_t image_pd __attribute__((aligned(4096)));
static table_t image_pt[IMAGE_TABLES] __attribute__((aligned(4096)));
static table_t device_pd __attribute__((aligned(4096)));
static table_t device_pt __attribute__((aligned(4096)));
static unsigned device_pages;

void *phys_to_virt(paddr_t paddr)
{
    return (void *)(PHYS_WINDOW + paddr);
}

paddr_t virt_to_phys(const void *p)
{
    uint64_t v = (uint64_t)p;
    return v >= KERNEL_BASE ? v - KERNEL_BASE : v - PHYS_WINDOW;
}

paddr_t paging_kernel_root(void)
{
    return virt_to_phys(kernel_pml4);
}

static uint64_t paging_image_flags(uint64_t vaddr)
{
    if (vaddr >= (uint64_t)kernel_text && vaddr < (uint64_t)kernel_text_end) {
        return PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL;
    }
    if (vaddr >= (uint64_t)kernel_text_end && vaddr < (uint64_t)kernel_rodata_end) {
        return PTE_PRESENT | PTE_ACCESSED | PTE_GLOBAL | PTE_NX;
    }
    return PTE_DATA;
}

void paging_init(void)
{
    for (uint64_t v = KERNEL_BASE + KERNEL_LOAD; v < (uint64_t)kernel_end; v += PAGE_SIZE) {
        uint64_t page = (v - KERNEL_BASE) / PAGE_SIZE;
        image_pt[page / ENTRIES][page % ENTRIES] = (v - KERNEL_BASE) | paging_image_flags(v);
    }
    for (unsigned i = 0; i < IMAGE_TABLES; i++) {
        image_pd[i] = virt_to_phys(image_pt[i]) | PTE_TABLE;
    }
    device_pd[0] = virt_to_phys(device_pt) | PTE_TABLE;
    kernel_pdpt[510] = virt_to_phys(image_pd) | PTE_TABLE;
    kernel_pdpt[511] = virt_to_phys(device_pd) | PTE_TABLE;
    kernel_pml4[0] = 0;
    x86_write_cr3(virt_to_phys(kernel_pml4));
    /* Only now: until here the code ran through these entries. */
    for (uint64_t i = 0; i < 4 * ENTRIES; i++) {
        kernel_pd[i / ENTRIES][i % ENTRIES] = i * LARGE_PAGE | PTE_LARGE | PTE_DATA;
    }
    x86_write_cr3(virt_to_phys(kernel_pml4));
}

void paging_unmap_image_page(const void *page)
{
    uint64_t index = virt_to_phys(page) / PAGE_SIZE;
    image_pt[index / ENTRIES][index % ENTRIES] = 0;
    x86_invlpg((uint64_t)page);
}

void paging_map_ram(paddr_t base, paddr_t end, paddr_t (*table)(void))
{
    base &= ~(LARGE_PAGE - 1);
    for (paddr_t p = base; p < end; p += LARGE_PAGE) {
        if (p < PHYS_WINDOW_BOOT_END || p >= PHYS_WINDOW_SIZE) {
            continue;
        }
        uint64_t *upper = &kernel_pdpt[p >> 30];
        if (!(*upper & PTE_PRESENT)) {
            *upper = table() | PTE_TABLE;
        }
        uint64_t *pd = phys_to_virt(*upper & ~0xfffull);
        pd[p / LARGE_PAGE % ENTRIES] = p | PTE_LARGE | PTE_DATA;
    }
}

/* Each window is two large pages of the device window, behind the one with single pages. */
const void *paging_boot_window(enum boot_window window, paddr_t paddr, uint64_t size)
{
    paddr_t limit = 1ull << x86_features.phys_bits;
    if (paddr >= limit || size > limit - paddr || size > LARGE_PAGE) {
        return NULL;
    }
    if (paddr < PHYS_WINDOW_BOOT_END && size <= PHYS_WINDOW_BOOT_END - paddr) {
        return phys_to_virt(paddr);
    }
    uint64_t page = paddr & ~(LARGE_PAGE - 1), vaddr = DEVICE_WINDOW;
    for (unsigned i = 0; i < 2; i++, page += LARGE_PAGE) {
        unsigned entry = 1 + 2 * window + i;
        device_pd[entry] = page < limit ? page | PTE_LARGE | (PTE_DATA & ~PTE_WRITE) : 0;
        x86_invlpg(vaddr + entry * LARGE_PAGE);
    }
    return (const void *)(vaddr + (1 + 2 * window) * LARGE_PAGE + paddr % LARGE_PAGE);
}

volatile void *paging_map_device(paddr_t paddr)
{
    if (device_pages == DEVICE_PAGES) {
        panic("too many device pages");
    }
    unsigned page = device_pages++;
    device_pt[page] = (paddr & ~(PAGE_SIZE - 1)) | PTE_DATA | PTE_PCD | PTE_PWT;
    uint64_t vaddr = DEVICE_WINDOW + page * PAGE_SIZE;
    x86_invlpg(vaddr);
    return (volatile void *)(vaddr + (paddr & (PAGE_SIZE - 1)));
}

void arch_init_pml4(paddr_t root)
{
    uint64_t *table = phys_to_virt(root);
    table[KERNEL_SLOT] = kernel_pml4[KERNEL_SLOT];
}

static void paging_set_root(struct cpu *cpu, paddr_t root)
{
    if (cpu->current_root != root) {
        cpu->current_root = root;
        x86_write_cr3(root);
    }
}

void arch_set_vspace(struct tcb *t)
{
    paddr_t root = vspace_root(t->slots[TCB_VSPACE].cap);
    paging_set_root(this_cpu(), root ? root : paging_kernel_root());
}

void arch_invalidate_page(uint16_t asid, uint64_t vaddr, bool nested)
{
    (void)asid; /* without PCIDs only the current address space is cached */
    if (!nested) {
        x86_invlpg(vaddr);
    }
}

void arch_invalidate_asid(uint16_t asid, bool nested)
{
    (void)asid;
    if (!nested) {
        /* The root itself may be going away: wait for the exit path on the kernel's own. */
        struct cpu *cpu = this_cpu();
        cpu->current_root = paging_kernel_root();
        x86_write_cr3(cpu->current_root);
    }
}

bool arch_has_1g_pages(void)
{
    return x86_features.pages_1g;
}
