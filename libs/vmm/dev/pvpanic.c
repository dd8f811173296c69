/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The pvpanic device of QEMU (docs/specs/pvpanic): one port; a read gives the events it knows, a
 * write reports one.
 */
#include "pvpanic.h"
#include "bytewise.h"
#include <vmm/aml.h>
#include <vmm/platform.h>

#define EVENT_PANICKED     0x01u
#define EVENT_CRASH_LOADED 0x02u

static uint8_t read_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    (void)dev;
    (void)at;
    return EVENT_PANICKED | EVENT_CRASH_LOADED;
}

static void write_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct pvpanic *p = VMM_CHIP(struct pvpanic, dev);
    if (at->value & EVENT_PANICKED) {
        p->panics++;
        vmm_request(dev->vm, VMM_REQUEST_PANICKED, "guest panic");
    } else if (at->value & EVENT_CRASH_LOADED) {
        vmm_request(dev->vm, VMM_REQUEST_CRASH_LOADED, "crash kernel starts");
    }
}

static bool pvpanic_read(struct vmm_device *dev, struct vmm_access *access)
{
    return bytewise_read(dev, access, read_byte);
}

static bool pvpanic_write(struct vmm_device *dev, const struct vmm_access *access)
{
    return bytewise_write(dev, access, write_byte);
}

static void pvpanic_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct pvpanic *p = VMM_CHIP(struct pvpanic, dev);
    vmm_text_printf(out, "panics %llu\n", (unsigned long long)p->panics);
}

static void pvpanic_acpi(struct vmm_device *dev, struct aml *aml)
{
    (void)dev;
    size_t mark = aml_device(aml, "PEVT");
    aml_name(aml, "_HID");
    aml_string(aml, "QEMU0001"); /* the name Linux's driver looks for */
    struct aml_resources resources = {0};
    aml_io(&resources, VMM_PVPANIC_PORT, 1);
    aml_name(aml, "_CRS");
    aml_resources(aml, &resources);
    aml_name(aml, "_STA");
    aml_integer(aml, 0xf); /* present, enabled, shown, working */
    aml_end(aml, mark);
}

static const struct vmm_device_ops pvpanic_ops = {
    .name = "pvpanic",
    .read = pvpanic_read,
    .write = pvpanic_write,
    .stats = pvpanic_stats,
    .acpi = pvpanic_acpi,
};

void pvpanic_create(struct pvpanic *panic, struct vmm *vm)
{
    panic->dev.ops = &pvpanic_ops;
    vmm_device_add(vm, &panic->dev);
    vmm_bus_claim(&panic->dev, VMM_SPACE_IO, VMM_PVPANIC_PORT, 1, 0);
}
