/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Configuration space access and the host bridge. */
#include "pci.h"
#include "dev/acpi_pm.h"

enum { TAG_ADDRESS, TAG_DATA, TAG_ECAM };

static struct vmm_pci_function *find(struct vmm_pci *pci, unsigned slot, unsigned function)
{
    return pci->functions[slot & 31u][function & 7u];
}

static uint64_t config_read(struct vmm_pci *pci, unsigned devfn, unsigned offset, unsigned size)
{
    struct vmm_pci_function *fn = find(pci, devfn >> 3, devfn & 7u);
    uint64_t value = 0;
    if (!fn) {
        return size_mask(size);
    }
    if (fn->ops->config_reading) {
        fn->ops->config_reading(fn, offset, size);
    }
    for (unsigned i = 0; i < size && offset + i < sizeof fn->config; i++) {
        value |= (uint64_t)fn->config[offset + i] << (8 * i);
    }
    return value;
}

static void config_write(struct vmm_pci *pci, unsigned devfn, unsigned offset,
                         const struct vmm_access *access)
{
    struct vmm_pci_function *fn = find(pci, devfn >> 3, devfn & 7u);
    if (!fn || offset + access->size > sizeof fn->config) {
        return;
    }
    for (unsigned i = 0; i < access->size; i++) {
        uint8_t byte = (uint8_t)(access->value >> (8 * i)), *at = &fn->config[offset + i];
        uint8_t mask = fn->writable[offset + i];
        *at = (uint8_t)((*at & ~mask) | (byte & mask));
        *at = (uint8_t)(*at & ~(byte & fn->clear[offset + i]));
    }
    pci_config_written(fn, offset, access->size);
}

#define ADDRESS_ENABLE 0x80000000u

/* Bus 0 only: other bus numbers find nothing. */
static bool selected(const struct vmm_pci *pci)
{
    return (pci->address & ADDRESS_ENABLE) && !((pci->address >> 16) & 0xffu);
}

static bool read(struct vmm_device *dev, struct vmm_access *a)
{
    struct vmm_pci *pci = VMM_CHIP(struct vmm_pci, dev);
    unsigned offset = (unsigned)a->offset;
    if (a->range == TAG_ADDRESS) {
        a->value = pci->address >> (8 * offset);
        return true;
    }
    if (a->range == TAG_ECAM) {
        a->value = config_read(pci, offset >> 12 & 0xffu, offset & 0xfffu, a->size);
        return true;
    }
    if (!selected(pci)) {
        return false;
    }
    a->value =
        config_read(pci, pci->address >> 8 & 0xffu, (pci->address & 0xfcu) + offset, a->size);
    return true;
}

static bool write(struct vmm_device *dev, const struct vmm_access *a)
{
    struct vmm_pci *pci = VMM_CHIP(struct vmm_pci, dev);
    unsigned offset = (unsigned)a->offset;
    if (a->range == TAG_ADDRESS) {
        /* The register is reached by 32-bit accesses only; the byte at 0xcf9 inside it is the
         * reset control. */
        if (a->size == 4 && offset == 0) {
            pci->address = (uint32_t)a->value & 0x80fffffcu;
        } else if (a->size == 1 && offset == VMM_RESET_PORT - 0xcf8) {
            acpi_pm_write_reset_control(pci->vm, (uint8_t)a->value);
        }
        return true;
    }
    if (a->range == TAG_ECAM) {
        config_write(pci, offset >> 12 & 0xffu, offset & 0xfffu, a);
    } else if (selected(pci)) {
        config_write(pci, pci->address >> 8 & 0xffu, (pci->address & 0xfcu) + offset, a);
    }
    return true;
}

static void reset(struct vmm_device *dev)
{
    struct vmm_pci *pci = VMM_CHIP(struct vmm_pci, dev);
    pci->address = 0;
    pci->next_memory = VMM_PCI_MMIO_BASE;
    pci->next_io = VMM_PCI_IO_BASE;
    for (unsigned slot = 0; slot < VMM_PCI_SLOTS; slot++) {
        for (unsigned f = 0; f < VMM_PCI_FUNCTIONS; f++) {
            if (pci->functions[slot][f]) {
                pci_function_reset(pci->functions[slot][f]);
            }
        }
    }
}

static void dump(struct vmm_device *dev, const struct vmm_text *out)
{
    struct vmm_pci *pci = VMM_CHIP(struct vmm_pci, dev);
    for (unsigned slot = 0; slot < VMM_PCI_SLOTS; slot++) {
        for (unsigned f = 0; f < VMM_PCI_FUNCTIONS; f++) {
            struct vmm_pci_function *fn = pci->functions[slot][f];
            if (fn) {
                vmm_text_printf(out, "  00:%02x.%u %02x%02x:%02x%02x command %02x\n", slot, f,
                                fn->config[1], fn->config[0], fn->config[3], fn->config[2],
                                fn->config[4]);
            }
        }
    }
}

static const struct vmm_device_ops pci_ops = {
    .name = "pci", .read = read, .write = write, .reset = reset, .dump = dump};

static const struct vmm_device_ops bridge_ops = {.name = "host bridge"};
static const struct vmm_pci_ops no_ops = {0};

void vmm_pci_create(struct vmm_pci *pci, struct vmm *vm, bool ecam)
{
    pci->dev.ops = &pci_ops;
    pci->vm = vm;
    pci->ecam = ecam;
    vmm_device_add(vm, &pci->dev);
    vmm_bus_claim(&pci->dev, VMM_SPACE_IO, 0xcf8, 4, TAG_ADDRESS);
    vmm_bus_claim(&pci->dev, VMM_SPACE_IO, 0xcfc, 4, TAG_DATA);
    if (ecam) {
        vmm_bus_claim(&pci->dev, VMM_SPACE_MMIO, VMM_ECAM_BASE, VMM_ECAM_SIZE, TAG_ECAM);
    }
    const struct vmm_pci_id id = {.vendor = 0x1b36, .device = 0x0008, .class_code = 0x060000};
    vmm_pci_function_init(&pci->bridge, &bridge_ops, &no_ops, &id);
    vmm_pci_add(pci, &pci->bridge, 0, 0);
}

int vmm_pci_add(struct vmm_pci *pci, struct vmm_pci_function *fn, unsigned slot, unsigned function)
{
    if (slot >= VMM_PCI_SLOTS || function >= VMM_PCI_FUNCTIONS || pci->functions[slot][function]) {
        return -1;
    }
    pci->functions[slot][function] = fn;
    fn->bus = pci;
    fn->slot = slot;
    fn->function = function;
    if (fn->config[0x3d]) {
        fn->intx = vmm_irq_line(pci->vm, VMM_PCI_GSI_BASE + (slot + fn->config[0x3d] - 1u) % 4);
        fn->config[0x3c] = (slot + fn->config[0x3d] - 1u) % 2 ? 11 : 10;
    }
    vmm_device_add(pci->vm, &fn->dev);
    pci_function_reset(fn);
    return 0;
}
