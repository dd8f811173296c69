/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Port 0x80 (POST code; Linux writes it as a delay), port 0x92 (fast reset and A20), and the place
 * of a keyboard controller that is not there.
 *
 * Ports 0x60 and 0x64 read all ones. To a driver that is a controller whose output buffer never
 * empties, so it gives up at once instead of waiting for answers to its commands; the ACPI tables
 * say "no 8042" too. The reset pulse (command 0xfe) works: old kernels reboot this way.
 */
#include "legacy_ports.h"
#include "bytewise.h"

enum { RANGE_POST, RANGE_PORT92, RANGE_DATA, RANGE_COMMAND };

#define PORT92_RESET    0x01u
#define PORT92_A20      0x02u
#define KBC_PULSE_RESET 0xfeu

static uint8_t read_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    const struct legacy_ports *p = VMM_CHIP(struct legacy_ports, dev);
    switch (at->range) {
    case RANGE_POST:
        return p->post_code;
    case RANGE_PORT92:
        return p->port92;
    default:
        return 0xff;
    }
}

static void write_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct legacy_ports *p = VMM_CHIP(struct legacy_ports, dev);
    uint8_t value = (uint8_t)at->value;
    switch (at->range) {
    case RANGE_POST:
        p->post_code = value;
        break;
    case RANGE_PORT92:
        if ((value & PORT92_RESET) && !(p->port92 & PORT92_RESET)) {
            vmm_request(dev->vm, VMM_REQUEST_RESET, "system control port A");
        }
        p->port92 = value & (PORT92_RESET | PORT92_A20);
        break;
    case RANGE_COMMAND:
        if (value == KBC_PULSE_RESET) {
            vmm_request(dev->vm, VMM_REQUEST_RESET, "keyboard controller");
        }
        break;
    default:
        break;
    }
}

static bool legacy_ports_read(struct vmm_device *dev, struct vmm_access *access)
{
    return bytewise_read(dev, access, read_byte);
}

static bool legacy_ports_write(struct vmm_device *dev, const struct vmm_access *access)
{
    return bytewise_write(dev, access, write_byte);
}

static void legacy_ports_reset(struct vmm_device *dev)
{
    struct legacy_ports *p = VMM_CHIP(struct legacy_ports, dev);
    p->post_code = 0;
    p->port92 = PORT92_A20; /* the A20 gate is open, as firmware leaves it */
}

static void legacy_ports_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct legacy_ports *p = VMM_CHIP(struct legacy_ports, dev);
    vmm_text_printf(out, "post code %02x\n", p->post_code);
}

static const struct vmm_device_ops legacy_ports_ops = {
    .name = "legacy_ports",
    .read = legacy_ports_read,
    .write = legacy_ports_write,
    .reset = legacy_ports_reset,
    .dump = legacy_ports_dump,
};

void legacy_ports_create(struct legacy_ports *ports, struct vmm *vm)
{
    ports->dev.ops = &legacy_ports_ops;
    vmm_device_add(vm, &ports->dev);
    vmm_bus_claim(&ports->dev, VMM_SPACE_IO, 0x80, 1, RANGE_POST);
    vmm_bus_claim(&ports->dev, VMM_SPACE_IO, 0x92, 1, RANGE_PORT92);
    vmm_bus_claim(&ports->dev, VMM_SPACE_IO, 0x60, 1, RANGE_DATA);
    vmm_bus_claim(&ports->dev, VMM_SPACE_IO, 0x64, 1, RANGE_COMMAND);
}
