/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Frames of the guest. The header is copied once; the payload stays where it is until the back end
 * copies it. */
#include "net.h"

/* The frame behind the header in the guest's buffer; takes that off the chain's segments. */
static bool take_frame(struct vmm_net *net, struct virtio_net_frame *frame)
{
    struct virtio_chain *chain = &net->chain;
    size_t skip = net_header(net);
    const struct virtio_net_frame all = {.segments = chain->segments, .count = chain->num_out};
    *frame = (struct virtio_net_frame){.segments = chain->segments};
    if (virtio_net_read(&all, 0, &frame->hdr, skip) != skip) {
        return false;
    }
    frame->hdr.num_buffers = 0;
    frame->hdr.flags &= VIRTIO_NET_HDR_NEEDS_CSUM;
    frame->count = virtio_net_slice(&all, skip, SIZE_MAX, chain->segments);
    frame->size = chain->out_bytes - skip;
    return frame->count <= VIRTIO_NET_MAX_SEGMENTS && virtio_net_valid(&frame->hdr, frame->size);
}

/* Send the frame in net->chain; false when the back end has no room. */
static bool send_one(struct vmm_net *net, bool last_try)
{
    struct virtio_net_frame frame;
    if (!take_frame(net, &frame)) {
        net->stats.tx_malformed++;
        return true;
    }
    if (net->config.ops->send(net->config.ctx, &frame, last_try) == VMM_NET_BUSY) {
        net->stats.tx_stalls++;
        return false;
    }
    net->stats.tx_frames++;
    net->stats.tx_bytes += frame.size;
    return true;
}

bool net_transmit(struct vmm_net *net, bool last_try)
{
    struct virtio_queue *ring = &net->v.queue[VMM_NET_TX].ring;
    unsigned sent = 0;
    net->tx_held = false;
    do {
        virtio_queue_disable_notify(ring);
        while (sent < NET_BUDGET && vmm_virtio_pop(&net->v, VMM_NET_TX, &net->chain)) {
            if (!send_one(net, last_try)) {
                virtio_queue_unpop(ring, 1);
                net->tx_held = true;
                break;
            }
            last_try = false;
            virtio_queue_push(ring, net->chain.head, 0);
            sent++;
        }
    } while (!net->tx_held && sent < NET_BUDGET && virtio_queue_enable_notify(ring));
    if (sent) {
        vmm_virtio_complete(&net->v, VMM_NET_TX);
    }
    return sent < NET_BUDGET;
}
