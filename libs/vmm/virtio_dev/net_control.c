/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The control queue (5.1.6.5): receive modes and address filter (nothing is filtered, so all are
 * granted), announcement, offloads. */
#include "net.h"

#define CLASS_RX       0u
#define CLASS_MAC      1u
#define CLASS_ANNOUNCE 3u
#define CLASS_OFFLOADS 5u
#define ACK_OK         0u
#define ACK_ERROR      1u
#define LAST_RX_MODE   1u /* promiscuous, all multicast; the others are of CTRL_RX_EXTRA */
#define MAX_COMMANDS   64u

/* Guest offloads are named by the bits of the features (5.1.6.5.6.1). */
static unsigned accepts_of(uint64_t bits)
{
    return (bits & VMM_NET_F_GUEST_CSUM ? VIRTIO_NET_ACCEPT_CSUM : 0) |
           (bits & VMM_NET_F_GUEST_TSO4 ? VIRTIO_NET_ACCEPT_TSO4 : 0) |
           (bits & VMM_NET_F_GUEST_TSO6 ? VIRTIO_NET_ACCEPT_TSO6 : 0) |
           (bits & VMM_NET_F_GUEST_ECN ? VIRTIO_NET_ACCEPT_ECN : 0);
}

static uint8_t execute(struct vmm_net *net, const uint8_t *command, size_t n)
{
    uint64_t offloads;
    if (n < 2) {
        return ACK_ERROR;
    }
    switch (command[0]) {
    case CLASS_RX:
        return n >= 3 && command[1] <= LAST_RX_MODE ? ACK_OK : ACK_ERROR;
    case CLASS_MAC: /* the table of addresses to let through; setting the own one is not offered */
        return command[1] == 0 ? ACK_OK : ACK_ERROR;
    case CLASS_ANNOUNCE:
        net->announce = false;
        return ACK_OK;
    case CLASS_OFFLOADS:
        if (n < 10 || command[1] != 0 || !vmm_virtio_has(&net->v, VMM_NET_F_GUEST_OFFLOADS)) {
            return ACK_ERROR;
        }
        memcpy(&offloads, command + 2, sizeof offloads);
        net_accept(net, accepts_of(offloads));
        return ACK_OK;
    default:
        return ACK_ERROR;
    }
}

void net_control(struct vmm_net *net)
{
    struct virtio_queue *ring = &net->v.queue[VMM_NET_CONTROL].ring;
    const struct virtio_chain *chain = &net->chain;
    unsigned done = 0;
    while (done < MAX_COMMANDS && vmm_virtio_pop(&net->v, VMM_NET_CONTROL, &net->chain)) {
        uint8_t command[16];
        const struct virtio_net_frame out = {.segments = chain->segments, .count = chain->num_out};
        size_t n = virtio_net_read(&out, 0, command, sizeof command);
        uint8_t ack = execute(net, command, n);
        uint32_t written = 0;
        if (chain->num_in) { /* the acknowledgement is the last byte */
            const struct virtio_segment *last =
                &chain->segments[chain->num_out + chain->num_in - 1];
            last->data[last->size - 1] = ack;
            written = 1;
        }
        virtio_queue_push(ring, chain->head, written);
        done++;
    }
    if (done) {
        vmm_virtio_complete(&net->v, VMM_NET_CONTROL);
    }
    virtio_queue_enable_notify(ring);
}
