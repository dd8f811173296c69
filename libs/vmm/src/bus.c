/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The bus: which device answers at which port, address or MSR number. Claims are kept sorted,
 * looked up by binary search, and never overlap.
 */
#include "internal.h"

void vmm_device_add(struct vmm *vm, struct vmm_device *dev)
{
    dev->vm = vm;
    dev->next = NULL;
    if (!dev->id) {
        dev->id = dev->ops->name;
    }
    struct vmm_device **tail = &vm->devices;
    while (*tail) {
        tail = &(*tail)->next;
    }
    *tail = dev;
    if (dev->ops->reset) {
        dev->ops->reset(dev);
    }
}

/* Index of the first range that ends above addr. */
static unsigned lower_bound(const struct vmm *vm, enum vmm_space space, uint64_t addr)
{
    unsigned low = 0, high = vm->num_ranges[space];
    while (low < high) {
        unsigned middle = (low + high) / 2;
        const struct vmm_range *r = &vm->range[space][middle];
        if (r->base + (r->size - 1) < addr) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int vmm_bus_claim(struct vmm_device *dev, enum vmm_space space, uint64_t base, uint64_t size,
                  unsigned tag)
{
    struct vmm *vm = dev->vm;
    unsigned n = vm->num_ranges[space];
    if (size == 0 || base + (size - 1) < base || n == VMM_MAX_RANGES) {
        return -1;
    }
    unsigned at = lower_bound(vm, space, base);
    struct vmm_range *r = &vm->range[space][at];
    if (at < n && r->base <= base + (size - 1)) {
        return -1;
    }
    memmove(r + 1, r, (n - at) * sizeof *r);
    *r = (struct vmm_range){.base = base, .size = size, .dev = dev, .tag = tag};
    vm->num_ranges[space] = n + 1;
    return 0;
}

void vmm_bus_release(struct vmm_device *dev, enum vmm_space space, unsigned tag)
{
    struct vmm *vm = dev->vm;
    unsigned kept = 0;
    for (unsigned i = 0; i < vm->num_ranges[space]; i++) {
        struct vmm_range r = vm->range[space][i];
        if (r.dev != dev || r.tag != tag) {
            vm->range[space][kept++] = r;
        }
    }
    vm->num_ranges[space] = kept;
}

/* The first range that meets [addr, addr+size), or NULL. */
static const struct vmm_range *find(const struct vmm *vm, enum vmm_space space, uint64_t addr,
                                    unsigned size)
{
    unsigned at = lower_bound(vm, space, addr);
    if (at == vm->num_ranges[space]) {
        return NULL;
    }
    const struct vmm_range *r = &vm->range[space][at];
    return r->base <= addr + (size - 1) ? r : NULL;
}

static bool holds(const struct vmm_range *r, uint64_t addr, unsigned size)
{
    return addr >= r->base && addr + (size - 1) - r->base < r->size;
}

static bool read_one(const struct vmm_range *r, struct vmm_access *access, uint64_t addr)
{
    access->range = r->tag;
    access->offset = addr - r->base;
    access->value = size_mask(access->size);
    r->dev->reads++;
    if (!r->dev->ops->read || !r->dev->ops->read(r->dev, access)) {
        access->value = size_mask(access->size);
        return false;
    }
    access->value &= size_mask(access->size);
    return true;
}

static bool write_one(const struct vmm_range *r, struct vmm_access *access, uint64_t addr)
{
    access->range = r->tag;
    access->offset = addr - r->base;
    access->value &= size_mask(access->size);
    r->dev->writes++;
    return r->dev->ops->write && r->dev->ops->write(r->dev, access);
}

bool vmm_bus_read(struct vmm *vm, enum vmm_space space, struct vmm_access *access, uint64_t addr)
{
    unsigned size = space == VMM_SPACE_MSR ? 1 : access->size;
    const struct vmm_range *r = find(vm, space, addr, size);
    if (!r) {
        access->value = size_mask(access->size);
        return false;
    }
    if (holds(r, addr, size)) {
        return read_one(r, access, addr);
    }
    /* straddles the end of a claim: what the bus would do with byte lanes */
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        struct vmm_access byte = {.vcpu = access->vcpu, .size = 1};
        vmm_bus_read(vm, space, &byte, addr + i);
        value |= (byte.value & 0xff) << (8 * i);
    }
    access->value = value;
    return true;
}

bool vmm_bus_write(struct vmm *vm, enum vmm_space space, struct vmm_access *access, uint64_t addr)
{
    unsigned size = space == VMM_SPACE_MSR ? 1 : access->size;
    const struct vmm_range *r = find(vm, space, addr, size);
    if (!r) {
        return false;
    }
    if (holds(r, addr, size)) {
        return write_one(r, access, addr);
    }
    for (unsigned i = 0; i < size; i++) {
        struct vmm_access byte = {
            .vcpu = access->vcpu, .size = 1, .value = (access->value >> (8 * i)) & 0xff};
        vmm_bus_write(vm, space, &byte, addr + i);
    }
    return true;
}

void vmm_poll_devices(struct vmm *vm)
{
    for (struct vmm_device *d = vm->devices; d; d = d->next) {
        if (d->ops->poll) {
            d->ops->poll(d);
        }
    }
}
