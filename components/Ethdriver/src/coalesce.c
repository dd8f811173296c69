/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* RFC 791, 8200, 9293; the form of the result is VIRTIO 1.2, 5.1.6.2. */
#include "coalesce.h"
#include <string.h>

enum { L3 = 14, IP4 = 20, IP6 = 40, TCP_HEADER = 20, MAX_IP = 65535, PROTOCOL_TCP = 6 };
enum { TCP_PUSH = 8, TCP_ACK = 16, TCP_FLAGS_AT = 13, TCP_SUM_AT = 16 };

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Length of the IP packet, 0 if it is not TCP without options or fragments. */
static unsigned parse_ip(struct coalesce_segment *s)
{
    const uint8_t *h = s->header, *ip = h + L3;
    unsigned type = get16(h + 12);
    s->v6 = type == 0x86dd;
    s->l4 = L3 + (s->v6 ? IP6 : IP4);
    if (s->v6)
        return ip[0] >> 4 == 6 && ip[6] == PROTOCOL_TCP ? IP6 + get16(ip + 4) : 0;
    bool plain = type == 0x0800 && ip[0] == 0x45 && (get16(ip + 6) & 0x3fff) == 0;
    return plain && ip[9] == PROTOCOL_TCP ? get16(ip + 2) : 0;
}

bool coalesce_parse(struct coalesce_segment *s, const struct nic_received *frame)
{
    size_t have = frame->piece[0].size < COALESCE_HEADER ? frame->piece[0].size : COALESCE_HEADER;
    if (!frame->checked || have < L3 + IP6 + TCP_HEADER)
        return false;
    memcpy(s->header, frame->piece[0].data, have);
    unsigned length = parse_ip(s);
    const uint8_t *tcp = s->header + s->l4;
    s->header_size = s->l4 + (tcp[12] >> 4) * 4u;
    if (length == 0 || (size_t)length + L3 > frame->size || s->header_size > have ||
        s->header_size < s->l4 + TCP_HEADER || s->header_size >= length + L3)
        return false;
    s->payload = length + L3 - s->header_size;
    s->sequence = get32(tcp + 4);
    s->push = (tcp[TCP_FLAGS_AT] & TCP_PUSH) != 0;
    s->frame = frame;
    return (tcp[TCP_FLAGS_AT] & ~TCP_PUSH) == TCP_ACK;
}

/* Adds the payload's pieces; what lies behind it in the frame is padding. */
static bool add_pieces(struct coalesce *c, const struct coalesce_segment *s)
{
    size_t skip = s->header_size, left = s->payload;
    if (c->count + s->frame->count > 1 + COALESCE_PIECES)
        return false;
    for (unsigned i = 0; i < s->frame->count && left != 0; i++) {
        const struct nic_piece *piece = &s->frame->piece[i];
        size_t cut = piece->size < skip ? piece->size : skip;
        size_t part = piece->size - cut < left ? piece->size - cut : left;
        skip -= cut;
        left -= part;
        if (part != 0)
            c->pieces[c->count++] = (struct virtio_segment){(uint8_t *)piece->data + cut, part};
    }
    c->payload += s->payload;
    c->push |= s->push;
    c->frames++;
    c->closed = s->push || s->payload < c->first.payload || s->payload < COALESCE_MIN_PAYLOAD;
    return true;
}

void coalesce_start(struct coalesce *c, const struct coalesce_segment *segment)
{
    c->frames = 0;
    c->payload = 0;
    c->push = false;
    c->first = *segment;
    c->first.frame = NULL;
    c->pieces[0] = (struct virtio_segment){c->first.header, segment->header_size};
    c->count = 1;
    (void)add_pieces(c, segment); /* one frame always fits */
}

static bool equal(const struct coalesce_segment *a, const struct coalesce_segment *b, unsigned from,
                  unsigned to)
{
    return memcmp(a->header + from, b->header + from, to - from) == 0;
}

/* All that the segments of one larger segment have in common. */
static bool same_flow(const struct coalesce_segment *a, const struct coalesce_segment *b)
{
    unsigned t = a->l4;
    if (a->v6 != b->v6 || a->header_size != b->header_size || !equal(a, b, 0, L3 + 2))
        return false;
    /* not length, identification and checksum of IP */
    bool ip = a->v6 ? equal(a, b, L3 + 2, L3 + 4) && equal(a, b, L3 + 6, t)
                    : equal(a, b, L3 + 6, L3 + 10) && equal(a, b, L3 + 12, t);
    /* not sequence number, flags and checksum of TCP */
    return ip && equal(a, b, t, t + 4) && equal(a, b, t + 8, t + TCP_FLAGS_AT) &&
           equal(a, b, t + 14, t + TCP_SUM_AT) && equal(a, b, t + 18, a->header_size);
}

bool coalesce_append(struct coalesce *c, const struct coalesce_segment *s)
{
    if (c->frames == 0 || c->closed || s->sequence != c->first.sequence + c->payload ||
        s->payload > c->first.payload ||
        c->first.header_size - L3 + c->payload + s->payload > MAX_IP || !same_flow(&c->first, s))
        return false;
    return add_pieces(c, s);
}

static uint32_t sum(const uint8_t *data, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i += 2)
        value += get16(data + i);
    while (value > 0xffff)
        value = (value & 0xffff) + (value >> 16);
    return value;
}

/* Headers of one large segment, its checksum to be finished by whoever needs it. */
static void finish_header(struct coalesce *c)
{
    struct coalesce_segment *s = &c->first;
    uint8_t *ip = s->header + L3, *tcp = s->header + s->l4;
    unsigned tcp_size = s->header_size - s->l4 + c->payload;
    if (s->v6) {
        put16(ip + 4, tcp_size);
    } else {
        put16(ip + 2, IP4 + tcp_size);
        put16(ip + 10, 0);
        put16(ip + 10, ~sum(ip, IP4, 0) & 0xffff);
    }
    if (c->push)
        tcp[TCP_FLAGS_AT] |= TCP_PUSH;
    put16(tcp + TCP_SUM_AT, s->v6 ? sum(ip + 8, 32, PROTOCOL_TCP + tcp_size)
                                  : sum(ip + 12, 8, PROTOCOL_TCP + tcp_size));
}

void coalesce_take(struct coalesce *c, struct virtio_net_frame *frame)
{
    *frame = (struct virtio_net_frame){
        .segments = c->pieces, .count = c->count, .size = c->first.header_size + c->payload};
    if (c->frames == 1) {
        frame->hdr.flags = VIRTIO_NET_HDR_DATA_VALID;
    } else {
        finish_header(c);
        frame->hdr = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_NEEDS_CSUM,
                                             .gso_type = c->first.v6 ? VIRTIO_NET_GSO_TCPV6
                                                                     : VIRTIO_NET_GSO_TCPV4,
                                             .header_size = (uint16_t)c->first.header_size,
                                             .gso_size = (uint16_t)c->first.payload,
                                             .csum_start = (uint16_t)c->first.l4,
                                             .csum_offset = TCP_SUM_AT};
    }
    c->frames = 0;
}
