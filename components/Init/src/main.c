/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The virtual machine monitor: builds one PC from what the plan gave this instance, boots the
 * guest, and then only waits in VMEnter. Whatever the guest does, this component goes on: it
 * emulates, injects, resets the guest, or leaves it switched off.
 */
#include <camkes.h>
#include <sel4/sel4.h>
#include <stdlib.h>
#include "init.h"

static struct init init_vm;

static void report(struct init *init, const char *what, const char *why)
{
    vmm_lock(&init->vm);
    init_print(init, "%s: %s: %s\n", vm_resources.name, what, why ? why : "");
    vmm_unlock(&init->vm);
}

static const char *add_memory(struct init *init)
{
    if (vm_resources.num_ram == 0 || vm_resources.num_ram > 2) {
        return "no guest memory (attribute guest_ram_mb)";
    }
    for (unsigned i = 0; i < vm_resources.num_ram; i++) {
        const struct vm_ram_resources *r = &vm_resources.ram[i];
        const struct vmm_region region = {
            .gpa = r->gpa, .size = r->size, .host = (uint8_t *)r->vaddr, .writable = true};
        if (vmm_memory_add(&init->vm, &region) != 0) {
            return "overlapping guest memory";
        }
    }
    return NULL;
}

static const char *build(struct init *init)
{
    struct vmm_host host;
    const char *error = init_host(init, &host);
    if (error) {
        return error;
    }
    unsigned n = vm_resources.num_vcpus;
    if (vmm_init(&init->vm, vm_resources.name, &host, n) != 0) {
        return "number of processors not supported";
    }
    for (unsigned i = 0; i < n; i++) {
        if (vmm_set_run_page(&init->vm, i, (struct vcpu_run *)vm_resources.vcpu[i].run_page) != 0) {
            return "the kernel's run page has another version";
        }
    }
    init_clock_start(init);
    error = add_memory(init);
    if (error) {
        return error;
    }
    struct vmm_pc_config config = {.console = &init_console_ops,
                                   .console_ctx = init,
                                   .clock = &init_clock_ops,
                                   .clock_ctx = init,
                                   .ecam = true,
                                   .hpet = INIT_USE_HPET};
    error = init_find_images(&config.images);
    if (error) {
        return error;
    }
    init_passthrough_config(init, &config);
    void *chips = aligned_alloc(64, (vmm_pc_chips_size() + 63) & ~(size_t)63);
    if (!chips) {
        return "the heap is too small for the chip models (heap_size)";
    }
    vmm_pc_create(&init->pc, &init->vm, &config, chips);
    error = init_passthrough_create(init);
    if (error) {
        return error;
    }
    error = init_crossvm(init);
    error = error ? error : init_network(init);
    if (error) {
        return error;
    }
    return vmm_pc_boot(&init->pc);
}

static void notified(struct init *init, seL4_Word badge)
{
    struct vmm_vcpu *v = &init->vm.vcpu[0];
    init_crossvm_notified(init, badge);
    init_passthrough_notified(init, badge);
    init_network_notified(init, badge);
    /* all badges of an instance share a bit: they are compared whole */
    const seL4_Word input = serial_getchar_notification_badge();
    if ((badge & input) == input) {
        vmm_vcpu_lock(v);
        vmm_poll_devices(&init->vm);
        vmm_unlock(&init->vm);
        init_control_poll(init);
    }
}

static void run_guest(struct init *init)
{
    struct vmm_vcpu *v = &init->vm.vcpu[0];
    init_passthrough_open(init, 0);
    __atomic_store_n(&init->built, true, __ATOMIC_RELEASE);
    for (unsigned i = 1; i < init->vm.num_vcpus; i++) {
        seL4_Signal(vm_resources.vcpu[i].notification);
    }
    for (;;) {
        init_network_idle(init, v);
        vmm_vcpu_prepare(v);
        if (v->state != VMM_VCPU_RUNNING && init->unsent) {
            vmm_vcpu_lock(v);
            init_console_flush(init); /* the guest sleeps: nothing more will come soon */
            vmm_unlock(&init->vm);
        }
        init_control_note_wait(init, v);
        seL4_Word badge = 0;
        if (seL4_VMEnter(&badge) == VCPU_EXIT) {
            init_control_note_exit(init, v);
            vmm_vcpu_exit(v);
        } else {
            notified(init, badge);
        }
        if (init->vm.request != VMM_REQUEST_NONE) {
            init_control_requests(init);
        }
    }
}

/* The thread of a further vCPU; it starts before or after the machine is built. */
void vm_vcpu_run(unsigned vcpu);

void vm_vcpu_run(unsigned vcpu)
{
    struct init *init = &init_vm;
    while (!__atomic_load_n(&init->built, __ATOMIC_ACQUIRE)) {
        /* VMEnter is the only wait of such a thread; run_guest() kicks it */
        ((struct vcpu_run *)vm_resources.vcpu[vcpu].run_page)->commit = VCPU_COMMIT_HALT;
        seL4_VMEnter(NULL);
    }
    init_passthrough_open(init, vcpu);
    struct vmm_vcpu *v = &init->vm.vcpu[vcpu];
    for (;;) {
        vmm_vcpu_prepare(v);
        init_control_note_wait(init, v);
        if (seL4_VMEnter(NULL) == VCPU_EXIT) {
            init_control_note_exit(init, v);
            vmm_vcpu_exit(v);
        }
    }
}

int run(void)
{
    struct init *init = &init_vm;
    init_console_start(init);
    init_control_start(init);
    const char *error = build(init);
    if (error) {
        report(init, "not started", error);
        init_control_failed(init);
        return 1;
    }
    init_control_running(init);
    run_guest(init);
    return 0;
}
