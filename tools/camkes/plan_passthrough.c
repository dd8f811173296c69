/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Real devices for guests: settings vm_ioports and vm_irqs of a virtual machine become capabilities
 * of its monitor. Nothing is given twice, to guests or components, and nothing that the guest
 * machine emulates. PCI devices are refused: their DMA needs an IOMMU.
 */
#include <string.h>

#include "guest_pc.h"
#include "plan.h"

#define MAX_PORT_RANGES 32u /* ISA_PASSTHROUGH_MAX_PORTS of libs/vmm */
#define COUNT(array)    (sizeof(array) / sizeof *(array))

/* The list under a setting; NULL when there is none. What is no list is an error. */
static const struct value *list_setting(struct plan *plan, const char *instance, const char *name)
{
    const struct value *value = system_setting(plan->system, instance, name);
    if (!value || value->kind == VALUE_LIST)
        return value;
    diag_error(plan->diag, value->loc, "'%s.%s' must be a list", instance, name);
    return NULL;
}

/* An entry is a dict that has only the `known` keys, NULL at the end. */
static bool check_entry(struct plan *plan, const struct value *entry, const char *what,
                        const char *const *known)
{
    if (entry->kind != VALUE_DICT) {
        diag_error(plan->diag, entry->loc, "an entry of '%s' must be a dict, {\"%s\": …, …}", what,
                   known[0]);
        return false;
    }
    for (size_t i = 0; i < entry->dict.count; i++) {
        const struct value *key = entry->dict.items[i].key;
        size_t k = 0;
        while (known[k] && (key->kind != VALUE_STRING || strcmp(key->string, known[k])))
            k++;
        if (!known[k]) {
            diag_error(plan->diag, key->loc, "an entry of '%s' has no key '%s'", what,
                       key->kind == VALUE_STRING ? key->string : "(not a string)");
            return false;
        }
    }
    return true;
}

/* A number of an entry, at most `limit`. */
static bool entry_number(struct plan *plan, const struct value *entry, const char *key,
                         unsigned limit, unsigned *number)
{
    const struct value *value = value_get(entry, key);
    uint64_t wide = 0;
    if (value_to_u64(value, &wide) && wide <= limit) {
        *number = (unsigned)wide;
        return true;
    }
    diag_error(plan->diag, value ? value->loc : entry->loc, "'%s' must be set to 0 … %u", key,
               limit);
    return false;
}

static const char *entry_name(struct plan *plan, const struct value *entry)
{
    const struct value *value = value_get(entry, "name");
    if (value && value->kind == VALUE_STRING && value->string[0])
        return value->string;
    diag_error(plan->diag, value ? value->loc : entry->loc, "'name' must be set to a string");
    return NULL;
}

/* ---- ports ---------------------------------------------------------------------------------- */

/* Ports that the guest machine emulates, or that somebody else in the system has. */
static bool ports_free(struct plan *plan, const struct instance *instance,
                       const struct value *entry, const struct plan_guest_ports *range)
{
    unsigned first = range->first, last = range->last;
    for (size_t i = 0; i < COUNT(guest_pc_ports); i++) {
        const struct guest_pc_ports *taken = &guest_pc_ports[i];
        if (first > taken->last || last < taken->first)
            continue;
        diag_error(plan->diag, entry->loc,
                   "'%s.vm_ioports': ports 0x%x-0x%x of '%s' overlap 0x%x-0x%x of the guest's "
                   "emulated %s",
                   instance->name, first, last, range->name, taken->first, taken->last,
                   taken->name);
        return false;
    }
    for (const struct spec_object *o = plan->spec->objects; o; o = o->next) {
        const struct capspec_hardware *hw = o->hardware ? &o->hardware->hw : NULL;
        if (o->type != CAPSPEC_PORTS || !hw || hw->kind != CAPSPEC_HW_PORTS || first > hw->arg[1] ||
            last < hw->arg[0])
            continue;
        diag_error(plan->diag, entry->loc,
                   "'%s.vm_ioports': ports 0x%x-0x%x of '%s' overlap 0x%x-0x%x of '%s'",
                   instance->name, first, last, range->name, hw->arg[0], hw->arg[1], o->owner);
        return false;
    }
    return true;
}

/* pci_device 0 or none: ISA. Others are windows of a PCI device, which cannot be given. */
static bool is_isa(struct plan *plan, const struct instance *instance, const struct value *entry)
{
    const struct value *device = value_get(entry, "pci_device");
    if (!device || !value_is_true(device, false))
        return true;
    diag_error(plan->diag, device->loc,
               "'%s.vm_ioports': ports of a PCI device: passing PCI devices to guests needs an "
               "IOMMU and is not supported yet",
               instance->name);
    return false;
}

static void add_ports(struct plan *plan, struct instance_plan *planned, const struct value *entry)
{
    static const char *const keys[] = {"start", "end", "pci_device", "name", NULL};
    const struct instance *instance = planned->instance;
    struct plan_guest_ports range = {0};
    if (!check_entry(plan, entry, "vm_ioports", keys) || !is_isa(plan, instance, entry) ||
        !entry_number(plan, entry, "start", 0xffff, &range.first) ||
        !entry_number(plan, entry, "end", 0xffff, &range.last) ||
        !(range.name = entry_name(plan, entry)))
        return;
    if (range.first > range.last) {
        diag_error(plan->diag, entry->loc,
                   "'%s.vm_ioports': 'end' is the last port of '%s' and cannot be below 'start'",
                   instance->name, range.name);
        return;
    }
    if (!ports_free(plan, instance, entry, &range))
        return;
    struct spec_object *ports = spec_add_hardware_object(
        plan->spec, instance->name, CAPSPEC_PORTS,
        plan_name(plan, "%s_ports_%x", instance->name, range.first),
        spec_hardware(plan->spec, plan_name(plan, "ports(0x%x-0x%x)", range.first, range.last)));
    /* The kernel lets one capability serve one processor: each gets a copy of its own. */
    for (size_t i = 0; i < planned->vm->vcpus.count; i++) {
        uint64_t slot = spec_add_cap(plan->spec, planned->space->cnode, SPEC_NEXT_SLOT, ports,
                                     CAPSPEC_ALL_RIGHTS, 0);
        range.cap = i ? range.cap : slot;
    }
    *array_push(plan->arena, &planned->vm->ports) = range;
}

/* ---- interrupts ----------------------------------------------------------------------------- */

/* The interrupt input that hardware means, as far as it is known before the machine is. */
static bool same_input(const struct capspec_hardware *hw, unsigned ioapic, unsigned source)
{
    switch (hw->kind) {
    case CAPSPEC_HW_IRQ_IOAPIC:
        return hw->arg[0] == ioapic && hw->arg[4] == source;
    case CAPSPEC_HW_IRQ_ISA: /* firmware wires line 0 to input 2 */
        return ioapic == 0 && (hw->arg[0] ? hw->arg[0] : 2) == source;
    case CAPSPEC_HW_IRQ_GSI:
        return ioapic == 0 && hw->arg[0] == source;
    default:
        return false;
    }
}

static bool input_free(struct plan *plan, const struct instance *instance,
                       const struct value *entry, const struct plan_guest_irq *irq)
{
    for (const struct spec_object *o = plan->spec->objects; o; o = o->next) {
        if (o->type != CAPSPEC_IRQ || !o->hardware ||
            !same_input(&o->hardware->hw, irq->ioapic, irq->source))
            continue;
        diag_error(plan->diag, entry->loc,
                   "'%s.vm_irqs': interrupt %u of I/O APIC %u ('%s') belongs to '%s'",
                   instance->name, irq->source, irq->ioapic, irq->name, o->owner);
        return false;
    }
    return true;
}

static bool line_free(struct plan *plan, struct instance_plan *planned, const struct value *entry,
                      const struct plan_guest_irq *irq)
{
    const char *name = planned->instance->name;
    const char *user = guest_pc_lines[irq->dest];
    if (irq->dest == GUEST_PC_LEGACY_LINE && plan_crossvm_legacy(plan, planned->instance))
        user = "crossvm_legacy";
    for (size_t i = 0; i < planned->vm->irqs.count; i++) {
        if (planned->vm->irqs.items[i].dest == irq->dest)
            user = planned->vm->irqs.items[i].name;
    }
    const struct value *dest = value_get(entry, "dest");
    if (user)
        diag_error(plan->diag, dest->loc, "'%s.vm_irqs': line %u of the guest is taken: %s", name,
                   irq->dest, user);
    else if (!irq->level && GUEST_PC_SHARED_LINES >> irq->dest & 1u)
        diag_error(plan->diag, dest->loc,
                   "'%s.vm_irqs': line %u is shared with the guest's PCI devices, an "
                   "edge-triggered interrupt needs another",
                   name, irq->dest);
    else
        return true;
    return false;
}

static bool read_irq(struct plan *plan, const struct value *entry, struct plan_guest_irq *irq)
{
    static const char *const keys[] = {"name", "source", "level_trig", "active_low",
                                       "dest", "ioapic", NULL};
    return check_entry(plan, entry, "vm_irqs", keys) && (irq->name = entry_name(plan, entry)) &&
           entry_number(plan, entry, "source", 239, &irq->source) &&
           entry_number(plan, entry, "level_trig", 1, &irq->level) &&
           entry_number(plan, entry, "active_low", 1, &irq->low) &&
           entry_number(plan, entry, "dest", 15, &irq->dest) &&
           (!value_get(entry, "ioapic") || entry_number(plan, entry, "ioapic", 7, &irq->ioapic));
}

/* Line n is bit n + 1 as ever (VM_PIC_BADGE_IRQ_n) unless the settings give that bit to events. */
static uint64_t line_badge(struct plan *plan, struct instance_plan *planned, struct loc loc,
                           unsigned line)
{
    uint64_t bit = 2ull << line;
    plan_global_notification(plan, planned);
    if ((planned->global_mask | planned->global_base | planned->global_used) & bit)
        return plan_global_badge(plan, planned, loc);
    planned->global_used |= bit;
    return planned->global_base | bit;
}

static void add_irq(struct plan *plan, struct instance_plan *planned, const struct value *entry)
{
    const struct instance *instance = planned->instance;
    struct plan_guest_irq irq = {0};
    if (!read_irq(plan, entry, &irq) || !line_free(plan, planned, entry, &irq) ||
        !input_free(plan, instance, entry, &irq))
        return;
    const char *text = plan_name(plan, "ioapic(%u,%u,%s,%s)", irq.ioapic, irq.source,
                                 irq.level ? "level" : "edge", irq.low ? "low" : "high");
    struct spec_object *object = spec_add_hardware_object(
        plan->spec, instance->name, CAPSPEC_IRQ,
        plan_name(plan, "%s_irq_%u", instance->name, irq.dest), spec_hardware(plan->spec, text));
    uint64_t badge = line_badge(plan, planned, entry->loc, irq.dest);
    irq.badge = badge & ~planned->global_base;
    spec_bind_irq(plan->spec, object, plan_global_notification(plan, planned), badge,
                  CAPSPEC_IRQ_ACK);
    irq.handler = spec_add_cap(plan->spec, planned->space->cnode, SPEC_NEXT_SLOT, object,
                               CAPSPEC_ALL_RIGHTS, 0);
    *array_push(plan->arena, &planned->vm->irqs) = irq;
}

/* ---- what is not there ---------------------------------------------------------------------- */

static void refuse(struct plan *plan, const struct instance *instance, const char *name,
                   const char *why)
{
    const struct value *value = system_setting(plan->system, instance->name, name);
    if (value && value_is_true(value, false))
        diag_error(plan->diag, value->loc, "'%s.%s': %s", instance->name, name, why);
}

void plan_passthrough(struct plan *plan, struct instance_plan *planned)
{
    const struct instance *instance = planned->instance;
    const struct value *ports = list_setting(plan, instance->name, "vm_ioports");
    const struct value *irqs = list_setting(plan, instance->name, "vm_irqs");
    if (ports && ports->list.count > MAX_PORT_RANGES) {
        diag_error(plan->diag, ports->loc, "'%s.vm_ioports' has more than %u entries",
                   instance->name, MAX_PORT_RANGES);
        return;
    }
    for (size_t i = 0; ports && i < ports->list.count; i++)
        add_ports(plan, planned, ports->list.items[i]);
    for (size_t i = 0; irqs && i < irqs->list.count; i++)
        add_irq(plan, planned, irqs->list.items[i]);
    refuse(plan, instance, "pci_devices",
           "passing PCI devices to guests is refused: it needs an IOMMU, which is not supported "
           "yet (without one a device could write to any memory)");
    refuse(plan, instance, "guest_mappings",
           "mapping device memory into guests is not supported yet");
}
