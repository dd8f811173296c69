/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Checksum and TCP segmentation in software (VIRTIO 1.2, 5.1.6.2; RFC 791, 8200, 9293). Headers are
 * copied once into private memory and all decisions are made there.
 */
#include <string.h>
#include <virtio/net.h>

#define HEADER_MAX                                                                                 \
    256u /* Ethernet, tags, IP with options or extension headers, TCP with options                 \
          */
#define TYPE_IPV4   0x0800u
#define TYPE_IPV6   0x86ddu
#define TYPE_VLAN   0x8100u
#define TYPE_QINQ   0x88a8u
#define PROTO_TCP   6u
#define TCP_SEQ     4u
#define TCP_DOFF    12u
#define TCP_FLAGS   13u
#define TCP_CSUM    16u
#define TCP_FIN_PSH 0x09u
#define TCP_CWR     0x80u

/* A frame taken apart. */
struct parts {
    const struct virtio_net_frame *frame;
    unsigned accepts;
    uint8_t header[HEADER_MAX];
    unsigned header_size; /* bytes that are replaced: they come from header[] */
    unsigned l3, l4;      /* offsets of the IP and the TCP header */
    bool v6;
    size_t payload;
    struct virtio_segment segments[VIRTIO_NET_MAX_SEGMENTS + 1];
};

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffffu);
}

static unsigned fold(uint64_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffffu) + (sum >> 16);
    }
    return (unsigned)sum;
}

/* Sum of big-endian 16-bit words, as a little-endian machine adds fastest: in its own order, and
 * swapped at the end (RFC 1071). odd: the first byte is the low half of a word. */
static uint64_t sum_bytes(const uint8_t *p, size_t n, bool odd)
{
    uint64_t sum = 0;
    while (n >= 4) {
        uint32_t word;
        memcpy(&word, p, 4);
        sum += word;
        p += 4;
        n -= 4;
    }
    if (n >= 2) {
        uint16_t word;
        memcpy(&word, p, 2);
        sum += word;
        p += 2;
        n -= 2;
    }
    if (n) {
        sum += *p;
    }
    unsigned folded = fold(sum);
    return odd ? folded : __builtin_bswap16((uint16_t)folded);
}

static uint64_t sum_segments(const struct virtio_segment *segments, unsigned count)
{
    uint64_t sum = 0;
    bool odd = false;
    for (unsigned i = 0; i < count; i++) {
        sum += sum_bytes(segments[i].data, segments[i].size, odd);
        odd ^= segments[i].size & 1u;
    }
    return sum;
}

/* Segments of the replaced header and of `n` bytes of the original from an offset. */
static unsigned slice(struct parts *p, size_t offset, size_t n)
{
    p->segments[0] = (struct virtio_segment){p->header, p->header_size};
    return 1 + virtio_net_slice(p->frame, offset, n, &p->segments[1]);
}

/* Copy the first n bytes of the frame. */
static bool take_header(struct parts *p, size_t n)
{
    if (n > HEADER_MAX || n > p->frame->size || p->frame->count > VIRTIO_NET_MAX_SEGMENTS) {
        return false;
    }
    p->header_size = (unsigned)n;
    return virtio_net_read(p->frame, 0, p->header, n) == n;
}

/* The type behind the tags; *l3 is where its header begins. */
static unsigned ether_type(const struct parts *p, unsigned *l3)
{
    *l3 = 14;
    unsigned type = get16(p->header + 12);
    while ((type == TYPE_VLAN || type == TYPE_QINQ) && *l3 + 4u <= p->header_size) {
        type = get16(p->header + *l3 + 2);
        *l3 += 4;
    }
    return type;
}

/* Is this a TCP segment as the header says? Leaves the headers in p->header. */
static bool parse_tcp(struct parts *p)
{
    const struct virtio_net_hdr *hdr = &p->frame->hdr;
    p->l4 = hdr->csum_start;
    if (hdr->csum_offset != TCP_CSUM || !take_header(p, p->l4 + 20u)) {
        return false;
    }
    unsigned doff = (p->header[p->l4 + TCP_DOFF] >> 4) * 4u;
    if (doff < 20 || !take_header(p, p->l4 + doff)) {
        return false;
    }
    /* read again, maybe changed: whatever it is now, the sizes stay those checked */
    p->header[p->l4 + TCP_DOFF] = (uint8_t)((p->header[p->l4 + TCP_DOFF] & 15u) | doff << 2);
    unsigned type = ether_type(p, &p->l3);
    p->v6 = (hdr->gso_type & ~VIRTIO_NET_GSO_ECN) == VIRTIO_NET_GSO_TCPV6;
    const uint8_t *ip = p->header + p->l3;
    p->payload = p->frame->size - p->header_size;
    if (p->v6) {
        return type == TYPE_IPV6 && p->l3 + 40u <= p->l4 && ip[0] >> 4 == 6;
    }
    return type == TYPE_IPV4 && p->l3 + 20u <= p->l4 && ip[0] >> 4 == 4 &&
           p->l3 + (ip[0] & 15u) * 4u == p->l4 && ip[9] == PROTO_TCP;
}

static unsigned count_pieces(const struct parts *p)
{
    size_t size = p->frame->hdr.gso_size;
    return p->payload ? (unsigned)((p->payload + size - 1) / size) : 1;
}

unsigned virtio_net_pieces(const struct virtio_net_frame *frame, unsigned accepts)
{
    if (virtio_net_accepted(&frame->hdr, accepts) || frame->hdr.gso_type == VIRTIO_NET_GSO_NONE) {
        return 1;
    }
    struct parts p;
    p.frame = frame;
    return parse_tcp(&p) ? count_pieces(&p) : 0;
}

static bool emit_frame(struct parts *p, unsigned count, const struct virtio_net_hdr *hdr,
                       virtio_net_emit *emit, void *ctx)
{
    struct virtio_net_frame out = {.hdr = *hdr, .segments = p->segments, .count = count};
    for (unsigned i = 0; i < count; i++) {
        out.size += p->segments[i].size;
    }
    return emit(ctx, &out);
}

static int finish_checksum(struct parts *p, virtio_net_emit *emit, void *ctx)
{
    const struct virtio_net_hdr *hdr = &p->frame->hdr;
    unsigned at = hdr->csum_start + hdr->csum_offset;
    if (!take_header(p, at + 2u)) {
        return -1;
    }
    unsigned count = slice(p, p->header_size, p->frame->size - p->header_size);
    /* The sum starts inside the replaced bytes. */
    p->segments[0] =
        (struct virtio_segment){p->header + hdr->csum_start, p->header_size - hdr->csum_start};
    unsigned sum = ~fold(sum_segments(p->segments, count)) & 0xffffu;
    p->segments[0] = (struct virtio_segment){p->header, p->header_size};
    put16(p->header + at, sum ? sum : 0xffffu); /* 0 would mean "none" in UDP; both are the same */
    const struct virtio_net_hdr done = {0};
    return emit_frame(p, count, &done, emit, ctx) ? 0 : -1;
}

/* Sum of the pseudo header of a TCP segment of n bytes. */
static uint64_t pseudo_sum(const struct parts *p, size_t n)
{
    const uint8_t *ip = p->header + p->l3;
    uint64_t sum = p->v6 ? sum_bytes(ip + 8, 32, false) : sum_bytes(ip + 12, 8, false);
    return sum + PROTO_TCP + n;
}

static void write_ip(struct parts *p, const uint8_t *original, unsigned index, size_t size)
{
    uint8_t *ip = p->header + p->l3;
    if (p->v6) {
        put16(ip + 4, (unsigned)(size - p->l3 - 40u));
        return;
    }
    put16(ip + 2, (unsigned)(size - p->l3));
    put16(ip + 4, get16(original + p->l3 + 4) + index);
    put16(ip + 10, 0);
    put16(ip + 10, ~fold(sum_bytes(ip, p->l4 - p->l3, false)) & 0xffffu);
}

/* One piece of the payload: headers for it, then its checksum (or the start of it). */
static bool emit_piece(struct parts *p, const uint8_t *original, unsigned index,
                       virtio_net_emit *emit, void *ctx)
{
    size_t step = p->frame->hdr.gso_size, offset = index * step;
    bool last = offset + step >= p->payload;
    size_t n = last ? p->payload - offset : step;
    uint8_t *tcp = p->header + p->l4;
    write_ip(p, original, index, p->header_size + n);
    put32(tcp + TCP_SEQ, get32(original + p->l4 + TCP_SEQ) + (uint32_t)offset);
    unsigned flags = original[p->l4 + TCP_FLAGS];
    flags &= ~(last ? 0 : TCP_FIN_PSH);
    flags &= ~(index ? TCP_CWR : 0);
    tcp[TCP_FLAGS] = (uint8_t)flags;
    put16(tcp + TCP_CSUM, 0);
    unsigned count = slice(p, p->header_size + offset, n);
    uint64_t sum = pseudo_sum(p, p->header_size - p->l4 + n);
    struct virtio_net_hdr hdr = {0};
    if (p->accepts & VIRTIO_NET_ACCEPT_CSUM) {
        hdr.flags = VIRTIO_NET_HDR_NEEDS_CSUM;
        hdr.csum_start = (uint16_t)p->l4;
        hdr.csum_offset = TCP_CSUM;
        put16(tcp + TCP_CSUM, fold(sum));
    } else {
        p->segments[0] = (struct virtio_segment){tcp, p->header_size - p->l4};
        sum += sum_segments(p->segments, count);
        put16(tcp + TCP_CSUM, ~fold(sum) & 0xffffu);
    }
    p->segments[0] = (struct virtio_segment){p->header, p->header_size};
    return emit_frame(p, count, &hdr, emit, ctx);
}

int virtio_net_finish(const struct virtio_net_frame *frame, unsigned accepts, virtio_net_emit *emit,
                      void *ctx)
{
    if (virtio_net_accepted(&frame->hdr, accepts)) {
        return emit(ctx, frame) ? 0 : -1;
    }
    struct parts p;
    p.frame = frame;
    p.accepts = accepts;
    if (frame->hdr.gso_type == VIRTIO_NET_GSO_NONE) {
        return finish_checksum(&p, emit, ctx);
    }
    uint8_t original[HEADER_MAX];
    if (!parse_tcp(&p)) {
        return -1;
    }
    memcpy(original, p.header, p.header_size);
    unsigned pieces = count_pieces(&p);
    for (unsigned i = 0; i < pieces; i++) {
        if (!emit_piece(&p, original, i, emit, ctx)) {
            return -1;
        }
    }
    return 0;
}
