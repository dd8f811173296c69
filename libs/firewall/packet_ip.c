/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* RFC 791, with what RFC 1122 and RFC 3128 rule out; RFC 8200 with RFC 5095, 5722 and 7112. */
#include "packet_internal.h"
#include <string.h>

enum {
    OPTION_END = 0,
    OPTION_NOTHING = 1,
    OPTION_LOOSE_ROUTE = 131,
    OPTION_STRICT_ROUTE = 137,
    MAX_DATAGRAM = 65535,
};

/* Options fill the header exactly; routes that the sender chooses are refused (RFC 7126). */
static bool options_fit(const uint8_t *option, size_t size)
{
    size_t at = 0;
    while (at < size) {
        if (option[at] == OPTION_END)
            return true;
        if (option[at] == OPTION_NOTHING) {
            at++;
            continue;
        }
        if (option[at] == OPTION_LOOSE_ROUTE || option[at] == OPTION_STRICT_ROUTE)
            return false;
        if (size - at < 2 || option[at + 1] < 2 || option[at + 1] > size - at)
            return false;
        at += option[at + 1];
    }
    return true;
}

/* Addresses no packet on a wire comes from or goes to (RFC 1122, 3.2.1.3). */
static bool ip4_addresses_fit(const struct firewall_packet *packet)
{
    const uint8_t *source = packet->source.bytes + 12;
    const uint8_t *destination = packet->destination.bytes + 12;
    if (firewall_address_is_group(&packet->source) || source[0] == 127 || destination[0] == 127)
        return false;
    if (firewall_address_is_unspecified(&packet->destination))
        return false;
    /* A host that asks for its address has none yet. */
    if (source[0] == 0 && (!firewall_address_is_unspecified(&packet->source) ||
                           (packet->protocol != FIREWALL_UDP && packet->protocol != FIREWALL_IGMP)))
        return false;
    return !firewall_address_equal(&packet->source, &packet->destination);
}

/* Parts are whole multiples of 8 bytes but the last, and the whole stays below the largest one. */
static bool fragment_fits(const struct firewall_packet *packet, size_t header)
{
    size_t size = packet->transport_size;
    if (size == 0 || (packet->more && size % 8))
        return false;
    return header + packet->fragment_offset + size <= MAX_DATAGRAM;
}

enum firewall_reason parse_ip4(struct firewall_packet *packet, size_t at)
{
    const uint8_t *ip = packet->data + at;
    size_t room = packet->size - at;
    packet->version = 4;
    if (room < 20 || ip[0] >> 4 != 4)
        return FIREWALL_IP_HEADER;
    size_t header = (size_t)(ip[0] & 15) * 4, total = get_be16(ip + 2);
    if (header < 20 || header > room || ip[8] == 0 || ip[6] & 0x80)
        return FIREWALL_IP_HEADER;
    if (total < header || total > room)
        return FIREWALL_IP_LENGTH;
    if (!firewall_checksum_fits(firewall_checksum_add(0, ip, header)))
        return FIREWALL_IP_CHECKSUM;
    packet->protocol = ip[9];
    packet->hop_limit = ip[8];
    packet->source = firewall_address_ip4(ip + 12);
    packet->destination = firewall_address_ip4(ip + 16);
    packet->transport = at + header;
    packet->transport_size = total - header;
    packet->more = ip[6] & 0x20;
    packet->fragment_offset = (size_t)(get_be16(ip + 6) & 0x1fff) * 8;
    packet->fragment = packet->more || packet->fragment_offset != 0;
    packet->fragment_id = get_be16(ip + 4);
    if (!options_fit(ip + 20, header - 20))
        return FIREWALL_IP_OPTIONS;
    if (!ip4_addresses_fit(packet))
        return FIREWALL_IP_ADDRESS;
    if (packet->fragment && !fragment_fits(packet, header))
        return FIREWALL_FRAGMENT;
    return FIREWALL_PASSED;
}

/* ---- IPv6 ----------------------------------------------------------------------------------- */

enum {
    NEXT_HOP_BY_HOP = 0,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_AUTHENTICATION = 51,
    NEXT_DESTINATION = 60,
    MAX_EXTENSIONS = 8,
};

static bool ip6_addresses_fit(const struct firewall_packet *packet)
{
    static const uint8_t loopback[16] = {[15] = 1};
    if (firewall_address_is_group(&packet->source) || firewall_address_is_ip4(&packet->source) ||
        firewall_address_is_ip4(&packet->destination) ||
        firewall_address_is_unspecified(&packet->destination))
        return false;
    if (memcmp(packet->source.bytes, loopback, 16) == 0 ||
        memcmp(packet->destination.bytes, loopback, 16) == 0)
        return false;
    return !firewall_address_equal(&packet->source, &packet->destination);
}

/* Options of a hop-by-hop or destination header: type, length, value; type 0 is one byte. */
static bool ip6_options_fit(const uint8_t *option, size_t size)
{
    for (size_t at = 0; at < size;) {
        if (option[at] == 0) {
            at++;
            continue;
        }
        if (size - at < 2 || option[at + 1] > size - at - 2)
            return false;
        at += 2u + option[at + 1];
    }
    return true;
}

static enum firewall_reason take_fragment(struct firewall_packet *packet, const uint8_t *header)
{
    if (packet->fragment)
        return FIREWALL_IP_EXTENSION;
    uint16_t field = get_be16(header + 2);
    packet->more = field & 1;
    packet->fragment_offset = field & 0xfff8;
    packet->fragment_id = get_be32(header + 4);
    /* A datagram in one part is no fragment (RFC 6946). */
    packet->fragment = packet->more || packet->fragment_offset != 0;
    return FIREWALL_PASSED;
}

/* One extension header; `next` is its type and becomes that of what follows. */
static enum firewall_reason take_extension(struct firewall_packet *packet, uint8_t *next,
                                           bool first)
{
    const uint8_t *header = packet->data + packet->transport;
    enum firewall_reason reason = FIREWALL_PASSED;
    if (packet->transport_size < 8)
        return FIREWALL_IP_EXTENSION;
    size_t size = ((size_t)header[1] + 1) * 8;
    if (*next == NEXT_FRAGMENT) {
        size = 8;
        reason = take_fragment(packet, header);
    } else if (*next == NEXT_AUTHENTICATION) {
        size = ((size_t)header[1] + 2) * 4;
    }
    if (size > packet->transport_size || (*next == NEXT_HOP_BY_HOP && !first))
        return FIREWALL_IP_EXTENSION;
    if (*next == NEXT_ROUTING && header[2] == 0)
        return FIREWALL_IP_EXTENSION;
    if ((*next == NEXT_HOP_BY_HOP || *next == NEXT_DESTINATION) &&
        !ip6_options_fit(header + 2, size - 2))
        return FIREWALL_IP_EXTENSION;
    *next = header[0];
    packet->transport += size;
    packet->transport_size -= size;
    return reason;
}

static bool is_extension(uint8_t next)
{
    return next == NEXT_HOP_BY_HOP || next == NEXT_ROUTING || next == NEXT_FRAGMENT ||
           next == NEXT_AUTHENTICATION || next == NEXT_DESTINATION;
}

enum firewall_reason parse_ip6(struct firewall_packet *packet, size_t at)
{
    const uint8_t *ip = packet->data + at;
    size_t room = packet->size - at;
    packet->version = 6;
    if (room < 40 || ip[0] >> 4 != 6 || ip[7] == 0)
        return FIREWALL_IP_HEADER;
    size_t total = get_be16(ip + 4);
    if (total > room - 40)
        return FIREWALL_IP_LENGTH;
    uint8_t next = ip[6];
    packet->hop_limit = ip[7];
    packet->source = firewall_address_ip6(ip + 8);
    packet->destination = firewall_address_ip6(ip + 24);
    packet->transport = at + 40;
    packet->transport_size = total;
    packet->protocol = next;
    if (!ip6_addresses_fit(packet))
        return FIREWALL_IP_ADDRESS;
    for (unsigned i = 0; is_extension(next); i++) {
        enum firewall_reason reason =
            i < MAX_EXTENSIONS ? take_extension(packet, &next, i == 0) : FIREWALL_IP_EXTENSION;
        if (reason != FIREWALL_PASSED)
            return reason;
        packet->protocol = next;
        if (packet->fragment_offset != 0)
            break; /* the rest of the headers went with the first part */
    }
    if (packet->fragment && !fragment_fits(packet, packet->transport - at - 40))
        return FIREWALL_FRAGMENT;
    return FIREWALL_PASSED;
}
