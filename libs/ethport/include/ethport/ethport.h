/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * A network port as a client of interface Ethdriver sees it: frames through the ring link of
 * libs/ethlink when the shared memory is large enough for one, otherwise one by one through calls
 * and the memory's first page (tx, rx). The server may be hostile: it can lose or make up frames,
 * nothing else. Not thread-safe.
 */
#include <ethlink/ethlink.h>

/** The generated functions and memory of a connection of seL4Ethdriver. */
struct ethport_calls {
    int (*tx)(int len);
    int (*rx)(int *len);
    void (*mac)(uint8_t *b1, uint8_t *b2, uint8_t *b3, uint8_t *b4, uint8_t *b5, uint8_t *b6);
    volatile void *memory;
    size_t size; /**< of the memory, bytes */
};

/** A port; the members are the library's. */
struct ethport {
    struct ethport_calls calls;
    bool is_link;
    bool empty;  /**< calls: the last answer said that nothing waits */
    int refusal; /**< calls: the last result of tx() */
    struct ethlink link;
    struct ethlink_rx rx;
};

/** Opens a port. `accepts`: the offloads its user takes (VIRTIO_NET_ACCEPT_*); links only. */
void ethport_open(struct ethport *port, const struct ethport_calls *calls, unsigned accepts,
                  unsigned mtu);

/** The port's own address, from the server. */
void ethport_mac(const struct ethport *port, uint8_t mac[6]);

/**
 * Takes the next frame: copies it once into `buffer` of `room` bytes and its offload state into
 * `hdr`. Returns its size; 0: none. Frames that are malformed or larger than `room` are skipped.
 */
size_t ethport_receive(struct ethport *port, void *buffer, size_t room, struct virtio_net_hdr *hdr);

/** Sends a frame; NO_ROOM: try again when notified. */
enum ethlink_result ethport_send(struct ethport *port, const struct virtio_net_hdr *hdr,
                                 const void *data, size_t size);

/** To be called after a batch: tells the server what it must know. True: frames wait already. */
bool ethport_finish(struct ethport *port);

/** To be called first when notified: with calls, asks the server again. */
void ethport_notified(struct ethport *port);
