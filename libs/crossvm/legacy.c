/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <crossvm/legacy.h>
#include <sel4/vcpu.h>
#include <vmm/vmm.h>

#define PAGE 4096ull

static struct crossvm_legacy *of(struct vmm_device *dev)
{
    return (struct crossvm_legacy *)(void *)dev;
}

/* ---- dataports ------------------------------------------------------------------------------ */

static uint64_t ram_cap(const struct crossvm_legacy *l, uint64_t gpa)
{
    return crossvm_frame(&l->ram, gpa / PAGE);
}

static int map(const struct crossvm_legacy *l, uint64_t cap, uint64_t gpa, bool writable)
{
    return l->nested->ops->map_frame(l->nested->ctx, cap, gpa, writable);
}

static void unmap(const struct crossvm_legacy *l, uint64_t cap)
{
    l->nested->ops->unmap_frame(l->nested->ctx, cap);
}

/* Gives the first n pages back to RAM. */
static void restore(struct crossvm_legacy *l, const struct crossvm_frames *frames, uint64_t gpa,
                    unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unmap(l, crossvm_frame(frames, i));
        map(l, ram_cap(l, gpa + i * PAGE), gpa + i * PAGE, true);
    }
}

static bool replace(struct crossvm_legacy *l, const struct crossvm_frames *frames, uint64_t gpa)
{
    for (unsigned i = 0; i < frames->count; i++) {
        uint64_t at = gpa + i * PAGE;
        unmap(l, ram_cap(l, at));
        if (map(l, crossvm_frame(frames, i), at, frames->writable) != 0) {
            map(l, ram_cap(l, at), at, true);
            restore(l, frames, gpa, i);
            return false;
        }
    }
    return true;
}

static void take_back(struct crossvm_legacy *l, struct crossvm_legacy_dataport *d)
{
    if (d->shared) {
        restore(l, &d->frames, d->gpa, d->frames.count);
        d->shared = false;
    }
}

/* Whether another dataport has one of these pages. */
static bool taken(const struct crossvm_legacy *l, uint64_t gpa, uint64_t size)
{
    for (unsigned i = 1; i <= CROSSVM_LEGACY_IDS; i++) {
        const struct crossvm_legacy_dataport *d = &l->dataport[i];
        uint64_t bytes = d->frames.count * PAGE;
        if (d->shared && gpa < d->gpa + bytes && d->gpa < gpa + size) {
            return true;
        }
    }
    return false;
}

/* A dataport that the guest has already moves: a driver may be loaded again. */
static bool share(struct crossvm_legacy *l, uint64_t id, uint64_t gpa, uint64_t size)
{
    uint64_t ram = l->ram.count * PAGE;
    if (id == 0 || id > CROSSVM_LEGACY_IDS || !l->dataport[id].frames.count) {
        return false;
    }
    struct crossvm_legacy_dataport *d = &l->dataport[id];
    if (size != d->frames.count * PAGE || gpa % PAGE || gpa >= ram || size > ram - gpa) {
        return false;
    }
    take_back(l, d);
    if (taken(l, gpa, size) || !replace(l, &d->frames, gpa)) {
        return false;
    }
    d->gpa = gpa;
    d->shared = true;
    return true;
}

/* ---- events --------------------------------------------------------------------------------- */

/* The next event into the page, if the guest has taken the one before. */
static void deliver(struct crossvm_legacy *l)
{
    for (unsigned i = 0; l->page && !l->current && i < CROSSVM_LEGACY_IDS; i++) {
        unsigned id = (l->last + i) % CROSSVM_LEGACY_IDS + 1; /* none keeps the others waiting */
        if (__atomic_load_n(&l->pending[id], __ATOMIC_ACQUIRE) == 0) {
            continue;
        }
        const uint32_t word = id;
        __atomic_fetch_sub(&l->pending[id], 1, __ATOMIC_ACQ_REL);
        l->current = l->last = id;
        vmm_memory_write(l->dev.vm, l->page, &word, sizeof word);
        vmm_irq_set(&l->irq, true);
    }
}

static bool set_page(struct crossvm_legacy *l, uint64_t gpa)
{
    struct crossvm_legacy_page page;
    if (gpa == 0 || gpa % PAGE || !vmm_memory_read(l->dev.vm, gpa, &page, sizeof page) ||
        page.magic != CROSSVM_LEGACY_MAGIC) {
        return false;
    }
    l->page = gpa;
    deliver(l);
    return true;
}

static bool take(struct crossvm_legacy *l)
{
    if (!l->current) {
        return false;
    }
    l->current = 0;
    vmm_irq_set(&l->irq, false);
    deliver(l);
    return true;
}

static bool emit(struct crossvm_legacy *l, uint64_t id)
{
    if (id == 0 || id > CROSSVM_LEGACY_IDS || !l->emit[id]) {
        return false;
    }
    l->emit[id]();
    return true;
}

void crossvm_legacy_signal(struct crossvm_legacy *l, uint64_t id)
{
    if (id >= 1 && id <= CROSSVM_LEGACY_IDS) {
        __atomic_fetch_add(&l->pending[id], 1, __ATOMIC_ACQ_REL);
    }
}

/* ---- the call ------------------------------------------------------------------------------- */

bool crossvm_legacy_call(void *ctx, struct vmm_vcpu *vcpu, uint64_t service)
{
    struct crossvm_legacy *l = ctx;
    const uint64_t *gpr = vcpu->run->gpr;
    uint32_t command = (uint32_t)gpr[VCPU_RBX], first = (uint32_t)gpr[VCPU_RCX];
    bool good = false;
    switch ((uint32_t)service) {
    case CROSSVM_LEGACY_DATAPORT:
        good = command == CROSSVM_LEGACY_COMMAND && share(l, first, gpr[VCPU_RDX], gpr[VCPU_RSI]);
        break;
    case CROSSVM_LEGACY_CONSUMES:
        good = (command == CROSSVM_LEGACY_COMMAND && set_page(l, gpr[VCPU_RCX])) ||
               (command == CROSSVM_LEGACY_TAKEN && take(l));
        break;
    case CROSSVM_LEGACY_EMITS:
        good = command == CROSSVM_LEGACY_COMMAND && emit(l, first);
        break;
    default:
        return false;
    }
    vcpu->run->gpr[VCPU_RAX] = good ? 0 : UINT64_MAX;
    vcpu->run->commit |= VCPU_COMMIT_GPR;
    return true;
}

/* ---- the device ----------------------------------------------------------------------------- */

static void poll(struct vmm_device *dev)
{
    deliver(of(dev));
}

/* RAM is whole again before the next guest is loaded. */
static void quiesce(struct vmm_device *dev)
{
    struct crossvm_legacy *l = of(dev);
    for (unsigned i = 1; i <= CROSSVM_LEGACY_IDS; i++) {
        take_back(l, &l->dataport[i]);
    }
    l->page = 0;
}

static void reset(struct vmm_device *dev)
{
    struct crossvm_legacy *l = of(dev);
    quiesce(dev);
    l->current = 0;
    vmm_irq_set(&l->irq, false);
    for (unsigned i = 1; i <= CROSSVM_LEGACY_IDS; i++) {
        __atomic_store_n(&l->pending[i], 0, __ATOMIC_RELEASE);
    }
}

static void dump(struct vmm_device *dev, const struct vmm_text *out)
{
    const struct crossvm_legacy *l = of(dev);
    vmm_text_printf(out, "  page of events at %llx, event %u not taken yet\n",
                    (unsigned long long)l->page, l->current);
    for (unsigned i = 1; i <= CROSSVM_LEGACY_IDS; i++) {
        if (l->dataport[i].shared) {
            vmm_text_printf(out, "  dataport %u at %llx\n", i,
                            (unsigned long long)l->dataport[i].gpa);
        }
    }
}

static const struct vmm_device_ops device_ops = {
    .name = "crossvm-legacy", .reset = reset, .quiesce = quiesce, .poll = poll, .dump = dump};

/* ---- creation ------------------------------------------------------------------------------- */

const char *crossvm_legacy_create(struct crossvm_legacy *l, struct vmm *vm)
{
    if (!crossvm_nested_map(l->nested, &l->ram, 0)) {
        return "the guest's memory cannot be mapped";
    }
    l->dev.ops = &device_ops;
    l->irq = vmm_irq_line(vm, CROSSVM_LEGACY_IRQ);
    vmm_device_add(vm, &l->dev);
    return NULL;
}

const char *crossvm_legacy_add_dataport(struct crossvm_legacy *l, uint64_t id,
                                        const struct crossvm_frames *frames)
{
    if (id == 0 || id > CROSSVM_LEGACY_IDS) {
        return "a dataport of the older transport needs an id from 1 to 256";
    }
    if (frames->bits != 12 || l->dataport[id].frames.count) {
        return "a dataport of the older transport has large pages, or its id is used twice";
    }
    l->dataport[id].frames = *frames;
    return NULL;
}

const char *crossvm_legacy_add_emit(struct crossvm_legacy *l, uint64_t id, void (*emit)(void))
{
    if (id == 0 || id > CROSSVM_LEGACY_IDS || l->emit[id]) {
        return "an event of the older transport has no number from 1 to 256 of its own";
    }
    l->emit[id] = emit;
    return NULL;
}
