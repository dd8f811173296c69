/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Network card: VIRTIO 1.2, section 5.1, one queue pair and the control queue. Checksum and TCP
 * segmentation offload both ways, merged receive buffers, MTU, link state, announcement. Where the
 * frames go is a back end behind struct vmm_net_ops: a driver component, a firewall, a switch.
 *
 * One copy per frame and direction, done by the back end from or to the guest's memory. Nothing is
 * dropped while the other side has buffers: a full back end holds the guest's transmit queue, a
 * guest without buffers leaves frames where they are.
 *
 * Not supported: several queue pairs, UDP segmentation, RSS, filters by the device (what arrives
 * is given to the guest).
 */
#include <virtio/net.h>
#include <vmm/virtio.h>

/** Features of the card (VIRTIO 1.2, 5.1.3). */
#define VMM_NET_F_CSUM           (1ull << 0)
#define VMM_NET_F_GUEST_CSUM     (1ull << 1)
#define VMM_NET_F_GUEST_OFFLOADS (1ull << 2)
#define VMM_NET_F_MTU            (1ull << 3)
#define VMM_NET_F_MAC            (1ull << 5)
#define VMM_NET_F_GUEST_TSO4     (1ull << 7)
#define VMM_NET_F_GUEST_TSO6     (1ull << 8)
#define VMM_NET_F_GUEST_ECN      (1ull << 9)
#define VMM_NET_F_HOST_TSO4      (1ull << 11)
#define VMM_NET_F_HOST_TSO6      (1ull << 12)
#define VMM_NET_F_HOST_ECN       (1ull << 13)
#define VMM_NET_F_MRG_RXBUF      (1ull << 15)
#define VMM_NET_F_STATUS         (1ull << 16)
#define VMM_NET_F_CTRL_VQ        (1ull << 17)
#define VMM_NET_F_CTRL_RX        (1ull << 18)
#define VMM_NET_F_ANNOUNCE       (1ull << 21)

/** Queues. */
#define VMM_NET_RX      0u
#define VMM_NET_TX      1u
#define VMM_NET_CONTROL 2u

/** What became of a frame given to the back end. */
enum vmm_net_result {
    VMM_NET_TAKEN, /* sent, or dropped and counted there */
    VMM_NET_BUSY   /* no room: poll() follows when there is; the card keeps it */
};

/** How a back end is at the moment. */
struct vmm_net_link {
    bool up;
    uint16_t mtu; /* told to the guest when the card is made; 0: not told */
};

/** A back end. Nothing blocks; all are called with the VM locked. */
struct vmm_net_ops {
    /** Send a frame. last_try: it has waited long enough, take it or drop it. */
    enum vmm_net_result (*send)(void *ctx, const struct virtio_net_frame *frame, bool last_try);
    /** The next frame received, or NULL. It is the same one until release(). */
    const struct virtio_net_frame *(*receive)(void *ctx);
    /** Done with that frame. */
    void (*release)(void *ctx);
    /** Tell the other side about what was sent and released, if it wants to know. */
    void (*flush)(void *ctx);
    /** The card will wait: have poll() called for frames, and for room after VMM_NET_BUSY. Returns
     * true when there is something already. */
    bool (*arm)(void *ctx);
    /** Offloads (VIRTIO_NET_ACCEPT_*) the guest takes from now on; 0 while no driver runs. */
    void (*accept)(void *ctx, unsigned accepts);
    /** State of the link. */
    struct vmm_net_link (*link)(void *ctx);
    /** Its own counters for a person, lines "ID_NAME NUMBER". May be NULL. */
    void (*stats)(void *ctx, const char *id, const struct vmm_text *out);
};

/** What the card is made with. */
struct vmm_net_config {
    const char *id; /* "net0" */
    enum vmm_virtio_kind kind;
    uint8_t mac[6];
    const struct vmm_net_ops *ops;
    void *ctx;
};

/** Counters of a card. */
struct vmm_net_stats {
    uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes;
    uint64_t tx_malformed; /* frames of the guest that were no frames */
    uint64_t tx_stalls;    /* times the back end had no room */
    uint64_t rx_no_driver; /* frames while no driver ran */
    uint64_t rx_no_buffer; /* times the guest had no buffers */
    uint64_t rx_dropped;   /* frames that fit no buffer, or could not be finished */
};

/** A card. */
struct vmm_net {
    struct vmm_virtio v;
    struct vmm_net_config config;
    struct vmm_net_link link;
    unsigned accepts;
    bool announce;      /* the guest should announce itself */
    bool tx_held;       /* the back end is full: the transmit queue waits */
    bool tx_delayed;    /* the doorbell rang, more frames may follow */
    bool rx_starved;    /* the guest has no buffers: a frame waits */
    unsigned rx_wanted; /* buffers it takes at least */
    struct vmm_timer patience, again;
    struct vmm_net_stats stats;
    struct virtio_chain chain;
};

/** The guest is going to sleep: send what it has queued without waiting for more. A doorbell alone
 * only starts a delay, so that a busy guest queues several frames per exit. */
void vmm_net_idle(struct vmm_net *net);

/** Make a card and put it on the bus. Returns 0, or -1 when there is no room for it. */
int vmm_net_create(struct vmm_net *net, struct vmm_pci *pci, const struct vmm_net_config *config);
