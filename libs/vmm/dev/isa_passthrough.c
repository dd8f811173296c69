/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Interrupts of the real machine on the guest's ISA lines.
 *
 * A level-triggered line stays up from the real interrupt to the guest's end of interrupt; then it
 * falls and the real one may come again, at once if its device still asks. An edge is a pulse, and
 * the real interrupt is acknowledged before it: the guest's controller keeps the edge, and one that
 * comes while the guest serves the first is not lost. (Waiting for the guest would lose it, as an
 * I/O APIC ignores edges on a masked pin, and a guest that masks its own pin never ends it.)
 *
 * Not modelled: a level-triggered line on a pin that the guest programs as edge-triggered; the
 * guest ends such interrupts unseen, and no second one comes. The MADT and the ELCR say which are
 * level.
 */
#include <vmm/isa_passthrough.h>

static bool passthrough_read(struct vmm_device *dev, struct vmm_access *access)
{
    struct isa_passthrough *p = VMM_CHIP(struct isa_passthrough, dev);
    const struct isa_passthrough_config *c = &p->config;
    unsigned port = c->ports[access->range].first + (unsigned)access->offset;
    access->value = c->ops->in(c->ctx, access->range, port, access->size);
    return true;
}

static bool passthrough_write(struct vmm_device *dev, const struct vmm_access *access)
{
    struct isa_passthrough *p = VMM_CHIP(struct isa_passthrough, dev);
    const struct isa_passthrough_config *c = &p->config;
    unsigned port = c->ports[access->range].first + (unsigned)access->offset;
    c->ops->out(c->ctx, access->range, port, access->size, (uint32_t)access->value);
    return true;
}

static void end_level(struct isa_passthrough *p, unsigned line)
{
    if (p->waiting >> line & 1u) {
        p->waiting &= ~(1u << line);
        vmm_irq_set(&p->line[line], false);
        p->config.ops->acknowledge(p->config.ctx, line);
    }
}

/* The new guest starts with its lines down; what the device still asks for comes again. */
static void passthrough_reset(struct vmm_device *dev)
{
    struct isa_passthrough *p = VMM_CHIP(struct isa_passthrough, dev);
    for (unsigned i = 0; i < p->config.num_lines; i++) {
        end_level(p, i);
    }
}

static void passthrough_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct isa_passthrough *p = VMM_CHIP(struct isa_passthrough, dev);
    for (unsigned i = 0; i < p->config.num_ports; i++) {
        vmm_text_printf(out, "ports %x-%x\n", p->config.ports[i].first, p->config.ports[i].last);
    }
    for (unsigned i = 0; i < p->config.num_lines; i++) {
        vmm_text_printf(out, "line %u %s%s\n", p->config.lines[i].dest,
                        p->config.lines[i].level ? "level" : "edge",
                        p->waiting >> i & 1u ? " in service" : "");
    }
}

static void passthrough_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct isa_passthrough *p = VMM_CHIP(struct isa_passthrough, dev);
    for (unsigned i = 0; i < p->config.num_lines; i++) {
        vmm_text_printf(out, "irq%u %llu\n", p->config.lines[i].dest,
                        (unsigned long long)p->interrupts[i]);
    }
}

static const struct vmm_device_ops passthrough_ops = {
    .name = "passthrough",
    .read = passthrough_read,
    .write = passthrough_write,
    .reset = passthrough_reset,
    .dump = passthrough_dump,
    .stats = passthrough_stats,
};

const char *isa_passthrough_create(struct isa_passthrough *p, struct vmm *vm,
                                   const struct isa_passthrough_config *config)
{
    if (config->num_ports > ISA_PASSTHROUGH_MAX_PORTS ||
        config->num_lines > ISA_PASSTHROUGH_MAX_LINES) {
        return "too many port ranges or interrupts for one guest";
    }
    p->config = *config;
    p->dev.ops = &passthrough_ops;
    vmm_device_add(vm, &p->dev);
    for (unsigned i = 0; i < config->num_lines; i++) {
        if (config->lines[i].dest > 15) {
            return "an interrupt has no ISA line";
        }
        p->line[i] = vmm_irq_line(vm, config->lines[i].dest);
    }
    for (unsigned i = 0; i < config->num_ports; i++) {
        const struct isa_ports *r = &config->ports[i];
        if (r->last < r->first ||
            vmm_bus_claim(&p->dev, VMM_SPACE_IO, r->first, r->last - r->first + 1u, i) != 0) {
            return "ports given to the guest belong to an emulated device";
        }
    }
    return NULL;
}

void isa_passthrough_raise(struct isa_passthrough *p, unsigned line)
{
    if (line >= p->config.num_lines) {
        return;
    }
    p->interrupts[line]++;
    if (p->config.lines[line].level) {
        p->waiting |= 1u << line;
        vmm_irq_set(&p->line[line], true);
        return;
    }
    p->config.ops->acknowledge(p->config.ctx, line);
    vmm_irq_pulse(&p->line[line]);
}

void isa_passthrough_ended(struct isa_passthrough *p, unsigned dest)
{
    for (unsigned i = 0; i < p->config.num_lines; i++) {
        if (p->config.lines[i].dest == dest) {
            end_level(p, i);
        }
    }
}

uint32_t isa_passthrough_levels(const struct isa_passthrough_config *config)
{
    uint32_t levels = 0;
    for (unsigned i = 0; i < config->num_lines; i++) {
        if (config->lines[i].level && config->lines[i].dest < 16) {
            levels |= 1u << config->lines[i].dest;
        }
    }
    return levels;
}
