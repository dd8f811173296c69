/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Frames through a ring link (ethlink.h); the doorbell of the server is the call tx(0). */
#include <string.h>
#include "network.h"

static enum vmm_net_result ring_send(void *ctx, const struct virtio_net_frame *frame, bool last_try)
{
    struct vm_ring *r = ctx;
    switch (ethlink_send(&r->link, frame)) {
    case ETHLINK_SENT:
        r->stalled = false;
        return VMM_NET_TAKEN;
    case ETHLINK_NO_ROOM:
        r->stalled |= last_try;
        if (!r->stalled) {
            return VMM_NET_BUSY;
        }
        break;
    default:
        break;
    }
    r->dropped++;
    return VMM_NET_TAKEN;
}

static const struct virtio_net_frame *ring_receive(void *ctx)
{
    struct vm_ring *r = ctx;
    r->holds = r->holds || ethlink_receive(&r->link, &r->rx);
    return r->holds ? &r->rx.frame : NULL;
}

static void ring_release(void *ctx)
{
    struct vm_ring *r = ctx;
    if (r->holds) {
        ethlink_release(&r->link, &r->rx);
        r->holds = false;
    }
}

static void ring_flush(void *ctx)
{
    struct vm_ring *r = ctx;
    if (ethlink_should_notify(&r->link)) {
        r->doorbells++;
        r->ethernet->tx(0);
    }
}

static bool ring_arm(void *ctx)
{
    struct vm_ring *r = ctx;
    return ethlink_arm(&r->link) || r->holds;
}

static struct vmm_net_link ring_link(void *ctx)
{
    const struct vm_ring *r = ctx;
    struct ethlink_side server;
    bool there = ethlink_peer(&r->link, &server);
    return (struct vmm_net_link){.up = there && server.up, .mtu = there ? server.mtu : 1500};
}

static void ring_accept(void *ctx, unsigned accepts)
{
    struct vm_ring *r = ctx;
    ethlink_accept(&r->link, accepts, VIRTIO_NET_MAX_MTU);
}

static void ring_stats(void *ctx, const char *id, const struct vmm_text *out)
{
    const struct vm_ring *r = ctx;
    vmm_text_printf(out, "%s_link_dropped %llu\n", id, (unsigned long long)r->dropped);
    vmm_text_printf(out, "%s_link_doorbells %llu\n", id, (unsigned long long)r->doorbells);
}

const struct vmm_net_ops network_ring_ops = {.send = ring_send,
                                             .receive = ring_receive,
                                             .release = ring_release,
                                             .flush = ring_flush,
                                             .arm = ring_arm,
                                             .accept = ring_accept,
                                             .link = ring_link,
                                             .stats = ring_stats};

int network_ring_start(struct vm_ring *ring, const struct vm_ethernet *ethernet)
{
    size_t size;
    void *memory = ethlink_in_shmem(ethernet->shmem, ethernet->shmem_size, &size);
    memset(ring, 0, sizeof *ring);
    ring->ethernet = ethernet;
    return memory ? ethlink_client_init(&ring->link, memory, size) : -1;
}
