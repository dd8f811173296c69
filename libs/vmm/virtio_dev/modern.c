/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The modern structures in the memory BAR and the capabilities that point to them (VIRTIO 1.2,
 * 4.1.4). Doorbells: the notify register of the I/O BAR first, then a word of the memory BAR for
 * drivers that use no ports.
 */
#include "transport.h"

#define CAP_VENDOR  0x09
#define CAP_BYTES   16u
#define CAP_WINDOW  20u
#define CFG_COMMON  1u
#define CFG_NOTIFY  2u
#define CFG_ISR     3u
#define CFG_DEVICE  4u
#define CFG_PCI     5u
#define IO_NOTIFY   16u /* the legacy register */
#define AT_COMMON   0x0000u
#define AT_ISR      0x1000u
#define AT_DEVICE   0x2000u
#define AT_NOTIFY   0x3000u
#define MODERN_SIZE 0x4000u

/* Common configuration structure (4.1.4.3). */
struct common {
    uint32_t device_feature_select, device_feature;
    uint32_t driver_feature_select, driver_feature;
    uint16_t config_vector, num_queues;
    uint8_t status, generation;
    uint16_t queue_select, queue_size, queue_vector, queue_enable, queue_notify_off;
    uint64_t queue_desc, queue_driver, queue_device;
};
_Static_assert(sizeof(struct common) == 56, "layout of the common configuration");

struct place {
    uint8_t type, bar;
    uint32_t offset, size;
};

static void add_structure(struct vmm_virtio *v, const struct place *place)
{
    bool notify = place->type == CFG_NOTIFY;
    unsigned n = CAP_BYTES + (notify ? 4u : 0);
    unsigned at = vmm_pci_add_capability(&v->fn, CAP_VENDOR, n);
    if (at) { /* notify_off_multiplier stays 0: one doorbell for all queues */
        v->fn.config[at + 2] = (uint8_t)n;
        v->fn.config[at + 3] = place->type;
        v->fn.config[at + 4] = place->bar;
        memcpy(&v->fn.config[at + 8], &place->offset, 4);
        memcpy(&v->fn.config[at + 12], &place->size, 4);
    }
}

static void add_window(struct vmm_virtio *v)
{
    unsigned at = vmm_pci_add_capability(&v->fn, CAP_VENDOR, CAP_WINDOW);
    if (at) {
        v->window = (uint8_t)at;
        v->fn.config[at + 2] = CAP_WINDOW;
        v->fn.config[at + 3] = CFG_PCI;
        v->fn.writable[at + 4] = 0xff;
        memset(&v->fn.writable[at + 8], 0xff, 12);
    }
}

void modern_add_capabilities(struct vmm_virtio *v)
{
    const struct place places[] = {
        {CFG_COMMON, VIRTIO_BAR_MODERN, AT_COMMON, sizeof(struct common)},
        {CFG_NOTIFY, VIRTIO_BAR_IO, IO_NOTIFY, 2},
        {CFG_NOTIFY, VIRTIO_BAR_MODERN, AT_NOTIFY, 2},
        {CFG_ISR, VIRTIO_BAR_MODERN, AT_ISR, 1},
        {CFG_DEVICE, VIRTIO_BAR_MODERN, AT_DEVICE, v->config.config_size},
    };
    vmm_pci_bar_init(&v->fn, VIRTIO_BAR_MODERN, VMM_PCI_BAR_MEM32, MODERN_SIZE);
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i].size) {
            add_structure(v, &places[i]);
        }
    }
    add_window(v);
}

static uint32_t half(uint64_t value, uint32_t select)
{
    return select == 0 ? (uint32_t)value : select == 1 ? (uint32_t)(value >> 32) : 0;
}

static void common_read(struct vmm_virtio *v, struct vmm_access *a)
{
    const struct vmm_virtio_queue *q = virtio_selected(v);
    struct common c = {.device_feature_select = v->device_select,
                       .device_feature = half(v->offered, v->device_select),
                       .driver_feature_select = v->driver_select,
                       .driver_feature = half(v->features, v->driver_select),
                       .config_vector = v->config_vector,
                       .num_queues = (uint16_t)v->config.num_queues,
                       .status = v->status,
                       .generation = v->generation,
                       .queue_select = v->queue_select};
    if (q) {
        c.queue_size = q->size;
        c.queue_vector = q->vector;
        c.queue_enable = q->enabled;
        c.queue_desc = q->desc;
        c.queue_driver = q->avail;
        c.queue_device = q->used;
    }
    uint8_t image[sizeof c + 8] = {0};
    memcpy(image, &c, sizeof c);
    a->value = 0;
    if (a->offset < sizeof c) {
        memcpy(&a->value, image + a->offset, a->size);
    }
}

static void write_features(struct vmm_virtio *v, uint32_t value)
{
    unsigned shift = v->driver_select * 32;
    if (v->driver_select < 2) {
        uint64_t keep = v->features & ~(0xffffffffull << shift);
        virtio_set_features(v, keep | (uint64_t)value << shift);
    }
}

/* Part of a 64-bit address; only while the queue is off. */
static void write_address(uint64_t *address, const struct vmm_access *a, unsigned base)
{
    unsigned at = (unsigned)a->offset - base;
    if (at + a->size <= 8) {
        memcpy((uint8_t *)address + at, &a->value, a->size);
    }
}

static void set_size(struct vmm_virtio_queue *q, uint16_t size)
{
    if (size && size <= q->max && !(size & (size - 1u))) {
        q->size = size;
    }
}

static void queue_write(struct vmm_virtio *v, const struct vmm_access *a)
{
    struct vmm_virtio_queue *q = virtio_selected(v);
    unsigned offset = (unsigned)a->offset;
    if (!q) {
        return;
    }
    if (offset == offsetof(struct common, queue_vector)) {
        q->vector = virtio_check_vector(v, (uint16_t)a->value);
    } else if (q->enabled) {
        return;
    } else if (offset == offsetof(struct common, queue_size)) {
        set_size(q, (uint16_t)a->value);
    } else if (offset == offsetof(struct common, queue_enable)) {
        if ((uint16_t)a->value == 1 && (v->status & VMM_VIRTIO_FEATURES_OK)) {
            virtio_start_queue(v, q);
        }
    } else if (offset >= offsetof(struct common, queue_device)) {
        write_address(&q->used, a, offsetof(struct common, queue_device));
    } else if (offset >= offsetof(struct common, queue_driver)) {
        write_address(&q->avail, a, offsetof(struct common, queue_driver));
    } else if (offset >= offsetof(struct common, queue_desc)) {
        write_address(&q->desc, a, offsetof(struct common, queue_desc));
    }
}

static void common_write(struct vmm_virtio *v, const struct vmm_access *a)
{
    switch (a->offset) {
    case offsetof(struct common, device_feature_select):
        v->device_select = (uint32_t)a->value;
        break;
    case offsetof(struct common, driver_feature_select):
        v->driver_select = (uint32_t)a->value;
        break;
    case offsetof(struct common, driver_feature):
        write_features(v, (uint32_t)a->value);
        break;
    case offsetof(struct common, config_vector):
        v->config_vector = virtio_check_vector(v, (uint16_t)a->value);
        break;
    case offsetof(struct common, status):
        virtio_set_status(v, (uint8_t)a->value);
        break;
    case offsetof(struct common, queue_select):
        v->queue_select = (uint16_t)a->value;
        break;
    default:
        if (a->offset > offsetof(struct common, queue_select) &&
            a->offset < sizeof(struct common)) {
            queue_write(v, a);
        }
    }
}

void modern_read(struct vmm_virtio *v, struct vmm_access *a)
{
    a->value = 0;
    if (a->offset < AT_ISR) {
        common_read(v, a);
    } else if (a->offset == AT_ISR) {
        a->value = virtio_read_isr(v);
    } else if (a->offset >= AT_DEVICE && a->offset < AT_NOTIFY) {
        virtio_config_read(v, a->offset - AT_DEVICE, a);
    }
}

void modern_write(struct vmm_virtio *v, const struct vmm_access *a)
{
    if (a->offset < AT_ISR) {
        common_write(v, a);
    } else if (a->offset >= AT_NOTIFY) {
        if (a->offset == AT_NOTIFY) {
            virtio_notify(v, (uint16_t)a->value);
        }
    } else if (a->offset >= AT_DEVICE) {
        virtio_config_write(v, a->offset - AT_DEVICE, a);
    }
}

/* ---- access through configuration space (4.1.4.9) ----------------------------------------------
 */

/* What the driver put into the capability, if it is a possible access. */
static bool window_access(const struct vmm_virtio *v, struct vmm_access *a)
{
    const uint8_t *cap = &v->fn.config[v->window];
    uint32_t offset, size;
    memcpy(&offset, cap + 8, 4);
    memcpy(&size, cap + 12, 4);
    *a = (struct vmm_access){.range = cap[4], .offset = offset, .size = size};
    return (cap[4] == VIRTIO_BAR_IO || cap[4] == VIRTIO_BAR_MODERN) &&
           (size == 1 || size == 2 || size == 4) && offset % size == 0 &&
           (uint64_t)offset + size <= v->fn.bar[cap[4]].size;
}

static bool in_data(const struct vmm_virtio *v, unsigned offset, unsigned size)
{
    return v->window && offset < v->window + CAP_WINDOW && offset + size > v->window + CAP_BYTES;
}

void window_read(struct vmm_pci_function *fn, unsigned offset, unsigned size)
{
    struct vmm_virtio *v = (struct vmm_virtio *)(void *)fn;
    struct vmm_access a;
    if (in_data(v, offset, size) && window_access(v, &a)) {
        fn->ops->bar_read(fn, &a);
        memcpy(&fn->config[v->window + CAP_BYTES], &a.value, a.size);
    }
}

void window_written(struct vmm_pci_function *fn, unsigned offset, unsigned size)
{
    struct vmm_virtio *v = (struct vmm_virtio *)(void *)fn;
    struct vmm_access a;
    if (in_data(v, offset, size) && window_access(v, &a)) {
        memcpy(&a.value, &fn->config[v->window + CAP_BYTES], a.size);
        fn->ops->bar_write(fn, &a);
    }
}
