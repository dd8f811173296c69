/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The kernel behind the passthrough device: port capabilities, interrupt handlers. Which ports and
 * interrupts there are was checked when the system was planned.
 */
#include <camkes.h>
#include <sel4/sel4.h>
#include "init.h"

static uint32_t port_in(void *ctx, unsigned range, unsigned port, unsigned size)
{
    (void)ctx;
    seL4_CPtr cap = vm_resources.ports[range].cap;
    switch (size) {
    case 1:
        return seL4_X86_IOPort_In8(cap, (uint16_t)port).result;
    case 2:
        return seL4_X86_IOPort_In16(cap, (uint16_t)port).result;
    default:
        return seL4_X86_IOPort_In32(cap, (uint16_t)port).result;
    }
}

static void port_out(void *ctx, unsigned range, unsigned port, unsigned size, uint32_t value)
{
    (void)ctx;
    seL4_CPtr cap = vm_resources.ports[range].cap;
    switch (size) {
    case 1:
        seL4_X86_IOPort_Out8(cap, port, value);
        break;
    case 2:
        seL4_X86_IOPort_Out16(cap, port, value);
        break;
    default:
        seL4_X86_IOPort_Out32(cap, port, value);
        break;
    }
}

static void acknowledge(void *ctx, unsigned line)
{
    (void)ctx;
    seL4_IRQHandler_Ack(vm_resources.irqs[line].handler);
}

static const struct isa_passthrough_ops passthrough_ops = {
    .in = port_in, .out = port_out, .acknowledge = acknowledge};

static void ended(void *ctx, unsigned line)
{
    struct init *init = ctx;
    isa_passthrough_ended(&init->passthrough.device, line);
}

void init_passthrough_config(struct init *init, struct vmm_pc_config *config)
{
    struct init_passthrough *p = &init->passthrough;
    p->config = (struct isa_passthrough_config){.ports = p->ports,
                                                .num_ports = vm_resources.num_ports,
                                                .lines = p->lines,
                                                .num_lines = vm_resources.num_irqs,
                                                .ops = &passthrough_ops,
                                                .ctx = init};
    for (unsigned i = 0; i < vm_resources.num_ports && i < ISA_PASSTHROUGH_MAX_PORTS; i++) {
        p->ports[i] = (struct isa_ports){vm_resources.ports[i].first, vm_resources.ports[i].last};
    }
    for (unsigned i = 0; i < vm_resources.num_irqs && i < ISA_PASSTHROUGH_MAX_LINES; i++) {
        p->lines[i] = (struct isa_line){vm_resources.irqs[i].dest, vm_resources.irqs[i].level != 0};
    }
    if (vm_resources.num_irqs) {
        config->level_lines = isa_passthrough_levels(&p->config);
        config->eoi = ended;
        config->eoi_ctx = init;
    }
}

const char *init_passthrough_create(struct init *init)
{
    struct init_passthrough *p = &init->passthrough;
    if (p->config.num_ports == 0 && p->config.num_lines == 0) {
        return NULL;
    }
    return isa_passthrough_create(&p->device, &init->vm, &p->config);
}

void init_passthrough_open(struct init *init, unsigned vcpu)
{
    (void)init;
    for (unsigned i = 0; i < vm_resources.num_ports; i++) {
        const struct vm_port_resources *r = &vm_resources.ports[i];
        /* If the kernel refuses, every access exits to the device: slower, but the same. */
        seL4_X86_VCPU_EnableIOPort(vm_resources.vcpu[vcpu].vcpu, r->cap + vcpu, r->first, r->last);
    }
}

void init_passthrough_notified(struct init *init, seL4_Word badge)
{
    for (unsigned i = 0; i < vm_resources.num_irqs; i++) {
        if (badge & vm_resources.irqs[i].badge) {
            vmm_vcpu_lock(&init->vm.vcpu[0]);
            isa_passthrough_raise(&init->passthrough.device, i);
            vmm_unlock(&init->vm);
        }
    }
}
