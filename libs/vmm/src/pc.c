/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <vmm/pc.h>
#include "internal.h"
#include "dev/acpi_pm.h"
#include "dev/hpet.h"
#include "dev/i8254.h"
#include "dev/i8259.h"
#include "dev/ioapic.h"
#include "dev/lapic.h"
#include "dev/legacy_ports.h"
#include "dev/mc146818.h"
#include "dev/ns16550a.h"
#include "dev/pvpanic.h"

#define COM1_PORT 0x3f8

struct vmm_pc_chips {
    struct i8259 pic;
    struct lapic lapic;
    struct ioapic ioapic;
    struct i8254 pit;
    struct ns16550a com1;
    struct acpi_pm pm;
    struct legacy_ports legacy;
    struct pvpanic panic;
    struct mc146818 rtc;
    struct hpet hpet;
};

size_t vmm_pc_chips_size(void)
{
    return sizeof(struct vmm_pc_chips);
}

/* The HPET can take over interrupts 0 and 8. */
static void hpet_replaces(void *ctx, bool replaces)
{
    struct vmm_pc_chips *chips = ctx;
    i8254_disconnect(&chips->pit, replaces);
    mc146818_disconnect(&chips->rtc, replaces);
}

/* The timer's line 0 is pin 2, and nobody else's; pins above 15 are PCI. */
static void pin_ended(void *ctx, unsigned pin)
{
    const struct vmm_pc *pc = ctx;
    if (pc->config.eoi && pin < 16 && pin != 2) {
        pc->config.eoi(pc->config.eoi_ctx, pin);
    }
}

void vmm_pc_create(struct vmm_pc *pc, struct vmm *vm, const struct vmm_pc_config *config,
                   void *chips)
{
    memset(pc, 0, sizeof *pc);
    memset(chips, 0, sizeof(struct vmm_pc_chips));
    pc->vm = vm;
    pc->config = *config;
    struct vmm_pc_chips *c = pc->chips = chips;
    /* controllers first: the others drive their pins in their own reset */
    i8259_create(&c->pic, vm);
    lapic_create(&c->lapic, vm);
    ioapic_create(&c->ioapic, vm);
    i8259_set_level(&c->pic, (uint16_t)config->level_lines);
    i8259_on_eoi(&c->pic, config->eoi, config->eoi_ctx);
    ioapic_on_eoi(&c->ioapic, pin_ended, pc);
    i8254_create(&c->pit, vm);
    const struct ns16550a_config com1 = {.id = "com1",
                                         .port = COM1_PORT,
                                         .irq = VMM_IRQ_COM1,
                                         .console = config->console,
                                         .console_ctx = config->console_ctx};
    ns16550a_create(&c->com1, vm, &com1);
    acpi_pm_create(&c->pm, vm);
    legacy_ports_create(&c->legacy, vm);
    pvpanic_create(&c->panic, vm);
    const struct mc146818_config rtc = {.clock = config->clock,
                                        .clock_ctx = config->clock_ctx,
                                        .low_memory = vmm_memory_low(vm),
                                        .high_memory = vmm_memory_size(vm) - vmm_memory_low(vm)};
    mc146818_create(&c->rtc, vm, &rtc);
    if (config->hpet) {
        hpet_create(&c->hpet, vm, hpet_replaces, c);
    }
    vmm_pci_create(&pc->pci, vm, config->ecam);
}

const char *vmm_pc_boot(struct vmm_pc *pc)
{
    const struct vmm_acpi_options acpi = {
        .ecam = pc->config.ecam, .hpet = pc->config.hpet, .level_lines = pc->config.level_lines};
    uint64_t rsdp = vmm_acpi_write(pc->vm, &acpi);
    if (rsdp == 0) {
        return "the ACPI tables do not fit";
    }
    const char *error = vmm_boot_load(pc->vm, &pc->config.images, rsdp, &pc->entry);
    if (error) {
        return error;
    }
    return vmm_boot_enter(pc->vm, &pc->entry) == 0 ? NULL : "the vCPU refuses its entry state";
}

const char *vmm_pc_reset(struct vmm_pc *pc)
{
    vmm_reset(pc->vm);
    return vmm_pc_boot(pc);
}
