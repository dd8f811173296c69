/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * An Ethernet link in one region of shared memory, for frames between components that do not trust
 * each other: virtual machine monitors, network drivers, firewalls, protocol stacks.
 *
 * In the region: what each side says about itself, a virtqueue for each direction, and buffers of
 * 2 KiB. The client is the driver of both queues, the server is the device. Both compute
 * the layout from the size alone. Zeroed memory is an idle link, so the sides may start in any
 * order; each writes only its own parts.
 *
 * With the connector seL4Ethdriver the link lies in the client's shared memory (X_shmem_size) from
 * ETHLINK_OFFSET on, if that memory has at least ETHLINK_MIN_SHMEM bytes: ethlink_in_shmem().
 * Server to client: the connector's signal. Client to server: the call tx(0). Either is made only
 * when ethlink_should_notify() says so.
 *
 *     server or client, when notified:
 *         do {
 *             while (ethlink_receive(&link, &rx)) { use rx.frame; ethlink_release(&link, &rx); }
 *             (try again to send what found no room)
 *         } while (ethlink_arm(&link));
 *         if (ethlink_should_notify(&link)) notify the other side;
 *     to send: ethlink_send() for a batch; then if (ethlink_should_notify(&link)) notify.
 *
 * A side that breaks a rule of the queues loses the link (ethlink_broken()); the other side goes
 * on. Not thread-safe: one thread, or a lock around all calls for one link.
 */
#include <virtio/driver.h>
#include <virtio/net.h>
#include <virtio/queue.h>

/** Where the link begins in the shared memory of seL4Ethdriver, and the least memory for it. */
#define ETHLINK_OFFSET    4096u
#define ETHLINK_MIN_SHMEM 65536u
/** A good size for that memory: about 250 buffers each way. */
#define ETHLINK_GOOD_SHMEM 0x100000u

/** Bytes of a buffer, most buffers per direction, most buffers of one frame. */
#define ETHLINK_BUFFER       2048u
#define ETHLINK_MAX_BUFFERS  512u
#define ETHLINK_FRAME_PIECES 40u
/** Least buffers per direction: a frame of MTU 9000 fits. */
#define ETHLINK_MIN_BUFFERS 8u

#define ETHLINK_MAGIC   0x4b4e4c45u /* "ELNK" */
#define ETHLINK_VERSION 1u

/** What a side says about itself, in shared memory; it alone writes it. */
struct ethlink_side {
    uint32_t magic, version;
    uint32_t region_size; /* bytes, for a check */
    uint32_t accepts;     /* offloads it takes: VIRTIO_NET_ACCEPT_* */
    uint32_t up;          /* link state: 1 up */
    uint16_t mtu;
    uint8_t mac[6]; /* of the client; the server publishes it */
};

/** The beginning of the region. */
struct ethlink_header {
    struct ethlink_side server;
    uint8_t pad[64 - sizeof(struct ethlink_side)];
    struct ethlink_side client;
};

/** Counters; a frame is counted once. */
struct ethlink_stats {
    uint64_t sent, sent_bytes;         /* frames handed to the peer, after segmentation */
    uint64_t received, received_bytes; /* frames taken from the peer */
    uint64_t no_room;                  /* ethlink_send() found no room */
    uint64_t malformed;                /* frames of the peer, or to send, that were dropped */
    uint64_t notifications;            /* times ethlink_should_notify() said yes */
};

/** A link; all members are the library's but stats, which may be read. */
struct ethlink {
    bool server, one_way, broken;
    struct ethlink_header *header;
    uint8_t *base;
    size_t size;
    unsigned buffers;        /* per direction */
    size_t data_tx, data_rx; /* client: offsets of the buffers of either direction */
    /* client: the driver of both queues, and its transmit buffers */
    struct virtio_driver driver_tx, driver_rx;
    struct virtio_driver_slot slots_tx[ETHLINK_MAX_BUFFERS], slots_rx[ETHLINK_MAX_BUFFERS];
    uint16_t next[ETHLINK_MAX_BUFFERS];  /* free list; the further buffers of a frame in flight */
    uint16_t count[ETHLINK_MAX_BUFFERS]; /* of the first buffer of a frame in flight */
    uint16_t free_head, num_free;
    /* server: the device of both; tx is the queue it fills */
    struct virtio_queue queue_tx, queue_rx;
    struct virtio_chain chain;
    unsigned room_wanted; /* buffers that the last send did not find; 0: none */
    bool announce;        /* the peer should look at what we say about ourselves */
    struct ethlink_stats stats;
};

/** A received frame; do not copy it. A client's word that a checksum is right (DATA_VALID) has been
 * taken off; a server's is there. frame.segments point into shared memory: copy what decisions
 * depend on (virtio_net_read()), once. frame.hdr is a checked private copy. */
struct ethlink_rx {
    struct virtio_net_frame frame;
    struct virtio_segment segments[ETHLINK_FRAME_PIECES];
    uint16_t handles[ETHLINK_FRAME_PIECES];
    unsigned num_handles;
};

/** Begin a link in a region of `size` bytes, aligned to 64. Both return 0, or -1 when the size does
 * not do (less than 60 KiB; what exceeds about 2.1 MiB is not used). */
int ethlink_client_init(struct ethlink *link, void *memory, size_t size);
int ethlink_server_init(struct ethlink *link, void *memory, size_t size);
/** The same for frames in one direction only: all buffers serve it. The sender is the client. */
int ethlink_sender_init(struct ethlink *link, void *memory, size_t size);
int ethlink_receiver_init(struct ethlink *link, void *memory, size_t size);

/** The link inside a client's shared memory of seL4Ethdriver: its address and size, or NULL when
 * the memory is too small for one (an old client: calls only). */
void *ethlink_in_shmem(void *shmem, size_t shmem_size, size_t *size);

/** Say which offloads this side takes (VIRTIO_NET_ACCEPT_*; 0 at first) and its MTU. The peer looks
 * at it for each frame; frames on their way may still be of the earlier kind. */
void ethlink_accept(struct ethlink *link, unsigned accepts, unsigned mtu);
/** Server: publish link state and the client's address (NULL: keep). The client learns of it when
 * notified next. */
void ethlink_publish(struct ethlink *link, bool up, const uint8_t mac[6]);

/** What the peer said about itself, read once and checked. Returns false when it has not started
 * (or is of another version). */
bool ethlink_peer(const struct ethlink *link, struct ethlink_side *peer);

/** Results of ethlink_send(). */
enum ethlink_result {
    ETHLINK_SENT,
    ETHLINK_NO_ROOM, /* try again when notified; ethlink_arm() has asked for it */
    ETHLINK_DROPPED  /* malformed, larger than the link takes, or the link is broken: counted */
};

/** Send a frame: copies it once into the link. What the peer does not accept is done here in
 * software (checksum, segmentation); all pieces are sent or none, unless they are more than the
 * link has buffers. */
enum ethlink_result ethlink_send(struct ethlink *link, const struct virtio_net_frame *frame);
/** Whether a frame of this size without offloads would be sent now. If not, it counts as a send
 * that found no room. */
bool ethlink_has_room(struct ethlink *link, size_t size);

/** Take the next frame. Returns false when there is none, or after some malformed ones in a row
 * (ethlink_arm() then says that more wait). Several may be held at a time. A peer can send without
 * end: give each visit a budget of frames and come back. */
bool ethlink_receive(struct ethlink *link, struct ethlink_rx *rx);
/** Give its buffers back. */
void ethlink_release(struct ethlink *link, struct ethlink_rx *rx);
/** Frames that wait, at least (0: none). */
unsigned ethlink_waiting(struct ethlink *link);

/** Before waiting: ask the peer to notify us about frames, and about room when a send found none.
 * Returns true when there is something to do already. */
bool ethlink_arm(struct ethlink *link);
/** Whether the peer must be notified about what was sent and released since the last call. */
bool ethlink_should_notify(struct ethlink *link);

/** The peer broke a rule: the link is dead. */
bool ethlink_broken(const struct ethlink *link);
