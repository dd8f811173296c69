/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Life of a VM: start, reset, stop, requests, the lock. */
#include "internal.h"

/* The guest gets at least this long between two deadlines, so that a timer programmed with a tiny
 * period slows the guest down instead of stopping it. */
#define MIN_SLICE_NS 20000u

int vmm_init(struct vmm *vm, const char *name, const struct vmm_host *host, unsigned num_vcpus)
{
    if (host->version != VMM_DEVICE_VERSION || num_vcpus == 0 || num_vcpus > VMM_MAX_VCPUS ||
        host->tsc_hz == 0) {
        return -1;
    }
    memset(vm, 0, sizeof *vm);
    vm->name = name;
    vm->host = *host;
    vm->num_vcpus = num_vcpus;
    vm->current = -1;
    vm->tsc_zero = host->tsc(host->ctx);
    vm->min_slice = vmm_ns_to_ticks(MIN_SLICE_NS, host->tsc_hz);
    for (unsigned i = 0; i < num_vcpus; i++) {
        vm->vcpu[i].vm = vm;
        vm->vcpu[i].id = i;
        vm->vcpu[i].state = i == 0 ? VMM_VCPU_RUNNING : VMM_VCPU_WAIT_SIPI;
        vm->vcpu[i].committed_deadline = VCPU_DEADLINE_NONE;
    }
    return 0;
}

int vmm_set_run_page(struct vmm *vm, unsigned vcpu, struct vcpu_run *run)
{
    if (vcpu >= vm->num_vcpus || run->version != VCPU_RUN_VERSION || run->size != sizeof *run) {
        return -1;
    }
    vm->vcpu[vcpu].run = run;
    vcpu_reset_msrs(&vm->vcpu[vcpu]);
    return 0;
}

void vmm_lock(struct vmm *vm)
{
    if (vm->host.lock) {
        vm->host.lock(vm->host.ctx);
    }
    vm->current = -1;
}

void vmm_unlock(struct vmm *vm)
{
    vm->current = -1;
    if (vm->host.unlock) {
        vm->host.unlock(vm->host.ctx);
    }
}

void vmm_vcpu_lock(struct vmm_vcpu *v)
{
    vmm_lock(v->vm);
    v->vm->current = (int)v->id;
}

void vmm_request(struct vmm *vm, enum vmm_request request, const char *why)
{
    bool final = vm->request == VMM_REQUEST_RESET || vm->request == VMM_REQUEST_POWER_OFF;
    if (final && request != VMM_REQUEST_POWER_OFF) {
        return;
    }
    vm->request = request;
    vm->request_why = why;
    vmm_interrupt_changed(vm, 0); /* vCPU 0's thread carries it out */
}

enum vmm_request vmm_take_request(struct vmm *vm, const char **why)
{
    enum vmm_request request = vm->request;
    *why = vm->request_why;
    vm->request = VMM_REQUEST_NONE;
    vm->request_why = NULL;
    return request;
}

void vcpu_reset(struct vmm_vcpu *v)
{
    struct vmm *vm = v->vm;
    v->generation = vm->generation;
    v->state = v->id == 0 ? VMM_VCPU_RUNNING : VMM_VCPU_WAIT_SIPI;
    v->groups_valid = v->groups_dirty = 0;
    v->exception.valid = false;
    v->nmi_pending = v->init_pending = v->sipi_pending = v->halt_warned = false;
    v->committed_deadline = VCPU_DEADLINE_NONE;
    v->run->commit = 0;
    if (vm->host.vcpu_reset(vm->host.ctx, v->id) != 0) {
        vmm_log(vm, "vcpu%u could not be reset", v->id);
    }
    vcpu_reset_msrs(v);
}

static void quiesce_devices(struct vmm *vm)
{
    for (struct vmm_device *d = vm->devices; d; d = d->next) {
        if (d->ops->quiesce) {
            d->ops->quiesce(d);
        }
    }
}

/* Each vCPU resets itself on its own thread before its next entry. Wait for that, so that none of
 * them runs guest code any more. */
static void reset_other_vcpus(struct vmm *vm)
{
    vm->generation++;
    for (unsigned i = 1; i < vm->num_vcpus; i++) {
        vmm_interrupt_changed(vm, i);
        while (vm->vcpu[i].generation != vm->generation) {
            vmm_unlock(vm);
            vm->host.yield(vm->host.ctx);
            vmm_vcpu_lock(&vm->vcpu[0]);
        }
    }
}

void vmm_reset(struct vmm *vm)
{
    /* Order: the other vCPUs stop; back ends stop writing to guest memory before anything is
     * reloaded; vCPU 0 is reset last, so that no line that falls or rises here reaches it. */
    vmm_vcpu_lock(&vm->vcpu[0]);
    bool themselves = vm->num_vcpus > 1 && vm->host.yield;
    if (themselves) {
        reset_other_vcpus(vm);
    }
    quiesce_devices(vm);
    for (struct vmm_device *d = vm->devices; d; d = d->next) {
        if (d->ops->reset) {
            d->ops->reset(d);
        }
    }
    for (unsigned i = 0; i < vm->num_vcpus; i++) {
        if (i == 0 || !themselves) {
            vcpu_reset(&vm->vcpu[i]);
        }
    }
    vm->resets++;
    vmm_unlock(vm);
}

void vmm_stop(struct vmm *vm)
{
    vmm_vcpu_lock(&vm->vcpu[0]);
    quiesce_devices(vm);
    for (unsigned i = 0; i < vm->num_vcpus; i++) {
        vm->vcpu[i].state = VMM_VCPU_STOPPED;
        vmm_interrupt_changed(vm, i);
    }
    vmm_unlock(vm);
}
