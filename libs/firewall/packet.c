/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* Ethernet and ARP, and the order of parsing. */
#include "packet_internal.h"
#include <string.h>

enum { ETHERNET_HEADER = 14, ETHERNET_MINIMUM = 60, ARP_SIZE = 28, SMALLEST_SEGMENT = 8 };

uint32_t firewall_checksum_add(uint32_t sum, const uint8_t *data, size_t size)
{
    uint64_t total = sum;
    for (size_t i = 0; i + 1 < size; i += 2)
        total += get_be16(data + i);
    if (size % 2)
        total += (uint32_t)data[size - 1] << 8;
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint32_t)total;
}

bool firewall_checksum_fits(uint32_t sum)
{
    return firewall_checksum_add(sum, NULL, 0) == 0xffff;
}

/* RFC 826 for Ethernet and IPv4: requests and replies whose sender is the frame's. */
static enum firewall_reason parse_arp(struct firewall_packet *packet)
{
    const uint8_t *arp = packet->data + ETHERNET_HEADER;
    static const uint8_t fixed[] = {0, 1, 8, 0, 6, 4, 0};
    if (packet->size < ETHERNET_HEADER + ARP_SIZE || memcmp(arp, fixed, sizeof fixed) != 0)
        return FIREWALL_ARP;
    if (arp[7] != 1 && arp[7] != 2)
        return FIREWALL_ARP;
    packet->source = firewall_address_ip4(arp + 14);
    packet->destination = firewall_address_ip4(arp + 24);
    packet->type = arp[7];
    bool unknown = firewall_address_is_unspecified(&packet->source);
    if (firewall_address_is_group(&packet->source) || (unknown && arp[7] == 2) || arp[8] & 1)
        return FIREWALL_ARP;
    return FIREWALL_PASSED;
}

/*
 * A frame may be large only as a segment to cut, and only a TCP or UDP packet whose checksum is
 * left to the receiver can be cut (virtio 1.2, 5.1.6.2.1).
 */
static bool offload_fits(const struct firewall_packet *packet,
                         const struct firewall_offload *offload)
{
    if (!offload)
        return true;
    if (offload->partial) {
        size_t place = (size_t)offload->start + offload->offset;
        if (packet->version == 0 || packet->fragment || place + 2 > packet->size)
            return false;
        if (offload->start != packet->transport)
            return false;
        if (packet->protocol != FIREWALL_TCP && packet->protocol != FIREWALL_UDP)
            return false;
        if (offload->offset != (packet->protocol == FIREWALL_TCP ? 16 : 6))
            return false;
    }
    switch (offload->gso) {
    case FIREWALL_GSO_NONE:
        return true;
    case FIREWALL_GSO_TCP4:
    case FIREWALL_GSO_TCP6:
        return offload->partial && offload->gso_size >= SMALLEST_SEGMENT &&
               packet->protocol == FIREWALL_TCP &&
               packet->version == (offload->gso == FIREWALL_GSO_TCP4 ? 4 : 6);
    case FIREWALL_GSO_UDP:
        return offload->partial && offload->gso_size >= SMALLEST_SEGMENT &&
               packet->protocol == FIREWALL_UDP;
    }
    return false;
}

static enum firewall_reason parse_ip(struct firewall_packet *packet,
                                     const struct firewall_offload *offload)
{
    enum firewall_reason reason = packet->ethertype == FIREWALL_ETHERTYPE_IP4
                                      ? parse_ip4(packet, ETHERNET_HEADER)
                                      : parse_ip6(packet, ETHERNET_HEADER);
    if (reason != FIREWALL_PASSED)
        return reason;
    /* What lies behind the IP packet is padding; it does not travel on. */
    size_t end = packet->transport + packet->transport_size;
    if (packet->size > end)
        packet->size = end > ETHERNET_MINIMUM            ? end
                       : packet->size < ETHERNET_MINIMUM ? packet->size
                                                         : ETHERNET_MINIMUM;
    if (!offload_fits(packet, offload))
        return FIREWALL_OFFLOAD;
    return parse_transport(packet, offload);
}

enum firewall_reason firewall_parse(struct firewall_packet *packet, const uint8_t *data,
                                    size_t size, const struct firewall_offload *offload)
{
    *packet = (struct firewall_packet){.data = data, .size = size};
    bool segment = offload && offload->gso != FIREWALL_GSO_NONE;
    if (size < ETHERNET_HEADER || size > (segment ? FIREWALL_MAX_SEGMENT : FIREWALL_MAX_FRAME))
        return FIREWALL_ETHERNET_LENGTH;
    memcpy(packet->destination_mac, data, 6);
    memcpy(packet->source_mac, data + 6, 6);
    packet->ethertype = get_be16(data + 12);
    static const uint8_t none[6];
    if (packet->source_mac[0] & 1 || memcmp(packet->source_mac, none, 6) == 0)
        return FIREWALL_ETHERNET_SOURCE;
    switch (packet->ethertype) {
    case FIREWALL_ETHERTYPE_IP4:
    case FIREWALL_ETHERTYPE_IP6:
        return parse_ip(packet, offload);
    case FIREWALL_ETHERTYPE_ARP:
        return offload_fits(packet, offload) ? parse_arp(packet) : FIREWALL_OFFLOAD;
    default:
        return offload_fits(packet, offload) ? FIREWALL_PASSED : FIREWALL_OFFLOAD;
    }
}
