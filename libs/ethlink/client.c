/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * The client of a link: driver of both queues. Transmit buffers are its own (free list in private
 * memory); receive buffers are offered one per descriptor and may come back merged.
 */
#include <string.h>
#include "link.h"

static uint8_t *tx_buffer(const struct ethlink *link, unsigned n)
{
    return link->base + link->data_tx + (size_t)n * ETHLINK_BUFFER;
}

static uint8_t *rx_buffer(const struct ethlink *link, unsigned n)
{
    return link->base + link->data_rx + (size_t)n * ETHLINK_BUFFER;
}

static int queue_start(const struct ethlink *link, struct virtio_driver *d,
                       struct virtio_driver_slot *slots, const struct link_queue *queue)
{
    const struct virtio_driver_config config = {.size = queue->entries,
                                                .desc = (void *)(link->base + queue->desc),
                                                .avail = (void *)(link->base + queue->avail),
                                                .used = (void *)(link->base + queue->used),
                                                .slots = slots,
                                                .event_index = true};
    return virtio_driver_start(d, &config);
}

static void offer_rx(struct ethlink *link, unsigned n)
{
    const struct virtio_piece piece = {link->data_rx + (size_t)n * ETHLINK_BUFFER, ETHLINK_BUFFER};
    const struct virtio_offer offer = {.pieces = &piece, .num_in = 1, .token = n};
    virtio_driver_add(&link->driver_rx, &offer);
}

int client_start(struct ethlink *link, const struct link_queue *to_server,
                 const struct link_queue *to_client)
{
    for (unsigned i = 0; i < link->buffers; i++) {
        link->next[i] = (uint16_t)(i + 1);
    }
    link->num_free = (uint16_t)link->buffers;
    if (queue_start(link, &link->driver_tx, link->slots_tx, to_server) != 0) {
        return -1;
    }
    virtio_driver_disable_interrupt(&link->driver_tx);
    if (!to_client) {
        return 0;
    }
    if (queue_start(link, &link->driver_rx, link->slots_rx, to_client) != 0) {
        return -1;
    }
    for (unsigned i = 0; i < link->buffers; i++) {
        offer_rx(link, i);
    }
    virtio_driver_publish(&link->driver_rx);
    return 0;
}

/* Put the buffers of a frame that came back onto the free list. */
static void free_frame(struct ethlink *link, unsigned first)
{
    unsigned last = first, n = link->count[first];
    for (unsigned i = 1; i < n; i++) {
        last = link->next[last];
    }
    link->next[last] = link->free_head;
    link->free_head = (uint16_t)first;
    link->num_free = (uint16_t)(link->num_free + n);
}

unsigned client_room(struct ethlink *link)
{
    uint32_t first, written;
    int result;
    while ((result = virtio_driver_take(&link->driver_tx, &first, &written)) == 1) {
        free_frame(link, first);
    }
    link->broken |= result < 0;
    return link->broken ? 0 : link->num_free;
}

bool client_put(struct ethlink *link, const struct virtio_net_frame *frame)
{
    unsigned n = link_buffers(frame->size), at = link->free_head;
    if (n > link->num_free || n > ETHLINK_FRAME_PIECES) {
        return false;
    }
    struct virtio_piece pieces[ETHLINK_FRAME_PIECES];
    struct virtio_net_cursor from = {.frame = frame, .left = frame->size};
    for (unsigned i = 0; i < n; i++, at = link->next[at]) {
        uint8_t *to = tx_buffer(link, at);
        size_t used = 0;
        if (i == 0) {
            struct virtio_net_hdr hdr = frame->hdr;
            hdr.num_buffers = 0;
            memcpy(to, &hdr, used = sizeof hdr);
        }
        used += virtio_net_copy(&from, to + used, ETHLINK_BUFFER - used);
        pieces[i] = (struct virtio_piece){(uint64_t)(to - link->base), (uint32_t)used};
    }
    const struct virtio_offer offer = {.pieces = pieces, .num_out = n, .token = link->free_head};
    if (virtio_driver_add(&link->driver_tx, &offer) != 0) {
        return false;
    }
    link->count[link->free_head] = (uint16_t)n;
    link->free_head = (uint16_t)at;
    link->num_free = (uint16_t)(link->num_free - n);
    virtio_driver_publish(&link->driver_tx);
    return true;
}

static bool fail(struct ethlink *link)
{
    link->broken = true;
    return false;
}

bool client_take(struct ethlink *link, struct ethlink_rx *rx)
{
    uint32_t n, written;
    int result = virtio_driver_take(&link->driver_rx, &n, &written);
    if (result <= 0) {
        link->broken |= result < 0;
        return false;
    }
    if (written < sizeof rx->frame.hdr) {
        return fail(link);
    }
    memcpy(&rx->frame.hdr, rx_buffer(link, n), sizeof rx->frame.hdr);
    unsigned total = rx->frame.hdr.num_buffers;
    if (total == 0 || total > ETHLINK_FRAME_PIECES) {
        return fail(link);
    }
    size_t skip = sizeof rx->frame.hdr;
    rx->frame.size = 0;
    rx->frame.segments = rx->segments;
    rx->frame.count = rx->num_handles = total;
    for (unsigned i = 0;; skip = 0) {
        rx->segments[i] = (struct virtio_segment){rx_buffer(link, n) + skip, written - skip};
        rx->handles[i] = (uint16_t)n;
        rx->frame.size += written - skip;
        if (++i == total) {
            return true;
        }
        if (virtio_driver_take(&link->driver_rx, &n, &written) != 1) {
            return fail(link); /* the buffers of a frame are published together */
        }
    }
}

void client_release(struct ethlink *link, const struct ethlink_rx *rx)
{
    for (unsigned i = 0; i < rx->num_handles; i++) {
        offer_rx(link, rx->handles[i]);
    }
    virtio_driver_publish(&link->driver_rx);
}

bool client_arm(struct ethlink *link)
{
    if (link->room_wanted) {
        unsigned half = link->driver_tx.in_flight / 2u;
        virtio_driver_enable_interrupt_after(&link->driver_tx, half ? half : 1);
    } else {
        virtio_driver_disable_interrupt(&link->driver_tx); /* reclaimed when sending */
    }
    return !link->one_way && virtio_driver_enable_interrupt(&link->driver_rx);
}

bool client_notify(struct ethlink *link)
{
    bool tx = virtio_driver_should_kick(&link->driver_tx);
    bool rx = !link->one_way && virtio_driver_should_kick(&link->driver_rx);
    return tx || rx;
}
