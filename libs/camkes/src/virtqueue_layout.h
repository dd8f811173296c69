/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Where the parts of a queue lie in a channel's memory: both sides compute the same. */
#include <camkes/virtqueue.h>

/** Offsets; data is where the blocks begin. */
struct virtqueue_layout {
    size_t avail, used, data;
    unsigned num_blocks;
};

/** False when the rings and one block do not fit. */
static inline bool virtqueue_layout(const struct camkes_virtqueue_channel *channel,
                                    struct virtqueue_layout *layout)
{
    unsigned n = channel->queue_length;
    layout->avail = virtio_desc_bytes(n);
    layout->used = (layout->avail + virtio_avail_bytes(n) + 3u) & ~(size_t)3u;
    size_t end = layout->used + virtio_used_bytes(n);
    layout->data =
        (end + CAMKES_VIRTQUEUE_BLOCK - 1) / CAMKES_VIRTQUEUE_BLOCK * CAMKES_VIRTQUEUE_BLOCK;
    size_t blocks =
        channel->size > layout->data ? (channel->size - layout->data) / CAMKES_VIRTQUEUE_BLOCK : 0;
    layout->num_blocks = blocks < UINT16_MAX ? (unsigned)blocks : UINT16_MAX;
    return layout->num_blocks != 0;
}
