/*# SPDX-License-Identifier: BSD-2-Clause #*/
/*# Copyright 2026, the CAmkES VMM for x86 authors #*/
/*-
local c, idl = use("c.lua"), use("idl.lua")
local attributes = use("attributes.lua").of(me)
local component, plan = me.component, me.plan

-- Entries of a table, or one empty entry: C has no empty initialisers.
local function rows(list)
    return #list > 0 and list or {false}
end
-*/
/*? c.banner("Tables of instance " .. me.name .. " for the runtime") ?*/
#include <limits.h>
#include <camkes.h>
#include <camkes/generated.h>
#include <camkes/vma.h>

/* ---- attributes ---- */

/*- for _, attribute in ipairs(attributes.attributes) do -*/
/*- if attribute.initialiser then -*/
/*? attribute.declaration ?*/ = /*? attribute.initialiser ?*/;
/*- end -*/
/*- end -*/

/* ---- heap, and values only the loader knows ---- */

static char camkes_heap[/*? plan.heap_size ?*/ul] __attribute__((aligned(4096)));
char *morecore_area = camkes_heap;
size_t morecore_size = sizeof camkes_heap;

uint64_t camkes_tsc_hz __attribute__((used, retain));
/*- if plan.files ~= 0 and not plan.vm then -*/
uintptr_t camkes_files = /*? c.hex(plan.files) ?*/;
uint64_t camkes_files_size __attribute__((used, retain));
/*- end -*/

/* ---- locks ---- */

/*- for i, sync in ipairs(component.syncs) do
    local limit = sync.kind == "semaphore" and "INT_MAX" or "1"
-*/
static struct camkes_sync camkes_sync_of_/*? sync.name ?*/ =
    CAMKES_SYNC_INIT(/*? plan.syncs[i].cap ?*/, /*? limit ?*/, /*? plan.syncs[i].value ?*/);
/*- if sync.kind == "mutex" then -*/
int /*? sync.name ?*/_lock(void)
{
    return camkes_sync_wait(&camkes_sync_of_/*? sync.name ?*/);
}
int /*? sync.name ?*/_unlock(void)
{
    return camkes_sync_post(&camkes_sync_of_/*? sync.name ?*/);
}
/*- else -*/
int /*? sync.name ?*/_wait(void)
{
    return camkes_sync_wait(&camkes_sync_of_/*? sync.name ?*/);
}
int /*? sync.name ?*/_post(void)
{
    return camkes_sync_post(&camkes_sync_of_/*? sync.name ?*/);
}
/*- if sync.kind == "semaphore" then -*/
int /*? sync.name ?*/_trywait(void)
{
    return camkes_sync_trywait(&camkes_sync_of_/*? sync.name ?*/);
}
/*- end -*/
/*- end -*/
/*- end -*/

/* ---- interfaces ---- */

/*- for _, interface in ipairs(component.interfaces) do
    local X, connected = interface.name, me.connected[interface.name]
-*/
camkes_error_handler_t camkes_/*? X ?*/_error_handler;
camkes_error_handler_t /*? X ?*/_register_error_handler(camkes_error_handler_t handler)
{
    camkes_error_handler_t old = camkes_/*? X ?*/_error_handler;
    camkes_/*? X ?*/_error_handler = handler;
    return old;
}
/*- if interface.kind == "emits" then -*/
void /*? X ?*/_emit(void)
{
    if (/*? X ?*/_emit_underlying)
        /*? X ?*/_emit_underlying();
}
/*- elseif interface.kind == "dataport" and not connected then -*/
/*? interface.is_buf and "void" or interface.type ?*/ */*? X ?*/;
/*- elseif interface.kind == "provides" and not connected then -*/
/*- include("no-clients.c", X) -*/
/*- end -*/
/*- end -*/

/* ---- threads ---- */

/*- for _, thread in ipairs(plan.threads) do
    if thread.interface then
-*/
void /*? thread.interface ?*/__run(void) __attribute__((weak));
/*- end
end -*/
/*- for _, thread in ipairs(plan.threads) do
    if thread.vcpu > 0 then
-*/

/* Processor /*? thread.vcpu ?*/ of the machine; vm_vcpu_run() is the monitor's. */
void vm_vcpu_run(unsigned vcpu) __attribute__((weak));
static void camkes_vcpu_/*? thread.vcpu ?*/_run(void)
{
    if (vm_vcpu_run)
        vm_vcpu_run(/*? thread.vcpu ?*/);
}
/*- end
end -*/

static const struct camkes_thread camkes_threads[] = {
/*- for _, thread in ipairs(plan.threads) do -*/
    {
        .name = /*? c.quote(thread.name) ?*/,
        .kind = CAMKES_THREAD_/*? thread.kind ?*/,
        .tcb = /*? thread.tcb ?*/,
        .parking = /*? thread.parking ?*/,
        .ipc_buffer = /*? c.hex(thread.ipc_buffer) ?*/,
        .stack_base = /*? c.hex(thread.stack_base) ?*/,
        .stack_top = /*? c.hex(thread.stack_top) ?*/,
/*- if thread.vcpu > 0 then -*/
        .interface = "vcpu/*? thread.vcpu ?*/",
        .run = camkes_vcpu_/*? thread.vcpu ?*/_run,
/*- end -*/
/*- if thread.interface then -*/
        .interface = /*? c.quote(thread.interface) ?*/,
        .init = /*? thread.interface ?*/__init,
        .run = /*? thread.interface ?*/__run,
/*- end -*/
    },
/*- end -*/
};

/* ---- memory ---- */

static const struct camkes_dataport_region camkes_dataports[] = {
/*- for _, region in ipairs(rows(plan.dataports)) do -*/
/*- if region then -*/
    {/*? c.quote(region.name) ?*/, /*? region.id ?*/, /*? c.hex(region.vaddr) ?*/, /*? region.size ?*/},
/*- else -*/
    {0},
/*- end -*/
/*- end -*/
};

static const struct camkes_mmio_region camkes_mmio[] = {
/*- for _, region in ipairs(rows(plan.mmio)) do -*/
/*- if region then -*/
    {
        .interface = /*? c.quote(region.name) ?*/,
        .paddr = /*? c.hex(region.paddr) ?*/,
        .vaddr = /*? c.hex(region.vaddr) ?*/,
        .size = /*? region.size ?*/,
        .cached = /*? region.cached ?*/,
        .frame_size = /*? region.frame_size ?*/,
    },
/*- else -*/
    {0},
/*- end -*/
/*- end -*/
};

/*- if plan.dma.size > 0 then -*/
static const seL4_CPtr camkes_dma_frames[] = {
/*- for i = 0, plan.dma.size // plan.dma.frame_size - 1 do -*/
    /*? plan.dma.frame_cap + i ?*/,
/*- end -*/
};
/*- end -*/

const struct camkes_vma camkes_vmas[] = {
/*- for _, region in ipairs(rows(plan.vmas)) do -*/
    {
        .start = (void *)/*? c.hex(region.vaddr) ?*/,
        .end = (void *)/*? c.hex(region.vaddr + region.size) ?*/,
        .read = true,
        .write = /*? region.write ?*/,
        .cached = /*? region.cached ?*/,
        .name = /*? c.quote(region.name) ?*/,
    },
/*- end -*/
    {0},
};
const size_t camkes_vmas_size = /*? #plan.vmas ?*/;

/* ---- hardware ---- */

static const struct camkes_ioport_range camkes_ioports[] = {
/*- for _, port in ipairs(rows(plan.ioports)) do -*/
/*- if port then -*/
    {/*? c.quote(port.interface) ?*/, /*? port.cap ?*/, /*? port.first ?*/, /*? port.last ?*/},
/*- else -*/
    {0},
/*- end -*/
/*- end -*/
};

static const struct camkes_irq camkes_irqs[] = {
/*- for _, irq in ipairs(rows(plan.irqs)) do -*/
/*- if irq then -*/
    {
        .interface = /*? c.quote(irq.interface) ?*/,
        .handler = /*? irq.handler ?*/,
        .notification = /*? irq.notification ?*/,
        .number = /*? irq.number ?*/,
        .handle = /*? irq.interface ?*/_handle,
    },
/*- else -*/
    {0},
/*- end -*/
/*- end -*/
};

static const struct camkes_pool_object camkes_pool[] = {
/*- for _, object in ipairs(rows(plan.pool)) do -*/
/*- if object then -*/
    {/*? object.type ?*/, /*? object.cap ?*/, /*? object.size_bits ?*/, 0},
/*- else -*/
    {0},
/*- end -*/
/*- end -*/
};

/* ---- the instance ---- */

_Static_assert(CAMKES_GENERATED_VERSION == 1, "templates and runtime belong together");
const struct camkes_instance camkes_instance = {
    .thread_count = /*? #plan.threads ?*/,
    .name = /*? c.quote(me.name) ?*/,
    .pid = /*? me.pid ?*/,
    .affinity = /*? plan.affinity ?*/,
    .threads = camkes_threads,
    .cnode_depth = 64,
    .fault_endpoint = /*? plan.fault_endpoint ?*/,
    .pre_init = pre_init,
    .post_init = post_init,
/*- if component.control then -*/
    .run = run,
/*- end -*/
    .dataports = camkes_dataports,
    .dataport_count = /*? #plan.dataports ?*/,
    .ioports = camkes_ioports,
    .ioport_count = /*? #plan.ioports ?*/,
    .mmio = camkes_mmio,
    .mmio_count = /*? #plan.mmio ?*/,
    .irqs = camkes_irqs,
    .irq_count = /*? #plan.irqs ?*/,
    .pool = camkes_pool,
    .pool_count = /*? #plan.pool ?*/,
/*- if plan.dma.size > 0 then -*/
    .dma = {
        .vaddr = /*? c.hex(plan.dma.vaddr) ?*/,
        .size = /*? plan.dma.size ?*/,
        .cached = /*? plan.dma.cached ?*/,
        .frames = camkes_dma_frames,
        .frame_size = /*? plan.dma.frame_size ?*/,
    },
/*- end -*/
};
