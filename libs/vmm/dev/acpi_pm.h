/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* ACPI fixed hardware: PM1a event and control registers, power-management timer, reset register. */
#include <vmm/device.h>

/** Input clock of the power-management timer, Hz. */
#define ACPI_PM_TIMER_HZ 3579545u

/** The registers. */
struct acpi_pm {
    struct vmm_device dev;
    uint16_t status, enable, control;
    uint64_t carries; /* times bit 23 of the timer had changed when last looked */
    struct vmm_irq_line sci;
    struct vmm_timer carry; /* next change of bit 23, when its interrupt is enabled */
};

/** Put the registers at VMM_PM1_EVENT_PORT. ACPI mode is always on. Zero *pm before. */
void acpi_pm_create(struct acpi_pm *pm, struct vmm *vm);

/** The person in front of the machine presses the power button. */
void acpi_pm_press_power_button(struct acpi_pm *pm);

/** A byte written to the reset control register, port 0xcf9 (ICH9 13.7.5). The port lies inside
 * the PCI configuration address register, whose owner hands byte writes over. */
void acpi_pm_write_reset_control(struct vmm *vm, uint8_t value);
