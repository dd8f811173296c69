/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* I/O port ranges and interrupts. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* ---- I/O ports ------------------------------------------------------------------------------ */

static bool parse_port(const char **text, unsigned *port)
{
    while (isspace((unsigned char)**text) || **text == '"')
        (*text)++;
    if (!isdigit((unsigned char)**text))
        return false;
    bool hex = (*text)[0] == '0' && ((*text)[1] | 32) == 'x';
    char *end;
    unsigned long value = strtoul(*text, &end, hex ? 16 : 10);
    *text = end;
    while (isspace((unsigned char)**text) || **text == '"')
        (*text)++;
    *port = (unsigned)value;
    return value <= 0xffff;
}

/* "0x70:0x71", both bounds inclusive. */
static bool parse_range(const struct value *value, unsigned *first, unsigned *last)
{
    if (!value || value->kind != VALUE_STRING)
        return false;
    const char *text = value->string;
    return parse_port(&text, first) && *text++ == ':' && parse_port(&text, last) && !*text &&
           *first <= *last;
}

static enum capspec_type type_of(enum capspec_hw_kind kind)
{
    switch (kind) {
    case CAPSPEC_HW_IRQ_ISA:
    case CAPSPEC_HW_IRQ_GSI:
    case CAPSPEC_HW_IRQ_IOAPIC:
    case CAPSPEC_HW_IRQ_MSI:
        return CAPSPEC_IRQ;
    case CAPSPEC_HW_PORTS:
    case CAPSPEC_HW_PCI_PORTS:
        return CAPSPEC_PORTS;
    case CAPSPEC_HW_IOSPACE:
        return CAPSPEC_IOSPACE;
    default:
        return CAPSPEC_FRAME_4K;
    }
}

struct spec_hardware *plan_device(struct plan *plan, const char *text, enum capspec_type type,
                                  struct loc loc)
{
    struct capspec_hardware hw = {0};
    if (spec_hardware_parse(text, &hw) && type_of(hw.kind) == type)
        return spec_hardware(plan->spec, text);
    diag_error(plan->diag, loc, "'%s' names no %s: expected %s", text,
               type == CAPSPEC_IRQ     ? "interrupt"
               : type == CAPSPEC_PORTS ? "ports"
                                       : "device memory",
               type == CAPSPEC_IRQ ? "isa(n), gsi(n,level,low), ioapic(n,pin), "
                                     "msi(bus:device.function) or msi(vendor:device)"
               : type == CAPSPEC_PORTS
                   ? "ports(first-last), pci(bus:device.function).ioN or "
                     "pci(vendor:device).ioN"
                   : "pci(bus:device.function).barN, pci(vendor:device).barN or "
                     "kernel_log");
    return NULL;
}

static struct spec_hardware *port_hardware(struct plan *plan, const struct end *hardware,
                                           unsigned *first, unsigned *last)
{
    const struct value *symbolic = end_setting(plan->system, hardware, "hardware");
    const struct value *range = end_setting(plan->system, hardware, "attributes");
    if (symbolic && symbolic->kind == VALUE_STRING)
        return plan_device(plan, symbolic->string, CAPSPEC_PORTS, symbolic->loc);
    if (parse_range(range, first, last))
        return spec_hardware(plan->spec, plan_name(plan, "ports(0x%x-0x%x)", *first, *last));
    diag_error(plan->diag, range ? range->loc : hardware->instance->loc,
               "I/O ports need the setting '%s.%s_attributes', a string such as \"0x70:0x71\" "
               "(first and last port)",
               hardware->instance->name, hardware->interface->name);
    return NULL;
}

void plan_ioport(struct plan *plan, const struct connection *connection)
{
    const struct end *hardware = connection->to.items[0];
    unsigned first = 0, last = 0;
    struct spec_hardware *device = port_hardware(plan, hardware, &first, &last);
    if (!device)
        return;
    const char *name =
        plan_name(plan, "%s_%s", hardware->instance->name, hardware->interface->name);
    struct spec_object *ports =
        spec_add_hardware_object(plan->spec, hardware->instance->name, CAPSPEC_PORTS, name, device);
    struct end_plan *from = plan_end(plan, connection->from.items[0]);
    struct plan_ioport port = {.interface = from->end->interface->name,
                               .cap = spec_add_cap(plan->spec, from->instance->space->cnode,
                                                   SPEC_NEXT_SLOT, ports, CAPSPEC_ALL_RIGHTS, 0),
                               .first = first,
                               .last = last};
    from->table_index = from->instance->ioports.count;
    *array_push(plan->arena, &from->instance->ioports) = port;
}

/* ---- interrupts ----------------------------------------------------------------------------- */

static uint64_t irq_number(struct plan *plan, const struct end *hardware, const char *key,
                           bool required)
{
    const struct value *value = end_setting(plan->system, hardware, key);
    uint64_t number = 0;
    if (!value_to_u64(value, &number) && (required || value))
        diag_error(plan->diag, value ? value->loc : hardware->instance->loc,
                   "an interrupt of this type needs the setting '%s.%s_%s', an integer",
                   hardware->instance->name, hardware->interface->name, key);
    return number;
}

/* The pin of an IOAPIC; the vector is the loader's to choose, so two systems never collide. */
static const char *ioapic_text(struct plan *plan, const struct end *hardware, bool level, bool low,
                               uint64_t *number)
{
    uint64_t ioapic = irq_number(plan, hardware, "irq_ioapic", false);
    *number = irq_number(plan, hardware, "irq_ioapic_pin", true);
    return plan_name(plan, "ioapic(%llu,%llu,%s,%s)", (unsigned long long)ioapic,
                     (unsigned long long)*number, level ? "level" : "edge", low ? "low" : "high");
}

static const char *msi_text(struct plan *plan, const struct end *hardware, uint64_t *number)
{
    unsigned bus = (unsigned)irq_number(plan, hardware, "irq_pci_bus", true);
    unsigned dev = (unsigned)irq_number(plan, hardware, "irq_pci_dev", true);
    unsigned fun = (unsigned)irq_number(plan, hardware, "irq_pci_fun", true);
    uint64_t handle = irq_number(plan, hardware, "irq_handle", true);
    *number = irq_number(plan, hardware, "irq_vector", false);
    return plan_name(plan, "msi(%x:%x.%x,handle=%llu)", bus, dev, fun, (unsigned long long)handle);
}

/* Symbolic text of the interrupt, and the number drivers know it by. */
static const char *irq_text(struct plan *plan, const struct end *hardware, uint64_t *number)
{
    const struct value *symbolic = end_setting(plan->system, hardware, "hardware");
    const struct value *type = end_setting(plan->system, hardware, "irq_type");
    const char *word = type && type->kind == VALUE_STRING ? type->string : "simple";
    *number = 0;
    if (symbolic && symbolic->kind == VALUE_STRING)
        return symbolic->string;
    if (!strcmp(word, "isa"))
        return ioapic_text(plan, hardware, false, false, number);
    if (!strcmp(word, "pci"))
        return ioapic_text(plan, hardware, true, true, number);
    if (!strcmp(word, "ioapic"))
        return ioapic_text(plan, hardware, irq_number(plan, hardware, "irq_level", true) != 0,
                           irq_number(plan, hardware, "irq_polarity", true) != 0, number);
    if (!strcmp(word, "msi"))
        return msi_text(plan, hardware, number);
    if (strcmp(word, "simple"))
        diag_error(plan->diag, type->loc,
                   "unknown interrupt type \"%s\": simple, isa, pci, ioapic or msi", word);
    *number = irq_number(plan, hardware, "irq_number", true);
    return plan_name(plan, "isa(%llu)", (unsigned long long)*number);
}

static struct spec_object *irq_object(struct plan *plan, const struct end *hardware,
                                      uint64_t *number)
{
    const struct value *symbolic = end_setting(plan->system, hardware, "hardware");
    struct spec_hardware *device = plan_device(plan, irq_text(plan, hardware, number), CAPSPEC_IRQ,
                                               symbolic ? symbolic->loc : hardware->instance->loc);
    const char *name =
        plan_name(plan, "%s_%s", hardware->instance->name, hardware->interface->name);
    return device ? spec_add_hardware_object(plan->spec, hardware->instance->name, CAPSPEC_IRQ,
                                             name, device)
                  : NULL;
}

static void add_irq(struct plan *plan, struct end_plan *to, struct spec_object *irq,
                    uint64_t number)
{
    struct plan_irq entry = {.interface = to->end->interface->name,
                             .handler = spec_add_cap(plan->spec, to->instance->space->cnode,
                                                     SPEC_NEXT_SLOT, irq, CAPSPEC_ALL_RIGHTS, 0),
                             .notification = to->notification,
                             .number = number};
    to->table_index = to->instance->irqs.count;
    *array_push(plan->arena, &to->instance->irqs) = entry;
}

void plan_interrupt(struct plan *plan, const struct connection *connection)
{
    struct end_plan *to = plan_end(plan, connection->to.items[0]);
    uint64_t number;
    struct spec_object *irq = irq_object(plan, connection->from.items[0], &number);
    if (!irq)
        return;
    struct spec_object *notification =
        spec_add_object(plan->spec, to->end->instance->name, CAPSPEC_NOTIFICATION,
                        plan_name(plan, "%s_ntfn", connection->name), 0, 1);
    to->notification = spec_add_cap(plan->spec, to->instance->space->cnode, SPEC_NEXT_SLOT,
                                    notification, CAPSPEC_READ, 0);
    spec_bind_irq(plan->spec, irq, notification, 0, 0);
    add_irq(plan, to, irq, number);
}

/* The interrupt is one more bit of the instance's global notification. */
void plan_interrupt_global(struct plan *plan, const struct connection *connection)
{
    struct end_plan *to = plan_end(plan, connection->to.items[0]);
    uint64_t number;
    struct spec_object *irq = irq_object(plan, connection->from.items[0], &number);
    if (!irq)
        return;
    struct spec_object *notification = plan_global_notification(plan, to->instance);
    to->notification = to->instance->global_wait;
    to->notification_badge = plan_global_badge(plan, to->instance, to->end->loc);
    spec_bind_irq(plan->spec, irq, notification, to->notification_badge, 0);
    add_irq(plan, to, irq, number);
}
