/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/*
 * Who a frame comes from: source MAC, source address, and what ARP (RFC 826) and neighbour
 * discovery (RFC 4861) say about both.
 */
#include <firewall/firewall.h>
#include <string.h>
#include "packet_internal.h"

enum { ARP_SENDER_MAC = 14 + 8 };

/* The link-local address that follows from the MAC (RFC 4291, appendix A) is nobody else's. */
static bool is_own_link_local(const struct firewall_client *client,
                              const struct firewall_address *address)
{
    const uint8_t *mac = client->mac;
    const uint8_t own[16] = {0xfe,        0x80,   0,      0,    0,    0,      0,      0,
                             mac[0] ^ 2u, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5]};
    return memcmp(address->bytes, own, sizeof own) == 0;
}

static bool owns(const struct firewall_client *client, const struct firewall_address *address)
{
    if (is_own_link_local(client, address))
        return true;
    for (unsigned i = 0; i < client->owned.count; i++) {
        if (firewall_prefix_holds(&client->owned.items[i], address))
            return true;
    }
    return false;
}

/* Whether the station with this MAC may use the address: it is nobody's, or its own. */
static bool may_use(const struct firewall *firewall, const struct firewall_address *address,
                    const uint8_t *mac)
{
    bool taken = false;
    for (uint32_t i = 0; i < firewall->settings.client_count; i++) {
        const struct firewall_client *client = &firewall->settings.clients[i];
        if (!owns(client, address))
            continue;
        if (memcmp(client->mac, mac, 6) == 0)
            return true;
        taken = true;
    }
    return !taken;
}

/* Whether the sender of the frame may use an address. A client whose addresses are listed may use
 * no other ones. */
static bool address_fits(const struct firewall *firewall, const struct firewall_frame *frame,
                         const struct firewall_address *address)
{
    const struct firewall_client *client = &firewall->settings.clients[frame->client];
    if (firewall_address_is_unspecified(address))
        return true;
    if (!may_use(firewall, address, frame->packet.source_mac))
        return false;
    return frame->direction == FIREWALL_IN || client->owned.count == 0 || owns(client, address);
}

/* What a message says about link addresses: a client speaks for itself, nobody speaks for it. */
static bool link_fits(const struct firewall *firewall, const struct firewall_frame *frame,
                      const uint8_t *mac)
{
    const uint8_t *own = firewall->settings.clients[frame->client].mac;
    return (memcmp(mac, own, 6) == 0) == (frame->direction == FIREWALL_OUT);
}

/* Every MAC in the options of a discovery message, whose lengths were checked: which one of several
 * counts is the receiver's choice. */
static bool options_fit(const struct firewall *firewall, const struct firewall_frame *frame,
                        size_t fixed)
{
    const struct firewall_packet *packet = &frame->packet;
    const uint8_t *option = packet->data + packet->transport + fixed;
    const uint8_t *end = packet->data + packet->transport + packet->transport_size;
    for (; option < end; option += (size_t)option[1] * 8) {
        bool link = option[0] == OPTION_SOURCE_LINK || option[0] == OPTION_TARGET_LINK;
        if (link && !link_fits(firewall, frame, option + 2))
            return false;
    }
    return true;
}

/* Addresses and MACs that a discovery message claims for its sender. */
static bool discovery_fits(const struct firewall *firewall, const struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    struct firewall_address target = packet->source;
    size_t fixed;
    switch (packet->type) {
    case ROUTER_SOLICITATION:
        fixed = 8;
        break;
    case ROUTER_ADVERTISEMENT:
        fixed = 16;
        break;
    case NEIGHBOUR_SOLICITATION:
        fixed = 24;
        /* Who asks without an address of its own is about to take the one it asks about (RFC 4862,
         * 5.4.3), and an owner that is still at the same question gives way (RFC 3756, 4.1.3). */
        if (firewall_address_is_unspecified(&packet->source))
            target = firewall_address_ip6(packet->data + packet->transport + 8);
        break;
    case NEIGHBOUR_ADVERTISEMENT:
        fixed = 24;
        target = firewall_address_ip6(packet->data + packet->transport + 8);
        break;
    default: /* redirects are refused, and multicast listeners claim nothing */
        return true;
    }
    return address_fits(firewall, frame, &target) && options_fit(firewall, frame, fixed);
}

/* The same for ARP; a probe is a request without a sender's address (RFC 5227, 2.1.1). */
static bool arp_fits(const struct firewall *firewall, const struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    bool probe = firewall_address_is_unspecified(&packet->source);
    return memcmp(packet->data + ARP_SENDER_MAC, packet->source_mac, 6) == 0 &&
           address_fits(firewall, frame, probe ? &packet->destination : &packet->source);
}

enum firewall_reason firewall_check_sender(const struct firewall *firewall,
                                           const struct firewall_frame *frame)
{
    const struct firewall_packet *packet = &frame->packet;
    const uint8_t *own = firewall->settings.clients[frame->client].mac;
    bool same = memcmp(packet->source_mac, own, 6) == 0;
    if (same != (frame->direction == FIREWALL_OUT))
        return FIREWALL_SPOOFED_MAC;
    if (packet->ethertype == FIREWALL_ETHERTYPE_ARP)
        return arp_fits(firewall, frame) ? FIREWALL_PASSED : FIREWALL_SPOOFED_NEIGHBOUR;
    if (packet->version != 0 && !address_fits(firewall, frame, &packet->source))
        return FIREWALL_SPOOFED_ADDRESS;
    if (firewall_is_neighbour(packet) && !discovery_fits(firewall, frame))
        return FIREWALL_SPOOFED_NEIGHBOUR;
    return FIREWALL_PASSED;
}

/* What only routers send: nobody redirects, and clients are none. */
static bool is_router_message(const struct firewall_frame *frame)
{
    if (frame->packet.version != 6)
        return false;
    uint8_t type = frame->packet.type;
    return type == REDIRECT || (frame->direction == FIREWALL_OUT &&
                                (type == ROUTER_ADVERTISEMENT || type == LISTENER_QUERY));
}

enum firewall_reason firewall_check_neighbour(struct firewall *firewall,
                                              const struct firewall_frame *frame)
{
    if (is_router_message(frame))
        return FIREWALL_ROUTER;
    uint32_t rate = firewall->settings.neighbour_per_second;
    struct firewall_bucket *bucket =
        &firewall->neighbour_buckets[2 * frame->client + (frame->direction == FIREWALL_OUT)];
    if (rate && !firewall_bucket_take(bucket, 1000000000ull / rate, rate, frame->now))
        return FIREWALL_NEIGHBOUR_RATE;
    return FIREWALL_PASSED;
}
