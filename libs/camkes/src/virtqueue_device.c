/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Virtqueues of components: the device's side, and the list of channels by name. */
#include <stdlib.h>
#include <string.h>
#include "virtqueue_layout.h"

static void *map(void *ctx, uint64_t offset, size_t n)
{
    virtqueue_device_t *device = ctx;
    return offset < device->size && n <= device->size - offset ? device->base + offset : NULL;
}

int camkes_virtqueue_device_init(virtqueue_device_t *device, unsigned id)
{
    const struct camkes_virtqueue_channel *channel = camkes_virtqueue_channel_find(id);
    struct virtqueue_layout layout;
    memset(device, 0, sizeof *device);
    if (!channel || channel->role != CAMKES_VIRTQUEUE_DEVICE ||
        !virtqueue_layout(channel, &layout)) {
        return -1;
    }
    device->notify = channel->notify;
    device->base = channel->buffer;
    device->size = channel->size;
    device->chain = calloc(1, sizeof *device->chain);
    const struct virtio_memory memory = {.map = map, .ctx = device};
    const struct virtio_queue_config config = {
        .size = (uint16_t)channel->queue_length, .avail = layout.avail, .used = layout.used};
    return device->chain ? virtio_queue_start(&device->ring, &memory, &config) : -1;
}

int camkes_virtqueue_device_init_with_recv(virtqueue_device_t *device, unsigned id,
                                           seL4_CPtr *notification, seL4_CPtr *badge)
{
    const struct camkes_virtqueue_channel *channel = camkes_virtqueue_channel_find(id);
    if (camkes_virtqueue_device_init(device, id) != 0) {
        return -1;
    }
    *notification = channel->notification;
    *badge = channel->badge;
    return 0;
}

void *camkes_virtqueue_device_offset_to_buffer(virtqueue_device_t *device, uintptr_t offset)
{
    return offset < device->size ? device->base + offset : NULL;
}

int virtqueue_get_available_buf(virtqueue_device_t *device, virtqueue_ring_object_t *object)
{
    if (virtio_queue_pop(&device->ring, device->chain) != 1) {
        return 0;
    }
    object->first = device->chain->head;
    object->cur = 0;
    return 1;
}

static bool is_current(const virtqueue_device_t *device, const virtqueue_ring_object_t *object)
{
    return device->chain && object->first == device->chain->head;
}

uint32_t virtqueue_scattered_available_size(virtqueue_device_t *device,
                                            virtqueue_ring_object_t *object)
{
    return is_current(device, object)
               ? (uint32_t)(device->chain->in_bytes + device->chain->out_bytes)
               : 0;
}

int camkes_virtqueue_device_gather_buffer(virtqueue_device_t *device,
                                          virtqueue_ring_object_t *object, void **buffer,
                                          unsigned *size, vq_flags_t *flag)
{
    const struct virtio_chain *chain = device->chain;
    if (!is_current(device, object) || object->cur >= chain->num_out + chain->num_in) {
        return -1;
    }
    *flag = object->cur < chain->num_out ? VQ_READ : VQ_RW;
    *buffer = chain->segments[object->cur].data;
    *size = (unsigned)chain->segments[object->cur].size;
    object->cur++;
    return 0;
}

/* One direction or the other; NULL: that direction is not wanted. */
static int copy(virtqueue_device_t *device, virtqueue_ring_object_t *object, uint8_t *out,
                const uint8_t *in, size_t size)
{
    void *piece;
    unsigned n;
    vq_flags_t flag;
    if (virtqueue_scattered_available_size(device, object) < size) {
        return -1;
    }
    for (size_t done = 0; done < size;) {
        if (camkes_virtqueue_device_gather_buffer(device, object, &piece, &n, &flag) != 0 ||
            (in && flag == VQ_READ)) {
            return -1;
        }
        size_t part = n < size - done ? n : size - done;
        if (in) {
            memcpy(piece, in + done, part);
        } else {
            memcpy(out + done, piece, part);
        }
        done += part;
    }
    return virtqueue_add_used_buf(device, object, in ? (uint32_t)size : 0) == 1 ? 0 : -1;
}

int camkes_virtqueue_device_gather_copy_buffer(virtqueue_device_t *device,
                                               virtqueue_ring_object_t *object, void *buffer,
                                               size_t size)
{
    return copy(device, object, buffer, NULL, size);
}

int camkes_virtqueue_device_scatter_copy_buffer(virtqueue_device_t *device,
                                                virtqueue_ring_object_t *object, const void *buffer,
                                                size_t size)
{
    return copy(device, object, NULL, buffer, size);
}

int virtqueue_add_used_buf(virtqueue_device_t *device, virtqueue_ring_object_t *object,
                           uint32_t written)
{
    if (!virtio_queue_running(&device->ring) || object->first >= device->ring.size) {
        return 0;
    }
    virtio_queue_push(&device->ring, (uint16_t)object->first, written);
    virtio_queue_publish(&device->ring);
    return 1;
}

int camkes_virtqueue_get_id_from_name(const char *name)
{
    const struct camkes_virtqueue_channel *channel = camkes_virtqueue_channels();
    while (channel && strcmp(channel->name, name) != 0) {
        channel = channel->next;
    }
    return channel ? (int)channel->id : -1;
}

int camkes_virtqueue_channel_num(void)
{
    int n = 0;
    for (const struct camkes_virtqueue_channel *c = camkes_virtqueue_channels(); c; c = c->next) {
        n++;
    }
    return n;
}
