/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The legacy registers in the I/O BAR (VIRTIO 1.2, 4.1.4.10). Queues are in pages of 4 KiB, their
 * size is the device's. The MSI-X vectors are there only while MSI-X is on; the device-specific
 * configuration begins behind them.
 */
#include "transport.h"

enum {
    REG_DEVICE_FEATURES = 0,
    REG_DRIVER_FEATURES = 4,
    REG_QUEUE_PFN = 8,
    REG_QUEUE_SIZE = 12,
    REG_QUEUE_SELECT = 14,
    REG_QUEUE_NOTIFY = 16,
    REG_STATUS = 18,
    REG_ISR = 19,
    REG_CONFIG_VECTOR = 20,
    REG_QUEUE_VECTOR = 22,
};
#define LEGACY_PAGE 4096u

static unsigned config_start(const struct vmm_virtio *v)
{
    return vmm_pci_msix_enabled(&v->fn) ? 24 : 20;
}

static uint64_t read_register(struct vmm_virtio *v, unsigned offset)
{
    const struct vmm_virtio_queue *q = virtio_selected(v);
    switch (offset) {
    case REG_DEVICE_FEATURES:
        return (uint32_t)v->offered;
    case REG_DRIVER_FEATURES:
        return (uint32_t)v->features;
    case REG_QUEUE_PFN:
        return q ? q->desc / LEGACY_PAGE : 0;
    case REG_QUEUE_SIZE:
        return q ? q->max : 0;
    case REG_QUEUE_SELECT:
        return v->queue_select;
    case REG_STATUS:
        return v->status;
    case REG_ISR:
        return virtio_read_isr(v);
    case REG_CONFIG_VECTOR:
        return v->config_vector;
    case REG_QUEUE_VECTOR:
        return q ? q->vector : VMM_VIRTIO_NO_VECTOR;
    default:
        return 0;
    }
}

void legacy_read(struct vmm_virtio *v, struct vmm_access *a)
{
    unsigned start = config_start(v);
    if (a->offset >= start) {
        virtio_config_read(v, a->offset - start, a);
    } else if (v->config.kind == VMM_VIRTIO_MODERN) {
        a->value = 0; /* only the notify register is here */
    } else {
        a->value = read_register(v, (unsigned)a->offset);
    }
}

/* The ring parts follow each other, the used ring on a page of its own (2.7.2). */
static void set_pfn(struct vmm_virtio *v, struct vmm_virtio_queue *q, uint32_t pfn)
{
    virtio_queue_stop(&q->ring);
    q->enabled = false;
    q->size = q->max;
    q->desc = (uint64_t)pfn * LEGACY_PAGE;
    q->avail = q->desc + virtio_desc_bytes(q->size);
    uint64_t end = q->avail + virtio_avail_bytes(q->size);
    q->used = (end + LEGACY_PAGE - 1) & ~(uint64_t)(LEGACY_PAGE - 1);
    if (pfn != 0) {
        virtio_start_queue(v, q);
    }
}

static void write_register(struct vmm_virtio *v, unsigned offset, uint64_t value)
{
    struct vmm_virtio_queue *q = virtio_selected(v);
    switch (offset) {
    case REG_DRIVER_FEATURES: /* there is no FEATURES_OK to refuse with */
        virtio_set_features(v, (uint32_t)value & v->offered);
        break;
    case REG_QUEUE_PFN:
        if (q) {
            set_pfn(v, q, (uint32_t)value);
        }
        break;
    case REG_QUEUE_SELECT:
        v->queue_select = (uint16_t)value;
        break;
    case REG_STATUS:
        virtio_set_status(v, (uint8_t)value);
        break;
    case REG_CONFIG_VECTOR:
        v->config_vector = virtio_check_vector(v, (uint16_t)value);
        break;
    case REG_QUEUE_VECTOR:
        if (q) {
            q->vector = virtio_check_vector(v, (uint16_t)value);
        }
        break;
    default:
        break;
    }
}

void legacy_write(struct vmm_virtio *v, const struct vmm_access *a)
{
    unsigned start = config_start(v);
    if (a->offset == REG_QUEUE_NOTIFY) {
        virtio_notify(v, (uint16_t)a->value);
    } else if (v->config.kind == VMM_VIRTIO_MODERN) {
        return;
    } else if (a->offset >= start) {
        virtio_config_write(v, a->offset - start, a);
    } else {
        write_register(v, (unsigned)a->offset, a->value);
    }
}
