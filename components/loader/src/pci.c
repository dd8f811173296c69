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
#define DECODE         3u /* command: I/O and memory decoding */

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
