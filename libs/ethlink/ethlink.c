/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * What both sides of a link share: the layout, what a side says about itself, sending with software
 * offloads.
 */
#include <string.h>
#include "link.h"

#define HEADER_BYTES 256u
#define ALIGN        64u
/* Malformed frames skipped in one call. */
#define MAX_MALFORMED 16u

_Static_assert(sizeof(struct ethlink_header) <= HEADER_BYTES, "the header fits its place");

static size_t align(size_t n)
{
    return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

/* Entries of a queue for n buffers: a power of two. */
static unsigned entries_for(unsigned n)
{
    unsigned entries = 1;
    while (entries < n) {
        entries *= 2;
    }
    return entries;
}

/* Where a queue's parts lie; returns where it ends. */
static size_t place_queue(struct link_queue *queue, size_t at, unsigned entries)
{
    queue->entries = (uint16_t)entries;
    queue->desc = at;
    queue->avail = queue->desc + align(virtio_desc_bytes(entries));
    queue->used = queue->avail + align(virtio_avail_bytes(entries));
    return queue->used + align(virtio_used_bytes(entries));
}

static size_t queue_bytes(unsigned entries)
{
    struct link_queue queue;
    return place_queue(&queue, 0, entries);
}

/* As many buffers as fit; offsets follow from the number. */
static unsigned buffers_for(size_t size, unsigned directions)
{
    size_t space = size > HEADER_BYTES ? size - HEADER_BYTES : 0;
    size_t most = space / directions / ETHLINK_BUFFER;
    unsigned n = most < ETHLINK_MAX_BUFFERS ? (unsigned)most : ETHLINK_MAX_BUFFERS;
    while (n && directions * (queue_bytes(entries_for(n)) + (size_t)n * ETHLINK_BUFFER) > space) {
        n--;
    }
    return n;
}

static struct ethlink_side *own_side(const struct ethlink *link)
{
    return link->server ? &link->header->server : &link->header->client;
}

static int start(struct ethlink *link, void *memory, size_t size)
{
    unsigned directions = link->one_way ? 1 : 2;
    link->header = memory;
    link->base = memory;
    link->size = size;
    link->buffers = size <= UINT32_MAX ? buffers_for(size, directions) : 0;
    if (link->buffers < ETHLINK_MIN_BUFFERS) {
        link->broken = true;
        return -1;
    }
    unsigned entries = entries_for(link->buffers);
    struct link_queue to_server, to_client;
    link->data_tx = place_queue(&to_server, HEADER_BYTES, entries);
    if (!link->one_way) {
        link->data_tx = place_queue(&to_client, link->data_tx, entries);
    }
    link->data_rx = link->data_tx + (size_t)link->buffers * ETHLINK_BUFFER;
    const struct link_queue *back = link->one_way ? NULL : &to_client;
    int result =
        link->server ? server_start(link, &to_server, back) : client_start(link, &to_server, back);
    struct ethlink_side *side = own_side(link);
    *side = (struct ethlink_side){
        .version = ETHLINK_VERSION, .region_size = (uint32_t)size, .up = 1, .mtu = 1500};
    __atomic_store_n(&side->magic, ETHLINK_MAGIC, __ATOMIC_RELEASE);
    link->broken = result != 0;
    return result;
}

int ethlink_client_init(struct ethlink *link, void *memory, size_t size)
{
    memset(link, 0, sizeof *link);
    return start(link, memory, size);
}

int ethlink_server_init(struct ethlink *link, void *memory, size_t size)
{
    memset(link, 0, sizeof *link);
    link->server = true;
    return start(link, memory, size);
}

int ethlink_sender_init(struct ethlink *link, void *memory, size_t size)
{
    memset(link, 0, sizeof *link);
    link->one_way = true;
    return start(link, memory, size);
}

int ethlink_receiver_init(struct ethlink *link, void *memory, size_t size)
{
    memset(link, 0, sizeof *link);
    link->one_way = link->server = true;
    return start(link, memory, size);
}

void *ethlink_in_shmem(void *shmem, size_t shmem_size, size_t *size)
{
    *size = 0;
    if (!shmem || shmem_size < ETHLINK_MIN_SHMEM) {
        return NULL;
    }
    *size = shmem_size - ETHLINK_OFFSET;
    return (uint8_t *)shmem + ETHLINK_OFFSET;
}

void ethlink_accept(struct ethlink *link, unsigned accepts, unsigned mtu)
{
    struct ethlink_side *side = own_side(link);
    __atomic_store_n(&side->accepts, accepts & VIRTIO_NET_ACCEPT_ALL, __ATOMIC_RELAXED);
    __atomic_store_n(&side->mtu, (uint16_t)mtu, __ATOMIC_RELAXED);
    link->announce = true;
}

void ethlink_publish(struct ethlink *link, bool up, const uint8_t mac[6])
{
    struct ethlink_side *side = own_side(link);
    if (mac) {
        memcpy(side->mac, mac, sizeof side->mac);
    }
    __atomic_store_n(&side->up, up, __ATOMIC_RELEASE);
    link->announce = true;
}

bool ethlink_peer(const struct ethlink *link, struct ethlink_side *peer)
{
    const struct ethlink_side *side = link->server ? &link->header->client : &link->header->server;
    uint32_t magic = __atomic_load_n(&side->magic, __ATOMIC_ACQUIRE);
    memcpy(peer, side, sizeof *peer);
    peer->accepts &= VIRTIO_NET_ACCEPT_ALL;
    peer->up = peer->up == 1;
    peer->mtu = peer->mtu == 0                   ? 1500
                : peer->mtu > VIRTIO_NET_MAX_MTU ? VIRTIO_NET_MAX_MTU
                                                 : peer->mtu;
    return magic == ETHLINK_MAGIC && peer->version == ETHLINK_VERSION &&
           peer->region_size == link->size && !link->broken;
}

static unsigned room(struct ethlink *link)
{
    return link->server ? server_room(link) : client_room(link);
}

static bool put(void *ctx, const struct virtio_net_frame *frame)
{
    struct ethlink *link = ctx;
    /* a piece of a frame that was cut may still be longer than any MTU */
    if (!virtio_net_valid(&frame->hdr, frame->size)) {
        return false;
    }
    if (!(link->server ? server_put(link, frame) : client_put(link, frame))) {
        return false;
    }
    link->stats.sent++;
    link->stats.sent_bytes += frame->size;
    return true;
}

/* What the peer takes; a frame that would not fit into all buffers is cut in any case. */
static unsigned accepts_for(const struct ethlink *link, const struct virtio_net_frame *frame)
{
    struct ethlink_side peer;
    unsigned accepts = ethlink_peer(link, &peer) ? peer.accepts : 0;
    if (link_buffers(frame->size) > link->buffers / 2) {
        accepts &= VIRTIO_NET_ACCEPT_CSUM;
    }
    return accepts;
}

static enum ethlink_result dropped(struct ethlink *link)
{
    link->stats.malformed++;
    return ETHLINK_DROPPED;
}

enum ethlink_result ethlink_send(struct ethlink *link, const struct virtio_net_frame *frame)
{
    if (link->broken || (link->one_way && link->server) || frame->count > VIRTIO_NET_MAX_SEGMENTS ||
        !virtio_net_valid(&frame->hdr, frame->size)) {
        return dropped(link);
    }
    unsigned accepts = accepts_for(link, frame);
    unsigned pieces = virtio_net_pieces(frame, accepts);
    if (pieces == 0) {
        return dropped(link);
    }
    /* headers of a piece end 60 bytes behind the start of TCP at the latest */
    unsigned each = pieces == 1 ? link_buffers(frame->size)
                                : link_buffers(frame->hdr.csum_start + 60u + frame->hdr.gso_size);
    unsigned needed = pieces * each;
    if (needed > link->buffers) {
        needed = link->buffers / 2; /* more than the link holds: what fits is sent */
    }
    if (room(link) < needed) {
        link->room_wanted = needed;
        link->stats.no_room++;
        return ETHLINK_NO_ROOM;
    }
    link->room_wanted = 0;
    return virtio_net_finish(frame, accepts, put, link) == 0 ? ETHLINK_SENT : dropped(link);
}

bool ethlink_has_room(struct ethlink *link, size_t size)
{
    if (link->broken || room(link) < link_buffers(size)) {
        link->room_wanted = link_buffers(size);
        return false;
    }
    return true;
}

bool ethlink_receive(struct ethlink *link, struct ethlink_rx *rx)
{
    if (link->broken || (link->one_way && !link->server)) {
        return false;
    }
    /* Malformed frames are skipped, but cost the caller's budget, too. */
    for (unsigned i = 0; i < MAX_MALFORMED; i++) {
        if (!(link->server ? server_take(link, rx) : client_take(link, rx))) {
            return false;
        }
        if (virtio_net_valid(&rx->frame.hdr, rx->frame.size)) {
            link->stats.received++;
            link->stats.received_bytes += rx->frame.size;
            return true;
        }
        link->stats.malformed++;
        ethlink_release(link, rx);
    }
    return false;
}

void ethlink_release(struct ethlink *link, struct ethlink_rx *rx)
{
    if (link->server) {
        server_release(link, rx);
    } else {
        client_release(link, rx);
    }
    rx->num_handles = 0;
}

unsigned ethlink_waiting(struct ethlink *link)
{
    if (link->broken) {
        return 0;
    }
    return link->server ? virtio_queue_waiting(&link->queue_rx)
                        : virtio_driver_waiting(&link->driver_rx);
}

bool ethlink_arm(struct ethlink *link)
{
    if (link->broken) {
        return false;
    }
    bool more = link->server ? server_arm(link) : client_arm(link);
    /* Said once: who dropped the frame meanwhile does not send again, and must not spin. */
    bool room_again = link->room_wanted && room(link) >= link->room_wanted;
    link->room_wanted = room_again ? 0 : link->room_wanted;
    return more || room_again;
}

bool ethlink_should_notify(struct ethlink *link)
{
    bool announce = link->announce;
    link->announce = false;
    bool wanted = link->server ? server_notify(link) : client_notify(link);
    link->stats.notifications += wanted || announce;
    return wanted || announce;
}

bool ethlink_broken(const struct ethlink *link)
{
    return link->broken;
}
