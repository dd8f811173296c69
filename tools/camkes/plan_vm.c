/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * A virtual machine monitor is an instance whose component declares `guest_ram_mb`. It gets guest
 * RAM mapped in itself and in the nested page table, a vCPU bound to its control thread, the
 * global notification bound to that thread, and the file payload.
 */
#include <ctype.h>
#include <string.h>

#include "plan.h"

#define LARGE        (2ull << 20)
#define LOW_RAM_END  0xc0000000ull  /* VM_LOW_RAM_END of vm_resources.h */
#define HIGH_RAM     0x100000000ull /* VM_HIGH_RAM */
#define MAX_GUEST_MB (1ull << 20)
#define MAX_VCPUS    16u /* VM_MAX_VCPUS */
/* Places of the patched words in struct vm_resources; the generated code asserts them. */
#define FILES_SIZE_OFFSET 592
#define TSC_HZ_OFFSET     600

bool plan_is_vm(const struct instance *instance)
{
    return component_find_attribute(instance->component, "guest_ram_mb") != NULL;
}

/* The number at the end of the name: vm0, vm1 … choose console slots by it. */
static uint64_t trailing_number(const char *name)
{
    const char *digits = name + strlen(name);
    while (digits > name && isdigit((unsigned char)digits[-1]))
        digits--;
    uint64_t number = 0;
    for (; *digits; digits++)
        number = number * 10 + (uint64_t)(*digits - '0');
    return number;
}

/* Old ways to give a monitor memory and slots: accepted, without effect, said in the report. */
static void note_reserves_nothing(struct plan *plan, const struct instance *instance)
{
    for (size_t i = 0; i < plan->system->settings.count; i++) {
        const struct setting *setting = plan->system->settings.items[i];
        const char *name = setting->name;
        size_t length = strlen(name);
        bool pool = !strncmp(name, "simple_untyped", 14) && length > 5 &&
                    !strcmp(name + length - 5, "_pool");
        if (strcmp(setting->key, instance->name) != 0 ||
            (!pool && strcmp(name, "cnode_size_bits") != 0 && strcmp(name, "ram") != 0))
            continue;
        spec_note(plan->spec, "%s.%s is accepted and reserves nothing: the plan derives it",
                  instance->name, name);
    }
}

static bool has_file(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->options->files.count; i++) {
        if (!strcmp(plan->options->files.items[i], name))
            return true;
    }
    return false;
}

static void note_files(struct plan *plan, struct loc loc)
{
    const char *names = "none";
    for (size_t i = 0; i < plan->options->files.count; i++)
        names = arena_printf(plan->arena, "%s%s%s", i ? names : "", i ? ", " : "",
                             plan->options->files.items[i]);
    diag_note(plan->diag, loc, "files added with AddToFileServer: %s", names);
}

/* Image files that the guest starts from must be in the file payload; a kernel is a must. */
static void check_images(struct plan *plan, const struct instance *instance)
{
    static const char *const keys[] = {"kernel_image", "initrd_image"};
    for (size_t i = 0; plan->options->platform && i < sizeof keys / sizeof *keys; i++) {
        const struct value *value = system_setting(plan->system, instance->name, keys[i]);
        bool named = value && value->kind == VALUE_STRING && value->string[0];
        if (named ? has_file(plan, value->string) : i > 0)
            continue;
        struct loc loc = named ? value->loc : instance->loc;
        if (named)
            diag_error(plan->diag, loc, "'%s.%s': no file '%s' was added with AddToFileServer",
                       instance->name, keys[i], value->string);
        else
            diag_error(plan->diag, loc, "'%s.%s' must be set: the file that the guest starts from",
                       instance->name, keys[i]);
        note_files(plan, loc);
    }
}

/* What follows a reset or a crash is chosen by a word; another one would silently be the other. */
static void check_life(struct plan *plan, const struct instance *instance)
{
    static const char *const keys[] = {"on_reset", "on_crash"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct value *value = system_setting(plan->system, instance->name, keys[i]);
        if (!value || (value->kind == VALUE_STRING &&
                       (!strcmp(value->string, "restart") || !strcmp(value->string, "halt"))))
            continue;
        bool text = value->kind == VALUE_STRING;
        diag_error(plan->diag, value->loc, "'%s.%s' must be \"restart\" or \"halt\"%s%s%s",
                   instance->name, keys[i], text ? ", not \"" : "", text ? value->string : "",
                   text ? "\"" : "");
    }
}

/* All guests together must fit into the platform; link checks the whole system exactly. */
static void check_ram(struct plan *plan, const struct instance *instance, struct loc loc,
                      uint64_t size)
{
    uint64_t offered = plan->options->platform_memory;
    plan->guest_memory += size;
    if (!offered || plan->guest_memory <= offered)
        return;
    diag_error(plan->diag, loc,
               "'%s.guest_ram_mb': the guests need %llu MiB, platform '%s' offers %llu MiB",
               instance->name, (unsigned long long)plan->guest_memory >> 20,
               plan->options->platform ? plan->options->platform : "",
               (unsigned long long)offered >> 20);
    plan->guest_memory -= size;
}

static void note_ram(struct plan *plan, struct instance_plan *instance, struct spec_memory ram)
{
    struct plan_region region = {.name = "guest RAM",
                                 .id = -1,
                                 .vaddr = ram.vaddr,
                                 .size = ram.size,
                                 .write = true,
                                 .cached = true};
    plan_add_vma(plan, instance, &region);
}

/* With the older transport of connections the monitor maps the RAM itself, page by page. */
static void add_legacy_ram(struct plan *plan, struct instance_plan *instance,
                           struct spec_memory ram, struct loc loc)
{
    struct vm_plan *vm = instance->vm;
    if (ram.size > LOW_RAM_END)
        diag_error(plan->diag, loc, "'%s' with crossvm_legacy has at most %llu MiB",
                   instance->instance->name, LOW_RAM_END >> 20);
    vm->num_ram_frames = ram.frames->count;
    vm->first_ram_frame = spec_add_caps(plan->spec, instance->space->cnode, SPEC_NEXT_SLOT,
                                        ram.frames, 0, ram.frames->count, SPEC_RW);
    *array_push(plan->arena, &vm->ram) = (struct plan_ram){0, ram.size, ram.vaddr};
    note_ram(plan, instance, ram);
}

static void add_ram(struct plan *plan, struct instance_plan *instance, struct spec_object *ept)
{
    const char *name = instance->instance->name;
    const struct value *value = system_setting(plan->system, name, "guest_ram_mb");
    uint64_t megabytes = plan_number(plan, value, 0, "guest_ram_mb");
    if (megabytes == 0 || megabytes > MAX_GUEST_MB) {
        diag_error(plan->diag, value ? value->loc : instance->instance->loc,
                   "'%s.guest_ram_mb' must be set to 1 … %llu", name, MAX_GUEST_MB);
        return;
    }
    uint64_t size = ((megabytes << 20) + LARGE - 1) & ~(LARGE - 1);
    check_ram(plan, instance->instance, value->loc, size);
    bool legacy = plan_crossvm_legacy(plan, instance->instance);
    struct spec_memory ram =
        spec_add_memory(plan->spec, instance->space->vspace, plan_name(plan, "%s_ram", name), size,
                        SPEC_RW | (legacy ? SPEC_SMALL_FRAMES : 0));
    if (legacy) {
        add_legacy_ram(plan, instance, ram, value->loc);
        return;
    }
    uint64_t low = size < LOW_RAM_END ? size : LOW_RAM_END;
    uint32_t low_frames = (uint32_t)(low / LARGE);
    uint32_t rights = SPEC_RW | SPEC_EXECUTE;
    spec_map(plan->spec, ept, 0, ram.frames, 0, low_frames, rights);
    *array_push(plan->arena, &instance->vm->ram) = (struct plan_ram){0, low, ram.vaddr};
    if (size > low) {
        spec_map(plan->spec, ept, HIGH_RAM, ram.frames, low_frames, ram.frames->count - low_frames,
                 rights);
        *array_push(plan->arena, &instance->vm->ram) =
            (struct plan_ram){HIGH_RAM, size - low, ram.vaddr + low};
    }
    note_ram(plan, instance, ram);
}

/* The notification bound to a processor's thread; vCPU 0 receives every event of the instance. */
static struct spec_object *vcpu_notification(struct plan *plan, struct instance_plan *instance,
                                             unsigned index)
{
    if (index == 0)
        return plan_global_notification(plan, instance);
    const char *name = instance->instance->name;
    return spec_add_object(plan->spec, name, CAPSPEC_NOTIFICATION,
                           plan_name(plan, "%s_vcpu%u_ntfn", name, index), 0, 1);
}

static void add_vcpu(struct plan *plan, struct instance_plan *instance, struct plan_thread *thread,
                     struct spec_object *ept)
{
    const char *name = instance->instance->name;
    struct spec_object *cnode = instance->space->cnode;
    struct spec_object *vcpu = spec_add_object(
        plan->spec, name, CAPSPEC_VCPU, plan_name(plan, "%s_vcpu%u", name, thread->vcpu), 0, 1);
    struct spec_memory run =
        spec_add_memory(plan->spec, instance->space->vspace,
                        plan_name(plan, "%s_run%u", name, thread->vcpu), 4096, SPEC_RW);
    struct spec_object *notification = vcpu_notification(plan, instance, thread->vcpu);
    thread->spec->vcpu = vcpu;
    thread->spec->run_page = run.frames;
    thread->spec->ept_root = ept;
    thread->spec->notification = notification;
    struct plan_vcpu planned = {
        .tcb = thread->tcb,
        .vcpu = spec_add_cap(plan->spec, cnode, SPEC_NEXT_SLOT, vcpu, CAPSPEC_ALL_RIGHTS, 0),
        .notification = spec_add_cap(plan->spec, cnode, SPEC_NEXT_SLOT, notification, CAPSPEC_WRITE,
                                     instance->vm->kick_badge),
        .run_page = run.vaddr};
    *array_push(plan->arena, &instance->vm->vcpus) = planned;
}

/* vCPU 0 runs on the control thread, each further one on a thread of its own. */
static void add_vcpus(struct plan *plan, struct instance_plan *instance, struct spec_object *ept)
{
    plan_global_notification(plan, instance);
    instance->vm->kick_badge = plan_global_badge(plan, instance, instance->instance->loc);
    for (size_t i = 0; i < instance->threads.count; i++) {
        struct plan_thread *thread = &instance->threads.items[i];
        if (thread->kind == PLAN_THREAD_CONTROL || thread->vcpu)
            add_vcpu(plan, instance, thread, ept);
    }
}

unsigned plan_vm_processors(struct plan *plan, const struct instance *instance)
{
    const struct value *value = system_setting(plan->system, instance->name, "num_vcpus");
    uint64_t count = plan_number(plan, value, 1, "num_vcpus");
    if (count >= 1 && count <= MAX_VCPUS)
        return (unsigned)count;
    diag_error(plan->diag, value->loc, "'%s.num_vcpus' must be 1 … %u", instance->name, MAX_VCPUS);
    return 1;
}

void plan_vm(struct plan *plan, struct instance_plan *instance)
{
    const char *name = instance->instance->name;
    if (instance->instance->space->is_group) {
        diag_error(plan->diag, instance->instance->loc,
                   "'%s' runs a virtual machine and cannot be in a group", name);
        return;
    }
    instance->vm = arena_new(plan->arena, struct vm_plan);
    instance->vm->number = trailing_number(name);
    check_images(plan, instance->instance);
    check_life(plan, instance->instance);
    plan_network(plan, instance->instance);
    note_reserves_nothing(plan, instance->instance);
    struct spec_object *ept =
        spec_add_object(plan->spec, name, CAPSPEC_EPT_PML4, plan_name(plan, "%s_ept", name), 0, 1);
    add_ram(plan, instance, ept);
    add_vcpus(plan, instance, ept);
    plan_crossvm(plan, instance, ept);
    plan_passthrough(plan, instance);
    spec_add_patch(plan->spec, instance->space->vspace, "vm_resources", TSC_HZ_OFFSET,
                   CAPSPEC_PATCH_TSC_HZ);
    plan_files(plan, instance, "vm_resources", FILES_SIZE_OFFSET);
}
