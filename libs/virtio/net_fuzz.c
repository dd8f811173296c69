/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The software offloads on made-up frames: sizes and counts must agree whatever the bytes are. */
#include <stdlib.h>
#include <string.h>
#include <virtio/net.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool count(void *ctx, const struct virtio_net_frame *frame)
{
    size_t sum = 0;
    for (unsigned i = 0; i < frame->count; i++) {
        volatile const uint8_t *last = frame->segments[i].data + frame->segments[i].size - 1;
        (void)*last;
        sum += frame->segments[i].size;
    }
    if (sum != frame->size || !frame->size) {
        abort();
    }
    ++*(unsigned *)ctx;
    return true;
}

/* Random bytes are no TCP frame: make one of most of them. */
static void straighten(uint8_t *p, size_t n, struct virtio_net_hdr *hdr)
{
    if (n < 60 || !(hdr->num_buffers & 1u)) {
        return;
    }
    bool v6 = hdr->num_buffers & 2u;
    memcpy(p + 12, v6 ? "\x86\xdd\x60" : "\x08\x00\x45", 3);
    hdr->flags = VIRTIO_NET_HDR_NEEDS_CSUM;
    hdr->gso_type = v6 ? VIRTIO_NET_GSO_TCPV6 : VIRTIO_NET_GSO_TCPV4;
    hdr->csum_start = v6 ? 54 : 34;
    hdr->csum_offset = 16;
    p[23] = 6;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct virtio_net_frame frame = {0};
    struct virtio_segment segments[VIRTIO_NET_MAX_SEGMENTS + 1];
    if (n < 16) {
        return 0;
    }
    memcpy(&frame.hdr, data, sizeof frame.hdr);
    unsigned accepts = data[12] & 15u, step = 1u + data[13];
    size_t size = n - 16;
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, data + 16, size);
    straighten(copy, size, &frame.hdr);
    for (size_t at = 0; at < size && frame.count <= VIRTIO_NET_MAX_SEGMENTS; frame.count++) {
        size_t part = frame.count < VIRTIO_NET_MAX_SEGMENTS && size - at > step ? step : size - at;
        segments[frame.count] = (struct virtio_segment){copy + at, part};
        at += part;
    }
    frame.segments = segments;
    frame.size = size;
    unsigned emitted = 0;
    if (virtio_net_valid(&frame.hdr, size)) {
        unsigned pieces = virtio_net_pieces(&frame, accepts);
        int result = virtio_net_finish(&frame, accepts, count, &emitted);
        if (result == 0 && emitted != pieces) {
            abort();
        }
    }
    free(copy);
    return 0;
}
