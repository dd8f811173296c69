/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Virtqueues of components: the driver's side. Which blocks are whose is kept in private memory. */
#include <stdlib.h>
#include <string.h>
#include "virtqueue_layout.h"

#define BLOCK CAMKES_VIRTQUEUE_BLOCK

int camkes_virtqueue_driver_init(virtqueue_driver_t *driver, unsigned id)
{
    const struct camkes_virtqueue_channel *channel = camkes_virtqueue_channel_find(id);
    struct virtqueue_layout layout;
    memset(driver, 0, sizeof *driver);
    driver->ring.broken = true;
    if (!channel || channel->role != CAMKES_VIRTQUEUE_DRIVER ||
        !virtqueue_layout(channel, &layout)) {
        return -1;
    }
    driver->notify = channel->notify;
    driver->base = channel->buffer;
    driver->data = layout.data;
    driver->num_blocks = layout.num_blocks;
    driver->blocks = calloc(layout.num_blocks, sizeof *driver->blocks);
    driver->slots = calloc(channel->queue_length, sizeof *driver->slots);
    if (!driver->blocks || !driver->slots) {
        free(driver->blocks);
        free(driver->slots);
        return -1;
    }
    const struct virtio_driver_config config = {.size = (uint16_t)channel->queue_length,
                                                .desc = (void *)driver->base,
                                                .avail = (void *)(driver->base + layout.avail),
                                                .used = (void *)(driver->base + layout.used),
                                                .slots = driver->slots};
    return virtio_driver_start(&driver->ring, &config);
}

int camkes_virtqueue_driver_init_with_recv(virtqueue_driver_t *driver, unsigned id,
                                           seL4_CPtr *notification, seL4_CPtr *badge)
{
    const struct camkes_virtqueue_channel *channel = camkes_virtqueue_channel_find(id);
    if (camkes_virtqueue_driver_init(driver, id) != 0) {
        return -1;
    }
    *notification = channel->notification;
    *badge = channel->badge;
    return 0;
}

void *camkes_virtqueue_driver_offset_to_buffer(virtqueue_driver_t *driver, uintptr_t offset)
{
    size_t end = driver->data + (size_t)driver->num_blocks * BLOCK;
    return offset < end ? driver->base + offset : NULL;
}

static uint8_t *block_at(const virtqueue_driver_t *driver, unsigned n)
{
    return driver->base + driver->data + (size_t)n * BLOCK;
}

/* First fit. */
static int take_run(virtqueue_driver_t *driver, unsigned count)
{
    unsigned free_blocks = 0;
    for (unsigned i = 0; i < driver->num_blocks; i++) {
        free_blocks = driver->blocks[i].taken ? 0 : free_blocks + 1;
        if (free_blocks == count) {
            unsigned first = i + 1 - count;
            for (unsigned k = first; k <= i; k++) {
                driver->blocks[k] = (struct camkes_virtqueue_block){.taken = true};
            }
            driver->blocks[first].run = (uint16_t)count;
            return (int)first;
        }
    }
    return -1;
}

static void free_run(virtqueue_driver_t *driver, unsigned first)
{
    unsigned count = driver->blocks[first].run;
    for (unsigned i = first; i < first + count; i++) {
        driver->blocks[i] = (struct camkes_virtqueue_block){0};
    }
}

/* The pieces from this one on. */
static void free_pieces(virtqueue_driver_t *driver, unsigned first)
{
    for (unsigned next = first + 1; next;) {
        unsigned at = next - 1;
        next = driver->blocks[at].next;
        free_run(driver, at);
    }
}

int camkes_virtqueue_buffer_alloc(virtqueue_driver_t *driver, void **buffer, size_t size)
{
    size_t blocks = size ? (size + BLOCK - 1) / BLOCK : 1;
    int first = blocks <= driver->num_blocks ? take_run(driver, (unsigned)blocks) : -1;
    if (first < 0) {
        return -1;
    }
    *buffer = block_at(driver, (unsigned)first);
    return 0;
}

/* The first block of an allocated buffer, -1 when it is none. */
static int first_block(const virtqueue_driver_t *driver, const void *buffer)
{
    const uint8_t *at = buffer;
    if (!driver->blocks || at < block_at(driver, 0) || at >= block_at(driver, driver->num_blocks)) {
        return -1;
    }
    size_t offset = (size_t)(at - block_at(driver, 0));
    unsigned n = (unsigned)(offset / BLOCK);
    return offset % BLOCK == 0 && driver->blocks[n].run ? (int)n : -1;
}

void camkes_virtqueue_buffer_free(virtqueue_driver_t *driver, void *buffer)
{
    int first = first_block(driver, buffer);
    if (first >= 0) {
        free_run(driver, (unsigned)first);
    }
}

/* Send the chain of pieces that begins with this block. */
static int send_pieces(virtqueue_driver_t *driver, unsigned first)
{
    static const unsigned most = VIRTIO_MAX_SEGMENTS;
    struct virtio_piece pieces[VIRTIO_MAX_SEGMENTS];
    unsigned n = 0;
    for (unsigned next = first + 1; next; next = driver->blocks[next - 1].next) {
        if (n == most) {
            return -1;
        }
        pieces[n++] = (struct virtio_piece){(uint64_t)(block_at(driver, next - 1) - driver->base),
                                            driver->blocks[next - 1].size};
    }
    const struct virtio_offer offer = {.pieces = pieces, .num_in = n, .token = first};
    if (virtio_driver_add(&driver->ring, &offer) != 0) {
        return -1;
    }
    virtio_driver_publish(&driver->ring);
    return 0;
}

int camkes_virtqueue_driver_send_buffer(virtqueue_driver_t *driver, void *buffer, size_t size)
{
    int first = first_block(driver, buffer);
    if (first < 0 || size == 0 || size > (size_t)driver->blocks[first].run * BLOCK) {
        return -1;
    }
    driver->blocks[first].size = (uint32_t)size;
    driver->blocks[first].next = 0;
    return send_pieces(driver, (unsigned)first);
}

int camkes_virtqueue_driver_scatter_send_buffer(virtqueue_driver_t *driver, const void *buffer,
                                                size_t size)
{
    const uint8_t *from = buffer;
    int first = -1, last = -1;
    for (size_t done = 0; done < size;) {
        int n = take_run(driver, 1);
        if (n < 0) {
            if (first >= 0) {
                free_pieces(driver, (unsigned)first);
            }
            return -1;
        }
        size_t part = size - done < BLOCK ? size - done : BLOCK;
        memcpy(block_at(driver, (unsigned)n), from + done, part);
        driver->blocks[n].size = (uint32_t)part;
        if (last >= 0) {
            driver->blocks[last].next = (uint32_t)n + 1;
        }
        first = first < 0 ? n : first;
        last = n;
        done += part;
    }
    if (first < 0 || send_pieces(driver, (unsigned)first) != 0) {
        if (first >= 0) {
            free_pieces(driver, (unsigned)first);
        }
        return -1;
    }
    return 0;
}

int virtqueue_get_used_buf(virtqueue_driver_t *driver, virtqueue_ring_object_t *object,
                           uint32_t *written)
{
    if (virtio_driver_take(&driver->ring, &object->first, written) != 1) {
        return 0;
    }
    object->cur = object->first + 1;
    return 1;
}

int camkes_virtqueue_driver_gather_buffer(virtqueue_driver_t *driver,
                                          virtqueue_ring_object_t *object, void **buffer,
                                          unsigned *size, vq_flags_t *flag)
{
    unsigned at = object->cur - 1;
    if (object->cur == 0 || at >= driver->num_blocks || !driver->blocks[at].run) {
        return -1;
    }
    *buffer = block_at(driver, at);
    *size = driver->blocks[at].size;
    *flag = VQ_RW;
    object->cur = driver->blocks[at].next;
    return 0;
}

int camkes_virtqueue_driver_gather_copy_buffer(virtqueue_driver_t *driver,
                                               virtqueue_ring_object_t *object, void *buffer,
                                               size_t size)
{
    uint8_t *to = buffer;
    void *piece;
    unsigned n;
    vq_flags_t flag;
    if (object->first >= driver->num_blocks) {
        return -1;
    }
    while (size && camkes_virtqueue_driver_gather_buffer(driver, object, &piece, &n, &flag) == 0) {
        size_t part = n < size ? n : size;
        memcpy(to, piece, part);
        to += part;
        size -= part;
    }
    free_pieces(driver, object->first);
    return size ? -1 : 0;
}
