/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Frames for the guest. A frame goes into one buffer, or into several when the driver accepted
 * merged buffers (5.1.6.4); its header is in the first. Either all of it is delivered or nothing.
 */
#include "net.h"

#define MAX_MERGED 128u /* buffers of one frame: 64 KiB in pieces of 512 bytes */

/* Buffers taken for one frame. */
struct delivery {
    struct virtio_net_cursor from;
    uint8_t header[12]; /* virtio_net_hdr as the guest wants it */
    unsigned header_size, header_done, merged;
    uint8_t *num_buffers[2]; /* its bytes in the guest's memory, once known */
    uint16_t heads[MAX_MERGED];
    uint32_t written[MAX_MERGED];
};

/* The header may be cut into pieces by the driver's buffers, so byte by byte. */
static size_t copy_header(struct delivery *d, uint8_t *to, size_t n)
{
    size_t done = 0;
    for (; done < n && d->header_done < d->header_size; done++, d->header_done++) {
        if (d->header_done >= 10) {
            d->num_buffers[d->header_done - 10] = to + done;
        }
        to[done] = d->header[d->header_done];
    }
    return done;
}

static void fill(struct delivery *d, const struct virtio_chain *chain)
{
    uint32_t written = 0;
    for (unsigned i = chain->num_out; i < chain->num_out + chain->num_in; i++) {
        struct virtio_segment s = chain->segments[i];
        size_t header = copy_header(d, s.data, s.size);
        written += (uint32_t)(header + virtio_net_copy(&d->from, s.data + header, s.size - header));
    }
    d->heads[d->merged] = chain->head;
    d->written[d->merged++] = written;
}

enum outcome { DELIVERED, NO_BUFFER, CANNOT };

static void start_delivery(const struct vmm_net *net, struct delivery *d,
                           const struct virtio_net_frame *frame)
{
    struct virtio_net_hdr hdr = frame->hdr;
    if (!(net->accepts & VIRTIO_NET_ACCEPT_CSUM)) {
        hdr.flags = 0;
    }
    hdr.num_buffers = 1;
    d->from = (struct virtio_net_cursor){.frame = frame, .left = frame->size};
    d->header_size = net_header(net);
    d->header_done = d->merged = 0;
    memcpy(d->header, &hdr, sizeof d->header);
}

/* The buffers so far do not do. All there are is as much as there can be. */
static enum outcome give_up(struct vmm_net *net, const struct delivery *d, bool more_possible)
{
    struct virtio_queue *ring = &net->v.queue[VMM_NET_RX].ring;
    virtio_queue_unpop(ring, d->merged);
    net->rx_wanted = d->merged + 1;
    return more_possible && d->merged < ring->size ? NO_BUFFER : CANNOT;
}

/* One finished frame into the guest's buffers. */
static enum outcome deliver(struct vmm_net *net, const struct virtio_net_frame *frame)
{
    struct delivery d;
    bool merge = vmm_virtio_has(&net->v, VMM_NET_F_MRG_RXBUF);
    struct virtio_queue *ring = &net->v.queue[VMM_NET_RX].ring;
    start_delivery(net, &d, frame);
    while (d.from.left || d.header_done < d.header_size) {
        if (d.merged == (merge ? MAX_MERGED : 1)) {
            return give_up(net, &d, false);
        }
        if (!vmm_virtio_pop(&net->v, VMM_NET_RX, &net->chain)) {
            return give_up(net, &d, net->v.started);
        }
        fill(&d, &net->chain);
    }
    if (d.header_size == 12) { /* its final value: nothing is published yet */
        *d.num_buffers[0] = (uint8_t)d.merged;
        *d.num_buffers[1] = (uint8_t)(d.merged >> 8);
    }
    for (unsigned i = 0; i < d.merged; i++) {
        virtio_queue_push(ring, d.heads[i], d.written[i]);
    }
    net->stats.rx_frames++;
    net->stats.rx_bytes += frame->size;
    return DELIVERED;
}

/* A piece of a frame that the guest does not take as it came: what has no buffer is dropped. */
static bool deliver_piece(void *ctx, const struct virtio_net_frame *frame)
{
    struct vmm_net *net = ctx;
    if (deliver(net, frame) != DELIVERED) {
        net->stats.rx_dropped++;
    }
    return net->v.started;
}

static enum outcome deliver_any(struct vmm_net *net, const struct virtio_net_frame *frame)
{
    if (virtio_net_accepted(&frame->hdr, net->accepts)) {
        return deliver(net, frame);
    }
    if (virtio_queue_waiting(&net->v.queue[VMM_NET_RX].ring) == 0) {
        net->rx_wanted = 1;
        return NO_BUFFER;
    }
    return virtio_net_finish(frame, net->accepts, deliver_piece, net) == 0 ? DELIVERED : CANNOT;
}

/* Asks to be told about enough buffers; false when they are there after all. */
static bool starved(struct vmm_net *net)
{
    struct virtio_queue *ring = &net->v.queue[VMM_NET_RX].ring;
    net->stats.rx_no_buffer++;
    net->rx_starved = !virtio_queue_enable_notify_after(ring, net->rx_wanted);
    return net->rx_starved;
}

static void discard_all(struct vmm_net *net)
{
    const struct vmm_net_ops *ops = net->config.ops;
    for (unsigned n = 0; n < NET_BUDGET && ops->receive(net->config.ctx); n++) {
        ops->release(net->config.ctx);
        net->stats.rx_no_driver++;
    }
}

bool net_receive(struct vmm_net *net)
{
    const struct vmm_net_ops *ops = net->config.ops;
    const struct virtio_net_frame *frame;
    unsigned taken = 0;
    net->rx_starved = false;
    if (!net->v.started) {
        discard_all(net);
        return true;
    }
    virtio_queue_disable_notify(&net->v.queue[VMM_NET_RX].ring);
    for (; taken < NET_BUDGET && (frame = ops->receive(net->config.ctx)); taken++) {
        enum outcome outcome = deliver_any(net, frame);
        if (!net->v.started) { /* the queue was damaged */
            break;
        }
        if (outcome == NO_BUFFER) {
            if (starved(net)) {
                break;
            }
            continue; /* the frame waits and is tried again */
        }
        net->stats.rx_dropped += outcome == CANNOT;
        ops->release(net->config.ctx);
    }
    if (taken) {
        vmm_virtio_complete(&net->v, VMM_NET_RX);
    }
    return taken < NET_BUDGET;
}
