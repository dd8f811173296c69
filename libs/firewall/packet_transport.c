/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* RFC 9293 and 768. Checksums of a datagram in parts cannot be verified here. */
#include "packet_internal.h"

enum {
    TCP_HEADER = 20,
    TCP_OPTION_END = 0,
    TCP_OPTION_NOTHING = 1,
    TCP_OPTION_SCALE = 3,
    MAX_SCALE = 14, /* RFC 7323, 2.3 */
    NO_SCALE = 255,
};

/* The pseudo header of either version (RFC 9293, 3.1; RFC 8200, 8.1). */
static uint32_t pseudo_header(const struct firewall_packet *packet)
{
    size_t skip = packet->version == 4 ? 12 : 0;
    uint32_t sum = packet->protocol + (uint32_t)packet->transport_size;
    sum = firewall_checksum_add(sum, packet->source.bytes + skip, 16 - skip);
    return firewall_checksum_add(sum, packet->destination.bytes + skip, 16 - skip);
}

bool transport_checksum_fits(const struct firewall_packet *packet,
                             const struct firewall_offload *offload)
{
    if (packet->fragment || (offload && (offload->partial || offload->verified)))
        return true;
    const uint8_t *data = packet->data + packet->transport;
    uint32_t sum = firewall_checksum_add(pseudo_header(packet), data, packet->transport_size);
    return firewall_checksum_fits(sum);
}

/* SYN, SYN+ACK, RST, RST+ACK, ACK, FIN+ACK; pushing and urgent data only where data may be. */
static bool tcp_flags_fit(uint8_t flags)
{
    uint8_t kind = flags & (FIREWALL_TCP_SYN | FIREWALL_TCP_RST | FIREWALL_TCP_FIN);
    if (!(flags & FIREWALL_TCP_ACK))
        return (kind == FIREWALL_TCP_SYN || kind == FIREWALL_TCP_RST) &&
               !(flags & FIREWALL_TCP_URG);
    return kind == 0 || kind == FIREWALL_TCP_SYN || kind == FIREWALL_TCP_RST ||
           kind == FIREWALL_TCP_FIN;
}

static bool read_tcp_options(struct firewall_packet *packet, const uint8_t *option, size_t size)
{
    for (size_t at = 0; at < size && option[at] != TCP_OPTION_END;) {
        if (option[at] == TCP_OPTION_NOTHING) {
            at++;
            continue;
        }
        if (size - at < 2 || option[at + 1] < 2 || option[at + 1] > size - at)
            return false;
        if (option[at] == TCP_OPTION_SCALE) {
            if (option[at + 1] != 3)
                return false;
            packet->scale = option[at + 2] > MAX_SCALE ? MAX_SCALE : option[at + 2];
        }
        at += option[at + 1];
    }
    return true;
}

static enum firewall_reason parse_tcp(struct firewall_packet *packet,
                                      const struct firewall_offload *offload)
{
    const uint8_t *tcp = packet->data + packet->transport;
    if (packet->transport_size < TCP_HEADER)
        return packet->fragment ? FIREWALL_FRAGMENT : FIREWALL_TCP_HEADER;
    size_t header = (size_t)(tcp[12] >> 4) * 4;
    if (header < TCP_HEADER || header > packet->transport_size)
        return FIREWALL_TCP_HEADER;
    packet->source_port = get_be16(tcp);
    packet->destination_port = get_be16(tcp + 2);
    packet->sequence = get_be32(tcp + 4);
    packet->acknowledgement = get_be32(tcp + 8);
    packet->flags = tcp[13] & 0x3f;
    packet->window = get_be16(tcp + 14);
    packet->payload_size = packet->transport_size - header;
    packet->scale = NO_SCALE;
    if (packet->source_port == 0 || packet->destination_port == 0 ||
        !read_tcp_options(packet, tcp + TCP_HEADER, header - TCP_HEADER))
        return FIREWALL_TCP_HEADER;
    if (!tcp_flags_fit(packet->flags))
        return FIREWALL_TCP_FLAGS;
    return transport_checksum_fits(packet, offload) ? FIREWALL_PASSED : FIREWALL_TCP_CHECKSUM;
}

static enum firewall_reason parse_udp(struct firewall_packet *packet,
                                      const struct firewall_offload *offload)
{
    const uint8_t *udp = packet->data + packet->transport;
    if (packet->transport_size < 8)
        return packet->fragment ? FIREWALL_FRAGMENT : FIREWALL_UDP_HEADER;
    size_t length = get_be16(udp + 4);
    packet->source_port = get_be16(udp);
    packet->destination_port = get_be16(udp + 2);
    if (packet->destination_port == 0 || length < 8)
        return FIREWALL_UDP_HEADER;
    /* A datagram fills its packet; the first part of one is less than the whole. */
    if (packet->fragment ? length <= packet->transport_size : length != packet->transport_size)
        return FIREWALL_UDP_HEADER;
    if (get_be16(udp + 6) == 0 && !(offload && offload->partial))
        return packet->version == 4 ? FIREWALL_PASSED : FIREWALL_UDP_CHECKSUM;
    return transport_checksum_fits(packet, offload) ? FIREWALL_PASSED : FIREWALL_UDP_CHECKSUM;
}

enum firewall_reason parse_transport(struct firewall_packet *packet,
                                     const struct firewall_offload *offload)
{
    if (packet->fragment_offset != 0)
        return FIREWALL_PASSED;
    switch (packet->protocol) {
    case FIREWALL_TCP:
        return parse_tcp(packet, offload);
    case FIREWALL_UDP:
        return parse_udp(packet, offload);
    case FIREWALL_ICMP:
        return packet->version == 4 ? check_icmp(packet, offload) : FIREWALL_IP_HEADER;
    case FIREWALL_ICMPV6:
        return packet->version == 6 ? check_icmp(packet, offload) : FIREWALL_IP_HEADER;
    default:
        return FIREWALL_PASSED;
    }
}
