/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Virtio over PCI: features, status, queues, interrupts; VIRTIO 1.2, 2.1, 2.2, 4.1. */
#include "transport.h"

#define VENDOR       0x1af4u
#define MODERN_ID    0x1040u
#define ISR_QUEUE    1u
#define ISR_CONFIG   2u
#define IO_REGISTERS 24u /* legacy registers before the configuration, with MSI-X */

static struct vmm_virtio *of(struct vmm_pci_function *fn)
{
    return (struct vmm_virtio *)(void *)fn;
}

static struct vmm_virtio *of_device(struct vmm_device *dev)
{
    return (struct vmm_virtio *)(void *)dev;
}

static void *guest_memory(void *ctx, uint64_t address, size_t n)
{
    return vmm_memory_span(ctx, address, n);
}

/* ---- interrupts ---------------------------------------------------------------------------- */

static void send_interrupt(struct vmm_virtio *v, uint16_t vector, uint8_t isr)
{
    v->interrupts++;
    if (vmm_pci_msix_enabled(&v->fn)) {
        if (vector != VMM_VIRTIO_NO_VECTOR) {
            vmm_pci_interrupt(&v->fn, vector);
        }
        return;
    }
    v->isr |= isr;
    vmm_pci_interrupt(&v->fn, 0);
}

uint8_t virtio_read_isr(struct vmm_virtio *v)
{
    uint8_t isr = v->isr;
    v->isr = 0;
    vmm_pci_intx_clear(&v->fn);
    return isr;
}

uint16_t virtio_check_vector(const struct vmm_virtio *v, uint64_t vector)
{
    return vector < v->fn.vectors ? (uint16_t)vector : VMM_VIRTIO_NO_VECTOR;
}

void vmm_virtio_config_changed(struct vmm_virtio *v)
{
    v->generation++;
    if (v->started || (v->status & VMM_VIRTIO_NEEDS_RESET)) {
        send_interrupt(v, v->config_vector, ISR_CONFIG);
    }
}

/* ---- status -------------------------------------------------------------------------------- */

static void stop(struct vmm_virtio *v)
{
    if (v->started) {
        v->started = false;
        v->ops->stopped(v);
    }
    for (unsigned i = 0; i < v->config.num_queues; i++) {
        virtio_queue_stop(&v->queue[i].ring);
    }
}

void virtio_reset(struct vmm_virtio *v)
{
    stop(v);
    for (unsigned i = 0; i < v->config.num_queues; i++) {
        struct vmm_virtio_queue *q = &v->queue[i];
        uint16_t max = v->config.queue_size[i];
        *q = (struct vmm_virtio_queue){.max = max, .size = max, .vector = VMM_VIRTIO_NO_VECTOR};
    }
    v->features = 0;
    v->device_select = v->driver_select = 0;
    v->queue_select = 0;
    v->config_vector = VMM_VIRTIO_NO_VECTOR;
    v->status = 0;
    virtio_read_isr(v);
}

/* Is the driver's choice one the device can live with? A driver that sets FEATURES_OK is a modern
 * one, and those must accept VERSION_1. */
static bool features_ok(const struct vmm_virtio *v)
{
    return (v->features & ~v->offered) == 0 && vmm_virtio_has(v, VMM_VIRTIO_F_VERSION_1);
}

void virtio_set_status(struct vmm_virtio *v, uint8_t status)
{
    if (status == 0) {
        virtio_reset(v);
        return;
    }
    uint8_t fresh = (uint8_t)(status & ~v->status & ~VMM_VIRTIO_NEEDS_RESET);
    if ((fresh & VMM_VIRTIO_FEATURES_OK) && !features_ok(v)) {
        fresh &= (uint8_t)~VMM_VIRTIO_FEATURES_OK;
    }
    v->status |= fresh;
    if ((fresh & VMM_VIRTIO_DRIVER_OK) && !(v->status & VMM_VIRTIO_NEEDS_RESET)) {
        v->started = true;
        v->ops->started(v);
    }
}

void virtio_set_features(struct vmm_virtio *v, uint64_t features)
{
    if (!(v->status & (VMM_VIRTIO_FEATURES_OK | VMM_VIRTIO_DRIVER_OK))) {
        v->features = features;
    }
}

void vmm_virtio_fail(struct vmm_virtio *v, const char *why)
{
    vmm_log(v->fn.dev.vm, "%s: %s: stopped until its driver resets it\n", v->fn.dev.id, why);
    v->failures++;
    stop(v);
    v->status |= VMM_VIRTIO_NEEDS_RESET;
    vmm_virtio_config_changed(v);
}

/* ---- queues -------------------------------------------------------------------------------- */

struct vmm_virtio_queue *virtio_selected(struct vmm_virtio *v)
{
    return v->queue_select < v->config.num_queues ? &v->queue[v->queue_select] : NULL;
}

void virtio_start_queue(struct vmm_virtio *v, struct vmm_virtio_queue *q)
{
    const struct virtio_memory memory = {.map = guest_memory, .ctx = v->fn.dev.vm};
    const struct virtio_queue_config config = {
        .size = q->size,
        .desc = q->desc,
        .avail = q->avail,
        .used = q->used,
        .event_index = vmm_virtio_has(v, VMM_VIRTIO_F_EVENT_IDX),
        .indirect = vmm_virtio_has(v, VMM_VIRTIO_F_INDIRECT)};
    q->enabled = true;
    if (virtio_queue_start(&q->ring, &memory, &config) != 0) {
        vmm_virtio_fail(v, "a queue is not in memory");
    }
}

void virtio_notify(struct vmm_virtio *v, unsigned queue)
{
    if (v->started && queue < v->config.num_queues && v->queue[queue].enabled) {
        v->notifications++;
        v->ops->notified(v, queue);
    }
}

bool vmm_virtio_pop(struct vmm_virtio *v, unsigned queue, struct virtio_chain *chain)
{
    int result = v->started ? virtio_queue_pop(&v->queue[queue].ring, chain) : 0;
    if (result < 0) {
        vmm_virtio_fail(v, "a queue is damaged");
    }
    return result == 1;
}

void vmm_virtio_complete(struct vmm_virtio *v, unsigned queue)
{
    struct vmm_virtio_queue *q = &v->queue[queue];
    virtio_queue_publish(&q->ring);
    if (virtio_queue_should_notify(&q->ring)) {
        send_interrupt(v, q->vector, ISR_QUEUE);
    }
}

/* ---- device-specific configuration ------------------------------------------------------------
 */

void virtio_config_read(struct vmm_virtio *v, uint64_t offset, struct vmm_access *a)
{
    uint8_t image[VMM_VIRTIO_MAX_CONFIG + 8] = {0};
    a->value = 0;
    if (offset < v->config.config_size) {
        v->ops->config(v, image);
        memset(image + v->config.config_size, 0, sizeof image - v->config.config_size);
        memcpy(&a->value, image + offset, a->size);
    }
}

void virtio_config_write(struct vmm_virtio *v, uint64_t offset, const struct vmm_access *a)
{
    if (v->ops->config_written && offset < v->config.config_size &&
        a->size <= v->config.config_size - offset) {
        uint8_t bytes[8];
        memcpy(bytes, &a->value, sizeof bytes);
        v->ops->config_written(v, (unsigned)offset, bytes, a->size);
    }
}

/* ---- the PCI function -------------------------------------------------------------------------
 */

static bool bar_read(struct vmm_pci_function *fn, struct vmm_access *a)
{
    if (a->range == VIRTIO_BAR_IO) {
        legacy_read(of(fn), a);
    } else {
        modern_read(of(fn), a);
    }
    return true;
}

static bool bar_write(struct vmm_pci_function *fn, const struct vmm_access *a)
{
    if (a->range == VIRTIO_BAR_IO) {
        legacy_write(of(fn), a);
    } else {
        modern_write(of(fn), a);
    }
    return true;
}

static void device_reset(struct vmm_device *dev)
{
    virtio_reset(of_device(dev));
}

static void device_quiesce(struct vmm_device *dev)
{
    stop(of_device(dev));
}

static void device_poll(struct vmm_device *dev)
{
    struct vmm_virtio *v = of_device(dev);
    if (v->ops->poll) {
        v->ops->poll(v);
    }
}

static void device_dump(struct vmm_device *dev, const struct vmm_text *out)
{
    struct vmm_virtio *v = of_device(dev);
    vmm_text_printf(out, "  %s: status %02x features %llx of %llx\n", v->ops->name, v->status,
                    (unsigned long long)v->features, (unsigned long long)v->offered);
    for (unsigned i = 0; i < v->config.num_queues; i++) {
        const struct vmm_virtio_queue *q = &v->queue[i];
        vmm_text_printf(out, "  queue %u: size %u %s vector %u waiting %u\n", i, q->size,
                        q->enabled ? "on" : "off", q->vector, virtio_queue_waiting(&q->ring));
    }
    if (v->ops->dump) {
        v->ops->dump(v, out);
    }
}

static void device_stats(struct vmm_device *dev, const struct vmm_text *out)
{
    struct vmm_virtio *v = of_device(dev);
    vmm_text_printf(out, "%s_notifications %llu\n", dev->id, (unsigned long long)v->notifications);
    vmm_text_printf(out, "%s_interrupts %llu\n", dev->id, (unsigned long long)v->interrupts);
    vmm_text_printf(out, "%s_failures %llu\n", dev->id, (unsigned long long)v->failures);
    if (v->ops->stats) {
        v->ops->stats(v, out);
    }
}

static const struct vmm_device_ops device_ops = {.name = "virtio",
                                                 .reset = device_reset,
                                                 .quiesce = device_quiesce,
                                                 .poll = device_poll,
                                                 .dump = device_dump,
                                                 .stats = device_stats};

static const struct vmm_pci_ops pci_ops = {.bar_read = bar_read,
                                           .bar_write = bar_write,
                                           .config_reading = window_read,
                                           .config_written = window_written};

static bool possible(const struct vmm_virtio_config *c)
{
    if (c->num_queues == 0 || c->num_queues > VMM_VIRTIO_MAX_QUEUES ||
        c->config_size > VMM_VIRTIO_MAX_CONFIG) {
        return false;
    }
    for (unsigned i = 0; i < c->num_queues; i++) {
        unsigned n = c->queue_size[i];
        if (n == 0 || n > VIRTIO_MAX_QUEUE || (n & (n - 1))) {
            return false;
        }
    }
    return true;
}

/* Old device numbers in the order of the types (VIRTIO 1.2, 4.1.2.1); others have none. */
static uint16_t transitional_id(uint16_t type)
{
    static const uint16_t ids[] = {
        [1] = 0x1000, [2] = 0x1001, [3] = 0x1003, [4] = 0x1005, [5] = 0x1002, [9] = 0x1009};
    return type < sizeof ids / sizeof ids[0] ? ids[type] : 0;
}

int vmm_virtio_init(struct vmm_virtio *v, const struct vmm_virtio_ops *ops,
                    const struct vmm_virtio_config *config)
{
    bool modern = config->kind == VMM_VIRTIO_MODERN;
    uint16_t old = transitional_id(config->type);
    if (!possible(config) || (!modern && old == 0)) {
        return -1;
    }
    memset(v, 0, sizeof *v);
    v->ops = ops;
    v->config = *config;
    v->offered = config->features | VMM_VIRTIO_F_INDIRECT | VMM_VIRTIO_F_EVENT_IDX |
                 (modern ? 0 : VMM_VIRTIO_F_ANY_LAYOUT) |
                 (config->kind == VMM_VIRTIO_LEGACY ? 0 : VMM_VIRTIO_F_VERSION_1);
    const struct vmm_pci_id id = {.vendor = VENDOR,
                                  .device = modern ? (uint16_t)(MODERN_ID + config->type) : old,
                                  .subsystem_vendor = VENDOR,
                                  .subsystem = modern ? MODERN_ID : config->type,
                                  .class_code = config->class_code,
                                  .revision = modern ? 1 : 0};
    vmm_pci_function_init(&v->fn, &device_ops, &pci_ops, &id);
    v->fn.dev.id = config->id;
    unsigned io = 32;
    while (io < IO_REGISTERS + config->config_size) {
        io *= 2;
    }
    vmm_pci_bar_init(&v->fn, VIRTIO_BAR_IO, VMM_PCI_BAR_IO, io);
    vmm_pci_add_intx(&v->fn);
    if (config->kind != VMM_VIRTIO_LEGACY) {
        vmm_pci_add_msix(&v->fn, VIRTIO_BAR_MSIX, config->num_queues + 1);
        modern_add_capabilities(v);
    }
    return 0;
}

int vmm_virtio_add(struct vmm_pci *pci, struct vmm_virtio *v)
{
    for (unsigned slot = 1; slot < VMM_PCI_SLOTS; slot++) {
        if (vmm_pci_add(pci, &v->fn, slot, 0) == 0) {
            return 0;
        }
    }
    return -1;
}
