/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Per instance: heap, locks, threads with stack and IPC buffer, fault handler, object pools. */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

#define PAGE 4096ull

static const struct value *setting(const struct plan *plan, const struct instance *instance,
                                   const char *name)
{
    return system_setting(plan->system, instance->name, name);
}

/* ---- locks ---------------------------------------------------------------------------------- */

static void add_syncs(struct plan *plan, struct instance_plan *planned)
{
    const struct instance *instance = planned->instance;
    size_t count = instance->component->syncs.count;
    planned->sync_caps = arena_alloc(plan->arena, count * sizeof(uint64_t));
    planned->sync_values = arena_alloc(plan->arena, count * sizeof(uint64_t));
    for (size_t i = 0; i < count; i++) {
        const struct sync_member *sync = instance->component->syncs.items[i];
        bool binary = sync->kind == SYNC_BINARY_SEMAPHORE;
        const struct value *value =
            setting(plan, instance, plan_name(plan, "%s_value", sync->name));
        planned->sync_caps[i] = plan_add_notification(
            plan, planned, plan_name(plan, "%s_%s", instance->name, sync->name), SPEC_RW);
        planned->sync_values[i] =
            sync->kind == SYNC_MUTEX
                ? 1
                : plan_number(plan, value, binary ? 0 : 1, "the value of a semaphore");
        if (value && planned->sync_values[i] > (binary ? 1u : INT32_MAX))
            diag_error(plan->diag, value->loc, "the value of '%s' is too large", sync->name);
    }
}

/* 0 means what the component or the build has as default: existing descriptions say 0 of components
 * that allocate nothing elsewhere, but may do so here. */
static uint64_t heap_size(struct plan *plan, const struct instance *instance)
{
    uint64_t fallback = plan->options->default_heap_size;
    uint64_t size = plan_bytes(plan, setting(plan, instance, "heap_size"), fallback, "heap_size");
    if (size)
        return size;
    const struct attribute *own = component_find_attribute(instance->component, "heap_size");
    size = plan_bytes(plan, own ? own->initial : NULL, fallback, "heap_size");
    return size ? size : fallback;
}

struct instance_plan *plan_instance(struct plan *plan, const struct instance *instance)
{
    struct instance_plan *planned = arena_new(plan->arena, struct instance_plan);
    planned->instance = instance;
    for (size_t i = 0; i < plan->spaces.count; i++) {
        if (plan->spaces.items[i]->space == instance->space)
            planned->space = plan->spaces.items[i];
    }
    planned->heap_size = heap_size(plan, instance);
    add_syncs(plan, planned);
    return planned;
}

/* ---- threads -------------------------------------------------------------------------------- */

/* `X_key` of an interface thread, `_key` of the control thread, then the general `key`. */
static const struct value *thread_value(struct plan *plan, const struct instance *instance,
                                        const char *prefix, const char *key)
{
    const struct value *value = setting(plan, instance, plan_name(plan, "%s_%s", prefix, key));
    bool has_general = strcmp(key, "stack_size") && strcmp(key, "domain");
    return !value && has_general ? setting(plan, instance, key) : value;
}

static unsigned thread_priority(struct plan *plan, const struct instance *instance,
                                const char *prefix, const char *key, uint64_t fallback)
{
    const struct value *value = thread_value(plan, instance, prefix, key);
    uint64_t priority = plan_number(plan, value, fallback, key);
    if (priority > 255) {
        diag_error(plan->diag, value ? value->loc : instance->loc, "%s of '%s' is over 255", key,
                   instance->name);
        priority = 255;
    }
    return (unsigned)priority;
}

/* Descriptions for several processors work on the one that runs components. */
static unsigned thread_affinity(struct plan *plan, const struct instance *instance,
                                const char *prefix)
{
    const struct value *value = thread_value(plan, instance, prefix, "affinity");
    uint64_t cpu = plan_number(plan, value, plan->options->default_affinity, "affinity");
    if (cpu < PLAN_CPUS)
        return (unsigned)cpu;
    diag_warning(plan->diag, value ? value->loc : (struct loc){0},
                 "CPU %llu does not run components: placed on CPU 0", (unsigned long long)cpu);
    return 0;
}

static uint64_t default_priority(const struct plan *plan, const struct plan_thread *thread,
                                 const struct instance *instance)
{
    bool is_vcpu = thread->kind == PLAN_THREAD_CONTROL || thread->vcpu;
    if (is_vcpu && plan_is_vm(instance))
        return 90; /* guests run below every component, or a busy guest would starve the console */
    bool takes_events = thread->end && thread->end->end->interface->kind == INTERFACE_CONSUMES;
    if (takes_events && plan_is_vm(instance))
        return 150; /* above every emitter, so that each event of a burst is counted */
    if (plan->options->default_priority)
        return plan->options->default_priority;
    return plan->has_vm ? 100 : 254;
}

static void set_scheduling(struct plan *plan, const struct instance *instance,
                           struct plan_thread *thread, const char *prefix)
{
    struct spec_thread *spec = thread->spec;
    if (thread->kind == PLAN_THREAD_FAULT) {
        spec->priority = spec->max_priority = 255;
        return;
    }
    spec->priority = thread_priority(plan, instance, prefix, "priority",
                                     default_priority(plan, thread, instance));
    /* A component cannot raise itself above what the description gives it. */
    spec->max_priority = thread_priority(plan, instance, prefix, "max_priority", spec->priority);
    if (spec->max_priority < spec->priority)
        spec->max_priority = spec->priority;
    spec->affinity = thread_affinity(plan, instance, prefix);
    spec->domain =
        plan_count(plan, thread_value(plan, instance, prefix, "domain"), PLAN_MAX_DOMAIN, "domain");
}

static void add_memory(struct plan *plan, struct instance_plan *planned, struct plan_thread *thread,
                       uint64_t stack_size)
{
    struct spec_object *vspace = planned->space->vspace;
    struct spec_memory stack = spec_add_memory(
        plan->spec, vspace, plan_name(plan, "%s_stack", thread->name), stack_size, SPEC_RW);
    struct spec_memory ipc =
        spec_add_memory(plan->spec, vspace, plan_name(plan, "%s_ipc", thread->name), PAGE, SPEC_RW);
    thread->stack_base = stack.vaddr;
    thread->stack_top = stack.vaddr + stack.size;
    thread->ipc_buffer = ipc.vaddr;
    thread->spec->ipc_buffer = ipc.frames;
    thread->spec->ipc_vaddr = ipc.vaddr;
    thread->spec->rsp = thread->stack_top;
    struct plan_region region = {.name = plan_name(plan, "stack of %s", thread->name),
                                 .id = -1,
                                 .vaddr = stack.vaddr,
                                 .size = stack.size,
                                 .write = true,
                                 .cached = true};
    plan_add_vma(plan, planned, &region);
    region.name = plan_name(plan, "IPC buffer of %s", thread->name);
    region.vaddr = ipc.vaddr;
    region.size = PAGE;
    plan_add_vma(plan, planned, &region);
}

static uint64_t stack_size(struct plan *plan, const struct instance *instance, const char *prefix)
{
    const struct value *value = thread_value(plan, instance, prefix, "stack_size");
    uint64_t size = plan_bytes(plan, value, plan->options->default_stack_size, "stack_size");
    if (size == 0 || size % PAGE) {
        diag_error(plan->diag, value ? value->loc : instance->loc,
                   "the stack size of '%s' must be a positive multiple of 4096", instance->name);
        size = PAGE;
    }
    return size;
}

static void add_thread(struct plan *plan, struct instance_plan *planned,
                       const struct plan_thread *wanted, const char *prefix)
{
    const struct instance *instance = planned->instance;
    struct plan_thread *thread = array_push(plan->arena, &planned->threads);
    uint64_t index = planned->threads.count - 1;
    *thread = *wanted;
    struct spec_thread *spec = spec_add_thread(plan->spec, instance->name, thread->name);
    thread->spec = spec;
    spec->cspace = planned->space->cnode;
    spec->vspace = planned->space->vspace;
    spec->arg[0] = index;
    if (instance->space->members.count > 1)
        spec->entry = arena_printf(plan->spec->arena, "_camkes_start_%s", instance->symbol);
    bool fault = thread->kind == PLAN_THREAD_FAULT;
    add_memory(plan, planned, thread, fault ? 2 * PAGE : stack_size(plan, instance, prefix));
    set_scheduling(plan, instance, thread, prefix);
    thread->tcb =
        spec_add_cap(plan->spec, spec->cspace, SPEC_NEXT_SLOT, spec->tcb, CAPSPEC_ALL_RIGHTS, 0);
    if (fault)
        return;
    thread->parking =
        plan_add_notification(plan, planned, plan_name(plan, "%s_parking", thread->name), SPEC_RW);
    spec->fault_ep = spec_add_cap(plan->spec, spec->cspace, SPEC_NEXT_SLOT, planned->fault_object,
                                  CAPSPEC_WRITE | CAPSPEC_GRANT_REPLY | CAPSPEC_GRANT, index + 1);
}

static unsigned end_threads(const struct end *end)
{
    const struct connector *connector = end->connection->connector;
    unsigned threads = end->is_from ? connector->from.threads : connector->to.threads;
    return threads ? 1 : 0; /* further threads of one end would share its state: not started */
}

void plan_instance_threads(struct plan *plan, struct instance_plan *planned)
{
    const char *name = planned->instance->name;
    planned->fault_object = spec_add_object(plan->spec, name, CAPSPEC_ENDPOINT,
                                            plan_name(plan, "%s_fault_ep", name), 0, 1);
    planned->fault_endpoint = spec_add_cap(plan->spec, planned->space->cnode, SPEC_NEXT_SLOT,
                                           planned->fault_object, CAPSPEC_READ, 0);
    struct plan_thread control = {.name = plan_name(plan, "%s_0_control", name),
                                  .kind = PLAN_THREAD_CONTROL};
    add_thread(plan, planned, &control, "");
    for (size_t i = 0; i < planned->ends.count; i++) {
        struct end_plan *end = planned->ends.items[i];
        const char *interface = end->end->interface->name;
        if (!end_threads(end->end))
            continue;
        struct plan_thread thread = {.name = plan_name(plan, "%s_%s_0000", name, interface),
                                     .kind = PLAN_THREAD_INTERFACE,
                                     .end = end};
        add_thread(plan, planned, &thread, interface);
    }
    unsigned processors =
        plan_is_vm(planned->instance) ? plan_vm_processors(plan, planned->instance) : 1;
    for (unsigned i = 1; i < processors; i++) {
        struct plan_thread thread = {.name = plan_name(plan, "%s_0_vcpu_%04u", name, i),
                                     .kind = PLAN_THREAD_INTERFACE,
                                     .vcpu = i};
        add_thread(plan, planned, &thread, "");
    }
    struct plan_thread fault = {.name = plan_name(plan, "%s_0_fault_handler", name),
                                .kind = PLAN_THREAD_FAULT};
    add_thread(plan, planned, &fault, "");
}

/* ---- pools ---------------------------------------------------------------------------------- */

struct pool_kind {
    const char *key;
    enum capspec_type type;
    const char *enumerator;
};

static void add_pool(struct plan *plan, struct instance_plan *planned, const struct pool_kind *kind,
                     uint64_t count, unsigned size_bits)
{
    if (!count)
        return;
    const char *name = planned->instance->name;
    struct spec_object *objects =
        spec_add_object(plan->spec, name, kind->type, plan_name(plan, "%s_%s", name, kind->key),
                        size_bits, (uint32_t)count);
    uint64_t slot = spec_add_caps(plan->spec, planned->space->cnode, SPEC_NEXT_SLOT, objects, 0,
                                  (uint32_t)count, CAPSPEC_ALL_RIGHTS);
    for (uint64_t i = 0; i < count; i++) {
        struct plan_pool_object *object = array_push(plan->arena, &planned->pool);
        *object = (struct plan_pool_object){kind->enumerator, slot + i, size_bits};
    }
}

static void add_pools(struct plan *plan, struct instance_plan *planned)
{
    static const struct pool_kind kinds[] = {
        {"tcb_pool", CAPSPEC_TCB, "seL4_TCBObject"},
        {"ep_pool", CAPSPEC_ENDPOINT, "seL4_EndpointObject"},
        {"notification_pool", CAPSPEC_NOTIFICATION, "seL4_NotificationObject"},
    };
    const struct instance *instance = planned->instance;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        add_pool(
            plan, planned, &kinds[i],
            plan_count(plan, setting(plan, instance, kinds[i].key), PLAN_MAX_POOL, kinds[i].key),
            0);
    for (unsigned bits = 4; bits <= 28; bits++) {
        struct pool_kind kind = {plan_name(plan, "untyped%u_pool", bits), CAPSPEC_UNTYPED,
                                 "seL4_UntypedObject"};
        add_pool(plan, planned, &kind,
                 plan_count(plan, setting(plan, instance, kind.key), PLAN_MAX_POOL, kind.key),
                 bits);
    }
}

static void add_dma(struct plan *plan, struct instance_plan *planned)
{
    const struct instance *instance = planned->instance;
    uint64_t size = plan_bytes(plan, setting(plan, instance, "dma_pool"), 0, "dma_pool");
    if (!size)
        return;
    size = (size + PAGE - 1) & ~(PAGE - 1);
    bool cached = value_is_true(setting(plan, instance, "dma_pool_cached"), false);
    struct spec_memory pool = spec_add_memory(
        plan->spec, planned->space->vspace, plan_name(plan, "%s_dma_pool", instance->name), size,
        SPEC_RW | SPEC_CONTIGUOUS | (cached ? 0 : SPEC_UNCACHED));
    uint64_t caps = spec_add_caps(plan->spec, planned->space->cnode, SPEC_NEXT_SLOT, pool.frames, 0,
                                  pool.frames->count, CAPSPEC_READ | CAPSPEC_WRITE);
    planned->dma = (struct plan_region){.name = "DMA pool",
                                        .id = -1,
                                        .vaddr = pool.vaddr,
                                        .size = pool.size,
                                        .frame_cap = caps,
                                        .frame_size = pool.size / pool.frames->count,
                                        .write = true,
                                        .cached = cached};
    plan_add_vma(plan, planned, &planned->dma);
}

/* ---- what the loader knows --------------------------------------------------------------------
 */

/*
 * The address of the payload does not depend on its size, so generated code stays the same when
 * files change; a window of 16 GiB of addresses costs nothing.
 */
void plan_files(struct plan *plan, struct instance_plan *planned, const char *symbol,
                uint64_t offset)
{
    const uint64_t window = 16ull << 30, large = 2ull << 20;
    struct spec_object *vspace = planned->space->vspace;
    planned->files = spec_reserve(plan->spec, vspace, window, large);
    uint64_t size = (plan->options->files_size + large - 1) & ~(large - 1);
    if (!size)
        return;
    struct spec_hardware *payload = spec_hardware(plan->spec, "payload(files)");
    struct spec_object *frames =
        spec_add_hardware_frames(plan->spec, "", "files", payload, 0, size);
    spec_map(plan->spec, vspace, planned->files, frames, 0, frames->count, CAPSPEC_READ);
    spec_add_patch(plan->spec, vspace, symbol, offset, CAPSPEC_PATCH_HW_SIZE)->hardware = payload;
}

/* A variable of the instance that the loader writes. Members of a group have variables of one
 * name: the build gives each its instance's name as suffix. */
static const char *patched_symbol(struct plan *plan, const struct instance *instance,
                                  const char *name)
{
    return instance->space->is_group ? plan_name(plan, "%s_%s", name, instance->symbol) : name;
}

static void add_machine_values(struct plan *plan, struct instance_plan *planned)
{
    const struct instance *instance = planned->instance;
    spec_add_patch(plan->spec, planned->space->vspace,
                   patched_symbol(plan, instance, "camkes_tsc_hz"), 0, CAPSPEC_PATCH_TSC_HZ);
    if (!plan_is_vm(instance) && value_is_true(setting(plan, instance, "file_payload"), false))
        plan_files(plan, planned, patched_symbol(plan, instance, "camkes_files_size"), 0);
}

void plan_instance_pools(struct plan *plan, struct instance_plan *planned)
{
    if (!plan_is_vm(planned->instance))
        add_pools(plan, planned);
    add_dma(plan, planned);
    add_machine_values(plan, planned);
}
