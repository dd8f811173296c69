/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Guest memory: the only way from a guest-physical address to bytes. Each call checks the whole
 * range first and then copies every byte exactly once.
 */
#include "internal.h"

int vmm_memory_add(struct vmm *vm, const struct vmm_region *region)
{
    if (vm->num_regions == VMM_MAX_REGIONS || region->size == 0 ||
        region->gpa + region->size < region->gpa) {
        return -1;
    }
    for (unsigned i = 0; i < vm->num_regions; i++) {
        const struct vmm_region *r = &vm->region[i];
        if (region->gpa < r->gpa + r->size && r->gpa < region->gpa + region->size) {
            return -1;
        }
    }
    vm->region[vm->num_regions++] = *region;
    return 0;
}

uint64_t vmm_memory_size(const struct vmm *vm)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < vm->num_regions; i++) {
        sum += vm->region[i].writable ? vm->region[i].size : 0;
    }
    return sum;
}

uint64_t vmm_memory_low(const struct vmm *vm)
{
    for (unsigned i = 0; i < vm->num_regions; i++) {
        if (vm->region[i].gpa == 0 && vm->region[i].writable) {
            return vm->region[i].size;
        }
    }
    return 0;
}

static const struct vmm_region *find(const struct vmm *vm, uint64_t gpa)
{
    for (unsigned i = 0; i < vm->num_regions; i++) {
        if (gpa - vm->region[i].gpa < vm->region[i].size) {
            return &vm->region[i];
        }
    }
    return NULL;
}

/* Whether [gpa, gpa+n) is all memory (all writable memory, for a write). */
static bool covered(const struct vmm *vm, uint64_t gpa, size_t n, bool write)
{
    if (gpa + n < gpa) {
        return false;
    }
    while (n != 0) {
        const struct vmm_region *r = find(vm, gpa);
        if (!r || (write && !r->writable)) {
            return false;
        }
        uint64_t left = r->size - (gpa - r->gpa);
        size_t part = left < n ? (size_t)left : n;
        gpa += part;
        n -= part;
    }
    return true;
}

bool vmm_memory_read(struct vmm *vm, uint64_t gpa, void *buffer, size_t n)
{
    if (!covered(vm, gpa, n, false)) {
        return false;
    }
    uint8_t *out = buffer;
    while (n != 0) {
        const struct vmm_region *r = find(vm, gpa);
        uint64_t left = r->size - (gpa - r->gpa);
        size_t part = left < n ? (size_t)left : n;
        memcpy(out, r->host + (gpa - r->gpa), part);
        out += part;
        gpa += part;
        n -= part;
    }
    return true;
}

bool vmm_memory_write(struct vmm *vm, uint64_t gpa, const void *buffer, size_t n)
{
    if (!covered(vm, gpa, n, true)) {
        return false;
    }
    const uint8_t *in = buffer;
    while (n != 0) {
        const struct vmm_region *r = find(vm, gpa);
        uint64_t left = r->size - (gpa - r->gpa);
        size_t part = left < n ? (size_t)left : n;
        memcpy(r->host + (gpa - r->gpa), in, part);
        in += part;
        gpa += part;
        n -= part;
    }
    return true;
}

void *vmm_memory_span(struct vmm *vm, uint64_t gpa, size_t n)
{
    const struct vmm_region *r = find(vm, gpa);
    if (!r || !r->writable || r->size - (gpa - r->gpa) < n) {
        return NULL;
    }
    return r->host + (gpa - r->gpa);
}
