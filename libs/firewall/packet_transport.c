/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* RFC 9293, 768, 792, 4443, 4861. Checksums of a datagram in parts cannot be verified here. */
#include "packet_internal.h"
#include <string.h>

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

static bool checksum_fits(const struct firewall_packet *packet,
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
    return checksum_fits(packet, offload) ? FIREWALL_PASSED : FIREWALL_TCP_CHECKSUM;
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
    return checksum_fits(packet, offload) ? FIREWALL_PASSED : FIREWALL_UDP_CHECKSUM;
}

/* Options of neighbour discovery: type, length in units of 8 bytes. */
static bool discovery_options_fit(const uint8_t *option, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t length = size - at < 8 ? 0 : (size_t)option[at + 1] * 8;
        if (length == 0 || length > size - at)
            return false;
        at += length;
    }
    return true;
}

/* RFC 4861, sections 6.1, 7.1 and 8.1: from a neighbour, whole, about a single host. */
static bool discovery_fits(const struct firewall_packet *packet)
{
    static const uint8_t minimum[] = {8, 16, 24, 24, 40}; /* types 133 to 137 */
    const uint8_t *message = packet->data + packet->transport;
    size_t fixed = minimum[packet->type - 133];
    if (packet->hop_limit != 255 || packet->code != 0 || packet->fragment ||
        packet->transport_size < fixed)
        return false;
    if (packet->type >= 135 && message[8] == 0xff)
        return false;
    return discovery_options_fit(message + fixed, packet->transport_size - fixed);
}

enum firewall_reason parse_icmp(struct firewall_packet *packet)
{
    const uint8_t *icmp = packet->data + packet->transport;
    if (packet->transport_size < (packet->version == 4 ? 8 : 4))
        return packet->fragment ? FIREWALL_FRAGMENT : FIREWALL_ICMP_HEADER;
    packet->type = icmp[0];
    packet->code = icmp[1];
    bool echo = packet->version == 4 ? packet->type == 0 || packet->type == 8
                                     : packet->type == 128 || packet->type == 129;
    if (!echo)
        return FIREWALL_PASSED;
    if (packet->transport_size < 8)
        return FIREWALL_ICMP_HEADER;
    packet->source_port = packet->destination_port = get_be16(icmp + 4);
    return FIREWALL_PASSED;
}

static enum firewall_reason check_icmp(struct firewall_packet *packet,
                                       const struct firewall_offload *offload)
{
    enum firewall_reason reason = parse_icmp(packet);
    if (reason != FIREWALL_PASSED)
        return reason;
    if (packet->version == 4) {
        const uint8_t *data = packet->data + packet->transport;
        uint32_t sum = firewall_checksum_add(0, data, packet->transport_size);
        return packet->fragment || firewall_checksum_fits(sum) ? FIREWALL_PASSED
                                                               : FIREWALL_ICMP_CHECKSUM;
    }
    if (!checksum_fits(packet, offload))
        return FIREWALL_ICMP_CHECKSUM;
    if (packet->type >= 133 && packet->type <= 137 && !discovery_fits(packet))
        return FIREWALL_NEIGHBOUR;
    return FIREWALL_PASSED;
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

bool firewall_is_neighbour(const struct firewall_packet *packet)
{
    if (packet->version != 6 || packet->protocol != FIREWALL_ICMPV6 || packet->fragment)
        return false;
    return (packet->type >= 130 && packet->type <= 137) || packet->type == 143;
}

static bool is_error(const struct firewall_packet *packet)
{
    if (packet->fragment)
        return false;
    if (packet->version == 4 && packet->protocol == FIREWALL_ICMP)
        return packet->type == 3 || packet->type == 4 || packet->type == 11 || packet->type == 12;
    return packet->version == 6 && packet->protocol == FIREWALL_ICMPV6 && packet->type >= 1 &&
           packet->type <= 4;
}

/* The quoted packet is cut short, so its lengths and checksums say nothing; 8 bytes must be there.
 */
bool firewall_parse_quoted(struct firewall_packet *quoted, const struct firewall_packet *error)
{
    *quoted = (struct firewall_packet){.data = error->data, .size = error->size};
    if (!is_error(error) || error->transport_size < 8)
        return false;
    size_t at = error->transport + 8, room = error->transport_size - 8;
    const uint8_t *ip = error->data + at;
    quoted->version = error->version;
    size_t header = error->version == 4 ? (room ? (size_t)(ip[0] & 15) * 4 : 0) : 40;
    if (header < 20 || room < header + 8 || ip[0] >> 4 != error->version)
        return false;
    if (error->version == 4) {
        quoted->protocol = ip[9];
        quoted->source = firewall_address_ip4(ip + 12);
        quoted->destination = firewall_address_ip4(ip + 16);
        if (get_be16(ip + 6) & 0x1fff)
            return false;
    } else {
        quoted->protocol = ip[6];
        quoted->source = firewall_address_ip6(ip + 8);
        quoted->destination = firewall_address_ip6(ip + 24);
    }
    quoted->transport = at + header;
    quoted->transport_size = room - header;
    if (quoted->protocol == FIREWALL_ICMP || quoted->protocol == FIREWALL_ICMPV6)
        return parse_icmp(quoted) == FIREWALL_PASSED;
    quoted->source_port = get_be16(ip + header);
    quoted->destination_port = get_be16(ip + header + 2);
    return true;
}
