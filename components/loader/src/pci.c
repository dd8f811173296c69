/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * PCI functions named in a specification (PCI Local Bus 3.0, 6.1 configuration header and
 * 6.2.5.1 base addresses). The configuration ports are taken for the search and given back.
 */
#include "loader.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define COMMAND        0x04
#define HEADER_TYPE    0x0c
#define BAR0           0x10
#define BRIDGE_BUSES   0x18
#define CAPABILITIES   0x34
#define DECODE         3u         /* command: I/O and memory decoding */
#define MSI_COMMAND    0x0406u    /* command: memory decoding, bus master, INTx disabled */
#define HAS_LIST       (1u << 20) /* status, in the command's upper half: capabilities */
#define CAP_MSI        5u
#define MSI_ENABLE     (1u << 16)
#define MSI_MANY       (7u << 20) /* number of messages enabled, as a power of two */
#define MSI_WIDE       (1u << 23)
#define MSI_MASKS      (1u << 24)
/* The message of a fixed, edge-triggered interrupt (Intel SDM 3A, 11.11). */
#define MSI_ADDRESS      0xfee00000u
#define MSI_FIRST_VECTOR 0x30u /* processor vector of user vector 0 */

void pci_begin(struct loader *l)
{
    if (l->pci_ports)
        return;
    cptr slot = memory_slot(l);
    loader_check(sys_ports(memory_initial(l, slot), CONFIG_ADDRESS, CONFIG_DATA + 3), "taking",
                 "PCI configuration ports");
    l->pci_ports = slot;
}

void pci_end(struct loader *l)
{
    if (l->pci_ports)
        loader_check(sys_delete(memory_initial(l, l->pci_ports)), "releasing",
                     "PCI configuration ports");
    l->pci_ports = 0;
}

static uint32_t config_read(struct loader *l, uint32_t bdf, unsigned offset)
{
    uint32_t value = UINT32_MAX;
    sys_port_out32(l->pci_ports, CONFIG_ADDRESS, 1u << 31 | bdf << 8 | offset);
    sys_port_in32(l->pci_ports, CONFIG_DATA, &value);
    return value;
}

static void config_write(struct loader *l, uint32_t bdf, unsigned offset, uint32_t value)
{
    sys_port_out32(l->pci_ports, CONFIG_ADDRESS, 1u << 31 | bdf << 8 | offset);
    sys_port_out32(l->pci_ports, CONFIG_DATA, value);
}

/* Looks for vendor << 16 | device on a bus and the buses behind its bridges. */
static bool search_bus(struct loader *l, unsigned bus, uint32_t id, uint32_t *bdf)
{
    for (uint32_t slot = 0; slot < 32; slot++) {
        uint32_t first = CAPSPEC_PCI_BDF(bus, slot, 0);
        if (config_read(l, first, 0) == UINT32_MAX)
            continue;
        bool many = config_read(l, first, HEADER_TYPE) >> 16 & 0x80;
        for (uint32_t f = 0; f < (many ? 8u : 1u); f++) {
            uint32_t ids = config_read(l, first + f, 0);
            if (ids == UINT32_MAX)
                continue;
            *bdf = first + f;
            if ((ids << 16 | ids >> 16) == id)
                return true;
            bool bridge = (config_read(l, first + f, HEADER_TYPE) >> 16 & 0x7f) == 1;
            unsigned below = config_read(l, first + f, BRIDGE_BUSES) >> 8 & 0xff;
            if (bridge && below > bus && search_bus(l, below, id, bdf))
                return true;
        }
    }
    return false;
}

bool pci_find(struct loader *l, const struct capspec_hardware *hw, uint32_t *bdf)
{
    if (hw->pci_id)
        return search_bus(l, 0, hw->pci_id, bdf);
    *bdf = hw->arg[0];
    return *bdf <= 0xffff && config_read(l, *bdf, 0) != UINT32_MAX;
}

uint32_t pci_ids(struct loader *l, uint32_t bdf)
{
    uint32_t ids = config_read(l, bdf, 0);
    return ids << 16 | ids >> 16;
}

bool pci_bar(struct loader *l, uint32_t bdf, unsigned bar, bool ports, uint64_t *base,
             uint64_t *size)
{
    unsigned at = BAR0 + 4 * bar;
    uint32_t low = config_read(l, bdf, at);
    if (low == UINT32_MAX || (low & 1) != ports)
        return false;
    bool wide = !ports && (low & 6) == 4;
    uint32_t high = wide ? config_read(l, bdf, at + 4) : 0;
    /* sizing writes ones: nothing may decode meanwhile */
    uint32_t command = config_read(l, bdf, COMMAND);
    config_write(l, bdf, COMMAND, command & 0xffff & ~DECODE);
    config_write(l, bdf, at, UINT32_MAX);
    uint32_t mask = config_read(l, bdf, at);
    config_write(l, bdf, at, low);
    uint64_t high_mask = UINT32_MAX;
    if (wide) {
        config_write(l, bdf, at + 4, UINT32_MAX);
        high_mask = config_read(l, bdf, at + 4);
        config_write(l, bdf, at + 4, high);
    }
    config_write(l, bdf, COMMAND, command & 0xffff);
    mask &= ports ? ~3u : ~15u;
    *base = (uint64_t)high << 32 | (low & (ports ? ~3u : ~15u));
    *size = ports ? (~mask & 0xffff) + 1 : ~(high_mask << 32 | mask) + 1;
    return mask != 0 && *base != 0;
}

/* Where the MSI capability lies, 0 if there is none. */
static unsigned find_msi(struct loader *l, uint32_t bdf)
{
    if (!(config_read(l, bdf, COMMAND) & HAS_LIST))
        return 0;
    unsigned at = config_read(l, bdf, CAPABILITIES) & 0xfc;
    for (unsigned i = 0; i < 48 && at >= 0x40; i++) {
        uint32_t header = config_read(l, bdf, at);
        if ((header & 0xff) == CAP_MSI)
            return at;
        at = header >> 8 & 0xfc;
    }
    return 0;
}

bool pci_route_msi(struct loader *l, uint32_t bdf, uint32_t vector)
{
    unsigned at = find_msi(l, bdf);
    if (!at)
        return false;
    uint32_t header = config_read(l, bdf, at) & ~(MSI_ENABLE | MSI_MANY);
    unsigned data = header & MSI_WIDE ? at + 12 : at + 8;
    config_write(l, bdf, at, header);
    config_write(l, bdf, at + 4, MSI_ADDRESS | sys_apic_id() << 12);
    if (header & MSI_WIDE)
        config_write(l, bdf, at + 8, 0);
    config_write(l, bdf, data, MSI_FIRST_VECTOR + vector);
    if (header & MSI_MASKS)
        config_write(l, bdf, data + 4, 0);
    config_write(l, bdf, at, header | MSI_ENABLE);
    /* a message is a write by the device: without mastering none would leave it */
    config_write(l, bdf, COMMAND, (config_read(l, bdf, COMMAND) & 0xffff) | MSI_COMMAND);
    return true;
}
