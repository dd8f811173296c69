/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Frames: is the header true, who can take them, bytes out of them. */
#include <string.h>
#include <virtio/net.h>

bool virtio_net_valid(const struct virtio_net_hdr *hdr, size_t frame_size)
{
    bool csum = hdr->flags & VIRTIO_NET_HDR_NEEDS_CSUM;
    if (frame_size < VIRTIO_NET_MIN_FRAME || frame_size > VIRTIO_NET_MAX_FRAME) {
        return false;
    }
    if (csum && (hdr->csum_start < VIRTIO_NET_MIN_FRAME ||
                 (size_t)hdr->csum_start + hdr->csum_offset + 2u > frame_size)) {
        return false;
    }
    switch (hdr->gso_type & ~VIRTIO_NET_GSO_ECN) {
    case VIRTIO_NET_GSO_NONE:
        return hdr->gso_type == VIRTIO_NET_GSO_NONE && frame_size <= VIRTIO_NET_MAX_PLAIN;
    case VIRTIO_NET_GSO_TCPV4:
    case VIRTIO_NET_GSO_TCPV6:
        return csum && hdr->gso_size >= VIRTIO_NET_MIN_GSO;
    default:
        return false;
    }
}

bool virtio_net_accepted(const struct virtio_net_hdr *hdr, unsigned accepts)
{
    unsigned needs = hdr->flags & VIRTIO_NET_HDR_NEEDS_CSUM ? VIRTIO_NET_ACCEPT_CSUM : 0;
    switch (hdr->gso_type & ~VIRTIO_NET_GSO_ECN) {
    case VIRTIO_NET_GSO_TCPV4:
        needs |= VIRTIO_NET_ACCEPT_TSO4;
        break;
    case VIRTIO_NET_GSO_TCPV6:
        needs |= VIRTIO_NET_ACCEPT_TSO6;
        break;
    default:
        break;
    }
    needs |= hdr->gso_type & VIRTIO_NET_GSO_ECN ? VIRTIO_NET_ACCEPT_ECN : 0;
    return (needs & ~accepts) == 0;
}

size_t virtio_net_read(const struct virtio_net_frame *frame, size_t offset, void *to, size_t n)
{
    uint8_t *out = to;
    size_t done = 0;
    for (unsigned i = 0; i < frame->count && done < n; i++) {
        const struct virtio_segment *s = &frame->segments[i];
        if (offset >= s->size) {
            offset -= s->size;
            continue;
        }
        size_t part = s->size - offset < n - done ? s->size - offset : n - done;
        memcpy(out + done, s->data + offset, part);
        done += part;
        offset = 0;
    }
    return done;
}

size_t virtio_net_copy(struct virtio_net_cursor *from, void *to, size_t n)
{
    uint8_t *out = to;
    size_t done = 0;
    while (done < n && from->left) {
        const struct virtio_segment *s = &from->frame->segments[from->segment];
        size_t part = s->size - from->offset;
        part = part < n - done ? part : n - done;
        memcpy(out + done, s->data + from->offset, part);
        done += part;
        from->left -= part;
        from->offset += part;
        if (from->offset == s->size) {
            from->segment++;
            from->offset = 0;
        }
    }
    return done;
}

unsigned virtio_net_slice(const struct virtio_net_frame *frame, size_t offset, size_t n,
                          struct virtio_segment *to)
{
    unsigned count = 0;
    for (unsigned i = 0; i < frame->count && n; i++) {
        struct virtio_segment s = frame->segments[i];
        size_t cut = s.size < offset ? s.size : offset;
        size_t part = s.size - cut < n ? s.size - cut : n;
        offset -= cut;
        n -= part;
        if (part) {
            to[count++] = (struct virtio_segment){s.data + cut, part};
        }
    }
    return count;
}
