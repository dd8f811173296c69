/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * ACPI 6.4 fixed hardware (4.8.3): PM1a event block (status, enable), PM1a control, and the 24-bit
 * power-management timer. S5 (SLP_TYP VMM_SLP_TYP_S5) switches the machine off; other sleeping
 * states do not exist and are ignored. ACPI mode is on from reset, there is no SMI command port.
 */
#include "acpi_pm.h"
#include "bytewise.h"
#include <vmm/platform.h>

#define STS_TIMER  (1u << 0)
#define STS_GLOBAL (1u << 5)
#define STS_POWER  (1u << 8)
#define STS_SLEEP  (1u << 9)
#define STS_RTC    (1u << 10)
#define STS_WAKE   (1u << 15)
#define STS_ALL    (STS_TIMER | STS_GLOBAL | STS_POWER | STS_SLEEP | STS_RTC | STS_WAKE)
#define ENABLE_ALL (STS_TIMER | STS_GLOBAL | STS_POWER | STS_SLEEP | STS_RTC)

#define CONTROL_SCI_EN   (1u << 0)
#define CONTROL_SLP_TYP  (7u << 10)
#define CONTROL_SLP_EN   (1u << 13)
#define CONTROL_WRITABLE (CONTROL_SLP_TYP | 1u << 1)

/* offsets from VMM_PM1_EVENT_PORT */
enum { REG_STATUS = 0, REG_ENABLE = 2, REG_CONTROL = 4, REG_TIMER = 8, NUM_PORTS = 12 };
_Static_assert(VMM_PM1_CONTROL_PORT == VMM_PM1_EVENT_PORT + REG_CONTROL &&
                   VMM_PM_TIMER_PORT == VMM_PM1_EVENT_PORT + REG_TIMER,
               "one contiguous block");

#define TIMER_BITS 24u
#define HALF_TICKS (1ull << (TIMER_BITS - 1)) /* bit 23 changes this often */

static uint64_t ticks(const struct acpi_pm *pm)
{
    return vmm_ns_to_ticks(vmm_now(pm->dev.vm), ACPI_PM_TIMER_HZ);
}

/* Note changes of the timer's top bit, show the SCI, plan the next change. */
static void update(struct acpi_pm *pm)
{
    uint64_t now = ticks(pm) / HALF_TICKS;
    if (now != pm->carries) {
        pm->carries = now;
        pm->status |= STS_TIMER;
    }
    vmm_irq_set(&pm->sci, (pm->status & pm->enable & ENABLE_ALL) != 0);
    if ((pm->enable & STS_TIMER) && !(pm->status & STS_TIMER)) {
        uint64_t at = vmm_ticks_to_ns((now + 1) * HALF_TICKS, ACPI_PM_TIMER_HZ);
        vmm_timer_arm(pm->dev.vm, &pm->carry, at);
    } else {
        vmm_timer_cancel(pm->dev.vm, &pm->carry);
    }
}

static void carry_fire(struct vmm_timer *timer)
{
    update(VMM_TIMER_OF(struct acpi_pm, carry, timer));
}

static void write_control(struct acpi_pm *pm)
{
    if (!(pm->control & CONTROL_SLP_EN)) {
        return;
    }
    pm->control &= (uint16_t)~CONTROL_SLP_EN; /* reads as zero */
    if ((pm->control & CONTROL_SLP_TYP) >> 10 == VMM_SLP_TYP_S5) {
        vmm_request(pm->dev.vm, VMM_REQUEST_POWER_OFF, "ACPI S5");
    }
}

static void write_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct acpi_pm *pm = VMM_CHIP(struct acpi_pm, dev);
    unsigned shift = 8 * (at->offset & 1u);
    uint16_t lane = (uint16_t)(0xffu << shift);
    uint16_t value = (uint16_t)((at->value & 0xffu) << shift);
    switch (at->offset & ~1ull) {
    case REG_STATUS: /* write one to clear */
        update(pm);
        pm->status &= (uint16_t)~value;
        break;
    case REG_ENABLE:
        pm->enable = (uint16_t)((pm->enable & ~lane) | (value & ENABLE_ALL));
        break;
    case REG_CONTROL:
        pm->control = (uint16_t)((pm->control & ~lane) | CONTROL_SCI_EN |
                                 (value & (CONTROL_WRITABLE | CONTROL_SLP_EN)));
        write_control(pm);
        break;
    default:
        break;
    }
    update(pm);
}

static uint8_t read_byte(struct vmm_device *dev, const struct vmm_access *at)
{
    struct acpi_pm *pm = VMM_CHIP(struct acpi_pm, dev);
    uint16_t word = 0;
    switch (at->offset & ~1ull) {
    case REG_STATUS:
        update(pm);
        word = pm->status;
        break;
    case REG_ENABLE:
        word = pm->enable;
        break;
    case REG_CONTROL:
        word = pm->control | CONTROL_SCI_EN;
        break;
    default:
        break;
    }
    return (uint8_t)(word >> 8 * (at->offset & 1u));
}

static bool acpi_pm_read(struct vmm_device *dev, struct vmm_access *access)
{
    const struct acpi_pm *pm = VMM_CHIP(struct acpi_pm, dev);
    if (access->offset >= REG_TIMER) {
        uint64_t count = ticks(pm) & ((1u << TIMER_BITS) - 1);
        access->value = count >> (8 * (access->offset - REG_TIMER));
        return true;
    }
    return bytewise_read(dev, access, read_byte);
}

static bool acpi_pm_write(struct vmm_device *dev, const struct vmm_access *access)
{
    return bytewise_write(dev, access, write_byte);
}

static void acpi_pm_reset(struct vmm_device *dev)
{
    struct acpi_pm *pm = VMM_CHIP(struct acpi_pm, dev);
    pm->status = pm->enable = 0;
    pm->control = CONTROL_SCI_EN;
    pm->carries = ticks(pm) / HALF_TICKS;
    update(pm);
}

static void acpi_pm_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct acpi_pm *pm = VMM_CHIP(struct acpi_pm, dev);
    vmm_text_printf(out, "status %04x enable %04x control %04x timer %06llx\n", pm->status,
                    pm->enable, pm->control,
                    (unsigned long long)(ticks(pm) & ((1u << TIMER_BITS) - 1)));
}

static const struct vmm_device_ops acpi_pm_ops = {
    .name = "acpi_pm",
    .read = acpi_pm_read,
    .write = acpi_pm_write,
    .reset = acpi_pm_reset,
    .dump = acpi_pm_dump,
};

void acpi_pm_create(struct acpi_pm *pm, struct vmm *vm)
{
    pm->dev.ops = &acpi_pm_ops;
    pm->carry.fire = carry_fire;
    pm->sci = vmm_irq_line(vm, VMM_IRQ_SCI);
    vmm_device_add(vm, &pm->dev);
    vmm_bus_claim(&pm->dev, VMM_SPACE_IO, VMM_PM1_EVENT_PORT, NUM_PORTS, 0);
}

void acpi_pm_press_power_button(struct acpi_pm *pm)
{
    pm->status |= STS_POWER;
    update(pm);
}

void acpi_pm_write_reset_control(struct vmm *vm, uint8_t value)
{
    if (value & 0x04u) { /* RST_CPU: whatever kind of reset bit 1 and 3 ask for */
        vmm_request(vm, VMM_REQUEST_RESET, "reset control register");
    }
}
