/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Frames between clients and the network. Each client has a port of its own below, with its own MAC
 * address, so that the driver keeps the clients apart. Every frame is copied into private memory,
 * judged there and sent on from there: nobody changes it after the verdict.
 *
 * No locks and no kernel: one thread at a time.
 */
#include <ethport/ethport.h>
#include <firewall/firewall.h>

enum { FORWARD_CLIENTS = 8, FORWARD_PAGE_FRAME = 2048, FORWARD_PAGE_SLOTS = 64 };

/** Results of forward_page_get(), as the call rx() returns them. */
enum { FORWARD_NONE = -1, FORWARD_LAST = 0, FORWARD_MORE = 1 };

struct forward_slot {
    uint16_t size;
    uint8_t data[FORWARD_PAGE_FRAME];
};

/** A client and its port. */
struct forward_client {
    unsigned id; /**< badge */
    const char *name;
    uint8_t mac[6];
    struct ethport port; /**< towards the network */
    bool is_link;
    bool up; /**< what was published */
    bool changed;
    struct ethlink link; /**< towards the client */
    struct ethlink_rx rx;
    struct forward_slot *slots; /**< frames for a client without a link, until it fetches them */
    unsigned head, used;
    bool notify;    /**< it has seen the end: the next frame is worth a signal */
    uint8_t *frame; /**< of the client, VIRTIO_NET_MAX_FRAME bytes */
    size_t held;    /**< bytes in there that passed and found no room below; 0: none */
    struct virtio_net_hdr held_hdr;
    uint64_t no_room; /**< frames that passed and were lost: no room at the client, or below */
};

struct forward {
    struct firewall *firewall;
    struct forward_client clients[FORWARD_CLIENTS];
    unsigned count;
    uint8_t *buffer; /**< for a frame of the network, VIRTIO_NET_MAX_FRAME bytes */
    uint64_t (*now)(void);
    /** Told of each verdict. */
    void (*verdict)(const struct forward_client *client, const struct firewall_frame *frame,
                    enum firewall_reason reason);
};

/** What a client is made of. */
struct forward_member {
    unsigned id;
    const char *name;
    struct ethport_calls calls; /**< of its port */
    void *memory;               /**< shared with it */
    size_t size;
};

/** Adds a client, whose MAC is that of its port; NULL: no memory. */
struct forward_client *forward_add(struct forward *forward, const struct forward_member *member);

/** The client with that id, or NULL. */
struct forward_client *forward_find(struct forward *forward, unsigned id);

/** Takes a batch of what a client has sent; true: there is more. */
bool forward_from_client(struct forward *forward, struct forward_client *client);

/** Takes a batch of what has come for a client; true: there is more. */
bool forward_from_network(struct forward *forward, struct forward_client *client);

/** A frame from a client's page: 0 taken, 1 no room now, -1 no frame. */
int forward_page_put(struct forward *forward, struct forward_client *client, const void *page,
                     size_t size);

/** A client without a link fetches a frame: FORWARD_* and its size. */
int forward_page_get(struct forward_client *client, void *page, size_t limit, int *size);

/** Whether the client shall be signalled now; asked once per batch. */
bool forward_should_notify(struct forward_client *client);
