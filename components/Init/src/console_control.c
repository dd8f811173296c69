/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <camkes.h>
#include <string.h>
#include "init.h"

/* A guest that dies this often, each time within QUICK_NS of its start, is left off: it would only
 * fill the console. Resets by the console do not count. */
#define MAX_QUICK_RESETS 3u
#define QUICK_NS         2000000000u

static void report(struct init *init, const char *what, const char *why)
{
    vmm_lock(&init->vm);
    init_print(init, "%s: %s: %s\n", vm_resources.name, what, why ? why : "");
    vmm_unlock(&init->vm);
}

static void dump(struct init *init)
{
    const struct vmm_text out = vmm_log_text(&init->vm);
    vmm_lock(&init->vm);
    for (unsigned i = 0; i < init->vm.num_vcpus; i++) {
        vmm_dump_vcpu(&init->vm.vcpu[i], &out);
    }
    vmm_unlock(&init->vm);
}

static void print_exits(struct init *init)
{
    const struct vmm_text out = vmm_log_text(&init->vm);
    vmm_lock(&init->vm);
    vmm_print_exits(&init->vm, &out);
    vmm_unlock(&init->vm);
}

static void stop(struct init *init, enum console_vm_state state, const char *what, const char *why)
{
    vmm_stop(&init->vm);
    init->control.held = false;
    console_control_set_state(init->control.page, state); /* whoever reads the report can ask */
    report(init, what, why);
}

/* Nothing of the old guest is left in memory: the next one starts as after power-on. */
static void clear_memory(void)
{
    for (unsigned i = 0; i < vm_resources.num_ram; i++) {
        memset((void *)vm_resources.ram[i].vaddr, 0, vm_resources.ram[i].size);
    }
}

static void reset(struct init *init, const char *why)
{
    struct console_control *page = init->control.page;
    report(init, "guest reset", why);
    vmm_reset(&init->vm);
    init_console_drop_input(init); /* typed for the guest that is gone, like what COM1 held */
    clear_memory();
    const char *error = vmm_pc_boot(&init->pc);
    if (error) {
        stop(init, CONSOLE_VM_CRASHED, "cannot boot again", error);
        return;
    }
    init->control.held = false;
    __atomic_store_n(&page->resets, (uint32_t)init->vm.resets, __ATOMIC_RELAXED);
    console_control_set_state(page, CONSOLE_VM_RUNNING);
}

static bool restarts(const char *attribute)
{
    return strcmp(attribute, "restart") == 0;
}

/* A reset by the guest itself. */
static void guest_reset(struct init *init, const char *why)
{
    uint64_t now = vmm_now(&init->vm);
    init->quick_resets = now - init->last_reset < QUICK_NS ? init->quick_resets + 1 : 0;
    init->last_reset = now;
    if (!restarts(on_reset)) {
        stop(init, CONSOLE_VM_OFF, "left switched off after its reset (on_reset)", why);
    } else if (init->quick_resets >= MAX_QUICK_RESETS) {
        stop(init, CONSOLE_VM_CRASHED, "left switched off after repeated resets", why);
    } else {
        reset(init, why);
    }
}

static void guest_panicked(struct init *init, const char *why)
{
    report(init, "guest panicked", why);
    dump(init);
    if (restarts(on_crash)) {
        guest_reset(init, why);
    } else {
        stop(init, CONSOLE_VM_CRASHED, "halted (on_crash)", why);
    }
}

void init_control_requests(struct init *init)
{
    const char *why;
    switch (vmm_take_request(&init->vm, &why)) {
    case VMM_REQUEST_RESET:
        guest_reset(init, why);
        break;
    case VMM_REQUEST_POWER_OFF:
        stop(init, CONSOLE_VM_OFF, "guest powered off", why);
        print_exits(init);
        break;
    case VMM_REQUEST_PANICKED:
        guest_panicked(init, why);
        break;
    case VMM_REQUEST_CRASH_LOADED:
        report(init, "guest panicked, its crash kernel takes over", why);
        break;
    default:
        break;
    }
}

/* Holds all vCPUs where they are. Each thread sees its new state before its next entry. */
static void hold(struct init *init)
{
    struct init_control *control = &init->control;
    if (control->held || init->vm.vcpu[0].state == VMM_VCPU_STOPPED) {
        return;
    }
    vmm_vcpu_lock(&init->vm.vcpu[0]);
    for (unsigned i = 0; i < init->vm.num_vcpus; i++) {
        control->before[i] = init->vm.vcpu[i].state;
        init->vm.vcpu[i].state = VMM_VCPU_STOPPED;
        vmm_interrupt_changed(&init->vm, i);
    }
    vmm_unlock(&init->vm);
    control->held = true;
    console_control_set_state(control->page, CONSOLE_VM_STOPPED);
    report(init, "stopped", "by the console");
}

static void release(struct init *init)
{
    struct init_control *control = &init->control;
    if (!control->held) {
        if (init->vm.vcpu[0].state == VMM_VCPU_STOPPED) {
            reset(init, "started by the console");
        }
        return;
    }
    vmm_vcpu_lock(&init->vm.vcpu[0]);
    for (unsigned i = 0; i < init->vm.num_vcpus; i++) {
        init->vm.vcpu[i].state = control->before[i];
        vmm_interrupt_changed(&init->vm, i);
    }
    vmm_unlock(&init->vm);
    control->held = false;
    console_control_set_state(control->page, CONSOLE_VM_RUNNING);
    report(init, "goes on", "by the console");
}

/* A text sink into the page. */
struct page_text {
    char *text;
    size_t used;
};

static void page_put(void *ctx, const char *text, size_t n)
{
    struct page_text *page = ctx;
    size_t room = CONSOLE_CONTROL_TEXT - page->used;
    n = n < room ? n : room;
    memcpy(page->text + page->used, text, n);
    page->used += n;
}

static void print_last_exits(struct init *init, unsigned vcpu, const struct vmm_text *out)
{
    uint64_t total = __atomic_load_n(&init->control.page->exits[vcpu], __ATOMIC_RELAXED);
    uint64_t count = total < INIT_LAST_EXITS ? total : INIT_LAST_EXITS;
    vmm_text_printf(out, "vcpu%u last exits, newest first:\n", vcpu);
    for (uint64_t i = 1; i <= count; i++) {
        const struct init_exit *e = &init->control.exits[vcpu][(total - i) % INIT_LAST_EXITS];
        vmm_text_printf(out, "  %s at %llx (%llx)\n", vmm_exit_name(e->reason),
                        (unsigned long long)e->rip, (unsigned long long)e->detail);
    }
}

static size_t inspect(struct init *init)
{
    struct page_text page = {.text = init->control.page->text};
    const struct vmm_text out = {.put = page_put, .ctx = &page};
    vmm_vcpu_lock(&init->vm.vcpu[0]);
    for (unsigned i = 0; i < init->vm.num_vcpus; i++) {
        vmm_dump_vcpu(&init->vm.vcpu[i], &out);
        print_last_exits(init, i, &out);
    }
    vmm_print_stats(&init->vm, &out);
    vmm_dump_devices(&init->vm, &out);
    vmm_unlock(&init->vm);
    return page.used;
}

void init_control_poll(struct init *init)
{
    struct init_control *control = &init->control;
    uint32_t before = control->last;
    size_t text = 0;
    switch (console_control_take(control->page, &control->last)) {
    case CONSOLE_COMMAND_RESET:
        init->quick_resets = 0;
        reset(init, "by the console");
        break;
    case CONSOLE_COMMAND_STOP:
        hold(init);
        break;
    case CONSOLE_COMMAND_START:
        release(init);
        break;
    case CONSOLE_COMMAND_INSPECT:
        text = inspect(init);
        break;
    default:
        break;
    }
    if (control->last != before) {
        console_control_finish(control->page, control->last, text);
        out_ready_emit();
    }
}

void init_control_note_exit(struct init *init, const struct vmm_vcpu *v)
{
    struct console_control *page = init->control.page;
    uint64_t total = page->exits[v->id];
    init->control.exits[v->id][total % INIT_LAST_EXITS] = (struct init_exit){
        .reason = v->run->reason, .rip = v->run->rip, .detail = v->run->u.raw[0]};
    __atomic_store_n(&page->exits[v->id], total + 1, __ATOMIC_RELAXED);
}

void init_control_note_wait(struct init *init, const struct vmm_vcpu *v)
{
    uint32_t waits = v->state != VMM_VCPU_RUNNING;
    __atomic_store_n(&init->control.page->halted[v->id], waits, __ATOMIC_RELAXED);
}

void init_control_start(struct init *init)
{
    uint64_t size = 0;
    for (unsigned i = 0; i < vm_resources.num_ram; i++) {
        size += vm_resources.ram[i].size;
    }
    init->control.page = (struct console_control *)console_control;
    console_control_publish(init->control.page, vm_resources.num_vcpus, (uint32_t)(size >> 20));
}

void init_control_failed(struct init *init)
{
    console_control_set_state(init->control.page, CONSOLE_VM_CRASHED);
}

void init_control_running(struct init *init)
{
    console_control_set_state(init->control.page, CONSOLE_VM_RUNNING);
}
