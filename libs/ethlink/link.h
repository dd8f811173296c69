/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the files of this library: the two sides of a link behind the same calls. */
#include <ethlink/ethlink.h>

/** Buffers that a frame of this size takes. */
static inline unsigned link_buffers(size_t frame_size)
{
    return (unsigned)((frame_size + sizeof(struct virtio_net_hdr) + ETHLINK_BUFFER - 1) /
                      ETHLINK_BUFFER);
}

/** Where a queue lies: entries, offsets into the region. */
struct link_queue {
    uint16_t entries;
    size_t desc, avail, used;
};

/** Client side (client.c): start, to_client NULL: one way; put a frame, false when there is no
 * room; take one. */
int client_start(struct ethlink *link, const struct link_queue *to_server,
                 const struct link_queue *to_client);
unsigned client_room(struct ethlink *link);
bool client_put(struct ethlink *link, const struct virtio_net_frame *frame);
bool client_take(struct ethlink *link, struct ethlink_rx *rx);
void client_release(struct ethlink *link, const struct ethlink_rx *rx);
bool client_arm(struct ethlink *link);
bool client_notify(struct ethlink *link);

/** Server side (server.c): the same. */
int server_start(struct ethlink *link, const struct link_queue *to_server,
                 const struct link_queue *to_client);
unsigned server_room(struct ethlink *link);
bool server_put(struct ethlink *link, const struct virtio_net_frame *frame);
bool server_take(struct ethlink *link, struct ethlink_rx *rx);
void server_release(struct ethlink *link, const struct ethlink_rx *rx);
bool server_arm(struct ethlink *link);
bool server_notify(struct ethlink *link);
