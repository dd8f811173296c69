/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Virtqueues between two components over a channel of the connector seL4VirtQueues: the driver
 * fills buffers in the shared memory and sends them, the device reads or overwrites them and gives
 * them back. In the memory: descriptor table, avail ring, used ring (VIRTIO 1.2, 2.7), then blocks
 * of 128 bytes. Neither side trusts the other: what breaks the rules of the rings ends the queue,
 * and every call then returns -1 (or 0 where 0 means none).
 *
 * The order of calls: driver alloc, send, notify(); device get_available, gather or scatter,
 * notify(); driver get_used, gather_copy (which frees). notify() is a member of both. Waiting:
 * the notification and badge of init_with_recv. One thread at a time per queue.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <camkes/virtqueue_channel.h>
#include <virtio/driver.h>
#include <virtio/queue.h>

/** Bytes of a block; a buffer is a run of blocks, a scattered one several pieces of one block. */
#define CAMKES_VIRTQUEUE_BLOCK 128u

/** What the device may do with a piece. All pieces of this library are VQ_RW. */
typedef enum { VQ_READ, VQ_WRITE, VQ_RW } vq_flags_t;

/** A buffer that is being looked at. */
typedef struct {
    uint32_t first; /**< which buffer */
    uint32_t cur;   /**< its next piece */
} virtqueue_ring_object_t;

/** Private state of a block of the driver. */
struct camkes_virtqueue_block {
    uint16_t run;  /**< of the first block of a piece: blocks of it; 0: free or inside a piece */
    bool taken;    /**< not free */
    uint32_t size; /**< bytes sent */
    uint32_t next; /**< first block of the next piece + 1, 0: none */
};

/** The driver's side. */
typedef struct virtqueue_driver {
    void (*notify)(void); /**< tell the device */
    struct virtio_driver ring;
    uint8_t *base; /**< shared memory */
    size_t data;   /**< offset of the blocks */
    unsigned num_blocks;
    struct camkes_virtqueue_block *blocks;
    struct virtio_driver_slot *slots;
} virtqueue_driver_t;

/** The device's side. */
typedef struct virtqueue_device {
    void (*notify)(void); /**< tell the driver */
    struct virtio_queue ring;
    uint8_t *base;
    size_t size;
    struct virtio_chain *chain; /**< the buffer got last */
} virtqueue_device_t;

/** Begin the queue of the channel with this id, as driver or device. 0, or -1: no such channel,
 * this end has the other role, the memory is too small for the rings, or the heap for their state.
 * The other two also give where and with which badge the other side signals. */
int camkes_virtqueue_driver_init(virtqueue_driver_t *driver, unsigned id);
int camkes_virtqueue_device_init(virtqueue_device_t *device, unsigned id);
int camkes_virtqueue_driver_init_with_recv(virtqueue_driver_t *driver, unsigned id,
                                           seL4_CPtr *notification, seL4_CPtr *badge);
int camkes_virtqueue_device_init_with_recv(virtqueue_device_t *device, unsigned id,
                                           seL4_CPtr *notification, seL4_CPtr *badge);
/** Id of the channel of an interface, -1: none. */
int camkes_virtqueue_get_id_from_name(const char *name);
/** How many channels this component has. */
int camkes_virtqueue_channel_num(void);

/** Driver: a buffer of `size` bytes in the shared memory. 0, or -1 when there is no run of blocks
 * long enough. */
int camkes_virtqueue_buffer_alloc(virtqueue_driver_t *driver, void **buffer, size_t size);
/** Driver: gives back a buffer that was not sent, or came back. Other addresses are ignored. */
void camkes_virtqueue_buffer_free(virtqueue_driver_t *driver, void *buffer);
/** Driver: sends an allocated buffer, `size` bytes of it. 0, or -1 when the ring is full. */
int camkes_virtqueue_driver_send_buffer(virtqueue_driver_t *driver, void *buffer, size_t size);
/** Driver: sends a copy of any memory in pieces of one block. 0, or -1 when there are too few. */
int camkes_virtqueue_driver_scatter_send_buffer(virtqueue_driver_t *driver, const void *buffer,
                                                size_t size);

/** Driver: the next buffer that came back, and what the device says it has written. 1, or 0. */
int virtqueue_get_used_buf(virtqueue_driver_t *driver, virtqueue_ring_object_t *object,
                           uint32_t *written);
/** Driver: the next piece of it. 0, or -1 after the last. */
int camkes_virtqueue_driver_gather_buffer(virtqueue_driver_t *driver,
                                          virtqueue_ring_object_t *object, void **buffer,
                                          unsigned *size, vq_flags_t *flag);
/** Driver: copies the first `size` bytes of it and frees it. 0, or -1 when it has fewer. */
int camkes_virtqueue_driver_gather_copy_buffer(virtqueue_driver_t *driver,
                                               virtqueue_ring_object_t *object, void *buffer,
                                               size_t size);

/** Device: the next buffer; the one got before cannot be looked at any more. 1, or 0. */
int virtqueue_get_available_buf(virtqueue_device_t *device, virtqueue_ring_object_t *object);
/** Device: bytes of it. */
uint32_t virtqueue_scattered_available_size(virtqueue_device_t *device,
                                            virtqueue_ring_object_t *object);
/** Device: the next piece of it. 0, or -1 after the last. */
int camkes_virtqueue_device_gather_buffer(virtqueue_device_t *device,
                                          virtqueue_ring_object_t *object, void **buffer,
                                          unsigned *size, vq_flags_t *flag);
/** Device: copies the first `size` bytes out of it, or into it, and gives it back. 0, or -1 when it
 * has fewer (it is then not given back). */
int camkes_virtqueue_device_gather_copy_buffer(virtqueue_device_t *device,
                                               virtqueue_ring_object_t *object, void *buffer,
                                               size_t size);
int camkes_virtqueue_device_scatter_copy_buffer(virtqueue_device_t *device,
                                                virtqueue_ring_object_t *object, const void *buffer,
                                                size_t size);
/** Device: gives it back, saying that `written` bytes were written. 1, or 0. */
int virtqueue_add_used_buf(virtqueue_device_t *device, virtqueue_ring_object_t *object,
                           uint32_t written);

/** Offsets into the shared memory to pointers; NULL outside. */
void *camkes_virtqueue_driver_offset_to_buffer(virtqueue_driver_t *driver, uintptr_t offset);
void *camkes_virtqueue_device_offset_to_buffer(virtqueue_device_t *device, uintptr_t offset);

/** Start at the first piece again. */
static inline void virtqueue_init_ring_object(virtqueue_ring_object_t *object)
{
    object->first = object->cur = UINT32_MAX;
}

/** Whether a buffer waits. */
#define VQ_DRV_POLL(driver) (virtio_driver_waiting(&(driver)->ring) != 0)
#define VQ_DEV_POLL(device) (virtio_queue_waiting(&(device)->ring) != 0)
