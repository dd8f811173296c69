/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/* Between the files of the network card. */
#include <string.h>
#include <vmm/virtio_net.h>

/* Frames handled in one go before the guest runs again. */
#define NET_BUDGET 256u
/* How long a frame waits for room in the back end before it is the back end's to drop. */
#define NET_PATIENCE_NS 100000000u

/* How long frames are collected after a doorbell while the guest runs on. Meanwhile it need not
 * ring again: an exit costs as much as some frames. */
#define NET_DELAY_NS 500000u

static inline struct vmm_net *net_of(struct vmm_virtio *v)
{
    return (struct vmm_net *)(void *)v;
}

/* Bytes of the header before each frame: legacy drivers without merged buffers use 10. */
static inline unsigned net_header(const struct vmm_net *net)
{
    return net->v.features & (VMM_VIRTIO_F_VERSION_1 | VMM_NET_F_MRG_RXBUF) ? 12 : 10;
}

/* net_tx.c: send what the guest has queued; false when the budget is used up. last_try: the first
 * frame has waited long enough. */
bool net_transmit(struct vmm_net *net, bool last_try);
/* net_rx.c: give the guest what has arrived; false when the budget is used up. */
bool net_receive(struct vmm_net *net);
/* net_control.c: commands of the control queue. */
void net_control(struct vmm_net *net);
/* net.c: the offloads the guest takes have changed. */
void net_accept(struct vmm_net *net, unsigned accepts);
