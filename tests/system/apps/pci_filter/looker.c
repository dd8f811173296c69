/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Prints what this client sees of the bus, and whether it can move what it sees. */
#include <camkes.h>
#include <inttypes.h>
#include <stdio.h>

enum { DEVICES = 32, FUNCTIONS = 8, COMMAND = 4, BAR4 = 0x20, BAR5 = 0x24, NOTHING = 0xffff };

static void look(uint8_t dev, uint8_t fun)
{
    uint16_t vendor = pci_read16(0, dev, fun, 0);
    if (vendor == NOTHING)
        return;
    printf("%s: 00:%02x.%x is %04x:%04x\n", get_instance_name(), dev, fun, vendor,
           pci_read16(0, dev, fun, 2));
    for (unsigned bar = BAR4; bar <= BAR5; bar += 4) {
        uint32_t before = pci_read32(0, dev, fun, bar);
        pci_write32(0, dev, fun, bar, before ^ 0xf0000);
        printf("%s: bar at %02x %s\n", get_instance_name(), bar,
               pci_read32(0, dev, fun, bar) == before ? "stays" : "MOVED");
    }
    uint16_t command = pci_read16(0, dev, fun, COMMAND);
    pci_write16(0, dev, fun, COMMAND, command ^ 4); /* bus master */
    printf("%s: command %s\n", get_instance_name(),
           pci_read16(0, dev, fun, COMMAND) == (command ^ 4) ? "is mine" : "REFUSED");
    pci_write16(0, dev, fun, COMMAND, command);
}

int run(void)
{
    for (uint8_t dev = 0; dev < DEVICES; dev++)
        for (uint8_t fun = 0; fun < FUNCTIONS; fun++)
            look(dev, fun);
    printf("%s: seen all\n", get_instance_name());
    return 0;
}
