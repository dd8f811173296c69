/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* RFC 9293, 768, 792, 4443, 4861. Checksums of a datagram in parts cannot be verified here. */
/* RFC 792 and 4443, neighbour discovery (RFC 4861), multicast listeners (RFC 2710, RFC 3810). */
#include "packet_internal.h"
#include <string.h>

enum { SOLICITED = 0x40 }; /* RFC 4861, 4.4 */

static bool is_discovery(uint8_t type)
{
    return type >= ROUTER_SOLICITATION && type <= REDIRECT;
}

static bool is_listener(uint8_t type)
{
    return (type >= LISTENER_QUERY && type <= LISTENER_DONE) || type == LISTENER_REPORT_2;
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

/* Whether an option of this type is there. */
static bool has_option(const uint8_t *option, size_t size, uint8_t type)
{
    const uint8_t *end = option + size;
    while (option < end && option[0] != type)
        option += (size_t)option[1] * 8;
    return option < end;
}

/* RFC 4861, 7.1.1: who has no address yet asks the group of those that may have the one it wants,
 * and names no MAC to answer to. */
static bool solicitation_fits(const struct firewall_packet *packet, size_t fixed)
{
    static const uint8_t group[13] = {0xff, 2, [11] = 1, [12] = 0xff};
    const uint8_t *options = packet->data + packet->transport + fixed;
    if (!firewall_address_is_unspecified(&packet->source))
        return true;
    if (packet->type == NEIGHBOUR_SOLICITATION &&
        memcmp(packet->destination.bytes, group, sizeof group) != 0)
        return false;
    return !has_option(options, packet->transport_size - fixed, OPTION_SOURCE_LINK);
}

/* RFC 4861, sections 6.1, 7.1 and 8.1: from a neighbour, whole, about a single host. */
static bool discovery_fits(const struct firewall_packet *packet)
{
    static const uint8_t minimum[] = {8, 16, 24, 24, 40}; /* types 133 to 137 */
    const uint8_t *message = packet->data + packet->transport;
    size_t fixed = minimum[packet->type - ROUTER_SOLICITATION];
    if (packet->hop_limit != 255 || packet->code != 0 || packet->fragment ||
        packet->transport_size < fixed ||
        !discovery_options_fit(message + fixed, packet->transport_size - fixed))
        return false;
    if (packet->type >= NEIGHBOUR_SOLICITATION && message[8] == 0xff)
        return false;
    switch (packet->type) {
    case ROUTER_ADVERTISEMENT:
    case REDIRECT:
        return firewall_address_is_link_local(&packet->source);
    case NEIGHBOUR_ADVERTISEMENT:
        return !(message[4] & SOLICITED) || !firewall_address_is_group(&packet->destination);
    default:
        return solicitation_fits(packet, fixed);
    }
}

/* RFC 2710, section 3, RFC 3590 and RFC 3810, section 5: such a message never leaves its link. */
static bool listener_fits(const struct firewall_packet *packet)
{
    size_t least = packet->type == LISTENER_REPORT_2 ? 8 : 24;
    bool source =
        firewall_address_is_link_local(&packet->source) ||
        (packet->type != LISTENER_QUERY && firewall_address_is_unspecified(&packet->source));
    return packet->hop_limit == 1 && !packet->fragment && packet->transport_size >= least && source;
}

static enum firewall_reason parse_icmp(struct firewall_packet *packet)
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

enum firewall_reason check_icmp(struct firewall_packet *packet,
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
    if (!transport_checksum_fits(packet, offload))
        return FIREWALL_ICMP_CHECKSUM;
    if (is_listener(packet->type))
        return listener_fits(packet) ? FIREWALL_PASSED : FIREWALL_NEIGHBOUR;
    if (is_discovery(packet->type))
        return discovery_fits(packet) ? FIREWALL_PASSED : FIREWALL_NEIGHBOUR;
    return FIREWALL_PASSED;
}

bool firewall_is_neighbour(const struct firewall_packet *packet)
{
    if (packet->version != 6 || packet->protocol != FIREWALL_ICMPV6 || packet->fragment)
        return false;
    return is_listener(packet->type) || is_discovery(packet->type);
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
