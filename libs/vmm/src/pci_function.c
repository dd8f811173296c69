/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* One PCI function: header, BARs that move, capabilities, INTx, MSI, MSI-X. */
#include "pci.h"

#define COMMAND         0x04
#define COMMAND_IO      1u
#define COMMAND_MEMORY  2u
#define COMMAND_MASTER  4u
#define COMMAND_NO_INTX 0x400u
#define STATUS          0x06
#define STATUS_INTX     0x08u
#define STATUS_CAPS     0x10u
#define BAR0            0x10
#define CAP_POINTER     0x34
#define INTERRUPT_LINE  0x3c
#define INTERRUPT_PIN   0x3d
#define CAP_MSI         0x05
#define CAP_MSIX        0x11
#define MSI_ENABLE      1u
#define MSIX_ENABLE     0x8000u
#define MSIX_MASK_ALL   0x4000u
#define MSIX_PBA        0x800u

static uint64_t get(const struct vmm_pci_function *fn, unsigned offset, unsigned size)
{
    uint64_t value = 0;
    memcpy(&value, fn->config + offset, size);
    return value;
}

static void put(struct vmm_pci_function *fn, unsigned offset, uint64_t value, unsigned size)
{
    memcpy(fn->config + offset, &value, size);
}

static void allow(struct vmm_pci_function *fn, unsigned offset, uint64_t mask, unsigned size)
{
    memcpy(fn->writable + offset, &mask, size);
}

/* MSI-X table and pending bits, in a BAR of their own. */
static void msix_flush(struct vmm_pci_function *fn)
{
    unsigned control = (unsigned)get(fn, fn->msix + 2u, 2);
    if (!(control & MSIX_ENABLE) || (control & MSIX_MASK_ALL)) {
        return;
    }
    for (unsigned i = 0; i < fn->vectors; i++) {
        if ((fn->pending >> i & 1u) && !(fn->table[i].control & 1u)) {
            fn->pending &= ~(1u << i);
            const struct vmm_msix_entry *e = &fn->table[i];
            vmm_msi_send(fn->bus->vm, (uint64_t)e->address_high << 32 | e->address_low, e->data);
        }
    }
}

static void msix_read(struct vmm_pci_function *fn, struct vmm_access *a)
{
    uint8_t bytes[8] = {0};
    for (unsigned i = 0; i < a->size; i++) {
        uint64_t at = a->offset + i;
        if (at < fn->vectors * sizeof fn->table[0]) {
            bytes[i] = ((const uint8_t *)fn->table)[at];
        } else if (at >= MSIX_PBA && at < MSIX_PBA + 8) {
            bytes[i] = (uint8_t)((uint64_t)fn->pending >> (8 * (at - MSIX_PBA)));
        }
    }
    a->value = 0;
    memcpy(&a->value, bytes, a->size);
}

static void msix_write(struct vmm_pci_function *fn, const struct vmm_access *a)
{
    for (unsigned i = 0; i < a->size; i++) {
        if (a->offset + i < fn->vectors * sizeof fn->table[0]) {
            ((uint8_t *)fn->table)[a->offset + i] = (uint8_t)(a->value >> (8 * i));
        }
    }
    msix_flush(fn);
}

static bool bar_read(struct vmm_device *dev, struct vmm_access *a)
{
    struct vmm_pci_function *fn = (struct vmm_pci_function *)(void *)dev;
    if (fn->msix && a->range == fn->msix_bar) {
        msix_read(fn, a);
        return true;
    }
    return fn->ops->bar_read && fn->ops->bar_read(fn, a);
}

static bool bar_write(struct vmm_device *dev, const struct vmm_access *a)
{
    struct vmm_pci_function *fn = (struct vmm_pci_function *)(void *)dev;
    if (fn->msix && a->range == fn->msix_bar) {
        msix_write(fn, a);
        return true;
    }
    return fn->ops->bar_write && fn->ops->bar_write(fn, a);
}

static enum vmm_space space_of(const struct vmm_pci_bar *bar)
{
    return bar->kind == VMM_PCI_BAR_IO ? VMM_SPACE_IO : VMM_SPACE_MMIO;
}

/* Make the bus agree with the register and the command bits. While a guest sizes a BAR it holds
 * nonsense: a range that cannot be claimed is simply not decoded. */
static void update_bar(struct vmm_pci_function *fn, unsigned n)
{
    struct vmm_pci_bar *bar = &fn->bar[n];
    bool io = bar->kind == VMM_PCI_BAR_IO;
    unsigned wide = bar->kind == VMM_PCI_BAR_MEM64 ? 8 : 4;
    uint64_t address = get(fn, BAR0 + 4 * n, wide) & ~(io ? 3ull : 15ull);
    bool enabled = get(fn, COMMAND, 2) & (io ? COMMAND_IO : COMMAND_MEMORY);
    bool unset =
        address == 0 || (address | (bar->size - 1)) >= (io ? 0xffffu : 0xffffffff00000000u);
    bool want = enabled && !unset;
    if (bar->claimed && (!want || bar->address != address)) {
        vmm_bus_release(&fn->dev, space_of(bar), n);
        bar->claimed = false;
    }
    if (want && !bar->claimed) {
        bar->claimed = vmm_bus_claim(&fn->dev, space_of(bar), address, bar->size, n) == 0;
        bar->address = address;
    }
}

static void drive_intx(struct vmm_pci_function *fn)
{
    bool shown = fn->intx_level && !(get(fn, COMMAND, 2) & COMMAND_NO_INTX);
    fn->config[STATUS] =
        (uint8_t)((fn->config[STATUS] & ~STATUS_INTX) | (fn->intx_level ? STATUS_INTX : 0));
    vmm_irq_set(&fn->intx, shown);
}

static void update_bars(struct vmm_pci_function *fn)
{
    for (unsigned i = 0; i < VMM_PCI_BARS; i++) {
        if (fn->bar[i].kind != VMM_PCI_BAR_NONE) {
            update_bar(fn, i);
        }
    }
}

void pci_config_written(struct vmm_pci_function *fn, unsigned offset, unsigned size)
{
    bool command = offset < COMMAND + 2 && offset + size > COMMAND;
    bool bars = offset < BAR0 + 4 * VMM_PCI_BARS && offset + size > BAR0;
    if (command || bars) {
        update_bars(fn);
    }
    if (command) {
        drive_intx(fn);
    }
    if (fn->msix && offset < fn->msix + 4u && offset + size > fn->msix) {
        msix_flush(fn);
    }
    if (fn->ops->config_written) {
        fn->ops->config_written(fn, offset, size);
    }
}

/* Firmware's job: give each BAR an address. */
static void place_bar(struct vmm_pci_function *fn, unsigned n)
{
    struct vmm_pci_bar *bar = &fn->bar[n];
    struct vmm_pci *pci = fn->bus;
    bool io = bar->kind == VMM_PCI_BAR_IO;
    uint64_t next = io ? pci->next_io : pci->next_memory;
    uint64_t at = (next + bar->size - 1) & ~(bar->size - 1);
    if (at + bar->size > (io ? VMM_PCI_IO_END : VMM_PCI_MMIO_END)) {
        vmm_log(pci->vm, "no room for BAR %u of device %u", n, fn->slot);
        at = 0;
    } else if (io) {
        pci->next_io = (uint32_t)(at + bar->size);
    } else {
        pci->next_memory = at + bar->size;
    }
    unsigned flags = io ? 1 : bar->kind == VMM_PCI_BAR_MEM64 ? 4 : 0;
    put(fn, BAR0 + 4 * n, at | flags, bar->kind == VMM_PCI_BAR_MEM64 ? 8 : 4);
}

void pci_function_reset(struct vmm_pci_function *fn)
{
    if (!fn->bus) {
        return;
    }
    put(fn, COMMAND, 0, 2);
    for (unsigned i = 0; i < VMM_PCI_BARS; i++) {
        if (fn->bar[i].kind != VMM_PCI_BAR_NONE) {
            place_bar(fn, i);
        }
    }
    if (fn->msi) {
        put(fn, fn->msi + 2u, 0x80, 2); /* 64-bit addresses */
    }
    if (fn->msix) {
        put(fn, fn->msix + 2u, fn->vectors - 1, 2);
        memset(fn->table, 0, sizeof fn->table);
        for (unsigned i = 0; i < fn->vectors; i++) {
            fn->table[i].control = 1;
        }
    }
    fn->pending = 0;
    fn->intx_level = false;
    drive_intx(fn);
    /* As firmware leaves it: decoding on, the rest off. */
    put(fn, COMMAND, COMMAND_IO | COMMAND_MEMORY, 2);
    update_bars(fn);
}

void vmm_pci_function_init(struct vmm_pci_function *fn, const struct vmm_device_ops *device_ops,
                           const struct vmm_pci_ops *ops, const struct vmm_pci_id *id)
{
    memset(fn, 0, sizeof *fn);
    fn->own_ops = *device_ops;
    fn->own_ops.read = bar_read;
    fn->own_ops.write = bar_write;
    fn->dev.ops = &fn->own_ops;
    fn->ops = ops;
    put(fn, 0x00, id->vendor, 2);
    put(fn, 0x02, id->device, 2);
    put(fn, 0x08, id->revision | (uint64_t)id->class_code << 8, 4);
    put(fn, 0x2c, id->subsystem_vendor, 2);
    put(fn, 0x2e, id->subsystem, 2);
    allow(fn, COMMAND, 0x0547, 2); /* I/O, memory, master, parity, SERR, INTx disable */
    allow(fn, 0x0c, 0xff, 1);      /* cache line size */
    allow(fn, INTERRUPT_LINE, 0xff, 1);
    fn->next_capability = 0x40;
}

void vmm_pci_bar_init(struct vmm_pci_function *fn, unsigned bar, enum vmm_pci_bar_kind kind,
                      uint64_t size)
{
    fn->bar[bar] = (struct vmm_pci_bar){.kind = kind, .size = size};
    allow(fn, BAR0 + 4 * bar, ~(size - 1), kind == VMM_PCI_BAR_MEM64 ? 8 : 4);
}

unsigned vmm_pci_add_capability(struct vmm_pci_function *fn, uint8_t id, unsigned n)
{
    unsigned at = fn->next_capability;
    if (at == 0 || at + n > sizeof fn->config) {
        return 0;
    }
    fn->config[at] = id;
    fn->config[fn->last_capability ? fn->last_capability + 1u : CAP_POINTER] = (uint8_t)at;
    fn->config[STATUS] |= STATUS_CAPS;
    fn->last_capability = (uint8_t)at;
    fn->next_capability = (uint8_t)((at + n + 3u) & ~3u);
    return at;
}

void vmm_pci_add_msi(struct vmm_pci_function *fn)
{
    fn->msi = (uint8_t)vmm_pci_add_capability(fn, CAP_MSI, 14);
    if (fn->msi) {
        allow(fn, fn->msi + 2u, MSI_ENABLE, 2);
        allow(fn, fn->msi + 4u, 0xfffffffffffffffcull, 8);
        allow(fn, fn->msi + 12u, 0xffff, 2);
    }
}

void vmm_pci_add_msix(struct vmm_pci_function *fn, unsigned bar, unsigned vectors)
{
    fn->msix = (uint8_t)vmm_pci_add_capability(fn, CAP_MSIX, 12);
    if (fn->msix) {
        fn->vectors = vectors < VMM_PCI_MAX_VECTORS ? vectors : VMM_PCI_MAX_VECTORS;
        fn->msix_bar = bar;
        vmm_pci_bar_init(fn, bar, VMM_PCI_BAR_MEM32, 4096);
        allow(fn, fn->msix + 2u, MSIX_ENABLE | MSIX_MASK_ALL, 2);
        put(fn, fn->msix + 4u, bar, 4);
        put(fn, fn->msix + 8u, MSIX_PBA | bar, 4);
    }
}

void vmm_pci_add_intx(struct vmm_pci_function *fn)
{
    fn->config[INTERRUPT_PIN] = 1;
}

void vmm_pci_interrupt(struct vmm_pci_function *fn, unsigned vector)
{
    if (vmm_pci_msix_enabled(fn)) {
        if (vector < fn->vectors) {
            fn->pending |= 1u << vector;
            msix_flush(fn);
        }
    } else if (fn->msi && (get(fn, fn->msi + 2u, 2) & MSI_ENABLE)) {
        vmm_msi_send(fn->bus->vm, get(fn, fn->msi + 4u, 8), (uint32_t)get(fn, fn->msi + 12u, 2));
    } else {
        fn->intx_level = true;
        drive_intx(fn);
    }
}

void vmm_pci_intx_clear(struct vmm_pci_function *fn)
{
    fn->intx_level = false;
    drive_intx(fn);
}

bool vmm_pci_msix_enabled(const struct vmm_pci_function *fn)
{
    return fn->msix && (get(fn, fn->msix + 2u, 2) & MSIX_ENABLE);
}

bool vmm_pci_bus_master(const struct vmm_pci_function *fn)
{
    return get(fn, COMMAND, 2) & COMMAND_MASTER;
}
