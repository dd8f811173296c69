/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
#pragma once
/*
 * Receive coalescing: TCP segments that follow each other become one frame with segmentation
 * offload, as a sender would have made it. What is behind the link handles one frame in place of
 * dozens; cut again, it gives the same segments.
 */
#include <ethdrivers/nic.h>
#include <virtio/net.h>

enum { COALESCE_HEADER = 14 + 40 + 60, COALESCE_PIECES = 40, COALESCE_MIN_PAYLOAD = 256 };

/** A TCP segment from the line: its headers, copied and parsed. */
struct coalesce_segment {
    uint8_t header[COALESCE_HEADER];
    unsigned l4, header_size, payload;
    uint32_t sequence;
    bool v6, push;
    const struct nic_received *frame;
};

/** A frame in the making. */
struct coalesce {
    unsigned frames; /**< 0: empty */
    bool closed;     /**< nothing can follow */
    struct coalesce_segment first;
    unsigned payload;
    bool push;
    struct virtio_segment pieces[1 + COALESCE_PIECES]; /**< [0]: the header */
    unsigned count;
};

/** Whether the frame is a TCP segment that may be coalesced. */
bool coalesce_parse(struct coalesce_segment *segment, const struct nic_received *frame);
/** Begins with a segment. */
void coalesce_start(struct coalesce *c, const struct coalesce_segment *segment);
/** Appends a segment; false: it does not belong there. */
bool coalesce_append(struct coalesce *c, const struct coalesce_segment *segment);
/** The frame; then the coalescer is empty. Valid as long as `c` and the received frames are. */
void coalesce_take(struct coalesce *c, struct virtio_net_frame *frame);
