/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*- local c, plan, vm = use("c.lua"), me.plan, me.plan.vm -*/
/*? c.banner("Resources of the virtual machine monitor " .. me.name) ?*/
#include <vm_resources.h>
/*- if #vm.crossvm > 0 then -*/
#include <camkes.h>
#include <crossvm/set.h>
/*- end -*/

/* The loader writes these two words; the plan names them by their place. */
_Static_assert(offsetof(struct vm_resources, files_size) == 592, "place of files_size");
_Static_assert(offsetof(struct vm_resources, tsc_hz) == 600, "place of tsc_hz");

/*- if #vm.crossvm > 0 then -*/
static const struct crossvm_connection vm_crossvm[] = {
/*- for _, connection in ipairs(vm.crossvm) do -*/
    {
        .name = /*? c.quote(connection.name) ?*/,
/*- if connection.dataport then -*/
        .dataport = &/*? connection.dataport ?*/_handle,
/*- end -*/
/*- if connection.emits then -*/
        .emit = /*? connection.emits ?*/_emit,
/*- end -*/
/*- if connection.badge ~= 0 then -*/
        .badge = /*? c.hex(connection.badge) ?*/,
/*- elseif connection.consumes then -*/
        .reg_callback = /*? connection.consumes ?*/_reg_callback,
/*- end -*/
    },
/*- end -*/
};

/*- end -*/
/* Real ports and interrupts; one entry more, so that no list is empty. */
static const struct vm_port_resources camkes_vm_ports[] = {
/*- for _, ports in ipairs(vm.ports) do -*/
    {/*? c.quote(ports.name) ?*/, /*? c.hex(ports.first) ?*/, /*? c.hex(ports.last) ?*/, /*? ports.cap ?*/},
/*- end -*/
    {0},
};
static const struct vm_irq_resources camkes_vm_irqs[] = {
/*- for _, irq in ipairs(vm.irqs) do -*/
    {/*? c.quote(irq.name) ?*/, /*? irq.dest ?*/, /*? irq.level ?*/, /*? irq.handler ?*/, /*? c.hex(irq.badge) ?*/},
/*- end -*/
    {0},
};

struct vm_resources vm_resources __attribute__((used, retain)) = {
    .version = VM_RESOURCES_VERSION,
    .num_vcpus = /*? #vm.vcpus ?*/,
    .name = /*? c.quote(me.name) ?*/,
    .number = /*? vm.number ?*/,
    .num_ram = /*? #vm.ram ?*/,
    .ram = {
/*- for _, ram in ipairs(vm.ram) do -*/
        {/*? c.hex(ram.gpa) ?*/, /*? c.hex(ram.size) ?*/, /*? c.hex(ram.vaddr) ?*/},
/*- end -*/
    },
    .vcpu = {
/*- for _, vcpu in ipairs(vm.vcpus) do -*/
        {/*? vcpu.tcb ?*/, /*? vcpu.vcpu ?*/, /*? vcpu.notification ?*/, /*? c.hex(vcpu.run_page) ?*/},
/*- end -*/
    },
    .files = /*? c.hex(plan.files) ?*/,
    .kick_badge = /*? c.hex(vm.kick_badge) ?*/,
/*- if vm.ept_root ~= 0 then -*/
    .ept_root = /*? vm.ept_root ?*/,
    .first_directory = /*? vm.first_directory ?*/,
    .first_table = /*? vm.first_table ?*/,
    .num_tables = /*? vm.num_tables ?*/,
    .num_register_pages = /*? vm.num_register_pages ?*/,
    .first_register_frame = /*? vm.first_register_frame ?*/,
    .register_pages = /*? c.hex(vm.register_pages) ?*/,
    .first_ram_frame = /*? vm.first_ram_frame ?*/,
    .pointer_table = /*? vm.pointer_table ?*/,
    .num_ram_frames = /*? vm.num_ram_frames ?*/,
/*- end -*/
/*- if #vm.crossvm > 0 then -*/
    .crossvm = vm_crossvm,
    .num_crossvm = /*? #vm.crossvm ?*/,
/*- end -*/
    .num_ports = /*? #vm.ports ?*/,
    .num_irqs = /*? #vm.irqs ?*/,
    .ports = camkes_vm_ports,
    .irqs = camkes_vm_irqs,
};
/*- include("vm-network.c") -*/
