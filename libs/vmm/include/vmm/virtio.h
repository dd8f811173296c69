/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Virtio devices on the guest's PCI bus: Virtual I/O Device (VIRTIO) 1.2, section 4.1. Here are
 * registers, features, status, queues and interrupts; a device model adds what its kind does.
 *
 * BAR 0 (I/O): the legacy registers; their notify register is also where modern drivers ring, since
 * a port write leaves the guest faster than a memory write that must be decoded. BAR 1: MSI-X.
 * BAR 4 (memory): the modern structures. Not supported: queue reset, packed rings, notification
 * data, shared memory regions.
 */
#include <virtio/queue.h>
#include <vmm/pci.h>

#define VMM_VIRTIO_MAX_QUEUES 8u
#define VMM_VIRTIO_MAX_CONFIG 64u /* bytes of device-specific configuration */
#define VMM_VIRTIO_NO_VECTOR  0xffffu

/** Feature bits of the transport and the rings (VIRTIO 1.2, 6). */
#define VMM_VIRTIO_F_ANY_LAYOUT (1ull << 27)
#define VMM_VIRTIO_F_INDIRECT   (1ull << 28)
#define VMM_VIRTIO_F_EVENT_IDX  (1ull << 29)
#define VMM_VIRTIO_F_VERSION_1  (1ull << 32)

/** Bits of the device status (2.1). */
#define VMM_VIRTIO_ACKNOWLEDGE 1u
#define VMM_VIRTIO_DRIVER      2u
#define VMM_VIRTIO_DRIVER_OK   4u
#define VMM_VIRTIO_FEATURES_OK 8u
#define VMM_VIRTIO_NEEDS_RESET 64u

struct vmm_virtio;

/** What a device model implements. All are called with the VM locked. */
struct vmm_virtio_ops {
    const char *name; /* of the model: "virtio-net" */
    /** Fill the device-specific configuration (config_size bytes, zeroed before). */
    void (*config)(struct vmm_virtio *v, uint8_t *image);
    /** The driver wrote n bytes of it. May be NULL. */
    void (*config_written)(struct vmm_virtio *v, unsigned offset, const uint8_t *bytes, unsigned n);
    /** The driver is ready; features are final, buffers may wait in the queues. */
    void (*started)(struct vmm_virtio *v);
    /** The device was reset or has failed: forget buffers taken from queues. */
    void (*stopped)(struct vmm_virtio *v);
    /** The driver says that a queue has new buffers. Only while started. */
    void (*notified)(struct vmm_virtio *v, unsigned queue);
    /** The back end has something. May be NULL. */
    void (*poll)(struct vmm_virtio *v);
    /** Lines for a person. May be NULL. */
    void (*dump)(struct vmm_virtio *v, const struct vmm_text *out);
    void (*stats)(struct vmm_virtio *v, const struct vmm_text *out);
};

/** Which drivers the device is for. */
enum vmm_virtio_kind {
    VMM_VIRTIO_TRANSITIONAL, /* old and new ones */
    VMM_VIRTIO_MODERN,       /* VIRTIO 1.0 and later */
    VMM_VIRTIO_LEGACY        /* old ones only; no MSI-X */
};

/** Identity of a device. */
struct vmm_virtio_config {
    const char *id; /* of this instance, in dumps: "net0" */
    enum vmm_virtio_kind kind;
    uint16_t type;       /* device number of VIRTIO 1.2, 5: 1 network, 2 block … */
    uint32_t class_code; /* PCI class, 24 bits */
    uint64_t features;   /* of the device; those of rings and transport are added */
    unsigned num_queues;
    uint16_t queue_size[VMM_VIRTIO_MAX_QUEUES]; /* powers of two */
    unsigned config_size;
};

/** A queue and what the driver said about it. */
struct vmm_virtio_queue {
    struct virtio_queue ring;
    uint16_t max, size, vector;
    bool enabled;
    uint64_t desc, avail, used;
};

/** A device; embed it as first member. All members are the transport's. */
struct vmm_virtio {
    struct vmm_pci_function fn;
    const struct vmm_virtio_ops *ops;
    struct vmm_virtio_config config;
    struct vmm_virtio_queue queue[VMM_VIRTIO_MAX_QUEUES];
    uint64_t offered, features; /* by the device, by the driver */
    uint32_t device_select, driver_select;
    uint16_t queue_select, config_vector;
    uint8_t status, generation, isr;
    bool started;
    uint8_t window; /* offset of the configuration access capability, 0: none */
    uint64_t notifications, interrupts, failures;
};

/** Make a device. Returns 0, or -1 when the configuration is not possible. */
int vmm_virtio_init(struct vmm_virtio *v, const struct vmm_virtio_ops *ops,
                    const struct vmm_virtio_config *config);
/** Put it on the bus (the first free slot). Returns 0, or -1 when there is none. */
int vmm_virtio_add(struct vmm_pci *pci, struct vmm_virtio *v);

/** Whether the driver has accepted these features (all of them). */
static inline bool vmm_virtio_has(const struct vmm_virtio *v, uint64_t features)
{
    return (v->features & features) == features;
}

/** Take the next buffer of a queue. Returns false when there is none, or when the driver broke the
 * rules: the device then stops and asks to be reset. */
bool vmm_virtio_pop(struct vmm_virtio *v, unsigned queue, struct virtio_chain *chain);
/** Publish what was pushed and interrupt the driver if it wants that. */
void vmm_virtio_complete(struct vmm_virtio *v, unsigned queue);
/** The device-specific configuration has changed. */
void vmm_virtio_config_changed(struct vmm_virtio *v);
/** Stop until the driver resets the device (status NEEDS_RESET). */
void vmm_virtio_fail(struct vmm_virtio *v, const char *why);
