/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#include <ethport/ethport.h>
#include <string.h>

enum { PAGE = 4096, MIN_FRAME = 14, MAX_SKIPPED = 64 };

void ethport_open(struct ethport *port, const struct ethport_calls *calls, unsigned accepts,
                  unsigned mtu)
{
    size_t size;
    *port = (struct ethport){.calls = *calls};
    void *memory = ethlink_in_shmem((void *)calls->memory, calls->size, &size);
    port->is_link = memory && ethlink_client_init(&port->link, memory, size) == 0;
    if (port->is_link)
        ethlink_accept(&port->link, accepts, mtu);
}

void ethport_mac(const struct ethport *port, uint8_t mac[6])
{
    port->calls.mac(&mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]);
}

static size_t receive_link(struct ethport *port, void *buffer, size_t room,
                           struct virtio_net_hdr *hdr)
{
    size_t size = 0;
    for (unsigned i = 0; i < MAX_SKIPPED && size == 0; i++) {
        if (!ethlink_receive(&port->link, &port->rx))
            return 0;
        const struct virtio_net_frame *frame = &port->rx.frame;
        *hdr = frame->hdr;
        if (frame->size <= room)
            size = virtio_net_read(frame, 0, buffer, frame->size);
        ethlink_release(&port->link, &port->rx);
    }
    return size;
}

static size_t receive_call(struct ethport *port, void *buffer, size_t room,
                           struct virtio_net_hdr *hdr)
{
    size_t limit = port->calls.size < PAGE ? port->calls.size : PAGE;
    *hdr = (struct virtio_net_hdr){0};
    for (unsigned i = 0; i < MAX_SKIPPED && !port->empty; i++) {
        int size = 0, left = port->calls.rx(&size);
        port->empty = left != 1;
        if (left < 0)
            return 0;
        if (size < MIN_FRAME || (size_t)size > limit || (size_t)size > room)
            continue;
        memcpy(buffer, (const void *)port->calls.memory, (size_t)size);
        return (size_t)size;
    }
    return 0;
}

size_t ethport_receive(struct ethport *port, void *buffer, size_t room, struct virtio_net_hdr *hdr)
{
    return port->is_link ? receive_link(port, buffer, room, hdr)
                         : receive_call(port, buffer, room, hdr);
}

/* A frame whose offloads are finished, by call. */
static bool send_call(void *context, const struct virtio_net_frame *frame)
{
    struct ethport *port = context;
    size_t limit = port->calls.size < PAGE ? port->calls.size : PAGE;
    if (frame->size > limit)
        return false;
    size_t size = virtio_net_read(frame, 0, (void *)port->calls.memory, frame->size);
    port->refusal = port->calls.tx((int)size);
    return port->refusal == 0;
}

enum ethlink_result ethport_send(struct ethport *port, const struct virtio_net_hdr *hdr,
                                 const void *data, size_t size)
{
    struct virtio_segment whole = {(void *)data, size};
    struct virtio_net_frame frame = {.hdr = *hdr, .segments = &whole, .count = 1, .size = size};
    if (port->is_link)
        return ethlink_send(&port->link, &frame);
    unsigned pieces = virtio_net_pieces(&frame, 0);
    port->refusal = -1;
    if (pieces == 0)
        return ETHLINK_DROPPED;
    if (virtio_net_finish(&frame, 0, send_call, port) == 0)
        return ETHLINK_SENT;
    return pieces == 1 && port->refusal > 0 ? ETHLINK_NO_ROOM : ETHLINK_DROPPED;
}

bool ethport_finish(struct ethport *port)
{
    if (!port->is_link)
        return !port->empty;
    bool more = ethlink_arm(&port->link);
    if (ethlink_should_notify(&port->link))
        port->calls.tx(0);
    return more;
}

void ethport_notified(struct ethport *port)
{
    port->empty = false;
}
