/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* One line about a frame, for logs. */
#include <firewall/firewall.h>
#include <stdio.h>

static void format_protocol(const struct firewall_packet *packet, char *text, size_t size)
{
    switch (packet->protocol) {
    case FIREWALL_TCP:
        snprintf(text, size, "tcp");
        break;
    case FIREWALL_UDP:
        snprintf(text, size, "udp");
        break;
    case FIREWALL_ICMP:
        snprintf(text, size, "icmp");
        break;
    case FIREWALL_ICMPV6:
        snprintf(text, size, "icmpv6");
        break;
    default:
        snprintf(text, size, "protocol %u", packet->protocol);
    }
}

static bool has_ports(const struct firewall_packet *packet)
{
    return (packet->protocol == FIREWALL_TCP || packet->protocol == FIREWALL_UDP) &&
           (packet->source_port | packet->destination_port) != 0;
}

static void format_ip(const struct firewall_packet *packet, char *text, size_t size)
{
    char protocol[16], from[FIREWALL_ADDRESS_TEXT], to[FIREWALL_ADDRESS_TEXT];
    format_protocol(packet, protocol, sizeof protocol);
    firewall_address_format(&packet->source, from);
    firewall_address_format(&packet->destination, to);
    if (has_ports(packet))
        snprintf(text, size, "%s %s port %u to %s port %u", protocol, from, packet->source_port, to,
                 packet->destination_port);
    else if (packet->protocol == FIREWALL_ICMP || packet->protocol == FIREWALL_ICMPV6)
        snprintf(text, size, "%s type %u %s to %s", protocol, packet->type, from, to);
    else
        snprintf(text, size, "%s %s to %s", protocol, from, to);
}

char *firewall_describe(const struct firewall_frame *frame, char *text, size_t size)
{
    const struct firewall_packet *packet = &frame->packet;
    const uint8_t *mac = packet->source_mac;
    static const struct firewall_address unknown;
    if (packet->version != 0 && !firewall_address_equal(&packet->destination, &unknown)) {
        format_ip(packet, text, size);
        return text;
    }
    snprintf(text, size, "ethertype 0x%04x from %02x:%02x:%02x:%02x:%02x:%02x", packet->ethertype,
             mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return text;
}
