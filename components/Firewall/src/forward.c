/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include "forward.h"
#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, HEADER = 14 };

/* ---- start ---------------------------------------------------------------------------------- */

struct forward_client *forward_add(struct forward *forward, const struct forward_member *member)
{
    size_t size;
    if (forward->count == FORWARD_CLIENTS)
        return NULL;
    struct forward_client *client = &forward->clients[forward->count];
    *client = (struct forward_client){.id = member->id, .name = member->name, .notify = true};
    client->frame = malloc(VIRTIO_NET_MAX_FRAME);
    ethport_open(&client->port, &member->calls, VIRTIO_NET_ACCEPT_ALL, VIRTIO_NET_MAX_MTU);
    ethport_mac(&client->port, client->mac);
    void *memory = ethlink_in_shmem(member->memory, member->size, &size);
    client->is_link = memory && ethlink_server_init(&client->link, memory, size) == 0;
    if (client->is_link)
        ethlink_publish(&client->link, false, client->mac);
    else
        client->slots = malloc(FORWARD_PAGE_SLOTS * sizeof *client->slots);
    if (!client->frame || (!client->is_link && !client->slots))
        return NULL;
    forward->count++;
    return client;
}

struct forward_client *forward_find(struct forward *forward, unsigned id)
{
    for (unsigned i = 0; i < forward->count; i++) {
        if (forward->clients[i].id == id)
            return &forward->clients[i];
    }
    return NULL;
}

/* The client sees the state of the line below. */
static void publish(struct forward_client *client)
{
    struct ethlink_side below = {.up = 1, .mtu = 1500};
    if (!client->is_link || (client->port.is_link && !ethlink_peer(&client->port.link, &below)))
        return;
    bool up = below.up != 0;
    if (up == client->up)
        return;
    client->up = up;
    client->changed = true;
    ethlink_accept(&client->link, VIRTIO_NET_ACCEPT_ALL, below.mtu);
    ethlink_publish(&client->link, up, client->mac);
}

/* ---- verdicts ------------------------------------------------------------------------------- */

struct judged {
    const uint8_t *data;
    size_t size;
    const struct virtio_net_hdr *hdr;
    enum firewall_direction direction;
};

/* VIRTIO 1.2, 5.1.6; an unknown kind of segmentation is none the firewall accepts. */
static struct firewall_offload offload_of(const struct judged *judged)
{
    const struct virtio_net_hdr *hdr = judged->hdr;
    struct firewall_offload offload = {
        .partial = hdr->flags & VIRTIO_NET_HDR_NEEDS_CSUM,
        .verified = judged->direction == FIREWALL_IN && (hdr->flags & VIRTIO_NET_HDR_DATA_VALID),
        .start = hdr->csum_start,
        .offset = hdr->csum_offset,
        .gso_size = hdr->gso_size,
    };
    switch (hdr->gso_type & ~VIRTIO_NET_GSO_ECN) {
    case VIRTIO_NET_GSO_NONE:
        offload.gso = FIREWALL_GSO_NONE;
        break;
    case VIRTIO_NET_GSO_TCPV4:
        offload.gso = FIREWALL_GSO_TCP4;
        break;
    case VIRTIO_NET_GSO_TCPV6:
        offload.gso = FIREWALL_GSO_TCP6;
        break;
    default:
        offload.gso = FIREWALL_GSO_UDP;
    }
    return offload;
}

/* Bytes to send on; 0: dropped. */
static size_t judge(struct forward *forward, struct forward_client *client,
                    const struct judged *judged)
{
    struct firewall_frame frame = {.data = judged->data,
                                   .size = judged->size,
                                   .offload = offload_of(judged),
                                   .client = (unsigned)(client - forward->clients),
                                   .direction = judged->direction,
                                   .now = forward->now()};
    enum firewall_reason reason = firewall_check(forward->firewall, &frame);
    forward->verdict(client, &frame, reason);
    return reason == FIREWALL_PASSED ? frame.packet.size : 0;
}

/* ---- out ------------------------------------------------------------------------------------ */

/*
 * The frame that passed; false: it still finds no room, and is sent when the port says that there
 * is some, or when the client calls again. Neither may happen where a link is above calls: there it
 * is lost, as in any full queue.
 */
static bool send_held(struct forward_client *client)
{
    if (client->held == 0)
        return true;
    if (ethport_send(&client->port, &client->held_hdr, client->frame, client->held) ==
        ETHLINK_NO_ROOM) {
        if (client->port.is_link || !client->is_link)
            return false;
        client->no_room++;
    }
    client->held = 0;
    return true;
}

/* The frame in client->frame. */
static void take(struct forward *forward, struct forward_client *client, size_t size)
{
    struct judged judged = {client->frame, size, &client->held_hdr, FIREWALL_OUT};
    client->held = judge(forward, client, &judged);
}

static bool receive_link(struct forward_client *client, size_t *size)
{
    if (!ethlink_receive(&client->link, &client->rx))
        return false;
    const struct virtio_net_frame *frame = &client->rx.frame;
    client->held_hdr = frame->hdr;
    *size = frame->size <= VIRTIO_NET_MAX_FRAME
                ? virtio_net_read(frame, 0, client->frame, frame->size)
                : 0;
    ethlink_release(&client->link, &client->rx);
    return true;
}

bool forward_from_client(struct forward *forward, struct forward_client *client)
{
    bool more = false;
    for (unsigned i = 0; client->is_link && i < BATCH; i++) {
        size_t size;
        if (!send_held(client))
            break;
        more = receive_link(client, &size);
        if (!more && !ethlink_arm(&client->link))
            break;
        if (more)
            take(forward, client, size);
    }
    send_held(client);
    bool below = ethport_finish(&client->port);
    return client->held ? below : more;
}

int forward_page_put(struct forward *forward, struct forward_client *client, const void *page,
                     size_t size)
{
    if (client->is_link || size < HEADER || size > FORWARD_PAGE_FRAME)
        return -1;
    bool room = send_held(client);
    if (room) {
        memcpy(client->frame, page, size);
        client->held_hdr = (struct virtio_net_hdr){0};
        take(forward, client, size);
        send_held(client); /* if not now then later */
    }
    ethport_finish(&client->port);
    return room ? 0 : 1;
}

/* ---- in ------------------------------------------------------------------------------------- */

static bool put_slot(void *context, const struct virtio_net_frame *frame)
{
    struct forward_client *client = context;
    if (client->used == FORWARD_PAGE_SLOTS || frame->size > FORWARD_PAGE_FRAME) {
        client->no_room++;
        return true;
    }
    struct forward_slot *slot = &client->slots[(client->head + client->used) % FORWARD_PAGE_SLOTS];
    slot->size = (uint16_t)virtio_net_read(frame, 0, slot->data, frame->size);
    client->used++;
    return true;
}

static void deliver(struct forward_client *client, const struct virtio_net_frame *frame)
{
    if (client->is_link) {
        if (ethlink_send(&client->link, frame) != ETHLINK_SENT)
            client->no_room++;
    } else if (virtio_net_finish(frame, 0, put_slot, client) != 0) {
        client->no_room++;
    }
}

bool forward_from_network(struct forward *forward, struct forward_client *client)
{
    publish(client);
    for (unsigned i = 0; i < BATCH; i++) {
        struct virtio_net_hdr hdr;
        size_t size = ethport_receive(&client->port, forward->buffer, VIRTIO_NET_MAX_FRAME, &hdr);
        if (size == 0)
            break;
        struct judged judged = {forward->buffer, size, &hdr, FIREWALL_IN};
        size = judge(forward, client, &judged);
        if (size == 0)
            continue;
        struct virtio_segment whole = {forward->buffer, size};
        struct virtio_net_frame frame = {hdr, &whole, 1, size};
        deliver(client, &frame);
    }
    return ethport_finish(&client->port);
}

int forward_page_get(struct forward_client *client, void *page, size_t limit, int *size)
{
    *size = 0;
    if (client->is_link || client->used == 0) {
        client->notify = true;
        return FORWARD_NONE;
    }
    const struct forward_slot *slot = &client->slots[client->head];
    *size = (int)(slot->size < limit ? slot->size : limit);
    memcpy(page, slot->data, (size_t)*size);
    client->head = (client->head + 1) % FORWARD_PAGE_SLOTS;
    client->used--;
    client->notify = client->used == 0;
    return client->used ? FORWARD_MORE : FORWARD_LAST;
}

bool forward_should_notify(struct forward_client *client)
{
    bool changed = client->changed;
    client->changed = false;
    if (client->is_link)
        return ethlink_should_notify(&client->link) || changed;
    bool yes = client->notify && client->used != 0;
    if (yes)
        client->notify = false;
    return yes;
}
