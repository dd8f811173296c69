/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Finds on this machine what the specification names symbolically. */
#include "loader.h"

#define MAX_VECTOR 107

static void missing(struct loader *l, const struct capspec_hardware *hw, const char *why)
{
    loader_print("loader: hardware '%s': %s\n", view_string(l->spec, hw->name), why);
    l->missing++;
}

static uint32_t free_vector(struct loader *l)
{
    for (uint32_t v = 0; v <= MAX_VECTOR; v++)
        if (!l->vector_used[v])
            return v;
    return CAPSPEC_VECTOR_ANY;
}

/* Explicit vectors are reserved before any is picked. */
static void reserve_vectors(struct loader *l, const struct capspec_hardware *hw, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bool irq = hw[i].kind >= CAPSPEC_HW_IRQ_ISA && hw[i].kind <= CAPSPEC_HW_IRQ_MSI;
        if (!irq || hw[i].arg[1] == CAPSPEC_VECTOR_ANY)
            continue;
        if (hw[i].arg[1] > MAX_VECTOR)
            missing(l, &hw[i], "vectors go from 0 to 107");
        else if (l->vector_used[hw[i].arg[1]]++)
            missing(l, &hw[i], "its vector is taken twice");
    }
}

static void find_vector(struct loader *l, const struct capspec_hardware *hw,
                        struct found_hardware *f)
{
    f->pin[4] = hw->arg[1] == CAPSPEC_VECTOR_ANY ? free_vector(l) : hw->arg[1];
    if (f->pin[4] > MAX_VECTOR) {
        missing(l, hw, "no interrupt vector left");
        return;
    }
    l->vector_used[f->pin[4]] = 1;
    f->base = f->pin[4];
    f->present = true;
}

static void find_irq(struct loader *l, const struct capspec_hardware *hw, struct found_hardware *f)
{
    uint32_t gsi = hw->arg[0];
    f->pin[2] = hw->arg[2];
    f->pin[3] = hw->arg[3];
    if (hw->kind == CAPSPEC_HW_IRQ_IOAPIC) {
        f->pin[0] = hw->arg[0];
        f->pin[1] = hw->arg[4];
    } else {
        if (hw->kind == CAPSPEC_HW_IRQ_ISA) {
            gsi = l->isa[hw->arg[0] & 15].gsi;
            f->pin[2] = l->isa[hw->arg[0] & 15].level;
            f->pin[3] = l->isa[hw->arg[0] & 15].low;
        }
        if (!acpi_route(l, gsi, &f->pin[0], &f->pin[1])) {
            missing(l, hw, "no IOAPIC has this interrupt");
            return;
        }
    }
    find_vector(l, hw, f);
}

static void find_msi(struct loader *l, const struct capspec_hardware *hw, struct found_hardware *f)
{
    find_vector(l, hw, f);
    if (f->present && !pci_route_msi(l, f->bdf, f->pin[4])) {
        missing(l, hw, "the function has no MSI capability");
        f->present = false;
    }
}

static void find_pci(struct loader *l, const struct capspec_hardware *hw, struct found_hardware *f)
{
    pci_begin(l);
    if (!pci_find(l, hw, &f->bdf)) {
        missing(l, hw, "no such PCI function");
        return;
    }
    uint32_t ids = pci_ids(l, f->bdf);
    if (!hw->pci_id && hw->arg[3] && hw->arg[3] != ids) {
        loader_print("loader: the device at %x:%x.%x is %x:%x\n", f->bdf >> 8, f->bdf >> 3 & 31,
                     f->bdf & 7, ids >> 16, ids & 0xffff);
        missing(l, hw, "another device is at its place");
        return;
    }
    bool ports = hw->kind == CAPSPEC_HW_PCI_PORTS;
    if (hw->kind == CAPSPEC_HW_IRQ_MSI)
        find_msi(l, hw, f);
    else if (hw->kind == CAPSPEC_HW_IOSPACE)
        f->present = true;
    else if (!pci_bar(l, f->bdf, hw->arg[1], ports, &f->base, &f->size))
        missing(l, hw, "the function has no such BAR, or it has no address");
    else
        f->present = true;
}

static void find_memory(struct loader *l, const struct capspec_hardware *hw,
                        struct found_hardware *f)
{
    if (hw->kind == CAPSPEC_HW_PAYLOAD) {
        f->present = space_item(l, view_string(l->spec, hw->arg[0]), &f->base, &f->size);
        if (!f->present)
            missing(l, hw, "the image has no such payload item");
        return;
    }
    const seL4_BootKernelLog *log = (const void *)space_record(l, SEL4_BOOTINFO_HEADER_KERNEL_LOG);
    if (!log) {
        missing(l, hw, "the kernel publishes no log");
        return;
    }
    f->base = log->paddr;
    f->size = log->size;
    f->present = true;
}

static void find_one(struct loader *l, const struct capspec_hardware *hw, struct found_hardware *f)
{
    switch (hw->kind) {
    case CAPSPEC_HW_KERNEL_LOG:
    case CAPSPEC_HW_PAYLOAD:
        find_memory(l, hw, f);
        break;
    case CAPSPEC_HW_IRQ_ISA:
    case CAPSPEC_HW_IRQ_GSI:
    case CAPSPEC_HW_IRQ_IOAPIC:
        find_irq(l, hw, f);
        break;
    case CAPSPEC_HW_PORTS:
        f->base = hw->arg[0];
        f->size = hw->arg[1] - hw->arg[0] + 1;
        f->present = true;
        break;
    case CAPSPEC_HW_PCI_BAR:
    case CAPSPEC_HW_PCI_PORTS:
    case CAPSPEC_HW_IRQ_MSI:
    case CAPSPEC_HW_IOSPACE:
        find_pci(l, hw, f);
        break;
    default:
        missing(l, hw, "unknown kind of hardware");
    }
}

void hardware_find(struct loader *l)
{
    uint32_t count;
    const struct capspec_hardware *hw = view_section(l->spec, CAPSPEC_SEC_HARDWARE, &count);
    if (count > LOADER_MAX_HARDWARE)
        loader_fail("%u hardware records, at most %u are possible", count, LOADER_MAX_HARDWARE);
    reserve_vectors(l, hw, count);
    bool acpi = false;
    for (uint32_t i = 0; i < count; i++)
        acpi |= hw[i].kind == CAPSPEC_HW_IRQ_ISA || hw[i].kind == CAPSPEC_HW_IRQ_GSI;
    if (acpi)
        acpi_init(l);
    for (uint32_t i = 0; i < count; i++)
        find_one(l, &hw[i], &l->hardware[i]);
    pci_end(l);
    if (l->missing)
        loader_fail("%u pieces of hardware are missing, see above", l->missing);
}
