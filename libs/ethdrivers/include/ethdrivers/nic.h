/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Drivers of Intel gigabit network controllers behind one interface. The driver owns a piece of
 * memory the controller can reach: descriptor rings and one buffer per descriptor. Frames are
 * copied into it and out of it once, so a controller never sees an address outside.
 *
 * No locks, no allocation: the caller serialises. What the controller writes into descriptors is
 * validated: a faulty one can lose frames, not reach memory outside the buffers.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NIC_BUFFER     2048u  /**< bytes of a descriptor's buffer */
#define NIC_RX_PIECES  8u     /**< buffers a received frame may take */
#define NIC_MAX_SEND   65550u /**< bytes of the largest frame to be segmented, header included */
#define NIC_FRAME_BASE 18u /**< Ethernet header and one VLAN tag: what a frame has over its MTU */
#define NIC_MAX_MTU    9000u

/** Families of controllers. */
enum nic_model {
    NIC_82574, /**< Intel 82574, data sheet 317694 */
    NIC_82576, /**< Intel 82576, data sheet 320961 */
    NIC_82580, /**< Intel 82580, data sheet 321027 */
};

/** How the driver reaches the controller's registers. */
struct nic_io {
    void *context;
    uint32_t (*read)(void *context, uint32_t offset);
    void (*write)(void *context, uint32_t offset, uint32_t value);
    void (*delay)(void *context, unsigned microseconds);
};

/** What nic_init is told. */
struct nic_config {
    enum nic_model model;
    struct nic_io io;
    void *memory;           /**< for rings and buffers, aligned to 128 bytes */
    uint64_t address;       /**< of `memory` as the controller sees it */
    size_t memory_size;     /**< bytes; decides how long the rings are */
    unsigned mtu;           /**< 68 to NIC_MAX_MTU */
    bool promiscuous;       /**< take unicast frames for every address */
    unsigned moderation_us; /**< least time between two interrupts, 0: none */
};

/** Results of nic_init and nic_send. */
enum nic_status {
    NIC_OK,
    NIC_NO_MEMORY,   /**< the memory is too small, or not aligned */
    NIC_DEAD,        /**< the controller does not come out of its reset */
    NIC_NO_ADDRESS,  /**< it has no valid MAC address */
    NIC_FULL,        /**< no descriptors free: try again after NIC_EVENT_TX */
    NIC_BAD_REQUEST, /**< the frame or its offload request makes no sense; it was not sent */
};

/** Part of a frame. */
struct nic_piece {
    const void *data;
    size_t size;
};

/** Where checksum fields lie in their headers: the only offsets controllers know. */
enum { NIC_TCP_CHECKSUM = 16, NIC_UDP_CHECKSUM = 6 };

/** What the controller shall do to a frame; all zero: nothing. Offsets from the frame's start. */
struct nic_offload {
    uint16_t csum_start;  /**< 0: no checksum; else where the checksummed bytes begin */
    uint16_t csum_offset; /**< of its field from there: NIC_TCP_CHECKSUM or NIC_UDP_CHECKSUM;
                           * the field holds the sum of the pseudo header */
    uint16_t mss;         /**< 0: no segmentation; else TCP payload bytes of a segment */
    uint16_t header_size; /**< with mss: bytes up to the TCP payload */
    bool ipv6;            /**< with mss: IPv6, else IPv4 */
};

/** A frame to send: without frame check sequence. */
struct nic_frame {
    const struct nic_piece *pieces;
    size_t count;
    struct nic_offload offload;
};

/** A received frame. Its pieces are valid until nic_receive_done. */
struct nic_received {
    struct nic_piece piece[NIC_RX_PIECES];
    unsigned count;
    size_t size;  /**< bytes in all, without frame check sequence */
    bool checked; /**< the controller found its TCP or UDP checksum right */
};

/** What nic_interrupt reports, a mask. */
enum { NIC_EVENT_RX = 1, NIC_EVENT_TX = 2, NIC_EVENT_LINK = 4 };

/** State of the line. */
struct nic_link {
    bool up;
    bool full_duplex;
    unsigned mbps;
};

/** Counters since nic_init: the controller's, then the driver's. */
struct nic_statistics {
    uint64_t rx_frames, rx_bytes, rx_broadcast, rx_multicast;
    uint64_t tx_frames, tx_bytes;
    uint64_t rx_crc_errors, rx_length_errors, rx_other_errors;
    uint64_t rx_missed;     /**< no room in the controller */
    uint64_t rx_no_buffers; /**< no descriptors: the driver's owner was too slow */
    uint64_t rx_rejected;   /**< frames the driver refused: errors, bad descriptors */
    uint64_t tx_full;       /**< nic_send found no descriptors */
    uint64_t interrupts;
};

struct nic_ops;

/** One ring. `head` is the oldest descriptor in use, `tail` the next to fill. */
struct nic_ring {
    volatile uint32_t (*descriptor)[4];
    uint8_t *buffers;
    uint64_t descriptor_address, buffer_address;
    unsigned count, head, tail;
    unsigned written; /* tail as the controller knows it */
};

/** A controller. Members are the driver's own; reading `mac` and `model` is allowed. */
struct nic {
    enum nic_model model;
    const struct nic_ops *ops;
    struct nic_io io;
    struct nic_ring rx, tx;
    uint8_t mac[6];
    unsigned mtu;
    unsigned addresses; /* used of the filter */
    bool promiscuous;
    unsigned rx_taken; /* descriptors from the head on that were looked at, not given back */
    unsigned rx_held;  /* frames among them */
    uint32_t tx_wait;  /* interrupt causes that tell of free descriptors, if wanted */
    uint16_t tx_last[1024];
    struct nic_statistics statistics;
};

/**
 * Resets the controller, sets up rings, starts it; interrupts stay off until nic_interrupts.
 * Returns NIC_OK, NIC_NO_MEMORY, NIC_DEAD or NIC_NO_ADDRESS.
 */
enum nic_status nic_init(struct nic *nic, const struct nic_config *config);

/** Stops the controller: no more interrupts and no more accesses to memory. */
void nic_stop(struct nic *nic);

/** Model of a PCI device id of vendor 8086; false if it is none of ours. */
bool nic_identify(uint16_t device, enum nic_model *model);

/** Bytes of memory for rings of `count` descriptors to receive and half as many to send. */
size_t nic_memory(unsigned count);

/** Copies a frame into the ring. NIC_OK, NIC_FULL or NIC_BAD_REQUEST. Needs a nic_flush after. */
enum nic_status nic_send(struct nic *nic, const struct nic_frame *frame);

/** Whether so many frames of up to the MTU can be sent now: NIC_OK, NIC_FULL, or NIC_BAD_REQUEST if
 * they never can in one go. */
enum nic_status nic_room(struct nic *nic, unsigned frames);

/** Tells the controller of what nic_send and nic_receive_done have left for it. */
void nic_flush(struct nic *nic);

/** Next received frame; false: none. Several may be held: the more, the fewer are there to receive.
 */
bool nic_receive(struct nic *nic, struct nic_received *frame);

/** Gives the buffers of all frames received since the last call back. */
void nic_receive_done(struct nic *nic);

/** Turns interrupts on or off; with `space` also for descriptors that become free. */
void nic_interrupts(struct nic *nic, bool on, bool space);

/** What has happened since the last call; acknowledges it. Look at the rings after this call. */
unsigned nic_interrupt(struct nic *nic);

/** Makes the controller interrupt again for received frames, within its moderation. */
void nic_interrupt_again(struct nic *nic);

/** State of the line. */
struct nic_link nic_link(struct nic *nic);

/** Receives unicast frames for this address too; false: the filter is full (go promiscuous). */
bool nic_add_address(struct nic *nic, const uint8_t mac[6]);

/** Receives unicast frames for all addresses, or only those of the filter. */
void nic_set_promiscuous(struct nic *nic, bool on);

/** Current counters; reads the controller's. */
const struct nic_statistics *nic_statistics(struct nic *nic);
