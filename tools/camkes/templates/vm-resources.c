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
/*- end -*/
/*- if #vm.crossvm > 0 then -*/
    .crossvm = vm_crossvm,
    .num_crossvm = /*? #vm.crossvm ?*/,
/*- end -*/
};
