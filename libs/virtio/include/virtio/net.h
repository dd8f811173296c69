/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Ethernet frames with the offloads of virtio-net (VIRTIO 1.2, 5.1.6): a frame may come with an
 * unfinished TCP or UDP checksum, and may be a TCP segment of up to 64 KiB that is to be cut into
 * pieces of gso_size bytes. Who cannot take such a frame gets it finished in software
 * (virtio_net_finish()).
 */
#include <virtio/ring.h>

/** virtio_net_hdr.flags */
#define VIRTIO_NET_HDR_NEEDS_CSUM 1u
#define VIRTIO_NET_HDR_DATA_VALID 2u
/** virtio_net_hdr.gso_type */
#define VIRTIO_NET_GSO_NONE  0u
#define VIRTIO_NET_GSO_TCPV4 1u
#define VIRTIO_NET_GSO_TCPV6 4u
#define VIRTIO_NET_GSO_ECN   0x80u

/** The header before each frame in a queue (5.1.6). */
struct virtio_net_hdr {
    uint8_t flags, gso_type;
    uint16_t header_size; /* a hint, not relied on */
    uint16_t gso_size;    /* payload bytes of each piece */
    uint16_t csum_start;  /* from here on the checksum is made … */
    uint16_t csum_offset; /* … and goes to csum_start + csum_offset */
    uint16_t num_buffers; /* receive queue, modern or merged buffers */
} __attribute__((packed));

/** Offloads that a receiver of frames accepts: bits of `accepts`. Ethernet + IP + TCP frames up to
 * VIRTIO_NET_MAX_FRAME bytes come only with TSO4 or TSO6, which need CSUM. */
#define VIRTIO_NET_ACCEPT_CSUM 1u
#define VIRTIO_NET_ACCEPT_TSO4 2u
#define VIRTIO_NET_ACCEPT_TSO6 4u
#define VIRTIO_NET_ACCEPT_ECN  8u
#define VIRTIO_NET_ACCEPT_ALL  15u

/** Largest MTU; largest frame without segmentation offload (header, VLAN tag, MTU 9000); largest
 * with it. */
#define VIRTIO_NET_MAX_MTU   9000u
#define VIRTIO_NET_MAX_PLAIN 9018u
#define VIRTIO_NET_MAX_FRAME 65553u
/** Shortest frame handled: two addresses and the type. */
#define VIRTIO_NET_MIN_FRAME 14u
/** Least gso_size: bounds the pieces of one frame. */
#define VIRTIO_NET_MIN_GSO 48u
/** Most segments of a frame. */
#define VIRTIO_NET_MAX_SEGMENTS 64u

/** A frame: its offload state and where its bytes are. */
struct virtio_net_frame {
    struct virtio_net_hdr hdr; /* private copy */
    const struct virtio_segment *segments;
    unsigned count;
    size_t size; /* bytes: sum of the segments */
};

/** Whether the header fits the frame: a checksum inside it, a known kind of segmentation with a
 * sensible size, a length in range. Drop frames for which this says no. */
bool virtio_net_valid(const struct virtio_net_hdr *hdr, size_t frame_size);

/** Copy n bytes at an offset out of a frame, each once; returns how many there were. */
size_t virtio_net_read(const struct virtio_net_frame *frame, size_t offset, void *to, size_t n);

/** Where the next byte of a frame comes from. At the start {.frame = f, .left = f->size}. */
struct virtio_net_cursor {
    const struct virtio_net_frame *frame;
    unsigned segment;
    size_t offset; /* in the segment */
    size_t left;   /* bytes of the frame */
};

/** Copy the next n bytes of a frame, each once; returns how many there were. */
size_t virtio_net_copy(struct virtio_net_cursor *from, void *to, size_t n);

/** The segments that hold n bytes of a frame from an offset on (fewer where it ends; SIZE_MAX: all
 * the rest). Returns how many they are: at most frame->count, for which `to` must have room. It may
 * be the frame's own segments, which then become those. */
unsigned virtio_net_slice(const struct virtio_net_frame *frame, size_t offset, size_t n,
                          struct virtio_segment *to);

/** Whether a receiver that accepts these offloads can take the frame as it is. */
bool virtio_net_accepted(const struct virtio_net_hdr *hdr, unsigned accepts);

/** Receives each finished frame; what it points to is valid during the call. Returns false to stop.
 */
typedef bool virtio_net_emit(void *ctx, const struct virtio_net_frame *frame);

/** How many frames virtio_net_finish() will emit for this one; 0 when it cannot be done (not what
 * its header says: counts as malformed). */
unsigned virtio_net_pieces(const struct virtio_net_frame *frame, unsigned accepts);

/** Finish in software what the receiver does not accept: cut a TCP frame into pieces, make
 * checksums. Emits one frame, or the pieces; the frames given to emit point into private memory for
 * headers and into the segments of the original for payload. Payload is read twice (sum, then the
 * copy by the receiver): a peer that changes it meanwhile gets a wrong checksum, nothing else.
 * Returns 0, or -1 when the frame is malformed or emit stopped. */
int virtio_net_finish(const struct virtio_net_frame *frame, unsigned accepts, virtio_net_emit *emit,
                      void *ctx);
