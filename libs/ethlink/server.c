/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The server of a link: device of both queues. Addresses in descriptors are offsets into the
 * region; a client that points them at the rings spoils its own link.
 */
#include <string.h>
#include "link.h"

static void *map(void *ctx, uint64_t address, size_t n)
{
    struct ethlink *link = ctx;
    return address < link->size && n <= link->size - address ? link->base + address : NULL;
}

static int queue_start(struct ethlink *link, struct virtio_queue *q, const struct link_queue *queue)
{
    const struct virtio_memory memory = {.map = map, .ctx = link};
    const struct virtio_queue_config config = {.size = queue->entries,
                                               .desc = queue->desc,
                                               .avail = queue->avail,
                                               .used = queue->used,
                                               .event_index = true};
    return virtio_queue_start(q, &memory, &config);
}

int server_start(struct ethlink *link, const struct link_queue *to_server,
                 const struct link_queue *to_client)
{
    if (queue_start(link, &link->queue_rx, to_server) != 0) {
        return -1;
    }
    if (!to_client) {
        return 0;
    }
    int result = queue_start(link, &link->queue_tx, to_client);
    virtio_queue_disable_notify(&link->queue_tx);
    return result;
}

static bool fail(struct ethlink *link)
{
    link->broken = true;
    return false;
}

unsigned server_room(struct ethlink *link)
{
    return virtio_queue_waiting(&link->queue_tx);
}

/* Fill one buffer of the client; *header is where the frame's header went when it is the first. */
static size_t fill(struct ethlink *link, struct virtio_net_cursor *from, uint8_t **header)
{
    size_t written = 0;
    for (unsigned i = 0; i < link->chain.num_in; i++) {
        uint8_t *to = link->chain.segments[i].data;
        size_t size = link->chain.segments[i].size;
        if (!*header) {
            *header = to;
            to += sizeof(struct virtio_net_hdr);
            size -= sizeof(struct virtio_net_hdr);
            written += sizeof(struct virtio_net_hdr);
        }
        written += virtio_net_copy(from, to, size);
    }
    return written;
}

bool server_put(struct ethlink *link, const struct virtio_net_frame *frame)
{
    struct virtio_net_cursor from = {.frame = frame, .left = frame->size};
    uint16_t heads[ETHLINK_FRAME_PIECES];
    uint32_t written[ETHLINK_FRAME_PIECES];
    uint8_t *header = NULL;
    unsigned n = 0;
    while (from.left || !header) {
        int result = n < ETHLINK_FRAME_PIECES ? virtio_queue_pop(&link->queue_tx, &link->chain) : 0;
        if (result <= 0) {
            link->broken |= result < 0;
            virtio_queue_unpop(&link->queue_tx, n);
            return false;
        }
        heads[n] = link->chain.head;
        if (link->chain.num_out || !link->chain.num_in ||
            (!header && link->chain.segments[0].size < sizeof frame->hdr)) {
            return fail(link);
        }
        written[n++] = (uint32_t)fill(link, &from, &header);
    }
    struct virtio_net_hdr hdr = frame->hdr;
    hdr.num_buffers = (uint16_t)n;
    memcpy(header, &hdr, sizeof hdr);
    for (unsigned i = 0; i < n; i++) {
        virtio_queue_push(&link->queue_tx, heads[i], written[i]);
    }
    virtio_queue_publish(&link->queue_tx);
    return true;
}

bool server_take(struct ethlink *link, struct ethlink_rx *rx)
{
    int result = virtio_queue_pop(&link->queue_rx, &link->chain);
    if (result <= 0) {
        link->broken |= result < 0;
        return false;
    }
    if (link->chain.num_in || link->chain.num_out > ETHLINK_FRAME_PIECES ||
        link->chain.out_bytes < sizeof rx->frame.hdr) {
        return fail(link);
    }
    const struct virtio_net_frame all = {.segments = link->chain.segments,
                                         .count = link->chain.num_out};
    const size_t skip = sizeof rx->frame.hdr;
    virtio_net_read(&all, 0, &rx->frame.hdr, skip);
    /* 5.1.6.2.1: a driver cannot say that a checksum was found right; who forwards the frame would
     */
    rx->frame.hdr.flags &= VIRTIO_NET_HDR_NEEDS_CSUM;
    rx->frame.segments = rx->segments;
    rx->frame.count = virtio_net_slice(&all, skip, SIZE_MAX, rx->segments);
    rx->frame.size = link->chain.out_bytes - skip;
    rx->handles[0] = link->chain.head;
    rx->num_handles = 1;
    return true;
}

void server_release(struct ethlink *link, const struct ethlink_rx *rx)
{
    if (rx->num_handles) {
        virtio_queue_push(&link->queue_rx, rx->handles[0], 0);
        virtio_queue_publish(&link->queue_rx);
    }
}

bool server_arm(struct ethlink *link)
{
    if (link->room_wanted) {
        virtio_queue_enable_notify_after(&link->queue_tx, link->room_wanted);
    } else {
        virtio_queue_disable_notify(&link->queue_tx);
    }
    return virtio_queue_enable_notify(&link->queue_rx);
}

bool server_notify(struct ethlink *link)
{
    bool rx = virtio_queue_should_notify(&link->queue_rx);
    bool tx = virtio_queue_should_notify(&link->queue_tx);
    return rx || tx;
}
