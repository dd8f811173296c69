/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The DSDT: sleep state S5, the PCI root with its windows and interrupt routing in both interrupt
 * modes, motherboard resources, and what the devices add themselves.
 */
#include "acpi.h"

#define SLOTS 32u

/* One element of _PRT: any function of this slot, this pin, no link device, this interrupt. */
static void route(struct aml *aml, unsigned slot, unsigned pin, unsigned interrupt)
{
    size_t p = aml_package(aml, 4);
    aml_integer(aml, slot << 16 | 0xffffu);
    aml_integer(aml, pin);
    aml_integer(aml, 0);
    aml_integer(aml, interrupt);
    aml_end(aml, p);
}

/* Same rules as vmm_pci_gsi() and the wiring in irq.c. */
static void routing_table(struct aml *aml, bool apic)
{
    size_t table = aml_package(aml, (SLOTS - 1) * 4);
    for (unsigned slot = 1; slot < SLOTS; slot++) {
        for (unsigned pin = 0; pin < 4; pin++) {
            unsigned gsi = VMM_PCI_GSI_BASE + (slot + pin) % 4;
            route(aml, slot, pin, apic ? gsi : gsi & 1u ? 11 : 10);
        }
    }
    aml_end(aml, table);
}

static void pci_root(struct aml *aml, bool express)
{
    size_t root = aml_device(aml, "PCI0");
    aml_name(aml, "_HID");
    aml_eisa_id(aml, express ? "PNP0A08" : "PNP0A03");
    if (express) {
        aml_name(aml, "_CID");
        aml_eisa_id(aml, "PNP0A03");
    }
    aml_name(aml, "_UID");
    aml_integer(aml, 0);
    aml_name(aml, "_BBN");
    aml_integer(aml, 0);
    struct aml_resources r = {0};
    aml_bus_window(&r, 0, 0);
    aml_io(&r, 0xcf8, 8);
    aml_io_window(&r, 0, 0xcf7);
    aml_io_window(&r, 0xd00, 0xffff);
    aml_memory_window(&r, (uint32_t)VMM_PCI_MMIO_BASE, (uint32_t)VMM_PCI_MMIO_END - 1);
    aml_name(aml, "_CRS");
    aml_resources(aml, &r);
    aml_name(aml, "PICR");
    routing_table(aml, false);
    aml_name(aml, "APCR");
    routing_table(aml, true);
    size_t method = aml_method(aml, "_PRT", 0);
    size_t apic = aml_if(aml);
    aml_path(aml, "\\PICM");
    aml_return(aml);
    aml_path(aml, "APCR");
    aml_end(aml, apic);
    aml_return(aml);
    aml_path(aml, "PICR");
    aml_end(aml, method);
    aml_end(aml, root);
}

/* Ranges no driver may take. */
static void motherboard(struct aml *aml, bool ecam)
{
    size_t d = aml_device(aml, "MBRD");
    aml_name(aml, "_HID");
    aml_eisa_id(aml, "PNP0C02");
    aml_name(aml, "_UID");
    aml_integer(aml, 1);
    struct aml_resources r = {0};
    aml_io(&r, VMM_PM1_EVENT_PORT, 0x10);
    if (ecam) {
        aml_memory(&r, (uint32_t)VMM_ECAM_BASE, (uint32_t)VMM_ECAM_SIZE);
    }
    aml_name(aml, "_CRS");
    aml_resources(aml, &r);
    aml_end(aml, d);
}

void acpi_dsdt(struct vmm *vm, const struct vmm_acpi_options *options, struct aml *aml)
{
    aml_name(aml, "PICM");
    aml_integer(aml, 0);
    size_t pic = aml_method(aml, "_PIC", 1);
    aml_store_arg0(aml, "PICM");
    aml_end(aml, pic);
    aml_name(aml, "_S5");
    size_t s5 = aml_package(aml, 4);
    aml_integer(aml, VMM_SLP_TYP_S5);
    aml_integer(aml, VMM_SLP_TYP_S5);
    aml_integer(aml, 0);
    aml_integer(aml, 0);
    aml_end(aml, s5);
    size_t scope = aml_scope(aml, "\\_SB");
    pci_root(aml, options->ecam);
    motherboard(aml, options->ecam);
    for (struct vmm_device *d = vm->devices; d; d = d->next) {
        if (d->ops->acpi) {
            d->ops->acpi(d, aml);
        }
    }
    aml_end(aml, scope);
}
